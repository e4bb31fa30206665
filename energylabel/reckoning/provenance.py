"""Readings of several meters → joules, and what may be claimed from them."""

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from energylabel.errors import MeasurementError
from energylabel.reckoning.ratios import Quantity
from energylabel.records import (
    Component,
    Device,
    Estimate,
    Fitting,
    MeterRecord,
    Method,
    ProtocolSettings,
    Provenance,
    Reading,
    Scale,
    SingleRun,
    SliceRun,
    Window,
)
from energylabel.standard import PROCEDURE, PROTOCOLS

MEASURING = frozenset({"hardware-counter", "sampled-power"})
"""Methods whose readings are measurements of energy."""

PARTS: MappingProxyType[Device, tuple[Component, ...]] = MappingProxyType(
    {"cpu": ("cpu", "dram"), "cuda": ("gpu", "cpu", "dram")}
)
"""What belongs to a rating on each kind of device; the first is where the model runs."""

COMPONENTS: tuple[Component, ...] = ("cpu", "dram", "gpu")
RANK: tuple[Method, ...] = ("hardware-counter", "sampled-power", "load-model", "cpu-time")
"""The methods, best first."""


def provenance_of(meters: Sequence[MeterRecord], device: Device) -> Provenance:
    """What may be claimed (standard, section 3).

    ``metered`` when counters or power sensors cover all that computes, the processor always among
    it; ``part-metered`` when they cover the device but not the processor beside it; else
    ``estimated``, which says nothing of a GPU.

    Raises:
        MeasurementError: The GPU that computes is not among what they cover.
    """
    measured = {part for meter in meters if meter.method in MEASURING for part in meter.covers}
    if PARTS[device][0] not in measured:
        if device == "cuda":
            raise MeasurementError(
                "nothing measures the energy of the GPU, and run time does not tell it",
                "see energylabel doctor, or rate with --device cpu",
            )
        return "estimated"
    return "metered" if "cpu" in measured else "part-metered"


def claimed(provenance: Provenance, windows: Sequence[Window], scale: Scale) -> Provenance:
    """What the label may say: ``estimated`` once too much of the joules was not counted.

    Args:
        provenance: Of the meters that took part.
        windows: Windows of both models.
        scale: The largest part of all joules that may not be counted, and the most watts that a
            busy core draws: the processor's joules are taken to be as many as they can be.
    """
    if provenance != "part-metered":
        return provenance
    counted = joules_in(windows, covered(windows))
    rest = scale.watts_per_core[1] * sum(window.cpu_seconds for window in windows)
    return "estimated" if rest > scale.modelled_share * (counted + rest) else provenance


def joules_in(windows: Iterable[Window], components: Sequence[Component]) -> float:
    """Joules of these components in all of the windows."""
    return sum(joules_of(window.energy, components) for window in windows)


def shortest_window_s(
    settings: ProtocolSettings, meters: Sequence[MeterRecord], device: Device
) -> float:
    """Seconds that a window lasts at least (standard, section 5.4).

    Counters tick slowly, processor time does not; without a counter's ticks to align the ends to,
    a window on a GPU is as many times as long as the standard protocol's.
    """
    if provenance_of(meters, device) == "estimated":
        return settings.min_estimated_window_s
    main = PARTS[device][0]
    counted = any(m.method == "hardware-counter" and main in m.covers for m in meters)
    if counted or device == "cpu":
        return settings.min_window_s
    longer = PROCEDURE.windows.unaligned_gpu_s / PROTOCOLS["standard"].min_window_s
    return longer * settings.min_window_s


def interleaves(settings: ProtocolSettings, meters: Sequence[MeterRecord], device: Device) -> bool:
    """Whether the two models of a block take turns batch by batch (standard, section 5.5).

    Processor time is read at any moment, a counter's joules are not; and a quick look's single
    round meets no slice again.
    """
    return settings.max_rounds > 1 and provenance_of(meters, device) == "estimated"


def telling_drift(
    provenance: Provenance, reference: Estimate | None, index: Estimate | None
) -> Estimate | None:
    """The drift that the standard judges (section 5.8), out of the reference's and the index's."""
    return index if provenance == "estimated" else reference


def statistic(provenance: Provenance, windows: Sequence[Window]) -> Quantity:
    """What the index compares: measured joules, or the process's CPU-seconds in an estimate.

    Joules count the components that counters cover in every one of the windows; modelled joules
    never enter a ratio (standard, section 3).

    Raises:
        MeasurementError: A window lacks the joules of what is metered, or there is none.
    """
    if provenance == "estimated":
        return lambda window: window.cpu_seconds
    measured = covered(windows)
    if not measured or (provenance == "metered" and "cpu" not in measured):
        raise MeasurementError(
            "the energy was not counted in every window",
            "a meter stopped in the middle; rate again",
        )
    return lambda window: joules_of(window.energy, measured)


def covered(windows: Sequence[SliceRun | SingleRun | Fitting]) -> tuple[Component, ...]:
    """The components that a counter or sensor gives joules for in every one of the windows."""
    found = []
    for component in COMPONENTS:
        best = {_best_method(window.energy, component) for window in windows}
        if best and best <= MEASURING:
            found.append(component)
    return tuple(found)


def sampled(windows: Sequence[Window], components: Iterable[Component]) -> tuple[Component, ...]:
    """Those of the components whose power was sampled, not counted, in some window."""
    return tuple(
        component
        for component in components
        if any(_best_method(window.energy, component) == "sampled-power" for window in windows)
    )


def foreign_part(window: SliceRun) -> float:
    """Others' CPU time over the window's own, times the processor's part of the counted joules.

    On a CPU all of the joules are the processor's. On a GPU a busy neighbour touches a small part
    of them, or none where the processor is not counted (standard, section 5.7).
    """
    parts = covered([window])
    processor = [part for part in parts if part != "gpu"]
    if not processor:
        return 0.0
    share, total = window.foreign_cpu_share or 0.0, joules_of(window.energy, parts)
    # Dividing first gives exactly 1 where only the processor is counted.
    return share * (joules_of(window.energy, processor) / total) if total > 0 else share


def joules_of(readings: Sequence[Reading], components: Iterable[Component]) -> float:
    """Joules of these components in a window, each from the best of the meters that have it."""
    total = 0.0
    for component in components:
        method = _best_method(readings, component)
        total += next(r.joules[component] for r in readings if _tells(r, component, method))
    return total


def _best_method(readings: Iterable[Reading], component: Component) -> Method | None:
    said = {r.method for r in readings if component in r.joules}
    return next((method for method in RANK if method in said), None)


def _tells(reading: Reading, component: Component, method: Method | None) -> bool:
    return reading.method == method and component in reading.joules
