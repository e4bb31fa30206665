import json
import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from support.evidence import make_hardware

from energylabel.classifiers import FAMILIES, Family, ModelFiles
from energylabel.errors import UsageError
from energylabel.meters import METERS
from energylabel.rendering import FORMATS

GOOD = """
from energylabel.meters import Availability, Meter

def probe(hardware):
    return Availability(usable=True)

def open_socket(hardware):
    raise NotImplementedError

def described(**traits):
    return Meter(probe=probe, open=open_socket, covers=frozenset({"cpu"}), **traits)

PLUGIN = described(name="sock_meter", method="sampled-power")
EMPTY = object()
CODECARBON = described(name="codecarbon", method="sampled-power")
"""
MISSPELT = """
from sock_good import described

PLUGIN = described(name="misspelt", method="sampled-power", stand_in=True)
"""
WRONG = """
from sock_good import described

PLUGIN = described(name="No Name", method="guessing")
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
misspelt = sock_misspelt:PLUGIN
wrong = sock_wrong:PLUGIN
again = sock_good:PLUGIN
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A package of somebody else's, as pip leaves it."""
    (tmp_path / "sock_good.py").write_text(GOOD)
    (tmp_path / "sock_misspelt.py").write_text(MISSPELT)
    (tmp_path / "sock_wrong.py").write_text(WRONG)
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
        "import json; from energylabel.meters import METERS as m\n"
        "print(json.dumps([sorted(m.found), dict(m.broken), m.get('codecarbon').method]))"
    )
    found, broken, kept = run(site, code)
    assert found == ["codecarbon", "cpu_time", "nvml", "nvml_power", "rapl", "replay", "sock_meter"]
    assert kept == "load-model"  # nobody replaces a built-in
    assert set(broken) == {
        "codecarbon", "hollow", "raising", "leaving", "absent", "nameless", "misspelt", "wrong",
        "again",
    }  # fmt: skip
    assert broken["codecarbon"] == "there is a codecarbon already"
    assert broken["again"] == "there is a sock_meter already"
    assert broken["raising"] == "ValueError: two lines"
    assert broken["hollow"] == "TypeError: it is of type object, not Meter"
    told = "its Meter is wrong: there is no trait stand_in, did you mean stands_in?"
    assert broken["misspelt"] == told
    assert "name: " in broken["wrong"]
    assert "method: Input should be 'hardware-counter'" in broken["wrong"]
    assert "sock_nowhere" in broken["absent"]


def test_a_broken_plug_in_says_why_when_it_is_asked_for(site: Path):
    code = (
        "import json; from energylabel.meters import METERS\n"
        "try: METERS.get('raising')\n"
        "except Exception as e: print(json.dumps([type(e).__name__, e.message, e.hint]))"
    )
    kind, message, hint = run(site, code)
    assert kind == "UsageError"
    assert "raising" in message
    assert "two lines" in message
    assert hint


@pytest.mark.slow
def test_a_measurement_goes_before_a_model(site: Path):
    code = (
        "import json; from energylabel.meters import choose_meters\n"
        "from energylabel.devices.machine import detect; print(json.dumps(choose_meters(detect())))"
    )
    assert run(site, code) == ["sock_meter", "codecarbon", "cpu_time"]
    assert run(site / "nothing", code) == ["codecarbon", "cpu_time"]


@pytest.mark.slow
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
        METERS.get("code_carbon")
    assert caught.value.hint == "did you mean codecarbon?"
    with pytest.raises(UsageError) as caught:
        METERS.get("zzz")
    assert caught.value.hint == "there are: codecarbon, cpu_time, nvml, nvml_power, rapl, replay"


def test_the_folders_are_read():
    assert {"reference", "sequence-classification"} <= set(FAMILIES.found)
    for registry in (METERS, FAMILIES, FORMATS):
        assert registry.found
        assert {plugin.name: plugin for plugin in registry.found.values()} == registry.found
        assert not registry.broken


def family(**traits: Any) -> Family:
    known = {"name": "mine", "help": "a family", "open": nullcontext, "recipe": "one rule"}
    return Family(**known | traits)


@pytest.mark.parametrize(
    ("traits", "told"),
    [
        ({"trainig_rows": 5}, "trainig_rows"),
        ({"training_rows": "5"}, "training_rows"),
        ({"training_rows": -1}, "training_rows"),
        ({"modes": "score"}, "modes"),
        ({"modes": ("score",), "generating": ("generate",)}, "generating names generate"),
        ({"few_shot": True}, "few_shot needs modes"),
        ({"recipe": None}, "either files or a recipe"),
        ({"files": ModelFiles()}, "either files or a recipe"),
        ({"baseline": "any"}, "a baseline has a recipe and training_rows"),
        ({"title": "Mine"}, "title and beside_only are of a baseline"),
        ({"name": "Mine!"}, "name"),
        ({"help": " "}, "help"),
        ({"open": "nothing to call"}, "open"),
    ],
)
def test_a_family_that_says_something_wrong_is_an_error(traits: dict[str, Any], told: str):
    assert family().training_rows == 0
    with pytest.raises(ValidationError) as caught:
        family(**traits)
    assert told in str(caught.value)


def test_a_description_is_never_changed():
    with pytest.raises(ValidationError, match="frozen"):
        family().training_rows = 7  # type: ignore[misc]
