"""NVIDIA's energy counter: joules of the GPUs in use, whole boards, read at its ticks.

Where the counter covers more than the GPU (on GH200 the whole module), so does the figure.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from energylabel.errors import MeasurementError
from energylabel.meters._gpus import available, details, metered
from energylabel.meters._ticks import TIME_OUT_S, Tick, Watch, next_ticks
from energylabel.meters.base import Availability, Filler, Meter, no_load
from energylabel.records import MeterRecord, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energylabel.devices import Gpu, Gpus
    from energylabel.records import Hardware

_MIN_TICKS = 2
_SPARSE_POLL_S = 0.01
_MAX_ERROR = 0.02


class ActiveNvml:
    """The counters between two of their ticks, scaled to the window.

    The filler runs outside of the window, so this meter starts before the others and stops after
    them.
    """

    def __init__(self, gpus: Gpus) -> None:
        self._gpus = gpus
        self._before: dict[Gpu, Tick] | None = None
        self._within: Watch | None = None
        self._began = 0.0

    def start(self, filler: Filler = no_load) -> None:
        """Begin a window at the next tick; raises :class:`MeasurementError` when there is none."""
        self.close()
        self._before = next_ticks(self._gpus, filler)
        self._within = Watch(self._gpus, _SPARSE_POLL_S, lambda ticks, _: len(ticks) >= _MIN_TICKS)
        self._within.__enter__()
        self._began = time.perf_counter()

    def stop(self, filler: Filler = no_load) -> Reading:
        """End the window.

        Joules = (E1 − E0) × window ÷ (t1 − t0), of each GPU: E0 and E1 are its counter at the tick
        seen last before the window and at the first one after it, t0 and t1 their moments.

        Raises:
            MeasurementError: A counter did not tick twice in the window, stands still, stepped
                back or cannot be read; or this process got too little time to see it tick.
        """
        seconds = time.perf_counter() - self._began
        before, within = self._before, self._within
        if before is None or within is None:
            raise MeasurementError("nvml: stopped before it was started")
        self.close()
        for gpu, ticks in within.ticks().items():
            if len(ticks) < _MIN_TICKS:
                raise MeasurementError(
                    f"NVML: a window of {seconds:.2f} s held {len(ticks)} ticks of the counter "
                    f"of {gpu}, too few to tell its energy",
                    "rate more queries, so that the window is longer",
                )
        after = next_ticks(self._gpus, filler)
        joules = sum(_joules(gpu, before[gpu], after[gpu], seconds) for gpu in self._gpus)
        return Reading(meter="nvml", method="hardware-counter", joules={"gpu": joules})

    def close(self) -> None:
        """End the thread of a window that is still open."""
        if self._within is not None:
            self._within.__exit__()
        self._before = self._within = None

    def describe(self) -> MeterRecord:
        """Which GPUs are read."""
        return MeterRecord(
            name="nvml",
            method="hardware-counter",
            covers=("gpu",),
            version=version("nvidia-ml-py"),
            details=details(self._gpus),
        )


def _joules(gpu: Gpu, before: Tick, after: Tick, seconds: float) -> float:
    """Energy between two ticks, scaled to ``seconds``."""
    joules, span = after.joules - before.joules, after.at - before.at
    if joules <= 0:
        raise MeasurementError(
            f"NVML: the energy counter of {gpu} stepped back by {-joules:.1f} J in the window",
            "the driver was reset; rate again",
        )
    if before.slack + after.slack > _MAX_ERROR * span:
        raise MeasurementError(
            f"NVML: the ticks of {gpu} are known only to "
            f"{1e3 * (before.slack + after.slack):.0f} ms in {span:.2f} s",
            "end other work on this machine, or rate more queries",
        )
    return joules * seconds / span


def probe(hardware: Hardware) -> Availability:
    """Whether all counters can be read and tick; takes up to a second for each GPU."""
    return available(hardware, _moves)


@contextmanager
def open_counters(hardware: Hardware) -> Iterator[ActiveNvml]:
    """Hold the library open; raises :class:`MeasurementError` where it cannot be used."""
    with metered(hardware) as gpus:
        active = ActiveNvml(gpus)
        try:
            yield active
        finally:
            active.close()


def _moves(gpu: Gpu) -> None:
    first, end = gpu.joules(), time.monotonic() + TIME_OUT_S
    while gpu.joules() == first:
        if time.monotonic() > end:
            raise MeasurementError(
                f"NVML: the energy counter of {gpu} stands still",
                "its power is sampled instead; for the counter, update the NVIDIA driver",
            )
        time.sleep(0.01)


PLUGIN = Meter(
    name="nvml",
    method="hardware-counter",
    covers=frozenset({"gpu"}),
    probe=probe,
    open=open_counters,
)
