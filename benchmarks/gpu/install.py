"""Puts what a machine lacks of the program into a folder, from wheels, without any network.

    python3 install.py WHEELS FOLDER RUN_JSON

Wheels are taken for what is missing or too old, and go into FOLDER, which then stands in
PYTHONPATH; the machine's own packages stay as they are. PyTorch, transformers and NumPy are never
taken. What was done, and what is lacking all the same, is printed and put into RUN_JSON.
"""

import json
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from email.parser import HeaderParser
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROGRAM = "energylabel"
NEVER = frozenset({"torch", "transformers", "numpy"})


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel's file, version and what it requires."""

    path: Path
    version: str
    requires: tuple[str, ...]


@dataclass(slots=True)
class Choice:
    """What is to be installed (name → version), what is too old, and what cannot be had."""

    taken: dict[str, str] = field(default_factory=dict)
    too_old: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)


def wheels_in(folder: Path) -> dict[str, Wheel]:
    """All wheels of a folder, by canonical name."""
    found: dict[str, Wheel] = {}
    for path in sorted(folder.glob("*.whl")):
        with zipfile.ZipFile(path) as archive:
            (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            told = HeaderParser().parsestr(archive.read(name).decode())
        requires = tuple(told.get_all("Requires-Dist", []))
        found[canonicalize_name(told["Name"])] = Wheel(path, told["Version"], requires)
    return found


def installed(name: str) -> str | None:
    """The version that this Python has; None for none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def choose(wheels: dict[str, Wheel]) -> Choice:
    """Which wheels the program needs here.

    Raises:
        KeyError: The program itself is not among them.
    """
    choice = Choice(taken={PROGRAM: wheels[PROGRAM].version})
    waiting = list(wheels[PROGRAM].requires)
    while waiting:
        wanted = Requirement(waiting.pop())
        name = canonicalize_name(wanted.name)
        if (wanted.marker and not wanted.marker.evaluate({"extra": ""})) or name in choice.taken:
            continue
        had = installed(name)
        if had is not None and wanted.specifier.contains(had, prereleases=True):
            choice.kept[name] = had
        elif name not in NEVER and name in wheels and wheels[name].version in wanted.specifier:
            choice.taken[name] = wheels[name].version
            if had is not None:
                choice.too_old[name] = had
            waiting += wheels[name].requires
        else:
            choice.lacking.append(f"{name}{wanted.specifier} (here: {had or 'none'})")
    return choice


def main() -> None:
    """See the module."""
    folder, target, run = map(Path, sys.argv[1:])
    began = time.monotonic()
    wheels = wheels_in(folder)
    choice = choose(wheels)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    options = ["--no-index", "--no-deps", "--no-compile", "--target", str(target)]
    subprocess.run([*pip, *options, *(str(wheels[name].path) for name in choice.taken)], check=True)
    lacking = sorted(set(choice.lacking))
    told = {
        "seconds": round(time.monotonic() - began, 2),
        "taken": dict(sorted(choice.taken.items())),
        "too_old": choice.too_old,
        "kept": dict(sorted(choice.kept.items())),
        "lacking": lacking,
    }
    run.write_text(json.dumps({"install": told}), encoding="utf-8")
    print(f"{len(choice.taken)} packages in {told['seconds']} s, {len(choice.kept)} were there")
    for each in lacking:
        print(f"lacking: {each}")


if __name__ == "__main__":
    main()
