"""The JSON file of one step of the GPU check: whole on the disk at any moment, however it ends."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def write(path: Path, content: dict[str, Any]) -> None:
    """Put JSON in the place of a file in one move: a reader finds the old content or the new."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
    beside.replace(path)


def read(path: Path) -> dict[str, Any] | None:
    """The content; None where there is no such file."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


class StepRecord:
    """What a step has found so far, written anew whenever something is added.

    ``found`` holds figures by name, ``windows`` every metered window, ``left_out`` what the time
    did not hold or what failed, each with its reason.

    Args:
        path: Of the JSON file.
        head: Name, title and limit of the step.
    """

    def __init__(self, path: Path, head: dict[str, Any]) -> None:
        self._path = path
        self._began = time.monotonic()
        self.content: dict[str, Any] = {
            **head,
            "state": "running",
            "started_at": int(time.time()),
            "seconds": 0.0,
            "found": {},
            "windows": [],
            "left_out": [],
        }
        self.save()

    @property
    def folder(self) -> Path:
        """Where the files of all steps lie."""
        return self._path.parent

    @property
    def seconds(self) -> float:
        """Since the step began."""
        return time.monotonic() - self._began

    def save(self) -> None:
        """Write what there is."""
        self.content["seconds"] = round(self.seconds, 3)
        write(self._path, self.content)

    def add(self, **found: Any) -> None:
        """Figures, by name."""
        self.content["found"] |= found
        self.save()

    def window(self, row: dict[str, Any]) -> None:
        """A metered window."""
        self.content["windows"].append(row)
        self.save()

    def leave_out(self, what: str, why: str) -> None:
        """Something that was not measured, told on stderr too."""
        self.content["left_out"].append({"what": what, "why": why})
        self.save()
        tell(f"left out: {what}: {why}")

    def end(self, state: str) -> None:
        """The last word."""
        self.content["state"] = state
        self.save()


def tell(line: str) -> None:
    """A line of progress, on stderr and at once."""
    sys.stderr.write(f"{line}{os.linesep}")
    sys.stderr.flush()
