"""Builds the fake NVML and runs Python over it, with the real ``nvidia-ml-py`` in between.

The switches stand at the head of ``fake_nvml.c``.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).with_name("fake_nvml.c")
COMPILER = shutil.which("cc")

needs_compiler = pytest.mark.skipif(
    COMPILER is None or sys.platform != "linux",
    reason="the fake NVML is built with a C compiler (cc), on Linux",
)

UUIDS = tuple(f"GPU-{0x11111111 * (n + 1):08x}-0000-4000-8000-{n:012x}" for n in range(3))
"""Of the GPUs in index order."""

_HIDING = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")

_PRELUDE = """
import json, os, threading, time
from energylabel.errors import MeasurementError
from energylabel.devices import nvidia
from energylabel.devices.machine import detect
from energylabel.meters import nvml, nvml_power

machine = detect("cpu")

def load():
    sum(range(3000))

def window(session, seconds, filler=load):
    "Joules, and seconds from the end of start to the beginning of stop."
    session.start(filler)
    began = time.perf_counter()
    time.sleep(seconds)
    passed = time.perf_counter() - began
    return session.stop(filler).joules["gpu"], passed

def told(error):
    return {"message": error.message, "hint": error.hint}
"""


def build(folder: Path) -> Path:
    """Compile the library into a folder, which then belongs in front of LD_LIBRARY_PATH."""
    assert COMPILER is not None
    library = folder / "libnvidia-ml.so.1"
    subprocess.run(
        [COMPILER, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, SOURCE, "-lm"],
        check=True,
    )
    return folder


def environment(folder: Path, **switches: object) -> dict[str, str]:
    """This process's environment with the fake in front.

    Args:
        folder: Where it was built.
        switches: In lower case; ``FAKE_NVML_`` is put before all but ``CUDA_…``.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _HIDING}
    kept["LD_LIBRARY_PATH"] = os.pathsep.join(
        [str(folder), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    )
    for name, value in switches.items():
        upper = name.upper()
        kept[upper if upper.startswith("CUDA_") else f"FAKE_NVML_{upper}"] = str(value)
    return kept


def run(folder: Path, code: str, **switches: object) -> Any:
    """Run code that sets ``answer``; a :class:`MeasurementError` that it raises is the answer too.

    It finds ``nvml``, ``nvml_power``, ``nvidia``, ``machine``, ``load``, ``window`` and ``told``.
    """
    indented = "\n".join(f"    {line}" for line in code.strip().splitlines())
    whole = f"{_PRELUDE}\ntry:\n{indented}\nexcept MeasurementError as e:\n    answer = told(e)\n"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{whole}print(json.dumps(answer))"],
        env=environment(folder, **switches),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert not ran.stderr, ran.stderr
    return json.loads(ran.stdout)
