"""Processor time of this process and its children, and of the whole machine.

The ratio of CPU-seconds is the index of an ``estimated`` label; the machine's busy time tells how
much of a window belonged to others.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from energylabel.errors import MeasurementError
from energylabel.meters.base import Availability, Filler, Meter, no_load
from energylabel.records import CpuUsage, MeterRecord, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energylabel.records import Hardware


def own_cpu_seconds(without: int | None = None) -> float:
    """User and system time of this process, its live children and those that have ended.

    Args:
        without: A child that does not count while it lives, by its process id.
    """
    seconds = time.process_time()
    if sys.platform != "win32":  # which has no account of those, and is not metered
        import resource

        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds += ended.ru_utime + ended.ru_stime
    for child in _descendants(os.getpid()):
        if child == without:
            continue
        try:
            times = psutil.Process(child).cpu_times()
        except psutil.NoSuchProcess:
            continue  # it ended between the two calls and counts as an ended child from now on
        seconds += times.user + times.system
    return seconds


def _descendants(process: int) -> Iterator[int]:
    """Ids of a process's live children, theirs, and so on."""
    tasks = Path(f"/proc/{process}/task")
    try:
        listed = [(task / "children").read_text(encoding="ascii") for task in tasks.iterdir()]
    except OSError:
        # Not Linux, a kernel without these lists, or a process that has just ended. The other way
        # looks at all processes of the machine, which takes a hundred times as long.
        if psutil.pid_exists(process):
            yield from (child.pid for child in psutil.Process(process).children(recursive=True))
        return
    for child in map(int, " ".join(listed).split()):
        yield child
        yield from _descendants(child)


def machine_busy_seconds() -> float:
    """Time that all CPUs of the machine together have spent on anything but waiting."""
    times = psutil.cpu_times()
    # Guest time is part of user time already.
    idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "steal", 0.0)
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - guest - idle)


class ActiveCpuTime:
    """Differences of the counters between ``start`` and ``stop``.

    Args:
        without: As for :func:`own_cpu_seconds`.
    """

    def __init__(self, without: int | None = None) -> None:
        self._without = without
        self._before: tuple[float, float] | None = None

    def start(self, filler: Filler = no_load) -> None:
        """Begin a window."""
        del filler
        busy = machine_busy_seconds()
        self._before = own_cpu_seconds(self._without), busy

    def stop(self, filler: Filler = no_load) -> Reading:
        """End the window; raises :class:`MeasurementError` when a counter went backwards."""
        del filler
        if self._before is None:
            raise MeasurementError("cpu_time: stopped before it was started")
        own = own_cpu_seconds(self._without) - self._before[0]
        busy = machine_busy_seconds() - self._before[1]
        self._before = None
        if own <= 0:
            raise MeasurementError(
                f"cpu_time: the processor-time counter stands still ({own:.3f} s)",
                "rate again; if it happens again, the system does not account processor time",
            )
        # Some containers show a machine that never works: that is unknown, not idle.
        known = busy if busy > 0 else None
        return Reading(
            meter="cpu_time", method="cpu-time", usage=CpuUsage(own_seconds=own, busy_seconds=known)
        )

    def describe(self) -> MeterRecord:
        """Source of the figures."""
        return MeterRecord(
            name="cpu_time",
            method="cpu-time",
            covers=(),
            version=None,
            details={"own": "getrusage and live children", "machine": "psutil.cpu_times"},
        )


def probe(hardware: Hardware) -> Availability:
    """Usable everywhere that this program runs."""
    del hardware
    return Availability(usable=True)


@contextmanager
def open_clock(hardware: Hardware) -> Iterator[ActiveCpuTime]:
    """Nothing to set up."""
    del hardware
    yield ActiveCpuTime()


PLUGIN = Meter(name="cpu_time", method="cpu-time", covers=frozenset(), probe=probe, open=open_clock)
