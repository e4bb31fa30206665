"""Two labels → their difference: what the standard lets be compared, with intervals (section 7)."""

import math
from collections.abc import Iterator
from typing import Literal

from energylabel.reckoning import effective_rows, hull, paired_difference
from energylabel.records import Difference, Estimate, Evidence, Label, Scale
from energylabel.runtimes import PYTORCH
from energylabel.standard import load_scale

Side = tuple[Evidence, Label]
AccuracyWord = Literal["better", "worse", "not distinguishable"]
EnergyWord = Literal["less", "more", "not distinguishable"]


def difference(first: Side, second: Side, *, places: tuple[int, int] = (0, 1)) -> Difference:
    """The second label against the first.

    Args:
        first: Evidence, and the label that follows from it.
        second: Likewise.
        places: Where they stand among those compared.
    """
    scale = load_scale(first[1].standard)
    together = _same_machine(first[1], second[1])
    asked = next(_asked(first, second), None)
    refused = next(_apart(first, second, together=together), None)
    ratio = None if refused else _ratio(first[1], second[1], scale)
    gain, rows, unlike = _gain(first, second, together=together)
    return Difference(
        first=places[0],
        second=places[1],
        same_machine=together,
        accuracy_gain=gain,
        accuracy_refused=unlike,
        accuracy=_accuracy_word(gain),
        rows=rows,
        energy_ratio=ratio,
        energy_refused=refused,
        energy=_energy_word(ratio, scale, together=together),
        latency_ratio=_latency(first[1], second[1]) if together and not asked else None,
        memory_ratio=_memory(first[1], second[1]) if together and not asked else None,
        dominates=_dominant(ratio, gain, scale, places) if together else None,
    )


def _same_machine(first: Label, second: Label) -> bool:
    """Whether they ran on machines of one kind: a label does not name the machine itself."""
    one, other = (
        (each.hardware.slug, each.hardware.physical_cores, each.hardware.architecture)
        for each in (first, second)
    )
    return one == other


def _apart(first: Side, second: Side, *, together: bool) -> Iterator[str]:
    """What forbids to compare energies, the first reason first."""
    yield from _asked(first, second)
    label, other = first[1], second[1]
    for each in (label, other):
        found = next((f.message for f in each.findings if f.outcome == "invalid"), None)
        if found is not None:
            yield f"{each.subject.name}: {found}"
    # One ratio never mixes two provenances (section 3), nor counts other parts in one of them.
    yield from _unlike("provenance", label.provenance, other.provenance)
    queries = [side[0].settings.queries for side in (first, second)]
    yield from _unlike("queries for energy", *queries)
    counted = [each.metrics.energy.components for each in (label, other)]
    yield from _unlike("components of the energy", *counted)
    if not together:
        yield from _unlike("kind of device", label.conditions.device, other.conditions.device)
        yield from _unlike("runtime", _runtime(first), _runtime(second))
        yield from _unlike("number format", label.conditions.dtype, other.conditions.dtype)
        yield from _unlike("arithmetic for the number format", _native(label), _native(other))


def _asked(first: Side, second: Side) -> Iterator[str]:
    """What differs in the question: standard, protocol, workload."""
    (one, label), (other, other_label) = first, second
    yield from _unlike("standard", label.standard, other_label.standard)
    for each in (label, other_label):
        if each.quick_look:
            yield f"{each.subject.name}: a quick look is never compared (protocol)"
    yield from _unlike("workload", one.workload.name, other.workload.name)
    yield from _unlike("labels of the workload", one.workload.labels, other.workload.labels)
    yield from _unlike("seed of the workload", one.workload.seed, other.workload.seed)
    yield from _unlike("rows of the workload", one.workload.rows, other.workload.rows)
    rows = min(len(one.answers.gold), len(other.answers.gold))
    same = len(one.answers.gold) == len(other.answers.gold)
    if one.answers.gold[:rows] != other.answers.gold[:rows] or (
        same and one.workload.content_sha256 != other.workload.content_sha256
    ):
        yield "content of the workload: the rows are not the same"


def _unlike(field: str, one: object, other: object) -> Iterator[str]:
    if one != other:
        here, there = (
            ", ".join(map(str, each)) if isinstance(each, tuple) else str(each)
            for each in (one, other)
        )
        yield f"{field}: {here} and {there}"


