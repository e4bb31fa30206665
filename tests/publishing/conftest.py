"""A push that does not really wait."""

import pytest
from hub.fixtures import HubHome

from energylabel.publishing import pushing as hub_publisher


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
