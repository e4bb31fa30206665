"""Where labels go whose names are hostile, long, or asked in several ways."""

from pathlib import Path

import pytest
from support.evidence import make_evidence, make_hardware, make_subject

from energylabel import storing
from energylabel.records.setup import Setup

FILES = {"label.json": b"{}", "label.svg": b"<svg/>"}


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("../..", "unnamed/unnamed"),
        ("local/..", "local/unnamed"),
        ("/etc/passwd", "etc/passwd"),
        ("a/b/c", "a-b/c"),
        (".ssh/.bashrc", "ssh/bashrc"),
        ("local/a\0b\nc\\d:e*?", "local/a-b-c-d-e"),
        ("只有/中文模型", "只有/中文模型"),
        ("gpt2", "local/gpt2"),
        ("", "local/unnamed"),
        ("local/-rf", "local/rf"),
    ],
)
def test_hostile_names_stay_in_the_tree(tmp_path: Path, name: str, start: str):
    evidence = make_evidence(subject=make_subject(name=name))
    folder = storing.write(tmp_path, evidence, FILES)
    assert folder.relative_to(tmp_path).parts[:2] == tuple(start.split("/"))
    assert folder.resolve().is_relative_to(tmp_path.resolve())
    assert len(folder.relative_to(tmp_path).parts) == 5


def test_each_way_to_ask_has_a_folder_however_long_the_workload_s_name():
    name = f"own-{'x' * 48}-0123abcd"
    ways = [("score", 0), ("score", 4), ("generate", 0), ("generate", 4), ("generate", 16)]
    asked = [Setup(device="cpu", mode=mode, shots=shots) for mode, shots in ways]
    model = make_subject(name="org/m", revision="a" * 40)
    folders = {storing.leaf(model, name, make_hardware(), each) for each in asked}
    assert len(folders) == len(ways)
    assert all(len(part) <= 64 for folder in folders for part in folder.parts)
    assert {folder.parts[3].rpartition("--")[2] for folder in folders} == {
        "score",
        "score-4-shots",
        "generate",
        "generate-4-shots",
        "generate-16-shots",
    }


def test_a_family_that_the_user_named_against_the_files_has_a_folder_of_its_own():
    head = make_subject(name="org/m")
    probe = make_subject(name="org/m", family="embedding-probe", family_overridden=True)
    rated = make_evidence(subject=head), make_evidence(subject=probe)
    places = [storing.published(each) for each in rated]
    assert places[1].split("/")[1] == places[0].split("/")[1] + "--embedding-probe"
    assert b"overridden" not in rated[0].canonical()  # labels of before keep their digest
    here, own = make_hardware(), Setup(device="cpu")
    found = [storing.leaf(each, "w" * 80, here, own).parts[3] for each in (head, probe)]
    assert found == ["w" * 64, "w" * 47 + "--embedding-probe"]


@pytest.mark.parametrize("letter", ["x", "模", "🙂", "𒀀", "é"])
def test_names_of_three_hundred_letters(tmp_path: Path, letter: str):
    evidence = make_evidence(
        subject=make_subject(name=f"{letter * 300}/{letter * 300}"),
        hardware=make_hardware(cpu_model=letter * 300),
    )
    folder = storing.write(tmp_path, evidence, FILES)
    assert all(len(part.encode()) <= 192 for part in folder.relative_to(tmp_path).parts)
