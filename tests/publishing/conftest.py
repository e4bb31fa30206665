"""A push that does not really wait."""

import pytest
from hub.fixtures import HubHome
from support.several import make_six

from energylabel.publishing import pushing as hub_publisher
from energylabel.publishing.base import Parcel


@pytest.fixture
def pauses(hub_home: HubHome, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A writer is signed in, and nobody really waits."""
    hub_home.sign_in("writer")
    found: list[float] = []
    original = hub_publisher.push
    monkeypatch.setattr(
        hub_publisher, "push", lambda *a, **k: original(*a, **{"sleep": found.append} | k)
    )
    return found


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> list[Parcel]:
    """Six labels of one model, the oldest first."""
    return make_six(tmp_path_factory.mktemp("labels"))
