"""``energylabel export``: to standard output, to a file, and what is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.evidence import quick_evidence
from support.parcels import store

from energylabel.cli.app import main

HISTORIC = Path(__file__).parents[1] / "historic" / "schema-2"
METERED, ESTIMATED = HISTORIC / "two-gpus", HISTORIC / "processor"
Told = tuple[int, str, str]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    def run(*arguments: object) -> Told:
        with pytest.raises(SystemExit) as ended:
            main(["export", *map(str, arguments)])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """A label whose evidence somebody rewrote."""
    evidence = json.loads((METERED / "evidence.json").read_bytes())
    change(evidence)
    folder.mkdir()
    (folder / "evidence.json").write_text(json.dumps(evidence))
    return folder


def test_it_goes_to_standard_output_from_the_folder_or_a_file_in_it(told: Callable[..., Told]):
    code, out, err = told(METERED, "--to", "sci", "--country", "FRA")
    assert (code, err) == (0, "")
    terms = json.loads(out)
    assert terms["I"]["country"] == "FRA"
    assert "CodeCarbon" in terms["I"]["source"]
    assert told(METERED / "label.json", "--to", "sci", "--country", "FRA") == (0, out, "")


def test_it_goes_into_a_file_whole(told: Callable[..., Told], tmp_path: Path):
    place = tmp_path / "bom.json"
    place.write_text("something else")
    code, out, err = told(METERED, "--to", "cyclonedx", "--out", place)
    assert (code, out) == (0, "")
    assert err == f"written: {place}\n"
    assert json.loads(place.read_bytes())["bomFormat"] == "CycloneDX"
    assert [path.name for path in tmp_path.iterdir()] == ["bom.json"]


def test_the_evidence_decides_and_not_the_label_beside_it(
    told: Callable[..., Told], tmp_path: Path
):
    folder = tmp_path / "label"
    shutil.copytree(METERED, folder)
    right = told(folder, "--to", "sci")
    label = json.loads((folder / "label.json").read_bytes())
    label["metrics"]["energy"]["wh_per_1000"]["value"] /= 10
    (folder / "label.json").write_text(json.dumps(label))
    assert told(folder, "--to", "sci") == right
    (folder / "label.json").write_text("{")
    assert told(folder, "--to", "sci") == right


def test_where_the_evidence_was_published_is_told(told: Callable[..., Told], tmp_path: Path):
    folder = tmp_path / "label"
    shutil.copytree(METERED, folder)
    label = json.loads((folder / "label.json").read_bytes())
    label["evidence_url"] = "https://huggingface.co/a/b/resolve/main/energylabel/evidence.json"
    (folder / "label.json").write_text(json.dumps(label))
    code, out, _ = told(folder, "--to", "eval-results", "--task-id", "topic")
    assert code == 0
    assert f"    url: {label['evidence_url']}\n" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((METERED, "--to", "boamp"), "no plug-in boamp"),
        ((METERED, "--to", "boamps"), "--infrastructure"),
        ((METERED, "--to", "every-eval-ever"), "--evaluator"),
        ((METERED, "--to", "eval-results"), "--task-id"),
        ((METERED, "--to", "sci", "--country", "XXX"), "no carbon intensity is known"),
        ((METERED, "--to", "spdx", "--released", "soon"), "is no day of release"),
        ((METERED, "--to", "spdx", "--evaluator", "other"), "has no field for --evaluator"),
        ((ESTIMATED, "--to", "codecarbon-csv"), "this label is an estimate"),
        ((HISTORIC / "nothing", "--to", "sci"), "does not exist"),
        ((HISTORIC, "--to", "sci"), "no evidence.json here"),
        ((METERED,), "--to"),
    ],
)
def test_bad_input_is_one_line_with_a_remedy(
    told: Callable[..., Told], arguments: tuple[object, ...], words: str
):
    code, out, err = told(*arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert (err.count("error:"), err.count("hint:"), err.count("\n")) == (1, 1, 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda e: e["windows"][0].update(queries=1), "contradicts itself"),
        (lambda e: e.update(schema_version=99), "install a newer energylabel"),
        (lambda e: e.pop("windows"), "is not a valid record"),
    ],
    ids=["tampered", "future", "broken"],
)
def test_bad_evidence_is_refused(
    told: Callable[..., Told],
    tmp_path: Path,
    change: Callable[[dict[str, Any]], object],
    words: str,
):
    code, out, err = told(changed(tmp_path / "bad", change), "--to", "sci")
    assert (code, out) == (2, "")
    assert words in err
    assert (err.count("error:"), err.count("hint:"), err.count("\n")) == (1, 1, 2)


def test_half_a_file_and_a_quick_look_are_refused(told: Callable[..., Told], tmp_path: Path):
    half = tmp_path / "half"
    half.mkdir()
    (half / "evidence.json").write_bytes((METERED / "evidence.json").read_bytes()[:1000])
    assert told(half, "--to", "sci")[0] == 2
    code, out, err = told(store(tmp_path, quick_evidence()), "--to", "sci")
    assert (code, out) == (2, "")
    assert "a quick look is never published" in err


def test_what_cannot_be_written_leaves_everything_as_it_was(
    told: Callable[..., Told], tmp_path: Path
):
    folder = tmp_path / "label"
    shutil.copytree(METERED, folder)
    before = (folder / "evidence.json").read_bytes()
    for place, words in (
        (tmp_path / "no" / "such.json", "cannot write"),
        (folder, "cannot write"),
        (folder / "evidence.json", "called as a label's own records"),
    ):
        code, out, err = told(folder, "--to", "sci", "--out", place)
        assert (code, out) == (2, "")
        assert words in err
        assert (err.count("error:"), err.count("hint:"), err.count("\n")) == (1, 1, 2)
    assert (folder / "evidence.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["label"]


def test_with_json_an_error_is_an_object(told: Callable[..., Told]):
    code, out, err = told(ESTIMATED, "--to", "boamps", "--format", "json")
    assert (code, err) == (2, "")
    assert json.loads(out)["kind"] == "usage"


def test_the_help_names_every_format(told: Callable[..., Told]):
    from energylabel.exporting import EXPORTERS

    code, out, _ = told("--help")
    assert code == 0
    words = out.replace(",", " ").split()
    assert [name for name in EXPORTERS.found if name not in words] == []
