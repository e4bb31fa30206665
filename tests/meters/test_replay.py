import json
from pathlib import Path

import pytest
from support.evidence import make_hardware

from energylabel.errors import MeasurementError
from energylabel.meters import replay
from energylabel.records.evidence import Reading

HARDWARE = make_hardware()


def trace(folder: Path, *lines: str) -> Path:
    path = folder / "trace.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_replay_plays_each_reading_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    readings = [
        Reading(meter="rapl", method="hardware-counter", joules={"cpu": n, "dram": 0.5})
        for n in (1.0, 2.0)
    ]
    path = trace(tmp_path, *(reading.model_dump_json() for reading in readings))
    monkeypatch.setenv("ENERGYLABEL_REPLAY", str(path))
    assert replay.PLUGIN.probe(HARDWARE).usable
    with replay.PLUGIN.open(HARDWARE) as session:
        assert session.describe().method == "hardware-counter"
        assert session.describe().covers == ("cpu", "dram")
        for reading in readings:
            session.start()
            assert session.stop() == reading
        session.start()
        with pytest.raises(MeasurementError, match="no reading left"):
            session.stop()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "empty"),
        (("{}",), "line 1"),
        (('{"meter": "x", "method": "load-model", "joules": {"cpu": NaN}}',), "line 1"),
        ((json.dumps({"meter": "x", "method": "magic", "joules": {"cpu": 1.0}}),), "line 1"),
    ],
)
def test_broken_traces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...], told: str
):
    monkeypatch.setenv("ENERGYLABEL_REPLAY", str(trace(tmp_path, *lines)))
    with pytest.raises(MeasurementError, match=told), replay.PLUGIN.open(HARDWARE):
        pass


def test_replay_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ENERGYLABEL_REPLAY", raising=False)
    assert not replay.PLUGIN.probe(HARDWARE).usable
    monkeypatch.setenv("ENERGYLABEL_REPLAY", str(tmp_path / "nothing"))
    assert "does not exist" in replay.PLUGIN.probe(HARDWARE).reason
