"""Which labels a page has: each once; broken, tampered and future ones named and left out."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from energylabel.paging import collecting, remembering
from energylabel.paging.collecting import collect
from energylabel.publishing.existing import gathering

LABELS = Path(__file__).parents[2] / "labels"


def one(pattern: str) -> Path:
    (found,) = LABELS.glob(pattern)
    return found


MINILM = one("local/minilm-l6-sst2/*/sst2-test-v1/cpu-amd-epyc-2")
DEMO = one("energylabel/demo/*/demo-v1/*")


@pytest.fixture(autouse=True)
def _own_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path.with_suffix(".state")))


def copy(to: Path, folder: Path = MINILM, **files: Any) -> Path:
    """A label's records in another folder; ``evidence`` and ``label`` change them."""
    to.mkdir(parents=True)
    for name in ("evidence", "label"):
        content = (folder / f"{name}.json").read_bytes()
        (to / f"{name}.json").write_bytes(files[name](content) if name in files else content)
    return to


def edited(**changes: Any) -> Any:
    """Sets values of a record by dotted path, ``__`` for the dot."""

    def edit(content: bytes) -> bytes:
        record = json.loads(content)
        for path, value in changes.items():
            *parents, last = path.split("__")
            inner = record
            for parent in parents:
                inner = inner[parent]
            inner[last] = value
        return json.dumps(record).encode()

    return edit


@pytest.mark.slow
def test_the_committed_labels_are_there_each_once_and_without_their_history(tmp_path: Path):
    found = collect([str(LABELS), str(MINILM)], tmp_path)
    there = [path for path in LABELS.rglob("label.json") if "history" not in path.parts]
    assert {each.id for each in found.labels} == {
        json.loads(path.read_bytes())["id"] for path in there
    }
    assert (len(found.labels), found.left_out) == (len(there), [])
    assert all(each.checked for each in found.labels)
    past = {each.workload: len(each.history) for each in found.labels if "MiniLM-L6" in each.name}
    assert past["ag-news-heldout-v1"] == 3


@pytest.mark.parametrize("thoroughly", [True, False, None])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"evidence": lambda _: b"{"}, "id is not the SHA-256"),
        ({"evidence": edited(answers__tokens=1)}, "id is not the SHA-256"),
        ({"label": lambda _: b"[]"}, "holds no record"),
        ({"label": lambda content: content[:100]}, "is not JSON"),
        ({"label": edited(schema_version=99)}, "schema version 99"),
        ({"label": edited(standard="text-classification-v9")}, ""),
        ({"label": edited(id="0" * 64)}, "id is not the SHA-256"),
    ],
    ids=["broken", "tampered", "no record", "cut", "future", "standard", "id"],
)
def test_what_is_broken_is_named_and_left_out(
    changes: dict[str, Any], words: str, thoroughly: bool | None, tmp_path: Path
):
    copy(tmp_path / "good", DEMO)
    bad = copy(tmp_path / "bad", **changes)
    found = collect([str(tmp_path)], tmp_path, thoroughly=thoroughly)
    assert [each.name for each in found.labels] == ["energylabel/demo"]
    (told,) = found.left_out
    assert words in told
    assert str(bad) in told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"metrics__energy__index__value": -1.0}, "no energy"),
        ({"metrics__energy__index__value": 0.0}, "no energy"),
        ({"metrics__accuracy__accuracy__value": 1.7}, "an accuracy of 1.7"),
        ({"issued_at": 1e18}, "a date of 1e+18"),
        ({"subject__parameters": 10**30}, "a count"),
        ({"metrics__peak_memory_bytes": 2**63}, "a count"),
    ],
    ids=["negative", "zero", "accuracy", "date", "parameters", "memory"],
)
def test_figures_that_no_rating_can_have_are_left_out_without_a_full_check(
    changes: dict[str, Any], words: str, tmp_path: Path
):
    copy(tmp_path / "bad", label=edited(**changes))
    (told,) = collect([str(tmp_path)], tmp_path, thoroughly=False).left_out
    assert words in told
    assert str(tmp_path / "bad") in told


@pytest.mark.parametrize("name", ["evidence.json", "label.json"])
def test_a_record_that_is_no_file_is_not_waited_for(name: str, tmp_path: Path):
    folder = copy(tmp_path / "bad")
    (folder / name).unlink()
    (folder / name).symlink_to("/dev/zero")
    pipe = copy(tmp_path / "pipe")
    (pipe / name).unlink()
    os.mkfifo(pipe / name)
    found = collect([str(tmp_path)], tmp_path)
    assert [each.rpartition("/")[2] for each in found.left_out] == [f"{name} is no file"] * 2


