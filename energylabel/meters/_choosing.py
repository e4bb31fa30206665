"""Which of the meters take part in a rating on this machine."""

from energylabel.errors import MeasurementError
from energylabel.meters.base import METERS, Meter
from energylabel.reckoning import PARTS, RANK
from energylabel.records import Hardware


def choose_meters(hardware: Hardware) -> tuple[str, ...]:
    """Names of the meters for a rating, in the order in which they start.

    Every energy meter that works here takes part: for each component the best one's joules count
    (:func:`joules_of`), the others stand beside them as a check. Those of the GPU begin first,
    as they wait for a tick. Processor time is always counted, last to start and first to stop, so
    that the other meters' work is not in it. A replayed trace stands in for everything else, and
    for processor time too if it holds any.

    Raises:
        MeasurementError: Nothing here gives joules of the device; each refusal is listed.
    """
    meters = METERS.found
    clocks = [name for name in sorted(meters) if not meters[name].covers]
    for name in sorted(meters):
        if meters[name].stands_in and meters[name].probe(hardware).usable:
            return (*clocks, name)
    chosen, refusals = [], []
    parts = PARTS[hardware.device]
    for name in sorted(meters, key=lambda name: _order(meters[name])):
        meter = meters[name]
        if not meter.covers & set(parts) or meter.stands_in:
            continue
        availability = meter.probe(hardware)
        if availability.usable:
            chosen.append(name)
        elif parts[0] in meter.covers:
            refusals.append(f"{name}: {availability.reason}")
    if not any(parts[0] in meters[name].covers for name in chosen):
        raise MeasurementError(
            f"no energy meter of the {parts[0]} works here ({'; '.join(refusals)})",
            "see energylabel doctor" + ("" if parts[0] == "cpu" else ", or rate with --device cpu"),
        )
    return (*chosen, *clocks)


def _order(meter: Meter) -> tuple[bool, int, str]:
    return "gpu" not in meter.covers, RANK.index(meter.method), meter.name
