"""The baselines of a rating → what each costs and how often it is right, beside the rated model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from energylabel.reckoning.accuracy import effective_rows
from energylabel.reckoning.intervals import (
    finite_exp,
    hull,
    mean_estimate,
    paired_difference,
    wilson,
)
from energylabel.reckoning.modelled import JOULES_PER_WH, wh_range
from energylabel.reckoning.provenance import PARTS, covered, joules_of, provenance_of
from energylabel.reckoning.ratios import Quantity, per_query
from energylabel.records import (
    Baseline,
    BaselineMetrics,
    Component,
    Estimate,
    Evidence,
    Provenance,
    Role,
    Scale,
    SliceRun,
    Window,
)


@dataclass(frozen=True, slots=True)
class Costs:
    """What is compared: of a baseline's run, and of a window of the others.

    They differ on a GPU alone, which a baseline does not use: the joules that it draws at rest
    meanwhile are not the baseline's.
    """

    own: Quantity
    theirs: Quantity
    estimated: bool = False


def contrast(
    evidence: Evidence, scale: Scale, provenance: Provenance, windows: Sequence[Window]
) -> tuple[BaselineMetrics, ...]:
    """Figures of every baseline.

    Args:
        evidence: The rating.
        scale: How far an estimate's interval is widened, and what dominates.
        provenance: What may be claimed of the joules.
        windows: Those of the complete blocks.
    """
    return tuple(_one(each, evidence, scale, provenance, windows) for each in evidence.baselines)


def _one(
    baseline: Baseline,
    evidence: Evidence,
    scale: Scale,
    provenance: Provenance,
    windows: Sequence[Window],
) -> BaselineMetrics:
    runs, widening = baseline.windows, scale.estimate_widening
    costs = watt_hours = modelled = None
    if not loud(evidence, baseline, scale.foreign_cpu_share):
        costs = _costs(evidence, runs, windows)
        if provenance == "estimated":
            modelled = wh_range(runs, scale, ())
        else:
            watt_hours = _watt_hours(runs)
    theirs: dict[Role, list[Window]] = {"reference": [], "candidate": []}
    for window in windows:
        theirs[window.role].append(window)
    index = _ratio(costs, runs, theirs["reference"], 100.0, widening)
    cost_ratio = _ratio(costs, runs, theirs["candidate"], 1.0, widening)
    right = [
        said == gold for said, gold in zip(baseline.predicted, evidence.answers.gold, strict=True)
    ]
    gain = _gain(right, evidence)
    cheaper = cost_ratio is not None and cost_ratio.high is not None and cost_ratio.high < 1
    no_worse = gain.low is not None and gain.low >= -scale.dominance_margin
    return BaselineMetrics(
        family=baseline.family,
        parameters=baseline.parameters,
        index=index,
        cost_ratio=cost_ratio,
        wh_per_1000=watt_hours,
        wh_range=modelled,
        accuracy=wilson(sum(right), len(right), effective_rows(evidence.answers)),
        accuracy_gain=gain,
        dominates=cheaper and no_worse,
        training_rows=baseline.fitting.rows,
        own_rows=baseline.fitting.own_rows,
        fitting_seconds=baseline.fitting.seconds,
    )


def loud(evidence: Evidence, baseline: Baseline, limit: float) -> bool:
    """Whether others' joules are in what was counted of a baseline: they are not printed then.

    Args:
        evidence: The rating.
        baseline: One of its baselines.
        limit: Others' CPU time over a window's own from which they are.
    """
    if provenance_of(evidence.meters, evidence.settings.device) == "estimated":
        return False
    # Baselines run on the processor alone, also in a rating on a GPU, so all joules are its.
    return any((run.foreign_cpu_share or 0.0) > limit for run in baseline.windows)


def _gain(right: Sequence[bool], evidence: Evidence) -> Estimate:
    """The baseline's accuracy less the rated model's, over the rows that both answered."""
    answers, label_map = evidence.answers, evidence.settings.label_map
    others = [
        label_map[said] == gold for said, gold in zip(answers.predicted, answers.gold, strict=True)
    ]
    gained = sum(one and not other for one, other in zip(right, others, strict=True))
    lost = sum(other and not one for one, other in zip(right, others, strict=True))
    return paired_difference(gained, lost, len(right), effective_rows(answers))


def _costs(evidence: Evidence, runs: Sequence[SliceRun], windows: Sequence[Window]) -> Costs | None:
    """What the index compares; None where the processor's energy was not counted throughout."""
    device = evidence.settings.device
    if provenance_of(evidence.meters, device) == "estimated":
        return Costs(lambda run: run.cpu_seconds, lambda run: run.cpu_seconds, estimated=True)
    both = set(covered(runs)) & set(covered(windows))
    own: list[Component] = [part for part in PARTS["cpu"] if part in both]
    theirs: list[Component] = [*own, "gpu"] if device == "cuda" else own
    if "cpu" not in own:
        return None
    return Costs(lambda run: joules_of(run.energy, own), lambda run: joules_of(run.energy, theirs))


def _ratio(
    costs: Costs | None,
    runs: Sequence[SliceRun],
    theirs: Sequence[Window],
    factor: float,
    widening: float,
) -> Estimate | None:
    """The baseline's cost per query over that of the reference or the candidate, times ``factor``.

    One value for each of its windows: log(its cost ÷ the mean of the other's windows on the same
    slice). Their mean m with Student's interval m ± t·s ÷ √n over n − 1 degrees of freedom,
    as a ratio: exp. In an estimate the interval is the hull with that of the run times, widened
    (standard, section 3). None where a cost is not positive and finite.
    """
    if costs is None:
        return None
    found = _interval(runs, theirs, costs, factor)
    if found is None or not costs.estimated:
        return found
    wall = _interval(runs, theirs, _WALL, factor)
    return None if wall is None else hull(found, [wall], widening)


_WALL = Costs(lambda run: run.seconds, lambda run: run.seconds)


def _interval(
    runs: Sequence[SliceRun], theirs: Sequence[Window], costs: Costs, factor: float
) -> Estimate | None:
    logs, same = [], []
    for run in runs:
        same = [per_query(w, costs.theirs) for w in theirs if w.slice == run.slice]
        one = per_query(run, costs.own)
        if not same or not all(math.isfinite(cost) and cost > 0 for cost in (one, *same)):
            return None
        logs.append(math.log(one / fmean(same)))
    half = _half(logs)
    if half is not None and len({run.slice for run in runs}) == 1:
        # All were divided by the same mean; its scatter does not show among them and is added here.
        half = math.hypot(half, _half([math.log(cost) for cost in same]) or 0.0)
    mean = fmean(logs)
    return Estimate(
        value=factor * finite_exp(mean),
        low=None if half is None else factor * finite_exp(mean - half),
        high=None if half is None else factor * finite_exp(mean + half),
        count=len(logs),
    )


def _half(values: Sequence[float]) -> float | None:
    """Half the width of the t-interval of a mean; None for a single value."""
    found = mean_estimate(values)
    return None if found.high is None else found.high - found.value


def _watt_hours(runs: Sequence[SliceRun]) -> Estimate | None:
    """Gross, of the processor and its memory, per 1,000 queries; None where no counter had any."""
    parts = [part for part in covered(runs) if part != "gpu"]
    if "cpu" not in parts:
        return None
    joules = [per_query(each, lambda run: joules_of(run.energy, parts)) for each in runs]
    return mean_estimate([1000 * per_one / JOULES_PER_WH for per_one in joules])
