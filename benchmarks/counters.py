"""Our counters and CodeCarbon's over fake ones of known power, the same windows side by side.

    python benchmarks/counters.py [--windows 5]

Needs Linux, the right to mount in a namespace (root), and a C compiler. The fakes are those of the
tests: a powercap tree whose counters a process lets run, and an NVML library whose energy counter
ticks every 100 ms. All programs run unmodified over them. Prints Markdown: for each case the true
watts, and what a window of 2 s gave, as median, least and greatest share of the truth.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import fake_nvml, powercap

PACKAGES = {"intel-rapl:0": "package-0", "intel-rapl:1": "package-1"}

_OURS = """
import json, sys, time
from energylabel.devices.machine import detect
from energylabel.errors import EnergyLabelError
from energylabel.meters import METERS
name, count = sys.argv[1], int(sys.argv[2])
try:
    found = []
    with METERS.get(name).open(detect("cpu")) as session:
        for _ in range(count):
            session.start(lambda: time.sleep(0.01))
            began = time.perf_counter()
            time.sleep(2)
            seconds = time.perf_counter() - began
            joules = session.stop(lambda: time.sleep(0.01)).joules
            found.append(joules["gpu" if name == "nvml" else "cpu"] / seconds)
    print(json.dumps(found))
except EnergyLabelError as error:
    print(json.dumps(error.message))
"""

_CODECARBON = """
import json, os, sys, time
os.environ["CODECARBON_LOG_LEVEL"] = "critical"
from codecarbon import OfflineEmissionsTracker
part, count = sys.argv[1], int(sys.argv[2])
tracker = OfflineEmissionsTracker(country_iso_code="USA", output_methods=[], log_level="critical",
                                  measure_power_secs=1, tracking_mode="machine")
tracker.start_task(); time.sleep(0.2); tracker.stop_task()
found = []
for _ in range(count):
    tracker.start_task()
    began = time.perf_counter()
    time.sleep(2)
    seconds = time.perf_counter() - began
    data = tracker.stop_task()
    found.append((data.gpu_energy if part == "gpu" else data.cpu_energy) * 3.6e6 / seconds)
tracker.stop()
print(json.dumps(found))
"""


def main() -> None:
    """Run every case and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--windows", type=int, default=5)
    count = parser.parse_args().windows
    print("| case | true W | ours | CodeCarbon |")
    print("|---|---|---|---|")
    both = 150.0
    rapl("two packages", count, both)
    rapl("the same, three wraps in a window", count, both, range_uj=60_000_000)
    rapl("one package cannot be read", count, both, lost=True)
    rapl("one counter stands still", count, both, watts={"intel-rapl:0": 100.0})
    nvml("GPU, counter ticks every 100 ms", count, 300.0)


def rapl(
    case: str,
    count: int,
    truth: float,
    *,
    range_uj: int = powercap.RANGE_UJ,
    lost: bool = False,
    watts: dict[str, float] | None = None,
) -> None:
    """A powercap tree with two packages."""
    with tempfile.TemporaryDirectory() as name:
        tree = powercap.plant(Path(name, "sys"), PACKAGES, range_uj=range_uj)
        power = watts or {zone: powercap.WATTS[zone] for zone in PACKAGES}
        if lost:
            (powercap.folder(tree, "intel-rapl:1") / "energy_uj").unlink()
            power = {"intel-rapl:0": 100.0}
        with powercap.running(tree, power):
            cells = [
                cell(powercap.mounted(tree, [sys.executable, "-c", code, part, str(count)]), truth)
                for code, part in ((_OURS, "rapl"), (_CODECARBON, "cpu"))
            ]
    print(f"| {case} | {truth:.0f} | {cells[0]} | {cells[1]} |", flush=True)


def nvml(case: str, count: int, truth: float) -> None:
    """One GPU behind the fake library."""
    with tempfile.TemporaryDirectory() as name:
        folder = fake_nvml.build(Path(name))
        smi = Path(name, "nvidia-smi")
        smi.write_text("#!/bin/sh\nexit 0\n")
        smi.chmod(0o755)
        found = fake_nvml.environment(folder)
        found["PATH"] = os.pathsep.join([name, found["PATH"]])
        cells = [
            cell(
                subprocess.run(
                    [sys.executable, "-c", code, part, str(count)],
                    env=found,
                    capture_output=True,
                    text=True,
                    check=False,
                ),
                truth,
            )
            for code, part in ((_OURS, "nvml"), (_CODECARBON, "gpu"))
        ]
    print(f"| {case} | {truth:.0f} | {cells[0]} | {cells[1]} |", flush=True)


def cell(ran: subprocess.CompletedProcess[str], truth: float) -> str:
    """Median, least and greatest share of the truth, or why there is no figure."""
    if ran.returncode:
        return f"fails: {ran.stderr.strip().splitlines()[-1]}"
    said: str | list[float] = json.loads(ran.stdout.splitlines()[-1])
    if isinstance(said, str):
        return f"refuses: {said}"
    shares = [watts / truth for watts in said]
    return f"{statistics.median(shares):.4f} ({min(shares):.4f}–{max(shares):.4f})"


if __name__ == "__main__":
    main()
