import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.evidence import make_hardware

from energylabel.errors import UsageError
from energylabel.registry import plugin, plugins

GOOD = """
from energylabel.meters.base import Availability

class Sock:
    name = "sock_meter"
    method = "sampled-power"
    covers = frozenset({"cpu"})

    def probe(self, hardware):
        return Availability(usable=True)

    def open(self, hardware):
        raise NotImplementedError

PLUGIN = Sock()
EMPTY = object()
CODECARBON = Sock()
"""
ENTRIES = """
[energylabel.meters]
sock_meter = sock_good:PLUGIN
hollow = sock_good:EMPTY
codecarbon = sock_good:CODECARBON
raising = sock_raising:PLUGIN
leaving = sock_leaving:PLUGIN
absent = sock_nowhere:PLUGIN
nameless = sock_good:NOBODY
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A package of somebody else's, as pip leaves it."""
    (tmp_path / "sock_good.py").write_text(GOOD)
    (tmp_path / "sock_raising.py").write_text("raise ValueError('two\\nlines')")
    (tmp_path / "sock_leaving.py").write_text("import sys; sys.exit('bye')")
    info = tmp_path / "sock_meter-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sock-meter\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRIES)
    return tmp_path


def run(site: Path, code: str) -> object:
    environment = os.environ | {"PYTHONPATH": str(site)}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(ran.stdout)


def test_a_third_partys_meter_is_found_and_broken_ones_are_kept_apart(site: Path):
    code = (
        "import json; from energylabel.registry import plugins; p = plugins('meters')\n"
        "print(json.dumps([sorted(p.found), dict(p.broken), type(p.found['codecarbon']).__name__]))"
    )
    found, broken, kept = run(site, code)
    assert found == ["codecarbon", "cpu_time", "nvml", "nvml_power", "rapl", "replay", "sock_meter"]
    assert kept == "CodeCarbonMeter"  # nobody replaces a built-in
    assert set(broken) == {"hollow", "raising", "leaving", "absent", "nameless"}
    assert broken["raising"] == "ValueError: two lines"
    assert broken["hollow"] == "it lacks name, method, covers, probe, open"
    assert "sock_nowhere" in broken["absent"]


def test_a_broken_plug_in_says_why_when_it_is_asked_for(site: Path):
    code = (
        "import json; from energylabel.registry import plugin\n"
        "try: plugin('meters', 'raising')\n"
        "except Exception as e: print(json.dumps([type(e).__name__, e.message, e.hint]))"
    )
    kind, message, hint = run(site, code)
    assert kind == "UsageError"
    assert "raising" in message
    assert "two lines" in message
    assert hint


def test_a_measurement_goes_before_a_model(site: Path):
    code = (
        "import json; from energylabel.meters import choose_meters\n"
        "from energylabel.devices.machine import detect; print(json.dumps(choose_meters(detect())))"
    )
    assert run(site, code) == ["sock_meter", "codecarbon", "cpu_time"]
    assert run(site / "nothing", code) == ["codecarbon", "cpu_time"]


def test_the_worker_finds_it_too(site: Path, monkeypatch: pytest.MonkeyPatch):

    from energylabel.errors import EnergyLabelError
    from energylabel.records import OpenMeters
    from energylabel.worker.client import Worker

    monkeypatch.setenv("PYTHONPATH", str(site))
    with (
        Worker(1, make_hardware()) as worker,
        pytest.raises(EnergyLabelError, match="NotImplementedError"),
    ):
        worker.ask(OpenMeters(hardware=make_hardware(), names=("sock_meter",)))


def test_a_close_match_is_offered():
    with pytest.raises(UsageError, match="no plug-in code_carbon") as caught:
        plugin("meters", "code_carbon")
    assert caught.value.hint == "did you mean codecarbon?"
    with pytest.raises(UsageError) as caught:
        plugin("meters", "zzz")
    assert caught.value.hint == "there are: codecarbon, cpu_time, nvml, nvml_power, rapl, replay"


def test_the_folders_are_read():
    families = {found.family for found in plugins("classifiers").found.values()}
    assert {"reference", "sequence-classification"} <= families
    for kind in ("meters", "classifiers", "renderers"):
        known = plugins(kind)
        assert known.found
        assert not any(name.startswith("_") or name == "base" for name in known.found)
        assert not known.broken
