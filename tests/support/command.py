"""The command line as a process of its own."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from energylabel.worker.client import Worker

ROOT = Path(__file__).parents[2]
SHORT = """
from energylabel.judging.consistency import choices as verifying
from energylabel.planning import planner as planning
shorter = {"min_window_s": 0.2, "min_estimated_window_s": 0.2, "warm_up_s": 0.5}
shorter |= {"warm_up_limit_s": 2.0, "settle_s": 0.05, "idle_s": 0.2, "max_rounds": 1}
planning.PROTOCOLS = {
    name: protocol.model_copy(update=shorter) for name, protocol in planning.PROTOCOLS.items()
}
verifying.PROTOCOLS = planning.PROTOCOLS

def fewer(name):
    few = {"max_slice_queries": 12, "single_queries": 20}
    planning.PROTOCOLS[name] = planning.PROTOCOLS[name].model_copy(update=few)

# Slices so small scatter too much for a letter, which a quick look gets all the same.
fewer("quick")
"""
STEADY = Path(__file__).with_name("steady_machine.py")
SMALL = Path(__file__).with_name("small_reference.py")
_BEGIN = """
try:
    import customised
except BaseException:
    import os
    import traceback

    traceback.print_exc()
    os._exit(70)
"""
WAITING = "another rating is running on this machine; waiting for it\n"


def shortened(folder: Path, *, steady: bool = False, small: bool = True) -> str:
    """A PYTHONPATH with which windows are so short that seconds are enough for a rating.

    ``steady``: on a machine of one speed, for what needs the letter of a standard rating.
    ``small``: beside a reference that costs next to nothing.
    """
    text = SHORT
    if steady:
        text = f"{STEADY.read_text('utf-8')}{SHORT}fewer('standard')\n"
    if small:
        text = f"{SMALL.read_text('utf-8')}{text}"
    return _customised(folder, text)


def _customised(folder: Path, text: str) -> str:
    """A PYTHONPATH with which each Python begins with ``text``, or ends where that fails.

    By itself Python would only complain and go on without it.
    """
    folder.mkdir(exist_ok=True)
    (folder / "customised.py").write_text(text, "utf-8")
    (folder / "sitecustomize.py").write_text(_BEGIN, "utf-8")
    return f"{folder}{os.pathsep}{ROOT}"


@pytest.fixture
def steady_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ratings of this process run on a machine of one speed."""
    monkeypatch.setattr(Worker, "ask", Worker.ask)  # so that it comes back
    runpy.run_path(str(STEADY))


@pytest.fixture
def small_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that this process starts have a reference that costs next to nothing."""
    text = SMALL.read_text("utf-8")
    monkeypatch.setenv("PYTHONPATH", _customised(tmp_path / "small-reference", text))


def command(
    *arguments: str,
    state: Path | None = None,
    short: bool = False,
    small: bool = True,
    steady: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; ``short``: with windows of moments, which needs a ``state``.

    ``small``: beside a small reference, if they are short; ``steady``: on a machine of one speed.
    """
    environment = dict(os.environ)
    if state is not None:
        environment["XDG_STATE_HOME"] = str(state)
        if short:
            environment["PYTHONPATH"] = shortened(state / "python", small=small, steady=steady)
    return subprocess.run(
        [sys.executable, "-m", "energylabel", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
