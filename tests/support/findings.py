"""Findings of evidence, by name, and windows that were tampered with."""

from collections.abc import Iterable
from typing import Any

from energylabel.judging.checks import check
from energylabel.judging.metrics import measure
from energylabel.records.evidence import Evidence, Window
from energylabel.records.metrics import Finding
from energylabel.standard.scales import DEFAULT, load_scale

SCALE = load_scale(DEFAULT)


def findings_of(evidence: Evidence) -> dict[str, Finding]:
    """All of them, by name."""
    return {f.name: f for f in check(evidence, measure(evidence, SCALE), SCALE)}


def find(name: str, evidence: Evidence) -> Any:
    """One of them; None where it was not found."""
    return findings_of(evidence).get(name)


def altered(windows: Iterable[Window], **changes: Any) -> tuple[Window, ...]:
    """Windows with fields replaced; a value may be a function of place and window."""
    return tuple(
        w.model_copy(update={k: v(i, w) if callable(v) else v for k, v in changes.items()})
        for i, w in enumerate(windows)
    )
