"""CPU-seconds × watts per busy core → the range of energy that an estimate may claim."""

from collections.abc import Sequence
from statistics import fmean

from energylabel.reckoning.intervals import mean_estimate
from energylabel.reckoning.provenance import MEASURING, covered, joules_of
from energylabel.records import (
    Component,
    Evidence,
    Fitting,
    LoadModel,
    ModelledEnergy,
    Range,
    Role,
    Scale,
    SliceRun,
    Window,
)

JOULES_PER_WH = 3600.0


def modelled(evidence: Evidence, scale: Scale, windows: Sequence[Window]) -> ModelledEnergy:
    """Wh per 1,000 queries of both models, where nothing counted the processor.

    Args:
        evidence: The rating.
        scale: Watts of a busy core, the least and the most.
        windows: Those of the complete blocks.
    """
    by_role: dict[Role, list[Window]] = {"candidate": [], "reference": []}
    for window in windows:
        by_role[window.role].append(window)
    counted = covered(windows)
    own = wh_range(by_role["candidate"], scale, counted)
    return ModelledEnergy(
        watts_per_core=Range(low=scale.watts_per_core[0], high=scale.watts_per_core[1]),
        wh_per_1000=own,
        reference_wh_per_1000=wh_range(by_role["reference"], scale, counted),
        grams_co2e_per_1000=_grams(evidence, own),
        load_model=_load_model(evidence, by_role["candidate"]),
    )


def wh_range(runs: Sequence[SliceRun], scale: Scale, counted: Sequence[Component]) -> Range:
    """Wh per 1,000 queries: the mean over the runs, with the least and the most watts of a core.

    ``counted`` are the components whose joules are added as counters gave them.
    """
    low, high = (
        1000 * fmean(_joules(run, watts, counted) / run.queries for run in runs) / JOULES_PER_WH
        for watts in scale.watts_per_core
    )
    return Range(low=low, high=high)


def whole_range(run: Fitting, scale: Scale, counted: Sequence[Component]) -> Range:
    """Wh of one whole run, likewise."""
    low, high = (_joules(run, watts, counted) / JOULES_PER_WH for watts in scale.watts_per_core)
    return Range(low=low, high=high)


def _joules(run: SliceRun | Fitting, watts: float, counted: Sequence[Component]) -> float:
    return watts * run.cpu_seconds + joules_of(run.energy, counted)


def _grams(evidence: Evidence, wh: Range) -> Range | None:
    """Wh × g per kWh; the grid's mean is taken as exact."""
    if evidence.carbon is None:
        return None
    factor = evidence.carbon.grams_per_kwh / 1000
    return Range(low=wh.low * factor, high=wh.high * factor)


def _load_model(evidence: Evidence, windows: Sequence[Window]) -> LoadModel | None:
    """What a model of the machine's load said of the candidate's windows; None without one."""
    for meter in evidence.meters:
        if meter.method in MEASURING or "cpu" not in meter.covers:
            continue
        joules = [
            reading.joules["cpu"] / window.queries
            for window in windows
            for reading in window.energy
            if reading.meter == meter.name and "cpu" in reading.joules
        ]
        if len(joules) < len(windows):
            continue
        watts, generic = meter.details.get("tdp_watts"), meter.details.get("tdp_is_generic")
        return LoadModel(
            meter=meter.name,
            wh_per_1000=mean_estimate([1000 * each / JOULES_PER_WH for each in joules]),
            tdp_watts=watts if isinstance(watts, float) and watts > 0 else None,
            tdp_is_generic=generic if isinstance(generic, bool) else None,
        )
    return None
