"""Stretches of metered time: all opened meters around a piece of work, or around none."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Generic, TypeVar

from energylabel.errors import MeasurementError
from energylabel.meters import ActiveMeter, Filler, machine_busy_seconds
from energylabel.records import CpuUsage, MeteredRest, Reading

T = TypeVar("T")

_CLOCK_S = 0.5
_CLOCK_SHARE = 0.01
_PAUSE_S = 0.002


@dataclass(frozen=True, slots=True)
class Metered(Generic[T]):
    """What a stretch gave and what it took. ``started_at`` is Unix time, ``seconds`` monotonic."""

    result: T
    started_at: float
    seconds: float
    usage: CpuUsage
    energy: tuple[Reading, ...]

    @property
    def foreign_share(self) -> float | None:
        """Others' CPU time over one's own; None where the system does not tell."""
        own, busy = self.usage.own_seconds, self.usage.busy_seconds
        return None if busy is None or own <= 0 else max(0.0, busy - own) / own


@dataclass(slots=True)
class Passes:
    """CPU-seconds of each pass, and the tokens of all of them."""

    cpu_seconds: list[float]
    tokens: int


def interleaved(first: Sequence[T], second: Sequence[T], turn: int) -> list[T]:
    """Both sequences as one, in their order, each spread evenly over it.

    Where both are due at once, they go first by turns, ``first`` where ``turn`` is even.
    """
    merged: list[T] = []
    one = other = 0
    while one < len(first) or other < len(second):
        # The i-th of n is due at (2i + 1) ÷ 2n of the whole.
        later = (2 * one + 1) * len(second) - (2 * other + 1) * len(first)
        if later == 0:
            both = [first[one], second[other]]
            merged += both if turn % 2 == 0 else both[::-1]
            turn += 1
        else:
            merged.append(second[other] if later > 0 else first[one])
        one += later <= 0
        other += later >= 0
    return merged


class Meters:
    """The meters of a rating, in the order in which they start."""

    def __init__(self, active: Sequence[ActiveMeter]) -> None:
        self._active = tuple(active)

    def around(self, work: Callable[[], T], filler: Filler, *, short: bool = False) -> Metered[T]:
        """Run the work with all meters on.

        Args:
            work: What is metered; it returns when all of it is done.
            filler: A little of the same load, for meters that wait for a tick.
            short: The work may be too short for a meter, whose joules are then left out.

        Raises:
            MeasurementError: A meter cannot be trusted, or the clock jumped.
        """
        for meter in self._active:
            meter.start(filler)
        clock = Clock()
        result = work()
        seconds = clock.seconds()
        stops = [_stop(meter, filler, short=short) for meter in reversed(self._active)]
        readings = [reading for reading in stops if reading is not None]
        usage = next((reading.usage for reading in readings if reading.usage is not None), None)
        if usage is None:
            raise MeasurementError(
                "no meter counts processor time", "this is a bug; please report it"
            )
        energy = tuple(reading for reading in readings if reading.joules)
        return Metered(result, clock.started_at, seconds, usage, energy)

    def in_turn(
        self, pieces: Iterable[tuple[str, Callable[[], None]]], filler: Filler
    ) -> dict[str, Metered[None]]:
        """Run pieces of several models one after another; what each model's took together.

        Args:
            pieces: Whose each is, and what it does.
            filler: As :meth:`around`.

        Raises:
            MeasurementError: As :meth:`around`.
        """
        parts: dict[str, list[Metered[None]]] = {}
        for role, group in groupby(pieces, key=itemgetter(0)):
            works = [work for _, work in group]

            def work(works: Sequence[Callable[[], None]] = works) -> None:
                for each in works:
                    each()

            parts.setdefault(role, []).append(self.around(work, filler))
        return {role: together(metered) for role, metered in parts.items()}

    def start(self) -> None:
        """Begin a stretch whose work another process does."""
        for meter in self._counting():
            meter.start(_pause)

    def stop(self, *, short: bool) -> tuple[Reading, ...]:
        """End it: what each meter of energy gives; ``short`` as for :meth:`around`."""
        stops = [_stop(meter, _pause, short=short) for meter in reversed(self._counting())]
        return tuple(reading for reading in stops if reading is not None and reading.joules)

    def _counting(self) -> list[ActiveMeter]:
        return [meter for meter in self._active if meter.describe().covers]

    def at_rest(self, seconds: float) -> MeteredRest:
        """Meter the machine while this process does nothing.

        Raises:
            MeasurementError: As :meth:`around`.
        """
        counting = self._counting()
        for meter in counting:
            meter.start(_pause)
        clock, busy = Clock(), machine_busy_seconds()
        time.sleep(seconds)
        busy = machine_busy_seconds() - busy
        passed = clock.seconds()
        energy = [meter.stop(_pause) for meter in reversed(counting)]
        return MeteredRest(
            started_at=clock.started_at,
            seconds=passed,
            busy_seconds=busy if busy > 0 else None,
            energy=tuple(energy),
        )


def together(parts: Sequence[Metered[None]]) -> Metered[None]:
    """What several stretches took in all; it began when the first did."""
    busy = [part.usage.busy_seconds for part in parts]
    known = [each for each in busy if each is not None]
    usage = CpuUsage(
        own_seconds=sum(part.usage.own_seconds for part in parts),
        busy_seconds=sum(known) if len(known) == len(busy) else None,
    )
    energy = tuple(
        first.model_copy(
            update={
                "joules": {
                    component: sum(part.energy[place].joules[component] for part in parts)
                    for component in first.joules
                }
            }
        )
        for place, first in enumerate(parts[0].energy)
    )
    seconds = sum(part.seconds for part in parts)
    return Metered(None, parts[0].started_at, seconds, usage, energy)


def _pause() -> None:
    time.sleep(_PAUSE_S)


def _stop(meter: ActiveMeter, filler: Filler, *, short: bool) -> Reading | None:
    try:
        return meter.stop(filler)
    except MeasurementError:
        if not short or not meter.describe().covers:
            raise
        return None


class Clock:
    """Seconds since it was made, by the monotonic clock and checked against the wall's."""

    def __init__(self) -> None:
        self.started_at = time.time()
        self._began = time.perf_counter()

    def seconds(self) -> float:
        """Monotonic seconds.

        Raises:
            MeasurementError: The wall clock says otherwise: it was set, or the machine slept.
        """
        seconds = time.perf_counter() - self._began
        wall = time.time() - self.started_at
        if abs(wall - seconds) > _CLOCK_S + _CLOCK_SHARE * seconds:
            raise MeasurementError(
                f"the clock jumped by {wall - seconds:+.1f} s in the middle of a window",
                "the machine slept or its clock was set; --resume continues from what is measured",
            )
        return seconds
