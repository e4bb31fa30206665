"""Windows, as far as another system can show it: without the modules that it lacks."""

import subprocess
import sys
from pathlib import Path

import pytest

LABEL = sorted((Path(__file__).parents[1] / "labels").rglob("evidence.json"))[0].parent
PROGRAM = """
import builtins
import sys
from types import SimpleNamespace

LACKING = {"fcntl", "resource", "pwd", "grp", "termios"}
original = builtins.__import__


def imported(name, globals=None, *rest, **named):
    # Libraries that know Windows ask it there for other modules.
    if name in LACKING and (globals or {}).get("__name__", "").startswith("energylabel"):
        raise ModuleNotFoundError(f"No module named {name!r}")
    return original(name, globals, *rest, **named)


builtins.__import__ = imported

import energylabel.cli.app as app
import energylabel.meters.cpu_time as cpu_time
import energylabel.pipeline as pipeline

for module in (cpu_time, pipeline):
    module.sys = SimpleNamespace(platform="win32")
app.main(sys.argv[1:])
"""


def windows(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_a_rating_ends_with_a_clear_line(tmp_path: Path) -> None:
    done = windows("rate", "demo", "--out", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    message, hint = done.stderr.splitlines()[-2:]
    assert message == "error: Windows is not supported yet"
    assert "Subsystem for Linux" in hint


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [["verify", str(LABEL)], ["doctor"], ["families"], ["export", str(LABEL), "--to", "boamps"]],
    ids=lambda command: command[0],
)
def test_what_measures_nothing_is_no_bug_there(command: list[str]) -> None:
    done = windows(*command)
    assert "bug" not in done.stderr
    assert "Traceback" not in done.stderr
