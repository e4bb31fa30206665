"""What a meter is to the rest of the program.

A plug-in file ends in ``PLUGIN = Meter(…)`` and adds one meter. Importing it is cheap; it holds
no state; ``probe`` never raises.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, Self

from pydantic import model_validator

from energylabel.records import Component, Hardware, MeterRecord, Method, Reading
from energylabel.registry import Plugin, Registry

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


class ActiveMeter(Protocol):
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


class Meter(Plugin):
    """A way to count energy or processor time.

    ``covers`` are the components whose joules it gives, none for one of processor time, which
    every rating counts. ``probe`` says whether it works here and never raises; ``open`` starts its
    threads or opens its counters. ``stands_in``: where it works, it replaces all other meters.
    """

    method: Method
    covers: frozenset[Component]
    probe: Callable[[Hardware], Availability]
    open: Callable[[Hardware], AbstractContextManager[ActiveMeter]]
    stands_in: bool = False

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.method == "cpu-time") == bool(self.covers):
            raise ValueError("covers names components, but for the method cpu-time, which has none")
        return self


METERS = Registry("meters", Meter, "energylabel.meters")
"""The meters by name."""
