"""Which meters take part, and what may be claimed from them."""

from collections.abc import Iterable, Sequence

from energylabel.errors import MeasurementError
from energylabel.pairing import Quantity
from energylabel.records.evidence import (
    Component,
    MeterRecord,
    Method,
    ProtocolSettings,
    Reading,
    Window,
)
from energylabel.records.hardware import Hardware
from energylabel.records.verdict import Provenance
from energylabel.registry import plugin, plugins

MEASURING = frozenset({"hardware-counter", "sampled-power"})
"""Methods whose readings are measurements of energy."""

_COMPONENTS: tuple[Component, ...] = ("cpu", "dram", "gpu")
_RANK: tuple[Method, ...] = ("hardware-counter", "sampled-power", "load-model", "cpu-time")


def choose_meters(hardware: Hardware) -> tuple[str, ...]:
    """Names of the meters for a rating, in the order in which they start.

    A replayed trace stands in for everything else; processor time is always counted, last to
    start and first to stop, so that the other meters' work is not in it.

    Raises:
        MeasurementError: Nothing here gives joules; each refusal is listed.
    """
    if plugin("meters", "replay").probe(hardware).usable:
        return ("cpu_time", "replay")
    refusals = []
    meters = plugins("meters").found
    # The best one available is used, always: a measurement before a model.
    for name in sorted(meters, key=lambda name: (_RANK.index(meters[name].method), name)):
        meter = meters[name]
        if not meter.covers or name == "replay":
            continue
        availability = meter.probe(hardware)
        if availability.usable:
            return (name, "cpu_time")
        refusals.append(f"{name}: {availability.reason}")
    raise MeasurementError(
        f"no energy meter works here ({'; '.join(refusals)})", "install CodeCarbon"
    )


def provenance_of(meters: Sequence[MeterRecord]) -> Provenance:
    """``metered`` when a counter or power sensor covers the CPU, else ``estimated``."""
    covered = any(meter.method in MEASURING and "cpu" in meter.covers for meter in meters)
    return "metered" if covered else "estimated"


def shortest_window_s(settings: ProtocolSettings, provenance: Provenance) -> float:
    """Seconds that a window lasts at least: counters tick slowly, processor time does not."""
    estimated = provenance == "estimated"
    return settings.min_estimated_window_s if estimated else settings.min_window_s


def telling_drift(
    provenance: Provenance, reference: float | None, index: float | None
) -> float | None:
    """The drift that the standard judges (section 5.8), out of the reference's and the index's."""
    return index if provenance == "estimated" else reference


def statistic(provenance: Provenance, windows: Sequence[Window]) -> Quantity:
    """What the index compares: measured joules, or the process's CPU-seconds in an estimate.

    Joules count the components that counters cover in every one of the windows; modelled joules
    never enter a ratio (standard, section 3).

    Raises:
        MeasurementError: A window lacks the processor's joules, or there is no complete block.
    """
    if provenance == "estimated":
        return lambda window: window.cpu_seconds
    measured = covered(windows, measured_only=True)
    if "cpu" not in measured:
        raise MeasurementError(
            "the processor's energy was not counted in every window",
            "a meter stopped in the middle; rate again",
        )
    return lambda window: joules_of(window, measured)


def covered(windows: Sequence[Window], *, measured_only: bool) -> tuple[Component, ...]:
    """The components that a meter gives joules for in every one of the windows.

    A model of the memory's power is a constant times the time, so modelled DRAM never counts.
    """
    found = []
    for component in _COMPONENTS:
        methods = {m for w in windows if (m := _best_method(w, component)) is not None}
        everywhere = bool(windows) and all(_best_method(w, component) for w in windows)
        modelled = not methods <= MEASURING
        if everywhere and not (modelled and (measured_only or component == "dram")):
            found.append(component)
    return tuple(found)


def joules_of(window: Window, components: Iterable[Component]) -> float:
    """Joules of these components in a window, each from the best of the meters that have it."""
    total = 0.0
    for component in components:
        method = _best_method(window, component)
        total += next(r.joules[component] for r in window.energy if _tells(r, component, method))
    return total


def _best_method(window: Window, component: Component) -> Method | None:
    said = {r.method for r in window.energy if component in r.joules}
    return next((method for method in _RANK if method in said), None)


def _tells(reading: Reading, component: Component, method: Method | None) -> bool:
    return reading.method == method and component in reading.joules
