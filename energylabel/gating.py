"""Policy gates: a limit, and whether a label is within; for command line, JSON and Python.

A limit that might be broken is not met. Where a figure has an interval that says how far it may
be off, its whole interval has to be within: an estimate's watt-hours, the accuracy. What was
counted or timed and the macro-F1 are compared as they are, unrounded: they have no interval, or
one that says how well the session repeats. Classes are the letters on the label, borderline or not.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from energylabel import formatting
from energylabel.errors import UsageError
from energylabel.formatting import bound, duration, energy_span, exact, percentage, size
from energylabel.records import LETTERS, Estimate, Grade, Label


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a label meets one gate.

    Attributes:
        gate: Name of the option that sets it.
        limit: What was asked for.
        met: Whether the label is surely within.
        value: The figure or letter that was compared; None where the label has none.
        low: The lower end of what it may be, where that counts.
        high: The upper end.
        words: What is wrong, after the model's name; empty where nothing is.
    """

    gate: str
    limit: float | str
    met: bool
    value: float | str | None
    low: float | None = None
    high: float | None = None
    words: str = ""


def broken(label: Label, options: Mapping[str, Any]) -> list[str]:
    """Which gates the label does not pass, in words."""
    name = label.subject.name
    return [f"{name} {each.words}" for each in verdicts(label, options) if not each.met]


def gated(label: Label, limits: Mapping[str, Any]) -> tuple[Verdict, ...]:
    """The verdicts on limits that a program gives.

    Args:
        label: The label.
        limits: By the names of :data:`GATES`; None is no limit.

    Raises:
        UsageError: There is no limit, no such gate, or a limit of the wrong kind.
    """
    for name, limit in limits.items():
        if name not in GATES:
            raise UsageError(f"there is no gate {name!r:.60}", f"there are: {', '.join(GATES)}")
        if limit is not None:
            _check(name, limit)
    if not any(asked(limits)):
        raise UsageError("no limit is given", f"give one of {', '.join(GATES)}")
    return tuple(verdicts(label, limits))


def _check(name: str, limit: object) -> None:
    """Refuse a limit that is no letter, or no number in the gate's unit."""
    if name.startswith("fail_below_"):
        if not isinstance(limit, str) or limit.upper() not in LETTERS:
            raise UsageError(f"{name} is {limit!r:.60}, no class", "give a letter from A to G")
        return
    share = name.startswith("min_")
    number = isinstance(limit, int | float) and not isinstance(limit, bool)
    if number and (0 <= limit <= 1 if share else 0 < limit < math.inf):  # type: ignore[operator]
        return
    raise UsageError(f"{name} is {limit!r:.60}, no {GATES[name].unit}", "give a plain number")


