"""What a meter is to the rest of the program.

A plug-in file ends in ``PLUGIN: Meter = …`` and adds one meter. Importing it is cheap; it holds
no state; ``probe`` never raises.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from energylabel.records.evidence import Component, MeterRecord, Method, Reading
from energylabel.records.hardware import Hardware


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a meter can be used here; if not, why, and the command that would change it."""

    usable: bool
    reason: str = ""
    remedy: str = ""


class MeterSession(Protocol):
    """An opened meter. Windows do not nest."""

    def start(self) -> None:
        """Begin a window."""
        ...

    def stop(self) -> Reading:
        """End the window; raises :class:`MeasurementError` when the figure cannot be trusted."""
        ...

    def describe(self) -> MeterRecord:
        """What the meter really reads, for the record."""
        ...


class Meter(Protocol):
    """A way to count energy or processor time."""

    name: str
    method: Method
    covers: frozenset[Component]

    def probe(self, hardware: Hardware) -> Availability:
        """Whether it works here. Never raises."""
        ...

    def open(self, hardware: Hardware) -> AbstractContextManager[MeterSession]:
        """Start the meter's threads or open its counters."""
        ...