def _runtime(side: Side) -> str:
    return side[0].settings.setup.runtime or PYTORCH


def _native(label: Label) -> str:
    return "native" if label.conditions.native else "not native"


def _ratio(first: Label, second: Label, scale: Scale) -> Estimate:
    """Energy of the second over that of the first, each by its index to the same reference.

    Sessions are independent, so that half-widths on the log scale add in squares. Of an estimate
    the interval is the hull of CPU-seconds and run time, widened, as that of an index is.
    """
    one, other = first.metrics.energy, second.metrics.energy
    ratio = _over_log(one.repeatability, other.repeatability)
    if first.provenance != "estimated":
        return ratio
    spans = [
        _over_log(one.cpu_ratio, other.cpu_ratio),
        _over_log(one.wall_ratio, other.wall_ratio),
    ]
    return hull(ratio, spans, scale.estimate_widening)


def _over_log(one: Estimate, other: Estimate) -> Estimate:
    """The second over the first, with half-widths of their logarithms added in squares."""
    value = other.value / one.value
    halves = [_half(each) for each in (one, other)]
    known = [half for half in halves if half is not None]
    spread = math.exp(math.hypot(*known)) if len(known) == len(halves) else None
    return Estimate(
        value=value,
        low=None if spread is None else value / spread,
        high=None if spread is None else value * spread,
        count=min(one.count, other.count),
    )


def _half(estimate: Estimate) -> float | None:
    """Half the width of the logarithm's interval; None without one."""
    if not estimate.low or not estimate.high:
        return None
    return math.log(estimate.high / estimate.low) / 2


def _gain(first: Side, second: Side, *, together: bool) -> tuple[Estimate | None, int, str | None]:
    """The paired difference in accuracy, its rows, and why there is none."""
    refused = next(_asked(first, second), None)
    if refused is None and not together:
        slugs = (side[1].hardware.slug for side in (first, second))
        refused = next(_unlike("hardware", *slugs), "hardware: not of one kind")
    if refused is not None:
        return None, 0, refused
    rows = min(len(first[0].answers.gold), len(second[0].answers.gold))
    one, other = _right(first[0], rows), _right(second[0], rows)
    gained = sum(b and not a for a, b in zip(one, other, strict=True))
    lost = sum(a and not b for a, b in zip(one, other, strict=True))
    fewer = min((first[0].answers, second[0].answers), key=lambda each: len(each.gold))
    return paired_difference(gained, lost, rows, effective_rows(fewer)), rows, None


def _right(evidence: Evidence, rows: int) -> list[bool]:
    answers, label_map = evidence.answers, evidence.settings.label_map
    return [
        label_map[said] == gold
        for said, gold in zip(answers.predicted[:rows], answers.gold[:rows], strict=True)
    ]


def _latency(first: Label, second: Label) -> float:
    return second.metrics.speed.latency_p95_s / first.metrics.speed.latency_p95_s


def _memory(first: Label, second: Label) -> float | None:
    one, other = first.metrics.peak_memory_bytes, second.metrics.peak_memory_bytes
    return other / one if one and other else None


def _accuracy_word(gain: Estimate | None) -> AccuracyWord | None:
    if gain is None or gain.low is None or gain.high is None:
        return None
    return "better" if gain.low > 0 else "worse" if gain.high < 0 else "not distinguishable"


def _energy_word(ratio: Estimate | None, scale: Scale, *, together: bool) -> EnergyWord | None:
    if ratio is None or ratio.low is None or ratio.high is None:
        return None
    low, high = ratio.low, ratio.high
    if not together:  # from one machine to the next the index itself moves
        margin = 1 + scale.between_machines
        low, high = min(low, ratio.value / margin), max(high, ratio.value * margin)
    return "more" if low > 1 else "less" if high < 1 else "not distinguishable"


def _dominant(
    ratio: Estimate | None, gain: Estimate | None, scale: Scale, places: tuple[int, int]
) -> int | None:
    """Who costs less with its whole interval, and is no less accurate within the margin."""
    if ratio is None or gain is None:
        return None
    margin = scale.dominance_margin
    if _below(ratio.high, 1) and _below(-margin, gain.low):
        return places[1]
    if _below(1, ratio.low) and _below(gain.high, margin):
        return places[0]
    return None


def _below(one: float | None, other: float | None) -> bool:
    """Whether both are known and the first is at most the second."""
    return one is not None and other is not None and one <= other