def described(label: Label, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The verdicts for JSON."""
    return [asdict(each) for each in verdicts(label, options)]


def verdicts(label: Label, options: Mapping[str, Any]) -> list[Verdict]:
    """What becomes of each gate that was asked for.

    Args:
        label: The label.
        options: Values of the options by name; what is absent or None is no gate.
    """
    return [
        judged.verdict(label, options[name])
        for name, judged in GATES.items()
        if options.get(name) is not None
    ]


def _class(gate: str, what: str, grade: Grade, wanted: str) -> Verdict:
    limit, letter = wanted.upper(), grade.letter
    if letter is None:
        words = f"has no {what} class, {wanted} or better was asked for"
        return Verdict(gate, limit, False, None, words=words)
    met = LETTERS.index(letter) <= LETTERS.index(limit)
    words = "" if met else f"has {what} class {letter}, {wanted} or better was asked for"
    return Verdict(gate, limit, met, letter, words=words)


def _energy_class(label: Label, wanted: str) -> Verdict:
    return _class("fail-below-energy", "energy", label.grades.energy, wanted)


def _accuracy_class(label: Label, wanted: str) -> Verdict:
    return _class("fail-below-accuracy", "accuracy", label.grades.accuracy, wanted)


def _accuracy(label: Label, limit: float) -> Verdict:
    found = label.metrics.accuracy.accuracy
    low, high = _ends(found)
    ends = "–".join(
        percentage(end, 1, way, (limit,))
        for end, way in ((low, formatting.DOWN), (high, formatting.UP))
    )
    said = f"{percentage(found.value, limits=(limit,))} % (95 %: {ends} %)"
    asked = f"at least {_percent(limit)} % was asked for"
    words = ""
    if high < limit:
        words = f"has an accuracy of {said}, {asked}"
    elif low < limit:
        words = (
            f"may have a lower accuracy than was asked for: {said}, whose whole interval has to be"
            f" within, {asked}; more rows narrow it"
        )
    return Verdict("min-accuracy", limit, low >= limit, found.value, low, high, words)


def _ends(estimate: Estimate) -> tuple[float, float]:
    low, high = estimate.low, estimate.high
    return estimate.value if low is None else low, estimate.value if high is None else high


def _percent(limit: float) -> str:
    """A limit as it was given, in percent."""
    return bound(exact(limit, 2))


def _macro_f1(label: Label, limit: float) -> Verdict:
    value = label.metrics.accuracy.macro_f1
    met = value >= limit
    shown = percentage(value, limits=(limit,))
    said = f"has a macro-F1 of {shown} %, at least {_percent(limit)} % was asked for"
    return Verdict("min-macro-f1", limit, met, value, words="" if met else said)


def _watt_hours(label: Label, limit: float) -> Verdict:
    """Of an estimate the whole range has to lie within."""
    energy, gate = label.metrics.energy, "max-wh"
    asked = f"at most {bound(limit)} was asked for"
    if energy.modelled is not None:
        wh, words = energy.modelled.wh_per_1000, ""
        ends = f"≈ {energy_span(wh, (limit,))} per 1,000 texts"
        if wh.low > limit:
            words = f"takes {ends} (the whole range of an estimate is above), {asked}"
        elif wh.high > limit:
            words = (
                f"may take more than was asked for: {ends} (an estimate, whose whole range has to"
                f" be within), {asked}; only energy counters can tell"
            )
        return Verdict(gate, limit, not words, None, wh.low, wh.high, words)
    if energy.wh_per_1000 is None:
        words = f"has no figure in Wh per 1,000 texts, {asked}"
        return Verdict(gate, limit, False, None, words=words)
    value = energy.wh_per_1000.value
    shown = formatting.energy(value, limits=(limit,))
    words = f"takes {shown} per 1,000 texts, {asked}" if value > limit else ""
    return Verdict(gate, limit, not words, value, words=words)


def _time(limit: float) -> str:
    """A limit as it was given."""
    return f"{bound(limit)} s" if limit >= 1 else f"{bound(exact(limit, 3))} ms"


def _p95(label: Label, limit: float) -> Verdict:
    value = label.metrics.speed.latency_p95_s
    met = value <= limit
    shown = duration(value, limits=(limit,))
    said = f"takes {shown} (p95), at most {_time(limit)} was asked for"
    return Verdict("max-p95", limit, met, value, words="" if met else said)


def _memory(label: Label, limit: int) -> Verdict:
    value = label.metrics.peak_memory_bytes
    if value is None:
        words = f"has no figure of its memory, at most {size(limit)} was asked for"
        return Verdict("max-memory", limit, False, None, words=words)
    met = value <= limit
    shown = size(value, limits=(limit,))
    said = f"takes {shown} of memory, at most {size(limit, limits=(limit,))} was asked for"
    return Verdict("max-memory", limit, met, value, words="" if met else said)


@dataclass(frozen=True, slots=True)
class Gate:
    """What judges a label by a limit, and in what the limit is given."""

    verdict: Callable[[Label, Any], Verdict]
    unit: str


GATES: Mapping[str, Gate] = {
    "fail_below_energy": Gate(_energy_class, "letter"),
    "fail_below_accuracy": Gate(_accuracy_class, "letter"),
    "min_accuracy": Gate(_accuracy, "share between 0 and 1"),
    "min_macro_f1": Gate(_macro_f1, "share between 0 and 1"),
    "max_wh": Gate(_watt_hours, "positive number of Wh per 1,000 texts"),
    "max_p95": Gate(_p95, "positive number of seconds"),
    "max_memory": Gate(_memory, "positive number of bytes"),
}
"""The gates by the names of their options."""


def asked(options: Mapping[str, Any]) -> Iterator[str]:
    """The gates that are asked for, by the names of their options."""
    return (name for name in GATES if options.get(name) is not None)
