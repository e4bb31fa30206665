"""Which meters take part, and what may be claimed from them."""

from collections.abc import Sequence

from energylabel.records.evidence import MeterRecord
from energylabel.records.verdict import Provenance

MEASURING = frozenset({"hardware-counter", "sampled-power"})
"""Methods whose readings are measurements of energy."""


def provenance_of(meters: Sequence[MeterRecord]) -> Provenance:
    """``metered`` when a counter or power sensor covers the CPU, else ``estimated``."""
    covered = any(meter.method in MEASURING and "cpu" in meter.covers for meter in meters)
    return "metered" if covered else "estimated"
