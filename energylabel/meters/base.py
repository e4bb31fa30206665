"""What a meter is to the rest of the program.

A plug-in file ends in ``PLUGIN: Meter = …`` and adds one meter. Importing it is cheap; it holds
no state; ``probe`` never raises.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from energylabel.records import Component, Hardware, MeterRecord, Method, Reading

Filler = Callable[[], None]
"""Runs a little of the window's own load, uncounted."""


def no_load() -> None:
    """The filler of a window that needs none."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a meter can be used here; if not, why, and the command that would change it."""

    usable: bool
    reason: str = ""
    remedy: str = ""


class MeterSession(Protocol):
    """An opened meter. Windows do not nest."""

    def start(self, filler: Filler = no_load) -> None:
        """Begin a window. A meter whose counter ticks keeps the load up with it until a tick."""
        ...

    def stop(self, filler: Filler = no_load) -> Reading:
        """End the window; raises :class:`MeasurementError` when the figure cannot be trusted.

        The reading is of the time between the end of ``start`` and the beginning of ``stop``.
        """
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
