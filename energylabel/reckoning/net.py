"""Gross joules → net of idle: what the model adds to a machine that is switched on anyway."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from energylabel.reckoning.provenance import joules_of
from energylabel.reckoning.ratios import Quantity
from energylabel.records import Component, IdleRun, Reading


def idle_watts(runs: Sequence[IdleRun], components: Sequence[Component]) -> dict[Component, float]:
    """Mean power at rest of each component that every run at rest has; watts.

    Args:
        runs: The machine at rest, in one rating.
        components: What to look for: the components that are metered.
    """
    return {
        component: fmean(joules_of(run.energy, [component]) / run.seconds for run in runs)
        for component in components
        if runs and all(any(component in r.joules for r in run.energy) for run in runs)
    }


def net_joules(
    readings: Sequence[Reading], seconds: float, idle: Mapping[Component, float]
) -> float:
    """Joules over what the machine takes at rest, of the components in ``idle``."""
    return joules_of(readings, list(idle)) - seconds * sum(idle.values())


def net_quantity(idle: Mapping[Component, float]) -> Quantity:
    """Net joules of a window."""
    return lambda window: net_joules(window.energy, window.seconds, idle)
