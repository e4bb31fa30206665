"""Sees an energy counter tick, and when.

NVIDIA's counters advance in steps of up to a hundred milliseconds: read at any moment, the two
ends of a window of two seconds are wrong by up to five per cent together. Read at the ticks, they
are as good as the moments are known.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from energylabel.errors import MeasurementError
from energylabel.meters.base import Filler, no_load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from energylabel.devices import Gpu

TIME_OUT_S = 1.0
"""A counter that has not ticked for this long under load stands still."""

_POLL_S = 0.001
_NARROW_S = 0.005
_LIKE_OTHERS = 1.5
_LOOKS = 5
_TURN_S = 0.0005


@dataclass(frozen=True, slots=True)
class Tick:
    """The counter's new value in joules, the moment of the change, and how far off that may be.

    ``at`` is on the clock of :func:`time.perf_counter`; the change is within ``at ± slack``,
    between the last look that did not see it and the first that did.
    """

    joules: float
    at: float
    slack: float


@dataclass(slots=True)
class Looks:
    """How many looks there were at a counter, and the least uncertainty that they left, seconds.

    A look leaves open when between the beginning of the one before it and its own end the counter
    stood where it stands. That takes a few milliseconds where the driver is asked through a
    virtual machine (NVIDIA H200, 2026).
    """

    count: int = 0
    narrowest_s: float = math.inf

    def add(self, seconds: float) -> None:
        """One more."""
        self.count += 1
        self.narrowest_s = min(self.narrowest_s, seconds)


class Watch:
    """A thread that looks at counters until each has ticked enough; a context manager.

    Args:
        gpus: Whose counters.
        poll_s: Seconds between two looks.
        enough: Whether the ticks of one counter so far will do, given the looks at it.
        limit_s: Seconds after which it ends in any case.
    """

    def __init__(
        self,
        gpus: Sequence[Gpu],
        poll_s: float,
        enough: Callable[[list[Tick], Looks], bool],
        limit_s: float = math.inf,
    ) -> None:
        self._ticks: dict[Gpu, list[Tick]] = {gpu: [] for gpu in gpus}
        self._poll_s = poll_s
        self._enough = enough
        self._limit_s = limit_s
        self._fault: MeasurementError | None = None
        self._stopping = threading.Event()
        self.done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nvml-ticks", daemon=True)

    def __enter__(self) -> Watch:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look once more and end."""
        self._stopping.set()
        self._thread.join()

    def ticks(self) -> dict[Gpu, list[Tick]]:
        """What was seen; raises :class:`MeasurementError` for what went wrong meanwhile."""
        if self._fault is not None:
            raise self._fault
        return self._ticks

    def _run(self) -> None:
        try:
            self._look()
        except MeasurementError as error:
            self._fault = error  # raised again by the method that asks for ticks
        finally:
            self.done.set()

    def _look(self) -> None:
        began = time.perf_counter()
        waiting = list(self._ticks)
        looks = {gpu: Looks() for gpu in waiting}
        last = {gpu: (time.perf_counter(), gpu.joules()) for gpu in waiting}
        over = False
        while waiting and not over:
            over = self._stopping.wait(self._poll_s) or time.perf_counter() - began > self._limit_s
            for gpu in waiting:
                at = time.perf_counter()
                joules = gpu.joules()
                seen = time.perf_counter()
                before, previous = last[gpu]
                last[gpu] = at, joules
                looks[gpu].add(seen - before)
                if joules < previous:
                    raise MeasurementError(
                        f"NVML: the energy counter of {gpu} stepped back by "
                        f"{previous - joules:.1f} J",
                        "the driver was reset; rate again",
                    )
                if joules > previous:
                    slack = (seen - before) / 2
                    self._ticks[gpu].append(Tick(joules, before + slack, slack))
            waiting = [gpu for gpu in waiting if not self._enough(self._ticks[gpu], looks[gpu])]


def next_ticks(gpus: Sequence[Gpu], filler: Filler) -> dict[Gpu, Tick]:
    """Run the filler again and again until every counter has ticked.

    A tick is waited for whose moment is known to a few milliseconds, or nearly as well as looks at
    this counter can tell; after the time-out, the best known one is taken.

    Raises:
        MeasurementError: A counter does not tick within a second, steps back or cannot be read.
    """

    def known(ticks: list[Tick], looks: Looks) -> bool:
        usual = _LIKE_OTHERS * looks.narrowest_s if looks.count >= _LOOKS else 0.0
        return any(2 * tick.slack <= max(_NARROW_S, usual) for tick in ticks)

    with _quick_turns(), Watch(gpus, _POLL_S, known, TIME_OUT_S) as watch:
        if filler is no_load:
            watch.done.wait()  # polling here would slow the watching thread
        while not watch.done.is_set():
            filler()
    found = watch.ticks()
    for gpu, ticks in found.items():
        if not ticks:
            raise MeasurementError(
                f"NVML: the energy counter of {gpu} stands still under load",
                "rate again; if it happens again, update the NVIDIA driver",
            )
    return {gpu: min(ticks, key=lambda tick: tick.slack) for gpu, ticks in found.items()}


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Let threads take turns ten times as often: a look waits for the filler's Python at each step.

    Only between windows, so that a window is computed as it always is.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
