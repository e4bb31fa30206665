"""What a run of the GPU check left in its folder, however it ended."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .record import read
from .settings import STEPS

NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Run:
    """A run: ``head`` is its ``run.json``, ``steps`` the JSON of those that began, by name."""

    head: dict[str, Any]
    steps: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, folder: Path) -> "Run":
        """The run of a folder.

        Raises:
            FileNotFoundError: No run began there.
        """
        head = read(folder / "run.json")
        if head is None or "hardware" not in head:
            raise FileNotFoundError(f"{folder} holds no run of gpu_check.py that began")
        found = {step.name: read(folder / f"{step.name}.json") for step in STEPS}
        return cls(head, {name: step for name, step in found.items() if step is not None})

    @property
    def gpu(self) -> str:
        """The name of its GPU."""
        return str(self.head["hardware"]["gpus"][0]["name"])

    def found(self, step: str, *path: str) -> Any:
        """A figure of a step, by the names that lead to it; None where it was not measured."""
        value: Any = self.steps.get(step, {}).get("found", {})
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def state(self, step: str) -> str:
        """How a step ended."""
        if step not in self.steps:
            return "not begun"
        state = str(self.steps[step].get("state", "running"))
        missing = len(self.steps[step].get("left_out", []))
        told = "cut off with the whole check" if state == "running" else state
        return f"{told}, {missing} left out" if missing else told


def shown(value: float | None, form: str = ".3g", unit: str = "") -> str:
    """A figure, or that there is none."""
    return NOT_MEASURED if value is None else f"{value:{form}}{unit}"


def percent(value: float | None) -> str:
    """A share in per cent, or that there is none."""
    return NOT_MEASURED if value is None else f"{100 * value:.2g} %"
