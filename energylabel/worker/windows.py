"""Stretches of metered time: all opened meters around a piece of work, or around none."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Passes:
    """CPU-seconds of each pass, and the tokens of all of them."""

    cpu_seconds: list[float]
    tokens: int


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

    def at_rest(self, seconds: float) -> MeteredRest:
        """Meter the machine while this process does nothing.

        Raises:
            MeasurementError: As :meth:`around`.
        """
        counting = [meter for meter in self._active if meter.describe().covers]

        def pause() -> None:
            time.sleep(_PAUSE_S)

        for meter in counting:
            meter.start(pause)
        clock, busy = Clock(), machine_busy_seconds()
        time.sleep(seconds)
        busy = machine_busy_seconds() - busy
        passed = clock.seconds()
        energy = [meter.stop(pause) for meter in reversed(counting)]
        return MeteredRest(
            started_at=clock.started_at,
            seconds=passed,
            busy_seconds=busy if busy > 0 else None,
            energy=tuple(energy),
        )


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
