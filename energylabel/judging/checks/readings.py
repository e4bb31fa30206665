"""Checks of what the meters said: there, positive, moving, and over windows long enough."""

import math
from collections.abc import Iterable, Sequence

from energylabel.formatting import significant
from energylabel.judging.checks.answers import Check
from energylabel.reckoning import (
    complete_blocks,
    foreign_part,
    provenance_of,
    shortest_window_s,
)
from energylabel.records import Evidence, Finding, FindingOutcome, Metrics, Reading, Scale


def energy_readings(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Joules: a meter that spoke once speaks in every window, positive, and never stuck."""
    del metrics
    windows = [w for w in evidence.windows if w.kept]
    meters = {(r.meter, component) for w in windows for r in w.energy for component in r.joules}
    if not meters:
        return Finding(
            name="energy-readings",
            outcome="not-available",
            message="no meter gave joules; the energy class rests on the processor's time",
        )
    faults = []
    for meter, component in sorted(meters):
        values = [_joules(w.energy, meter, component) for w in windows]
        if fault := _fault(values, scale.stuck_windows):
            faults.append(f"{meter} ({component}): {fault}")
    if faults:
        return Finding(
            name="energy-readings",
            outcome="invalid",
            message=f"energy readings cannot be trusted: {'; '.join(faults)}",
            remedy="rate again; if it stays so, the meter does not work on this machine",
        )
    kind = "modelled" if _uncounted(evidence) else "counted"
    return Finding(
        name="energy-readings",
        outcome="passed",
        message=f"{kind} joules are positive in all {len(windows)} windows",
    )


def cpu_seconds(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """CPU-seconds: positive in every window, never stuck, no more than the threads could use."""
    del metrics
    windows = [w for w in evidence.windows if w.kept]
    fault = _fault([w.cpu_seconds for w in windows], scale.stuck_windows)
    limit = evidence.hardware.machine_cpus
    over = [w for w in windows if w.cpu_seconds > scale.cpu_seconds_excess * w.seconds * limit]
    if fault is None and over:
        fault = f"more than {limit} CPUs' worth in {len(over)} of {len(windows)} windows"
    if fault is not None:
        return Finding(
            name="cpu-seconds",
            outcome="invalid",
            message=f"the process's CPU-seconds cannot be trusted: {fault}",
            remedy="rate again; if it stays so, this system does not account processor time",
        )
    return Finding(
        name="cpu-seconds",
        outcome="passed",
        message=f"CPU-seconds are positive and move in all {len(windows)} windows",
    )


def window_length(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Every window lasted as long as the protocol asks."""
    del metrics
    least = shortest_window_s(evidence.settings.protocol, evidence.meters, evidence.settings.device)
    windows = [w for w in evidence.windows if w.kept]
    shortest, floor = min(w.seconds for w in windows), least * (1 - scale.clock_tolerance)
    if shortest < floor:
        short = sum(w.seconds < floor for w in windows)
        return Finding(
            name="window-length",
            outcome="invalid",
            message=f"{short} of {len(windows)} windows were shorter than {least:g} s"
            f" (the shortest {significant(shortest, 3, limits=(least,))} s)",
            remedy="rate again with this program's own protocol",
        )
    return Finding(
        name="window-length",
        outcome="passed",
        message=f"all {len(windows)} windows lasted {least:g} s or more",
    )


def contamination(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Other processes' CPU time (standard, section 5.7)."""
    share, retaken = metrics.foreign_cpu_share, metrics.energy.retaken_blocks
    if share is None:
        return _contaminated("not-available", "the system does not tell other processes' CPU time")
    busy = f"other processes used {share:.1%} of the model's own CPU time"
    if _uncounted(evidence):
        if share <= scale.foreign_cpu_share:
            return _contaminated("passed", busy)
        return _contaminated("noted", f"{busy}; the ratio of CPU-seconds holds, latency may not")
    return _metered_contamination(evidence, retaken, busy, scale)


def coverage(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """What the joules cover, and how they were come by."""
    components = " and ".join(metrics.energy.components)
    if metrics.energy.provenance != "estimated":
        message = f"{metrics.energy.provenance}: {components} by counters, gross"
        if metrics.energy.sampled:
            message += f"; the power of {' and '.join(metrics.energy.sampled)} was only sampled"
        return Finding(
            name="provenance",
            outcome="noted" if metrics.energy.sampled else "passed",
            message=message,
        )
    least, most = scale.watts_per_core
    message = (
        "estimated from run time: no energy counter was read; watt-hours are the rating's own"
        f" processor time at {least:g} to {most:g} W per busy core"
    )
    if evidence.hardware.gpus:
        message = (
            f"estimated: the processor, which nothing counts, may take more than"
            f" {scale.modelled_share:.0%} of the joules at {most:g} W per busy core; the index is"
            " the ratio of the counted ones"
        )
    return Finding(
        name="provenance",
        outcome="noted",
        message=message,
        remedy="rate on a machine whose energy counters the system lets you read",
    )


def _metered_contamination(evidence: Evidence, retaken: int, busy: str, scale: Scale) -> Finding:
    """With counters the neighbours' joules are in the figure, so that loud blocks do not count."""
    kept = complete_blocks(evidence.windows)
    loud = [
        block
        for block in kept
        if any(foreign_part(w) > scale.foreign_cpu_share for w in block.windows)
    ]
    limit = f"{scale.foreign_cpu_share:.0%}"
    quiet = "rate again on a quiet machine"
    if retaken > len(kept):
        message = f"{retaken} blocks were taken again and only {len(kept)} kept: {busy}"
        return _contaminated("invalid", message, quiet)
    if loud:
        message = f"{len(loud)} of {len(kept)} blocks have more than {limit} foreign CPU time"
        return _contaminated("invalid", f"{message}: {busy}", quiet)
    if retaken:
        return _contaminated("noted", f"{retaken} blocks were taken again; in those kept, {busy}")
    return _contaminated("passed", busy)


def _contaminated(outcome: FindingOutcome, message: str, remedy: str | None = None) -> Finding:
    return Finding(name="contamination", outcome=outcome, message=message, remedy=remedy)


def _uncounted(evidence: Evidence) -> bool:
    """Whether the index rests on processor time, whatever the label claims of the joules."""
    return provenance_of(evidence.meters, evidence.settings.device) == "estimated"


def _joules(readings: Iterable[Reading], meter: str, component: str) -> float | None:
    for reading in readings:
        for covered, joules in reading.joules.items():
            if reading.meter == meter and covered == component:
                return joules
    return None


def _fault(values: Sequence[float | None], stuck_windows: int) -> str | None:
    """What is wrong with a series of readings, one for each window; None when nothing is."""
    total = len(values)
    missing = sum(value is None for value in values)
    known = [value for value in values if value is not None]
    bad = sum(not math.isfinite(value) or value <= 0 for value in known)
    if missing:
        return f"missing in {missing} of {total} windows"
    if bad:
        return f"zero, negative or not finite in {bad} of {total} windows"
    if total >= stuck_windows and len(set(known)) == 1:
        return f"stuck at {known[0]:g} in all {total} windows"
    return None


READING_CHECKS: tuple[Check, ...] = (
    coverage,
    energy_readings,
    cpu_seconds,
    window_length,
    contamination,
)
