"""NVIDIA's power sensor, sampled and summed up: for GPUs without a counter, and beside one.

From Ampere on (but GA100) the sensor tells the mean of the last second, so a window must begin
after a second of its own load, which the settling before every window is. On some GPUs it looks
at a quarter of the time only (Yang et al., arXiv 2312.02741), which is why the counter goes first.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING

from energylabel.devices import Gpu, Gpus
from energylabel.errors import MeasurementError
from energylabel.meters._gpus import available, details, metered
from energylabel.meters.base import Availability, Filler, Meter, no_load
from energylabel.records import MeterRecord, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from energylabel.records import Hardware

_PERIOD_S = 0.05
_MAX_GAP_S = 1.0


class Sampler:
    """A thread that reads the power of GPUs, from the first sample to the last.

    Args:
        gpus: Whose power.
        period_s: Seconds between two samples.
    """

    def __init__(self, gpus: Sequence[Gpu], period_s: float = _PERIOD_S) -> None:
        self._samples: dict[Gpu, list[tuple[float, float]]] = {gpu: [] for gpu in gpus}
        self._period_s = period_s
        self._fault: MeasurementError | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nvml-power", daemon=True)

    def begin(self) -> None:
        """Take the first sample and start the thread."""
        self._sample()
        self._thread.start()

    def end(self) -> None:
        """End the thread."""
        self._ended.set()
        self._thread.join()

    def joules(self, seconds: float) -> float:
        """End the thread, take the last sample, and sum up.

        Args:
            seconds: Length of the window, to which the time between the first and the last sample
                is scaled.

        Raises:
            MeasurementError: The thread had died, a sample could not be taken or is not above
                zero, or more than a second passed between two.
        """
        alive = self._thread.is_alive()
        self.end()
        if self._fault is not None:
            raise self._fault
        if not alive:
            raise MeasurementError("NVML: the thread that samples the power has died", "rate again")
        self._sample()
        return sum(_integral(gpu, found, seconds) for gpu, found in self._samples.items())

    def _run(self) -> None:
        try:
            while not self._ended.wait(self._period_s):
                self._sample()
        except MeasurementError as error:
            self._fault = error  # raised again by the method that asks for joules

    def _sample(self) -> None:
        for gpu, samples in self._samples.items():
            watts = gpu.watts()
            samples.append((time.perf_counter(), watts))


def _integral(gpu: Gpu, samples: Sequence[tuple[float, float]], seconds: float) -> float:
    """Trapezoids over (seconds, watts), scaled to the window; joules."""
    gap = max(later[0] - sooner[0] for sooner, later in pairwise(samples))
    if gap > _MAX_GAP_S:
        raise MeasurementError(
            f"NVML: the power of {gpu} was not sampled for {gap:.1f} s",
            "end other work on this machine and rate again",
        )
    joules = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(samples))
    return joules * seconds / (samples[-1][0] - samples[0][0])


class ActiveNvmlPower:
    """Samples between ``start`` and ``stop``."""

    def __init__(self, gpus: Gpus) -> None:
        self._gpus = gpus
        self._sampler: Sampler | None = None
        self._began = 0.0

    def start(self, filler: Filler = no_load) -> None:
        """Begin a window; raises :class:`MeasurementError` when the power cannot be read."""
        del filler
        self.close()
        sampler = Sampler(self._gpus)
        sampler.begin()
        self._sampler = sampler
        self._began = time.perf_counter()

    def stop(self, filler: Filler = no_load) -> Reading:
        """End the window; raises :class:`MeasurementError` as :meth:`Sampler.joules` does."""
        del filler
        seconds = time.perf_counter() - self._began
        sampler, self._sampler = self._sampler, None
        if sampler is None:
            raise MeasurementError("nvml_power: stopped before it was started")
        joules = sampler.joules(seconds)
        return Reading(meter="nvml_power", method="sampled-power", joules={"gpu": joules})

    def close(self) -> None:
        """End the thread of a window that is still open."""
        if self._sampler is not None:
            self._sampler.end()
            self._sampler = None

    def describe(self) -> MeterRecord:
        """Which GPUs are read, and how often."""
        return MeterRecord(
            name="nvml_power",
            method="sampled-power",
            covers=("gpu",),
            version=version("nvidia-ml-py"),
            details=details(self._gpus) | {"period_s": _PERIOD_S},
        )


def probe(hardware: Hardware) -> Availability:
    """Whether the power of all can be read."""
    return available(hardware, Gpu.watts)


@contextmanager
def open_sensors(hardware: Hardware) -> Iterator[ActiveNvmlPower]:
    """Hold the library open; raises :class:`MeasurementError` where it cannot be used."""
    with metered(hardware) as gpus:
        active = ActiveNvmlPower(gpus)
        try:
            yield active
        finally:
            active.close()


PLUGIN = Meter(
    name="nvml_power",
    method="sampled-power",
    covers=frozenset({"gpu"}),
    probe=probe,
    open=open_sensors,
)
