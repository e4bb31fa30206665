"""What an export is to the rest of the program: one label in a format that others read.

A plug-in file ends in ``PLUGIN = Exporter(…)``. Writing is pure: the same label with the same
additions gives the same bytes; no clock, no network, no file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from energylabel.records import CarbonIntensity, Evidence, Label
from energylabel.registry import Plugin, Registry

Addition = Literal["carbon", "evaluator", "infrastructure", "organization", "released", "task_id"]

FLAGS: MappingProxyType[Addition, str] = MappingProxyType(
    {
        "carbon": "--country",
        "evaluator": "--evaluator",
        "infrastructure": "--infrastructure",
        "organization": "--organization",
        "released": "--released",
        "task_id": "--task-id",
    }
)
"""The option of the command that says each addition."""


@dataclass(frozen=True, slots=True)
class Additions:
    """What a label does not know and a format has a field for; None: nobody said it.

    Args:
        carbon: Intensity of the grid that the machine was fed by.
        evaluator: What whoever rated is to the model: ``first_party``, ``third_party`` and so on.
        infrastructure: Where the machine stands: ``onPremise``, ``publicCloud`` and so on.
        organization: Who rated.
        released: Day on which the model was released, ``YYYY-MM-DD``.
        task_id: Id of the task in the benchmark's ``eval.yaml`` on the Hub.
    """

    carbon: CarbonIntensity | None = None
    evaluator: str | None = None
    infrastructure: str | None = None
    organization: str | None = None
    released: str | None = None
    task_id: str | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that an export is written from."""

    evidence: Evidence
    label: Label
    more: Additions


class Exporter(Plugin):
    """A format that a label can be exported to.

    ``title`` is what people call it, ``takes`` are the additions that it has a field for, and
    ``energy`` is False where it says nothing about energy. ``write`` makes its bytes.
    """

    title: str
    takes: frozenset[Addition] = frozenset()
    energy: bool = True
    write: Callable[[Dossier], bytes]


EXPORTERS = Registry("exports", Exporter, "energylabel.exporting")
"""The formats by name."""
