"""``energylabel list``: the committed labels, broken ones among them, and none."""

import json
import shutil
from pathlib import Path

import pytest
from support.command import command

ROOT = Path(__file__).parents[2]
LABELS = ROOT / "labels"
(DEMO,) = LABELS.glob("energylabel/demo/*/demo-v1/*")


@pytest.mark.slow
def test_each_committed_label_has_a_line(tmp_path: Path):
    done = command("list", str(LABELS), state=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["model", "workload", "hardware", "energy", "index", "accuracy", "rated"]
    records = [
        json.loads(path.read_bytes())
        for path in LABELS.rglob("label.json")
        if "history" not in path.parts
    ]
    assert len(lines) == len(records)
    for record in records:
        found = [line for line in lines if line.startswith(f"{record['subject']['name']} @ ")]
        assert any(record["workload"]["name"] in line for line in found)
        grade = record["grades"]["energy"]
        if grade["letter"]:
            about = "≈" if record["provenance"] == "estimated" else ""
            assert any(f"  {about}{grade['letter']}  " in line for line in found)
    (demo,) = [line for line in lines if line.startswith("energylabel/demo @ ")]
    assert "demo-v1 (quick look)" in demo
    assert " ≈ 0." in demo


@pytest.mark.slow
def test_what_cannot_be_used_is_named(tmp_path: Path):
    shutil.copytree(DEMO, tmp_path / "labels" / "good")
    shutil.copytree(DEMO, tmp_path / "labels" / "bad")
    (tmp_path / "labels" / "bad" / "label.json").write_text("{")
    done = command("list", str(tmp_path / "labels"), "--format", "json", state=tmp_path)
    assert done.returncode == 0
    assert "left out: " in done.stderr
    (row,) = json.loads(done.stdout)
    assert row["name"] == "energylabel/demo"
    strict = command("list", str(tmp_path / "labels"), "--strict", state=tmp_path)
    assert strict.returncode == 2
    assert not strict.stdout


@pytest.mark.slow
def test_where_there_are_none(tmp_path: Path):
    (tmp_path / "labels").mkdir()
    done = command("list", str(tmp_path / "labels"), state=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no labels\n")
    missing = command("list", str(tmp_path / "nowhere"), state=tmp_path)
    assert missing.returncode == 2
    assert "does not exist" in missing.stderr
