"""A label's figures in the units that others use. Queries are texts that were classified."""

from energylabel.errors import UsageError
from energylabel.exporting.base import Dossier
from energylabel.formatting import energy_span
from energylabel.reckoning import MEASURING, RANK
from energylabel.records import Component, Estimate, Label, MeterRecord, Range

QUERIES = 1000
"""The functional unit: what a label's watt-hours are for."""
_KILO = 1000


def counted_kwh(label: Label, queries: int = QUERIES) -> Estimate | None:
    """Kilowatt-hours for so many queries, where they were counted; None in an estimate."""
    wh = label.metrics.energy.wh_per_1000
    return None if wh is None else _scaled(wh, queries / QUERIES / _KILO)


def modelled_kwh(label: Label, queries: int = QUERIES) -> Range | None:
    """The range of kilowatt-hours for so many queries of an estimate; None where counted."""
    modelled = label.metrics.energy.modelled
    return None if modelled is None else times(modelled.wh_per_1000, queries / QUERIES / _KILO)


def one_kwh(dossier: Dossier, title: str) -> Estimate:
    """The counted figure for a format that has room for one number alone.

    Raises:
        UsageError: There is a range only, or no figure.
    """
    found = counted_kwh(dossier.label)
    if found is not None:
        return found
    modelled = dossier.label.metrics.energy.modelled
    wh = energy_span(modelled.wh_per_1000) if modelled else "no figure in watt-hours"
    raise UsageError(
        f"{title} takes one number for the energy, and this label is an estimate:"
        f" {wh} per 1,000 texts",
        "rate where energy counters can be read (energylabel doctor), or export --to cyclonedx,"
        " spdx, sci or every-eval-ever, which have room for a range",
    )


def part_kwh(label: Label, part: Component) -> float | None:
    """Kilowatt-hours per 1,000 queries of one component; None where nothing counted it."""
    found = label.metrics.energy.by_component.get(part)
    return None if found is None else found.value / _KILO


def seconds(label: Label) -> float:
    """How long 1,000 queries take in batches."""
    return QUERIES / label.metrics.speed.throughput_per_s


def times(span: Range, factor: float) -> Range:
    """Both ends times a factor."""
    return Range(low=span.low * factor, high=span.high * factor)


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    low, high = estimate.low, estimate.high
    return Estimate(
        value=estimate.value * factor,
        low=None if low is None else low * factor,
        high=None if high is None else high * factor,
        count=estimate.count,
    )


def meter_of(dossier: Dossier, part: Component) -> MeterRecord | None:
    """The meter whose joules of this component are in the figures; None where nothing counted."""
    if part not in dossier.label.metrics.energy.by_component:
        return None
    able = [
        each for each in dossier.evidence.meters if part in each.covers and each.method in MEASURING
    ]
    return min(able, key=lambda each: RANK.index(each.method), default=None)
