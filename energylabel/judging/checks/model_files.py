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
    dropped = evidence.subject.dropped_settings
    if not dropped:
        return None
    one = len(dropped) == 1
    return Finding(
        name="tokenizer-settings",
        outcome="warned",
        message=f"the tokenizer was not given {', '.join(dropped)} of its own settings, which"
        f" {'is' if one else 'are'} none of its class, or may name{'s' if one else ''} a file",
        remedy="compare its tokens with those of AutoTokenizer.from_pretrained; leave out of"
        " tokenizer_config.json what they do not depend on",
    )


FILE_CHECKS: tuple[Check, ...] = (saved_dtypes, tokenizer_settings)
