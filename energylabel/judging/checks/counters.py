"""Checks of what stands beside the counted joules: the machine at rest, and other meters."""

from energylabel.formatting import significant
from energylabel.judging.checks.answers import Check
from energylabel.reckoning import MEASURING, RANK, joules_of
from energylabel.records import Component, Evidence, Finding, Method, Metrics, Scale


def idle(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """The machine at rest, which the net figures rest on."""
    name, runs = "idle", evidence.idle
    if metrics.energy.provenance == "estimated" or not evidence.settings.protocol.idle_s:
        return None
    net = metrics.energy.net
    if net is None:
        message = "no net figure: power at rest was not metered for every component"
        return Finding(name=name, outcome="not-available", message=message)
    parts = list(net.idle_watts)
    watts = [joules_of(run.energy, parts) / run.seconds for run in runs]
    said = (
        f"at rest {', '.join(f'{significant(power)}' for power in watts)} W ({' and '.join(parts)})"
    )
    cpus = evidence.hardware.machine_cpus
    busy = max((run.busy_seconds or 0.0) / (run.seconds * cpus) for run in runs)
    if busy > scale.restless_share:
        return Finding(
            name=name,
            outcome="warned",
            message=f"{said}, while others kept {busy:.0%} of the machine busy: figures net of idle"
            " are too low",
            remedy="rate again on a quiet machine",
        )
    if max(watts) > (1 + scale.idle_change) * min(watts):
        return Finding(
            name=name,
            outcome="warned",
            message=f"{said}: it changed by more than {scale.idle_change:.0%}, so figures net of"
            " idle are uncertain",
            remedy="let the machine settle, then rate again",
        )
    return Finding(name=name, outcome="passed", message=said)


def cross_check(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """What a second meter says about the same component, over the same windows."""
    del metrics
    said: list[str] = []
    apart = False
    windows = [window for window in evidence.windows if window.kept]
    pairs = {
        (component, reading.meter, reading.method)
        for window in windows
        for reading in window.energy
        for component in reading.joules
    }
    for component, meter, method in sorted(pairs):
        best = _best(pairs, component)
        if method == best or best not in MEASURING:
            continue
        both = [
            (joules_of(window.energy, [component]), reading.joules[component])
            for window in windows
            for reading in window.energy
            if reading.meter == meter and component in reading.joules
        ]
        ratio = sum(other for _, other in both) / sum(counted for counted, _ in both)
        said.append(f"{meter} says {ratio:.2f} times the counted joules of {component}")
        apart |= method in MEASURING and abs(ratio - 1) > scale.meters_gap
    if not said:
        return None
    return Finding(
        name="cross-check",
        outcome="warned" if apart else "noted",
        message="; ".join(said),
        remedy="two meters of one device disagree; see energylabel doctor" if apart else None,
    )


def _best(pairs: set[tuple[Component, str, Method]], component: Component) -> Method:
    there = {method for part, _, method in pairs if part == component}
    return min(there, key=RANK.index)


COUNTER_CHECKS: tuple[Check, ...] = (idle, cross_check)
