"""Recorded readings played back through the meters' interface: for tests, here and elsewhere.

The environment variable ``ENERGYLABEL_REPLAY`` names a file with one :class:`Reading` as JSON per
line; each window takes the next line. A trace that runs out is an error, never repeated.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from energylabel.errors import MeasurementError
from energylabel.meters.base import Availability, Filler, Meter, no_load
from energylabel.records import MeterRecord, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energylabel.records import Hardware

VARIABLE = "ENERGYLABEL_REPLAY"


class ActiveReplay:
    """Hands out the readings of a trace, one for each window."""

    def __init__(self, readings: list[Reading]) -> None:
        self._readings = iter(readings)
        self._first = readings[0]

    def start(self, filler: Filler = no_load) -> None:
        """Nothing to begin."""
        del filler

    def stop(self, filler: Filler = no_load) -> Reading:
        """The next recorded reading; raises :class:`MeasurementError` at the trace's end."""
        del filler
        reading = next(self._readings, None)
        if reading is None:
            raise MeasurementError("replay: the trace has no reading left", "record a longer trace")
        return reading

    def describe(self) -> MeterRecord:
        """The method that the trace's own first reading names."""
        return MeterRecord(
            name="replay",
            method=self._first.method,
            covers=tuple(sorted(self._first.joules)),
            version=None,
            details={"trace": True},
        )


def probe(hardware: Hardware) -> Availability:
    """Usable when ``ENERGYLABEL_REPLAY`` names a file."""
    del hardware
    path = os.environ.get(VARIABLE)
    if path is None:
        return Availability(False, f"{VARIABLE} names no trace")
    if not Path(path).is_file():
        return Availability(False, f"{VARIABLE} names a file that does not exist")
    return Availability(usable=True)


@contextmanager
def open_trace(hardware: Hardware) -> Iterator[ActiveReplay]:
    """Read the whole trace."""
    del hardware
    lines = Path(os.environ[VARIABLE]).read_text(encoding="utf-8").splitlines()
    if not lines:
        raise MeasurementError("replay: the trace is empty", "record a longer trace")
    yield ActiveReplay([_reading(number, line) for number, line in enumerate(lines, 1)])


def _reading(number: int, line: str) -> Reading:
    try:
        return Reading.from_json(line)
    except ValidationError as error:
        raise MeasurementError(
            f"replay: line {number} of the trace is no reading", "record the trace again"
        ) from error


PLUGIN = Meter(
    name="replay",
    method="load-model",
    covers=frozenset({"cpu", "dram", "gpu"}),
    probe=probe,
    open=open_trace,
    stands_in=True,
)
