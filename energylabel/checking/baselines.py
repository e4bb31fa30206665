"""Findings about the baselines: which were left out, and whether one makes the model needless."""

from energylabel.checking.answers import Check
from energylabel.contrasting import loud
from energylabel.figures import part, percentage
from energylabel.metering import provenance_of
from energylabel.records.evidence import Evidence
from energylabel.records.verdict import BaselineMetrics, Finding, Metrics, Scale


def left_out(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Baselines that could not be measured."""
    del metrics, scale
    if not evidence.baselines_left_out:
        return None
    causes = [f"{family}: {why}" for family, why in sorted(evidence.baselines_left_out.items())]
    return Finding(
        name="baselines",
        outcome="noted",
        message=f"not measured beside it: {'; '.join(causes)}",
        remedy="rate again with more time (--time-limit)"
        if any("time limit" in cause for cause in causes)
        else None,
    )


def contaminated(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Baselines whose counted joules were not theirs alone (standard, section 5.7)."""
    del metrics, scale
    names = sorted(each.family for each in evidence.baselines if loud(evidence, each))
    if not names:
        return None
    return Finding(
        name="baselines-contaminated",
        outcome="noted",
        message=f"others computed while {' and '.join(names)} ran: no energy is printed of it",
        remedy="rate again on a quiet machine",
    )


def dominated(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """A baseline that costs less and is no less accurate (standard, section 7)."""
    del scale
    better = [each for each in metrics.baselines if each.dominates]
    if not better or evidence.settings.protocol.name == "quick":  # never compared
        return None
    about = (
        "about " if provenance_of(evidence.meters, evidence.settings.device) == "estimated" else ""
    )
    as_well = all(each.accuracy_gain.value >= 0 for each in better)
    does = "does as well" if as_well else "comes within half a point"
    said = "; ".join(_dominating(each, metrics, about) for each in better)
    return Finding(
        name="dominated",
        outcome="noted",
        message=f"a baseline {does} for less: {said}",
        remedy="see whether this workload needs a model of this size",
    )


def _dominating(baseline: BaselineMetrics, metrics: Metrics, about: str) -> str:
    own = percentage(metrics.accuracy.accuracy.value)
    said = f"{baseline.family} has {percentage(baseline.accuracy.value)} % against {own} %"
    if baseline.cost_ratio is None:
        return said
    return f"{said} right, for {about}{part(baseline.cost_ratio.value)} of the energy"


BASELINE_CHECKS: tuple[Check, ...] = (left_out, contaminated)
"""Those that apply whatever the others found."""
