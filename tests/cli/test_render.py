"""``render`` and ``verify`` over stored labels."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from energylabel.cli.app import main

DEMO = next((Path(__file__).parents[2] / "labels/energylabel/demo").rglob("label.json")).parent
Told = tuple[int, str, str]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    def run(*arguments: object) -> Told:
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def written_anew(folder: Path) -> None:
    """As an editor does it: nothing changed, but no SHA-256 of the file is the label's id."""
    path = folder / "evidence.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=2, ensure_ascii=False))


def test_render_refuses_evidence_that_verify_refuses(told: Callable[..., Told], tmp_path: Path):
    copy = tmp_path / "label"
    shutil.copytree(DEMO, copy)
    assert told("verify", copy)[0] == 0
    assert told("render", "-q", copy)[0] == 0
    written_anew(copy)
    before = {file.name: file.read_bytes() for file in copy.iterdir()}
    code, out, _ = told("verify", copy)
    assert (code, "evidence.json is not in canonical form (RFC 8785)" in out) == (4, True)
    code, out, err = told("render", copy)
    assert (code, out) == (2, "")
    assert "is not in canonical form (RFC 8785), so its SHA-256 is not the label's id" in err
    assert "hint: an editor or formatter wrote it anew: take it unchanged from where" in err
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


def test_verbose_explains_an_index_that_does_not_fit_its_watt_hours(
    told: Callable[..., Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    copy = tmp_path / "label"
    shutil.copytree(DEMO, copy)
    assert "divide to" not in told("render", "--verbose", copy)[2]
    from energylabel.rendering._drawing import values

    monkeypatch.setattr(values, "quotient", lambda _: "the watt-hours divide to 1.47, not to …")
    assert re.search(r"divide to 1\.47", told("render", "--verbose", copy)[2])
    assert "divide to" not in told("render", copy)[2]
