"""Entries → Comparison: each label in short, every pair, the front."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from energylabel.comparing.pairing import difference
from energylabel.records import ComparedLabel, Comparison, Difference, Evidence, Label, Range


@dataclass(frozen=True, slots=True)
class Entry:
    """A label and the evidence that it follows from."""

    evidence: Evidence
    label: Label


@dataclass(frozen=True, slots=True)
class Prices:
    """What a kilowatt-hour costs, in any currency, and how much CO2e it brings (grams)."""

    per_kwh: float | None = None
    grams_per_kwh: float | None = None


def compare(entries: Sequence[Entry], prices: Prices | None = None) -> Comparison:
    """All labels in their order, and every pair of them.

    Args:
        entries: Two or more.
        prices: None: no cost and no CO2e.
    """
    pairs = tuple(
        difference(
            (entries[first].evidence, entries[first].label),
            (entries[second].evidence, entries[second].label),
            places=(first, second),
        )
        for first, second in combinations(range(len(entries)), 2)
    )
    return Comparison(
        labels=tuple(_in_short(entry, prices or Prices()) for entry in entries),
        differences=pairs,
        front=_front(pairs),
    )


def _in_short(entry: Entry, prices: Prices) -> ComparedLabel:
    label = entry.label
    metrics, grades = label.metrics, label.grades
    invalid = any(finding.outcome == "invalid" for finding in label.findings)
    wh = _watt_hours(label)
    return ComparedLabel(
        id=label.id,
        name=label.subject.name,
        revision=label.subject.revision,
        family=label.subject.family,
        workload=label.workload.name,
        workload_title=label.workload.title if label.workload.own else "",
        hardware=label.hardware.slug,
        setup=entry.evidence.settings.setup.slug(),
        provenance=label.provenance,
        energy_class=grades.energy.letter,
        energy_range="–".join(grades.energy.touches) if grades.energy.borderline_with else "",
        accuracy_class=label.shared_accuracy_class,
        energy_index=None if invalid else metrics.energy.index,
        accuracy=metrics.accuracy.accuracy,
        rows=metrics.accuracy.rows,
        wh_per_1000=wh,
        # 1 Wh per 1,000 texts is 1 kWh per million.
        cost_per_million=_times(wh, prices.per_kwh),
        kg_co2e_per_million=_times(wh, prices.grams_per_kwh, 1e-3),
        latency_p50_s=metrics.speed.latency_p50_s,
        latency_p95_s=metrics.speed.latency_p95_s,
        throughput_per_s=metrics.speed.throughput_per_s,
        peak_memory_bytes=metrics.peak_memory_bytes,
        parameters=label.subject.parameters,
    )


def _watt_hours(label: Label) -> Range | None:
    energy = label.metrics.energy
    if energy.modelled is not None:
        return energy.modelled.wh_per_1000
    counted = energy.wh_per_1000
    return Range(low=counted.value, high=counted.value) if counted else None


def _times(wh: Range | None, factor: float | None, unit: float = 1.0) -> Range | None:
    if wh is None or factor is None:
        return None
    return Range(low=wh.low * factor * unit, high=wh.high * factor * unit)


def _front(pairs: Sequence[Difference]) -> tuple[int, ...]:
    """Places that nobody dominates, of labels with some other to be held against."""
    held: set[int] = set()
    dominated: set[int] = set()
    for pair in pairs:
        if pair.energy_ratio is None or pair.accuracy_gain is None:
            continue
        held |= {pair.first, pair.second}
        if pair.dominates is not None:
            dominated.add(pair.second if pair.dominates == pair.first else pair.first)
    return tuple(sorted(held - dominated))
