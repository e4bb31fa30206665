"""Which meters take part, and what may be claimed from them."""

import math
from collections.abc import Callable, Sequence

from energylabel.errors import MeasurementError
from energylabel.records.evidence import MeterRecord, Method, Window
from energylabel.records.hardware import Hardware
from energylabel.records.verdict import Provenance
from energylabel.registry import plugin, plugins

MEASURING = frozenset({"hardware-counter", "sampled-power"})
"""Methods whose readings are measurements of energy."""

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


def quantity_of(provenance: Provenance) -> Callable[[Window], float]:
    """What the index compares: joules that were measured, else CPU-seconds (standard, section 3).

    The two are never mixed in one ratio.
    """
    if provenance == "estimated":
        return lambda window: window.cpu_seconds
    return measured_joules


def measured_joules(window: Window) -> float:
    """Joules of a window from counters and power sensors, over all components."""
    return math.fsum(
        joules
        for reading in window.energy
        if reading.method in MEASURING
        for joules in reading.joules.values()
    )
