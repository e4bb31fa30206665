"""Checks of what of the model's files was not taken as it stands there."""

from energylabel.judging.checks.answers import Check
from energylabel.records import Evidence, Finding, Metrics, Scale


def saved_dtypes(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Weights saved in several number formats: they are computed in one."""
    del metrics, scale
    subject = evidence.subject
    if not subject.saved_dtypes:
        return None
    *most, last = subject.saved_dtypes
    return Finding(
        name="saved-dtypes",
        outcome="noted",
        message=f"the weights are saved in {', '.join(most)} and {last}, most in {most[0]}, and"
        f" were computed in {subject.dtype}",
    )


def tokenizer_settings(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Settings that the tokenizer was not given."""
    del metrics, scale
    name, dropped = "tokenizer-settings", evidence.subject.dropped_settings
    unread = evidence.subject.unread_settings
    if not dropped and not unread:
        return None
    beside = f"settings that its class does not read were left out: {', '.join(unread)}"
    if not dropped:
        return Finding(name=name, outcome="noted", message=f"of the tokenizer's, {beside}")
    return Finding(
        name=name,
        outcome="warned",
        message=f"the tokenizer was not given {', '.join(dropped)}, which may name a file or code"
        + (f"; {beside}" if unread else ""),
        remedy="compare its tokens with those of AutoTokenizer.from_pretrained; leave out of"
        " tokenizer_config.json what they do not depend on",
    )


FILE_CHECKS: tuple[Check, ...] = (saved_dtypes, tokenizer_settings)
