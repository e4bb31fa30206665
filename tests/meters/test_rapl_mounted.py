"""Whole ratings and CodeCarbon over a fake ``/sys/class/powercap``, nothing in them changed.

In a mount namespace of their own, so that the programs find the tree where the kernel has it.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import powercap

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not powercap.namespaces(), reason="no right to mount in a namespace here"),
]

RATE = """
import json, sys
from pathlib import Path
from support.workers import make_plan
from energylabel.devices.machine import detect
from energylabel.storing.journal import Journal
from energylabel.meters import choose_meters
from energylabel.reckoning import provenance_of
from energylabel.events import silent
from energylabel.running.steps import run
folder = Path(sys.argv[1])
plan = make_plan(folder, protocol={"min_window_s": 0.3, "idle_s": 0.3})
evidence = run(plan, Journal("d" * 64, Path(sys.argv[2])), silent, resume=False)
counted = [r.joules for w in evidence.windows for r in w.energy if r.meter == "rapl"]
print(json.dumps({
    "meters": choose_meters(detect()),
    "provenance": provenance_of(evidence.meters, "cpu"),
    "watts": [r["cpu"] / w.seconds for r, w in zip(counted, evidence.windows)],
    "idle": [r.joules["cpu"] / run.seconds for run in evidence.idle
             for r in run.energy if r.meter == "rapl"],
}))
"""


@pytest.fixture
def tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield powercap.plant(Path(name, "sys"))


def rated(tree: Path, model: Path, state: Path) -> Any:
    done = powercap.mounted(tree, [sys.executable, "-c", RATE, str(model), str(state)])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.alone
def test_a_rating_over_the_tree_is_metered(tree: Path, tiny_bert: Path, tmp_path: Path):
    with powercap.running(tree):
        told = rated(tree, tiny_bert, tmp_path)
    assert told["meters"][0] == "rapl"
    assert told["provenance"] == "metered"
    assert len(told["watts"]) >= 12
    for watts in (*told["watts"], *told["idle"]):
        assert watts == pytest.approx(150, rel=0.05)
    assert len(told["idle"]) == 3


def test_one_package_that_cannot_be_read_makes_it_an_estimate(
    tree: Path, tiny_bert: Path, tmp_path: Path
):
    (powercap.folder(tree, "intel-rapl:1") / "energy_uj").unlink()
    with powercap.running(tree, {"intel-rapl:0": 100.0}):
        told = rated(tree, tiny_bert, tmp_path)
    assert "rapl" not in told["meters"]
    assert told["provenance"] == "estimated"
    assert told["watts"] == told["idle"] == []


def test_doctor_over_the_tree(tree: Path):
    with powercap.running(tree):
        done = powercap.mounted(
            tree, [sys.executable, "-m", "energylabel", "doctor", "--format", "json"]
        )
    told = json.loads(done.stdout)
    assert (done.returncode, told["provenance"]) == (0, "metered")
    still = powercap.mounted(
        tree, [sys.executable, "-m", "energylabel", "doctor", "--format", "json"]
    )
    rapl = next(m for m in json.loads(still.stdout)["meters"] if m["name"] == "rapl")
    assert "stands still" in rapl["reason"]


def test_the_mounts_are_gone_outside(tree: Path):
    powercap.mounted(tree, ["true"])
    assert subprocess.run(["findmnt", "/sys/class"], check=False, capture_output=True).stdout == b""
