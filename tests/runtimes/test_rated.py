"""Whole ratings with another runtime: folder, evidence, label, what tells them from the others."""

import json
from pathlib import Path

import pytest
from support.tiny_models import SENTENCES, make_model
from support.workers import shorten_quick

import energylabel
from energylabel.events import Event
from energylabel.pipeline import differences
from energylabel.records import Evidence
from energylabel.storing import read_evidence

pytest.importorskip("onnxruntime")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_reference", "steady_machine")]

SOME = SENTENCES[::7]


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_quick(monkeypatch, tmp_path / "state", min_window_s=0.2, min_estimated_window_s=0.2)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    rows = [{"text": text, "label": ("sad", "glad")[n % 2]} for n, text in enumerate(SOME)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def wrong(folder: Path) -> list[str]:
    """What contradicts itself, but for the protocol, which is shorter here."""
    return [line for line in differences(folder) if "settings.protocol." not in line]


def rated(tmp_path: Path, data: Path, **options: object) -> tuple[Path, Evidence]:
    model = tmp_path / "tiny"
    if not model.is_dir():
        make_model(model, labels=("sad", "glad"))
    found = energylabel.rate(
        model,
        data=data,
        protocol="quick",
        out=tmp_path / "labels",
        label_map={"sad": "sad", "glad": "glad"},
        **options,  # type: ignore[arg-type]
    )
    return found.folder, read_evidence(found.folder)


def test_int8_beside_pytorch(tmp_path: Path, data: Path) -> None:
    folder, evidence = rated(tmp_path, data, runtime="onnxruntime", dtype="int8")
    assert folder.name.endswith("--onnxruntime-int8")
    assert evidence.subject.dtype == "int8"
    assert evidence.exported is not None
    assert evidence.exported.texts == len(SOME)
    assert "MatMulIntegerToFloat" in evidence.exported.products
    assert evidence.agreement is not None
    assert evidence.agreement.scaled is not None
    assert evidence.versions["onnxruntime"]
    assert evidence.reference.dtype == "float32"
    assert wrong(folder) == []
    assert "cpu · onnxruntime · int8" in (folder / "card.md").read_text("utf-8")
    other, plain = rated(tmp_path, data)
    assert other.parent == folder.parent
    assert other.name == folder.name.removesuffix("--onnxruntime-int8")
    text = (other / "evidence.json").read_text("utf-8")
    assert "onnx" not in text
    assert "exported" not in text
    assert plain.attempts == evidence.attempts == ()
    setups = [energylabel.load_label(each).conditions.setup for each in (folder, other)]
    assert [each.slug() for each in setups if each] == ["onnxruntime-int8", ""]


def test_an_interrupted_rating_goes_on(tmp_path: Path, data: Path) -> None:
    def stop(event: Event) -> None:
        if event.stage == "measuring" and event.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rated(tmp_path, data, runtime="onnxruntime", observer=stop)
    folder, evidence = rated(tmp_path, data, runtime="onnxruntime", resume=True)
    assert evidence.sessions == 2
    assert evidence.exported is not None
    assert evidence.exported.flips == 0
    assert wrong(folder) == []
