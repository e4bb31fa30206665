"""Several labels of one model on the loopback Hub."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from hub.fixtures import HubHome
from support.evidence import (
    make_answers,
)
from support.parcels import CARD, FILES, MODEL, PLACE, again, published, rated, store
from support.several import at, mentions, workload

from energylabel.errors import OlderLabelError
from energylabel.publishing import delivering
from energylabel.records import Evidence

pytestmark = pytest.mark.slow


def content(home: HubHome, revision: str, path: str) -> bytes:
    found = home.hub.storage.file("models", MODEL, revision, path)
    assert found is not None
    return found


@pytest.mark.parametrize("mode", ["pr", "commit"])
def test_labels_meet_on_the_hub(
    hub_home: HubHome, tmp_path: Path, pauses: list[float], mode: str
) -> None:
    first = published(hub_home, tmp_path / "first")
    revision = "main" if mode == "commit" else "refs/pr/1"

    def later(days: float, name: str, **overrides: Any) -> Path:
        folder = again(hub_home, tmp_path / name, **overrides)
        evidence = at(days, Evidence.from_json((folder / "evidence.json").read_bytes()))
        return store(tmp_path / f"{name}-later", evidence)

    newest = later(2, "newest", workload=workload("emotion-v1"))
    delivering.push(newest, mode)  # type: ignore[arg-type]
    delivering.push(first, mode)  # type: ignore[arg-type]
    card = content(hub_home, revision, "README.md")
    assert [each["figures"]["workload"] for each in mentions(card)] == ["emotion-v1", "ag-news-v1"]
    assert b"  workload: emotion-v1\n" in card.partition(b"<!--")[0]
    assert card.partition(b"<!--")[0].count(b"evidence.json\n") == 2
    for folder in (newest, first):
        assert delivering.push(folder, mode).outcome == "unchanged"  # type: ignore[arg-type]
    middle = later(1, "middle", answers=make_answers(right=1700))
    delivering.push(middle, mode)  # type: ignore[arg-type]
    with pytest.raises(OlderLabelError, match=r"--replace|later label"):
        delivering.push(first, mode)  # type: ignore[arg-type]
    with pytest.raises(OlderLabelError):
        delivering.preview_push(first)
    assert (
        content(hub_home, revision, f"{PLACE}/evidence.json")
        == (middle / "evidence.json").read_bytes()
    )
    delivering.push(first, mode, replace=True)  # type: ignore[arg-type]
    assert (
        content(hub_home, revision, f"{PLACE}/evidence.json")
        == (first / "evidence.json").read_bytes()
    )
    assert len(mentions(content(hub_home, revision, "README.md"))) == 2


def test_labels_of_earlier_weights_move_on_the_hub(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    first = published(hub_home, tmp_path / "first")
    delivering.push(first, "commit")
    hub_home.hub.storage.commit("models", MODEL, {"model.safetensors": b"new weights"})
    commit = hub_home.hub.storage.resolve("models", MODEL, "main")
    assert commit is not None
    files = {**FILES, "model.safetensors": b"new weights"}
    second = store(tmp_path / "second", at(1, rated(MODEL, commit, files)))
    receipt = delivering.push(second, "commit")
    identity = hashlib.sha256((first / "evidence.json").read_bytes()).hexdigest()[:12]
    past = f"{PLACE}/history/{identity}"
    assert f"{past}/evidence.json" in receipt.files
    assert (
        content(hub_home, "main", f"{past}/evidence.json") == (first / "evidence.json").read_bytes()
    )
    assert (
        content(hub_home, "main", f"{PLACE}/evidence.json")
        == (second / "evidence.json").read_bytes()
    )
    card = content(hub_home, "main", "README.md")
    assert f"/blob/main/{past}/evidence.json)".encode() in card
    assert card.partition(b"<!--")[0].count(b"evidence.json\n") == 1
    assert delivering.push(second, "commit").outcome == "unchanged"
    assert CARD.rpartition(b"---\r\n")[2].strip() in card
