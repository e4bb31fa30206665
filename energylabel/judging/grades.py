"""Metrics × Findings × Scale → Grades: two letters, each with the reasons where it is missing."""

from bisect import bisect_left
from collections.abc import Sequence

from energylabel.records import Device, Estimate, Finding, Grade, Grades, Letter, Metrics, Scale


def grade(metrics: Metrics, findings: Sequence[Finding], scale: Scale, device: Device) -> Grades:
    """The energy and the accuracy letter (standard, section 4).

    A finding of outcome ``invalid`` withholds the energy letter, with its message as a reason. On
    a GPU, where the reference is not yet proven, a wider interval counts (section 8).
    """
    invalid = tuple(f.message for f in findings if f.outcome == "invalid")
    margin = scale.gpu_margin if device == "cuda" else 0.0
    return Grades(
        energy=grade_index(metrics.energy.index, scale.energy, scale, invalid, margin),
        accuracy=_accuracy(metrics, scale),
    )


def letter_of(value: float, bounds: Sequence[float], letters: Sequence[Letter]) -> Letter:
    """The class of an index, unrounded: ``bounds`` are upper bounds, and equality is within."""
    return letters[bisect_left(bounds, value)]


def grade_index(
    index: Estimate,
    bounds: Sequence[float],
    scale: Scale,
    withheld_for: tuple[str, ...] = (),
    margin: float = 0.0,
) -> Grade:
    """One scale's grade: the letter follows the point, the interval says what else it touches.

    Args:
        index: The index with its interval.
        bounds: Upper bounds of the classes A to F.
        scale: Letters, and how many of them an interval may touch.
        withheld_for: Reasons that withhold the letter whatever the interval.
        margin: Relative widening of the interval, for the letters alone.
    """
    letter = letter_of(index.value, bounds, scale.letters)
    low = index.value if index.low is None else index.low
    high = index.value if index.high is None else index.high
    best = letter_of(low / (1 + margin), bounds, scale.letters)
    worst = letter_of(high * (1 + margin), bounds, scale.letters)
    first, last = scale.letters.index(best), scale.letters.index(worst)
    touches = scale.letters[first : last + 1]
    reasons = withheld_for
    if len(touches) >= scale.letters_withheld_at:
        reasons += (f"the interval reaches from {best} to {worst}, {len(touches)} classes",)
    other = [touched for touched in touches if touched != letter]
    return Grade(
        scale=scale.name,
        letter=None if reasons else letter,
        index=index,
        touches=touches,
        borderline_with=other[0] if len(touches) == 2 else None,
        reasons=reasons,
    )


def _accuracy(metrics: Metrics, scale: Scale) -> Grade:
    index = metrics.accuracy.error_index
    if index is None:
        return Grade(
            scale=scale.name,
            letter=None,
            index=None,
            touches=(),
            borderline_with=None,
            reasons=(metrics.accuracy.error_index_reason or "there is no error index",),
        )
    return grade_index(index, scale.error, scale)
