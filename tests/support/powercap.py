"""A powercap tree as the kernel lays it out, and a process that lets its counters run.

Real folders under ``devices/virtual/powercap``, links to them in ``class/powercap``. Watts are
fixed, so that the energy of any stretch of time is known beforehand.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

RANGE_UJ = 262_143_328_850
WATTS = {
    "intel-rapl:0": 100.0,
    "intel-rapl:0:0": 80.0,
    "intel-rapl:0:1": 10.0,
    "intel-rapl:1": 50.0,
    "intel-rapl:1:0": 40.0,
    "intel-rapl:1:1": 5.0,
    "intel-rapl:2": 200.0,
}
NAMES = {
    "intel-rapl:0": "package-0",
    "intel-rapl:0:0": "core",
    "intel-rapl:0:1": "dram",
    "intel-rapl:1": "package-1",
    "intel-rapl:1:0": "core",
    "intel-rapl:1:1": "dram",
    "intel-rapl:2": "psys",
}

_RUN = """
import json, os, sys, time
zones = json.loads(sys.argv[1])
files = {path: (os.open(path, os.O_WRONLY), watts, limit) for path, watts, limit in zones}
began = time.monotonic()
while True:
    for file, watts, limit in files.values():
        joules = (1_000_000 + int((time.monotonic() - began) * watts * 1e6)) % limit
        os.pwrite(file, b"%16d\\n" % joules, 0)
    time.sleep(0.0005)
"""


def plant(
    root: Path,
    names: Mapping[str, str] = NAMES,
    *,
    range_uj: int = RANGE_UJ,
    start: int = 1_000_000,
) -> Path:
    """The tree, its counters at rest; ``root`` stands for ``/sys``."""
    devices = root / "devices" / "virtual" / "powercap"
    links = root / "class" / "powercap"
    links.mkdir(parents=True)
    for zone, name in names.items():
        control, *numbers = zone.split(":")
        parts = [":".join([control, *numbers[: n + 1]]) for n in range(len(numbers))]
        folder = devices.joinpath(control, *parts)
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
        (folder / "max_energy_range_uj").write_text(f"{range_uj}\n")
        (folder / "energy_uj").write_text(f"{start:16d}\n")
        relative = Path("../../devices/virtual/powercap", control, *parts)
        (links / zone).symlink_to(relative)
    (links / "intel-rapl").symlink_to("../../devices/virtual/powercap/intel-rapl")
    (devices / "intel-rapl" / "subsystem").symlink_to("../../../../class/powercap")
    return root


def folder(root: Path, zone: str) -> Path:
    """Where a zone's files are."""
    return (root / "class" / "powercap" / zone).resolve()


def set_joules(root: Path, zone: str, joules: float) -> None:
    """Put a counter at a value."""
    (folder(root, zone) / "energy_uj").write_text(f"{round(joules * 1e6):16d}\n")


@contextmanager
def running(root: Path, watts: Mapping[str, float] = WATTS) -> Iterator[None]:
    """Let the counters of these zones run at these powers."""
    import json

    zones = [
        (
            str(folder(root, zone) / "energy_uj"),
            power,
            int((folder(root, zone) / "max_energy_range_uj").read_text()),
        )
        for zone, power in watts.items()
    ]
    process = subprocess.Popen([sys.executable, "-c", _RUN, json.dumps(zones)])
    try:
        first = Path(zones[0][0])
        before = first.read_bytes()
        while first.read_bytes() == before:
            time.sleep(0.005)
        yield
    finally:
        process.kill()
        process.wait()


def mounted(root: Path, command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that finds the tree under ``/sys``; nobody else sees it there."""
    mounts = (
        f"mount --bind '{root}/class' /sys/class && "
        f"mount --bind '{root}/devices/virtual' /sys/devices/virtual && "
        'exec "$@"'
    )
    tests = str(Path(__file__).parents[1])
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", mounts, "sh", *command],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": tests} | environment,
    )


def namespaces() -> bool:
    """Whether this system lets the tests mount over ``/sys`` in a namespace of their own."""
    if os.geteuid() != 0:
        return False
    return (
        subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0
    )
