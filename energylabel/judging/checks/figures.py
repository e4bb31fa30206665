"""Checks of the figures: narrow enough, no drift, no cache, warm when it began."""

from energylabel.formatting import DOWN, UP, percentage, signed
from energylabel.judging.checks.answers import Check
from energylabel.reckoning import drifted, provenance_of, telling_drift
from energylabel.records import Estimate, Evidence, Finding, FindingOutcome, Metrics, Scale


def convergence(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Repeatability within the session (standard, section 5.6).

    The limit of the half-width is for the standard protocol: a quick look has one round and
    cannot take another, so that only the rule of three letters holds for it.
    """
    energy, protocol = metrics.energy, evidence.settings.protocol
    name = "convergence"
    if energy.half_width is None:
        return Finding(
            name=name,
            outcome="invalid",
            message="one block alone has no interval",
            remedy="give the rating more time (--time-limit)",
        )
    limits = (protocol.target_half_width, scale.withhold_half_width)
    half = percentage(energy.half_width, 1, UP, limits)
    said = f"repeatability ± {half}% over {energy.blocks} blocks"
    if energy.half_width <= protocol.target_half_width:
        return Finding(name=name, outcome="passed", message=said)
    if protocol.name == "quick":
        return Finding(name=name, outcome="noted", message=f"{said} of a quick look")
    wide = energy.half_width > scale.withhold_half_width
    limit = scale.withhold_half_width if wide else protocol.target_half_width
    ended = f"after {_rounds(energy.rounds)}" if energy.rounds else "before a round was complete"
    means = "the most that a class may have" if wide else "which was aimed at"
    return Finding(
        name=name,
        outcome="invalid" if wide else "warned",
        message=f"{said} {ended}, wider than ± {limit:.0%}, {means}",
        remedy="rate again on a quieter machine, or without a time limit",
    )


def drift(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Change over the run (standard, section 5.8).

    In an estimate that of the index is judged, else that of the reference. It takes another
    round, and is invalid after the last; where scatter explains it, it is a warning. A quick look
    cannot take another round.
    """
    name = "drift"
    rule = provenance_of(evidence.meters, evidence.settings.device)
    change = telling_drift(rule, metrics.reference_drift, metrics.index_drift)
    parts = {"reference": metrics.reference_drift, "index": metrics.index_drift}
    known = [
        f"{part} {_said(value, scale.drift)}" for part, value in parts.items() if value is not None
    ]
    said = f"drift over the run: {', '.join(known)}"
    if change is None:
        said = said if known else "too few windows to see a drift"
        return Finding(
            name=name,
            outcome="not-available",
            message=f"{said}; no slice was measured again later",
        )
    if abs(change.value) <= scale.drift:
        return Finding(name=name, outcome="passed", message=said)
    if not drifted(change, scale.drift):
        return Finding(
            name=name,
            outcome="warned",
            message=f"{said}: more than {scale.drift:.0%}, but perhaps only scatter, as the"
            " interval holds 0",
            remedy="rate again on a quieter machine",
        )
    quick = evidence.settings.protocol.name == "quick"
    return Finding(
        name=name,
        outcome="warned" if quick else "invalid",
        message=f"{said}, more than {scale.drift:.0%}",
        remedy="let the machine cool down or settle, then rate again",
    )


def _said(change: Estimate, limit: float) -> str:
    """With digits that show what is judged: whether it is beyond the limit, and holds zero."""
    text = f"{signed(change.value, limits=(-limit, limit))}%"
    if change.low is None or change.high is None:
        return text
    low, high = signed(change.low, DOWN, (0.0,)), signed(change.high, UP, (0.0,))
    return f"{text} ({low}% to {high}%)"


def caching(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """A first pass much dearer than its repetitions points at remembered answers."""
    del evidence
    name, excess = "caching", metrics.first_pass_excess
    if excess is None:
        message = "too few blocks show how the model meets a slice for the first time"
        return Finding(name=name, outcome="not-available", message=message)
    if excess <= scale.first_pass_excess:
        message = (
            f"first passes over new texts cost {excess:+.1%} against later ones, or more: no sign"
            " that the model remembers texts"
        )
        return Finding(name=name, outcome="passed", message=message)
    return Finding(
        name=name,
        outcome="invalid",
        message=f"texts cost at least {excess:.0%} more when they come for the first time than when"
        " they come again: the model seems to remember them",
        remedy="switch off any cache of texts or answers in the model",
    )


def warm_up(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Whether each model ran steadily before the first window."""
    del metrics, scale
    restless = sorted({w.role for w in evidence.warm_up if not w.steady})
    if not restless:
        message = "both models ran steadily before the first window"
        return Finding(name="warm-up", outcome="passed", message=message)
    ruled = any(w.rule for w in evidence.warm_up)
    awaited = (
        "while a model still became cheaper or dearer"
        if ruled
        else "before three runs in a row cost the same"
    )
    return Finding(
        name="warm-up",
        outcome="warned",
        message=f"the warm-up ended {awaited} ({', '.join(restless)})",
        remedy="rate again on a quieter machine",
    )


def protocol(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Quick looks are named so."""
    del scale
    quick = evidence.settings.protocol.name == "quick"
    outcome: FindingOutcome = "noted" if quick else "passed"
    rounds, blocks = _rounds(metrics.energy.rounds), metrics.energy.blocks
    return Finding(
        name="protocol",
        outcome=outcome,
        message=f"{'quick look' if quick else 'standard protocol'}: {rounds}, {blocks} blocks,"
        f" {metrics.energy.queries} queries",
        remedy="rate with --protocol standard to publish or compare" if quick else None,
    )


def _rounds(count: int) -> str:
    return "1 round" if count == 1 else f"{count} rounds"


FIGURE_CHECKS: tuple[Check, ...] = (convergence, drift, caching, warm_up, protocol)