def test_a_label_that_does_not_follow_is_left_out_when_figures_are_computed_again(tmp_path: Path):
    bad = copy(tmp_path / "bad", label=edited(metrics__speed__throughput_per_s=1e9))
    (told,) = collect([str(bad)], tmp_path).left_out
    assert "does not follow from its evidence" in told
    (listed,) = collect([str(bad)], tmp_path, thoroughly=False).labels
    assert not listed.checked


def test_evidence_that_contradicts_itself_is_left_out(tmp_path: Path):
    def both(content: bytes) -> bytes:
        record = json.loads(content)
        record["windows"][0]["queries"] += 1
        return json.dumps(record).encode()

    bad = copy(tmp_path / "bad", evidence=both)
    (bad / "label.json").unlink()
    (told,) = collect([str(bad)], tmp_path).left_out
    assert "contradicts itself" in told


def test_a_folder_without_a_label_gets_it_from_its_evidence(tmp_path: Path):
    folder = copy(tmp_path / "bare")
    (folder / "label.json").unlink()
    (listed,) = collect([str(folder)], tmp_path, thoroughly=False).labels
    assert listed.checked


def test_what_was_checked_is_remembered_for_these_very_bytes_and_this_very_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def checked(thoroughly: bool | None = False) -> list[bool]:
        found = collect([str(tmp_path / "labels")], tmp_path, thoroughly=thoroughly)
        assert found.left_out == []
        return [each.checked for each in found.labels]

    folder = copy(tmp_path / "labels" / "a", DEMO)
    assert checked() == [False]
    assert checked(thoroughly=True) == [True]
    assert checked() == [True]
    # It is not computed again then.
    with monkeypatch.context() as patch:
        patch.setattr(gathering, "judge", lambda *_: pytest.fail("judged again"))
        assert checked(thoroughly=True) == [True]
    label = json.loads((folder / "label.json").read_bytes())
    label["metrics"]["speed"]["throughput_per_s"] *= 2
    (folder / "label.json").write_text(json.dumps(label))
    assert checked() == [False]
    (folder / "label.json").write_bytes((DEMO / "label.json").read_bytes())
    assert checked() == [True]
    monkeypatch.setattr(remembering, "_program", lambda: "another")
    assert checked() == [False]


def test_of_many_those_that_are_new_are_checked_if_they_are_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(collecting, "CHECKED_AT_ONCE", 1)
    copy(tmp_path / "a", DEMO)
    copy(tmp_path / "b", MINILM)
    assert [each.checked for each in collect([str(tmp_path)], tmp_path).labels] == [False, False]
    collect([str(tmp_path / "a")], tmp_path)
    assert [each.checked for each in collect([str(tmp_path)], tmp_path).labels] == [True, True]


def test_without_a_place_to_remember_it_is_computed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    remembering._lines.cache_clear()
    folder = copy(tmp_path / "a", DEMO)
    for _ in range(2):
        assert collect([str(folder)], tmp_path).labels[0].checked
    assert not collect([str(folder)], tmp_path, thoroughly=False).labels[0].checked


def test_two_labels_with_one_id_are_one(tmp_path: Path):
    copy(tmp_path / "a")
    copy(tmp_path / "b")
    found = collect([str(tmp_path)], tmp_path)
    assert (len(found.labels), found.repeated) == (1, 1)


def test_a_model_may_be_called_history(tmp_path: Path):
    copy(tmp_path / "org" / "history" / "abc")
    assert len(collect([str(tmp_path)], tmp_path).labels) == 1


def test_paths_of_this_machine_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = copy(tmp_path / "lab#els" / "a")
    (listed,) = collect([str(folder)], tmp_path / "site").labels
    assert listed.evidence is None
    monkeypatch.chdir(tmp_path)
    (listed,) = collect([str(folder)], tmp_path / "site").labels
    assert listed.evidence == "../lab%23els/a/evidence.json"


@pytest.mark.slow
def test_several_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for number in range(3):
        copy(tmp_path / f"{number}", DEMO if number else MINILM)
    copy(tmp_path / "bad", label=lambda _: b"")
    alone = collect([str(tmp_path)], tmp_path)
    monkeypatch.setattr(collecting, "_ALONE", 2)
    monkeypatch.setattr(collecting, "_CHUNK", 2)
    monkeypatch.setattr(collecting.os, "cpu_count", lambda: 2)
    assert collect([str(tmp_path)], tmp_path) == alone
    assert (len(alone.labels), alone.repeated, len(alone.left_out)) == (2, 1, 1)


def test_a_link_in_a_circle_ends(tmp_path: Path):
    copy(tmp_path / "a")
    (tmp_path / "circle").symlink_to(tmp_path)
    assert len(collect([str(tmp_path)], tmp_path).labels) == 1
    shutil.rmtree(tmp_path / "a")
