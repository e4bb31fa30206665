import json
import os
from contextlib import nullcontext
from pathlib import Path

import pytest
from support import powercap
from support.evidence import make_hardware

from energylabel import diagnosing
from energylabel.cli.app import main
from energylabel.cli.doctor import lines
from energylabel.meters import METERS, Availability, Meter
from energylabel.meters.rapl import rapl_meter
from energylabel.worker.sandbox import Seclusion

GOLDENS = Path(__file__).parent / "goldens" / "doctor"


def meter(method, covers, found):
    """Says what it was told to say."""

    def probe(hardware):
        assert hardware.device == "cpu"
        return found

    return Meter(
        name="told", method=method, covers=frozenset(covers), probe=probe, open=nullcontext
    )


WORKS = Availability(usable=True)
DENIED = Availability(False, "package-0 may not be read by this user", "sudo something")


CUT = Seclusion(network_cut=True)


@pytest.fixture
def machine(monkeypatch):
    def make(meters, broken=None, secluded=CUT, **hardware):
        monkeypatch.setattr(METERS, "_all", (meters, broken or {}))
        monkeypatch.setattr(diagnosing, "detect", lambda: make_hardware(**hardware))
        monkeypatch.setattr(diagnosing, "WATCHED_S", 0.01)
        monkeypatch.setattr(diagnosing, "probe_seclusion", lambda: secluded)
        return diagnosing.diagnose()

    return make


CARBON = {"codecarbon": meter("load-model", ["cpu"], WORKS)}


def named(found):
    return {each.name: each for each in found.findings}


def test_counters_make_a_rating_metered(machine):
    found = machine(CARBON | {"rapl": meter("hardware-counter", ["cpu", "dram"], WORKS)})
    assert (found.ratable, found.provenance) == (True, "metered")
    assert "provenance" not in named(found)
    assert "  ok  rapl        hardware-counter, cpu, dram" in lines(found)


def test_denied_counters_come_with_their_remedy(machine):
    found = machine(CARBON | {"rapl": meter("hardware-counter", ["cpu"], DENIED)})
    assert (found.ratable, found.provenance) == (True, "estimated")
    assert named(found)["provenance"].remedy == "sudo something"
    told = "\n".join(lines(found))
    assert "package-0 may not be read by this user" in told
    assert "remedy: sudo something" in told


def test_a_gpu_alone_does_not_meter_a_processor(machine):
    gpu = {"nvml": meter("hardware-counter", ["gpu"], WORKS)}
    assert machine(gpu).provenance is None
    assert machine(gpu | CARBON).provenance == "estimated"


def test_nothing_to_meter_with_is_not_ratable(machine):
    found = machine({"codecarbon": meter("load-model", ["cpu"], DENIED)})
    assert not found.ratable
    assert named(found)["meters"].outcome == "invalid"
    assert "a rating    is not possible" in lines(found)


def test_circumstances_are_told(machine, monkeypatch):
    monkeypatch.setattr(diagnosing, "_busy_share", lambda _: 0.5)
    found = machine(
        CARBON,
        {"sock_meter": "ImportError: no socks"},
        power_source="battery",
        governor="powersave",
        cpu_quota=1.5,
    )
    assert {"neighbours", "power-source", "governor", "cpu-quota", "plug-in"} <= set(named(found))
    assert found.broken_plugins == {"meters/sock_meter": "ImportError: no socks"}
    assert all(each.remedy for each in found.findings)


@pytest.mark.slow
def test_the_command_on_this_machine(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["doctor", "--format", "json"])
    assert stopped.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ratable"] is True
    states = {meter["name"]: meter for meter in told["meters"]}
    assert states["codecarbon"]["usable"]
    readable = os.access("/sys/class/powercap/intel-rapl:0/energy_uj", os.R_OK)
    assert states["rapl"]["usable"] or states["rapl"]["remedy"] or readable
    assert told["provenance"] in {"estimated", "metered"}


def test_the_command_where_nothing_works(machine, monkeypatch, capsys):
    found = machine({"codecarbon": meter("load-model", ["cpu"], DENIED)})
    monkeypatch.setattr(diagnosing, "diagnose", lambda: found)
    with pytest.raises(SystemExit) as stopped:
        main(["doctor", "--format", "github"])
    assert stopped.value.code == 4
    assert capsys.readouterr().out.startswith("::error title=energylabel%3A meters::nothing gives")


def test_a_network_in_reach_is_told_with_its_remedy(machine):
    told = "\n".join(lines(machine(CARBON)))
    assert "models      run without network, token or their own code" in told
    found = machine(CARBON, secluded=Seclusion(False, "it is forbidden", "allow it"))
    assert (found.network_cut, found.ratable) == (False, True)
    assert named(found)["seclusion"].remedy == "allow it"
    assert "offline by settings alone" in "\n".join(lines(found))


def plain(tree):
    assert tree.is_dir()


def denied(tree):
    (powercap.folder(tree, "intel-rapl:1") / "energy_uj").unlink()


TREES = {
    "readable": (plain, powercap.WATTS),
    "half": (denied, {"intel-rapl:0": 100.0}),
    "frozen": (plain, {"intel-rapl:0": 100.0}),
    "virtual": (None, {}),
}


@pytest.mark.parametrize("case", TREES)
def test_what_it_prints(machine, monkeypatch, tmp_path, case):
    change, watts = TREES[case]
    tree = tmp_path / "sys"
    if change is not None:
        change(powercap.plant(tree))
    monkeypatch.setattr(diagnosing, "_busy_share", lambda _: 0.02)
    monkeypatch.setattr(diagnosing, "_versions", lambda: {"energylabel": "0.1.0"})
    with powercap.running(tree, watts) if watts else nullcontext():
        found = machine(CARBON | {"rapl": rapl_meter(tree)})
    told = "\n".join(lines(found)).replace(str(tree), "<sys>") + "\n"
    path = GOLDENS / f"{case}.txt"
    if os.environ.get("UPDATE_GOLDENS") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(told)
    assert told == path.read_text()
