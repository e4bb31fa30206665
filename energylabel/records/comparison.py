"""Labels side by side: what may be compared, how they differ, and who dominates whom."""

from typing import Annotated, Literal

from pydantic import Field

from energylabel.records.base import (
    Absent,
    AbsentIfEmpty,
    Count,
    Estimate,
    Positive,
    Range,
    Record,
    Sha256,
)
from energylabel.records.metrics import Letter, Provenance
from energylabel.records.workload import WorkloadName

Place = Annotated[int, Field(ge=0)]
"""Place of a label among those compared, from 0."""


class ComparedLabel(Record):
    """One of the labels, in short.

    ``workload_title`` is there for own data.
    ``setup`` is the slug of what differs from the standard's own setup. ``energy_range`` has both
    classes of a borderline one (``C–D``), else it is empty. ``energy_index`` is None
    where the measurement is invalid. ``wh_per_1000`` has both ends of an estimate's range, or twice
    the counted figure; ``kwh_per_million``, ``cost_per_million`` and ``kg_co2e_per_million`` are
    for a million texts, the last two where a price or a country was named.
    """

    id: Sha256
    name: str
    revision: str
    family: str
    workload: WorkloadName
    workload_title: Annotated[str, AbsentIfEmpty] = ""
    hardware: str
    setup: str
    provenance: Provenance
    energy_class: Letter | None
    energy_range: str
    accuracy_class: Letter | None
    energy_index: Estimate | None
    accuracy: Estimate
    rows: Count
    wh_per_1000: Range | None
    cost_per_million: Annotated[Range | None, Absent] = None
    kg_co2e_per_million: Annotated[Range | None, Absent] = None
    latency_p50_s: Positive
    latency_p95_s: Positive
    throughput_per_s: Positive
    peak_memory_bytes: Count | None
    parameters: Count | None


class Difference(Record):
    """The second label against the first (standard, section 7).

    ``accuracy_gain`` is the second's accuracy less the first's over ``rows`` that both answered,
    paired; ``energy_ratio`` the second's energy per query over the first's. Where one of them
    may not be compared it is None, and ``accuracy_refused`` or ``energy_refused`` names what
    differs. ``energy`` and ``accuracy`` say in a word what the intervals allow to say.
    ``latency_ratio`` (p95) and ``memory_ratio`` are there for one workload on one kind of machine.
    ``dominates`` is the place of the label that costs less and is no less accurate.
    """

    first: Place
    second: Place
    same_machine: bool
    accuracy_gain: Estimate | None
    accuracy_refused: str | None
    accuracy: Literal["better", "worse", "not distinguishable"] | None
    rows: Count
    energy_ratio: Estimate | None
    energy_refused: str | None
    energy: Literal["less", "more", "not distinguishable"] | None
    latency_ratio: Positive | None
    memory_ratio: Positive | None
    dominates: Place | None


class Comparison(Record):
    """Several labels: each in short, every pair, and the front.

    ``front`` holds the places of the labels that no other dominates, of those that can be
    compared with some other in energy and accuracy.
    """

    labels: tuple[ComparedLabel, ...]
    differences: tuple[Difference, ...]
    front: tuple[Place, ...]
