"""Findings about what is fitted here: its rows, and whether a baseline makes the model needless."""

from energylabel.formatting import listed, no_worse, part, percentage
from energylabel.judging.checks.answers import Check
from energylabel.reckoning import loud, provenance_of
from energylabel.records import Evidence, Finding, Metrics, Scale


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


def unlearnt(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Classes that are asked for and that no row to fit on has."""
    del metrics, scale
    asked = set(evidence.answers.gold)
    missing = sorted({label for each in evidence.fittings for label in each.unlearnt} & asked)
    if not missing:
        return None
    names = [repr(evidence.workload.labels[label]) for label in missing]
    own = evidence.fitting is not None and not asked.isdisjoint(evidence.fitting.unlearnt)
    who = "the model" if own else "the baseline beside it"
    return Finding(
        name="unlearnt-classes",
        outcome="warned",
        message=f"{who} had no row to learn {listed(names)} from, so it never answers that",
        remedy="fit it on rows of each class: --train-data",
    )


def asked_rows(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Rows to fit on that were left out since they are asked: a split that leaks."""
    del metrics
    found = max(evidence.fittings, key=lambda each: each.asked_rows, default=None)
    if found is None or not found.asked_rows:
        return None
    few = not found.own_rows and found.asked_rows < found.rows * scale.asked_rows
    rows = "1 row" if found.asked_rows == 1 else f"{found.asked_rows:,} rows"
    return Finding(
        name="asked-rows",
        outcome="passed" if few else "noted",
        message=f"{rows} to fit on left out, whose texts are asked as well",
    )


def contaminated(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Baselines whose counted joules were not theirs alone (standard, section 5.7)."""
    del metrics
    limit = scale.foreign_cpu_share
    names = sorted(each.family for each in evidence.baselines if loud(evidence, each, limit))
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
    better = [each for each in metrics.baselines if each.dominates]
    if not better:
        return None
    quick = " (a quick look)" * (evidence.settings.protocol.name == "quick")
    about = (
        "about " if provenance_of(evidence.meters, evidence.settings.device) == "estimated" else ""
    )
    own = percentage(metrics.accuracy.accuracy.value)
    said = [
        f"{each.family} is {no_worse(each.accuracy_gain, scale.dominance_margin)}"
        f" ({percentage(each.accuracy.value)} % against {own} %)"
        + (f", for {about}{part(each.cost_ratio.value)} of the energy" if each.cost_ratio else "")
        for each in better
    ]
    return Finding(
        name="dominated",
        outcome="noted",
        message=f"{'; '.join(said)}{quick}",
        remedy="see whether this workload needs a model of this size",
    )


BASELINE_CHECKS: tuple[Check, ...] = (left_out, unlearnt, asked_rows, contaminated)
"""Those that apply whatever the others found."""
