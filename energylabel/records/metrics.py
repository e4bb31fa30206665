"""What follows from the evidence: metrics, findings, grades."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from energylabel.records.base import (
    Absent,
    AbsentIfEmpty,
    Count,
    Estimate,
    NonNegative,
    Positive,
    Range,
    Record,
    Share,
)
from energylabel.records.readings import Component

Letter = Literal["A", "B", "C", "D", "E", "F", "G"]
LETTERS: tuple[Letter, ...] = ("A", "B", "C", "D", "E", "F", "G")

Provenance = Literal["metered", "part-metered", "estimated"]
FindingOutcome = Literal["passed", "noted", "warned", "invalid", "not-available"]
"""``noted``: worth knowing; ``warned``: weakens the figure; ``invalid``: no energy letter."""


class NetEnergy(Record):
    """Energy over that of the machine at rest, of the metered components.

    ``idle_watts`` is the power at rest; the figures are those of the candidate, ``index`` its
    net ratio to the reference. ``single_wh_per_1000`` is scenario ``single``'s.
    """

    idle_watts: dict[Component, float]
    index: Estimate
    wh_per_1000: Estimate
    single_wh_per_1000: float | None


class LoadModel(Record):
    """What a model of the whole machine's load said, beside the figures and in none of them.

    ``wh_per_1000`` is over the candidate's windows, its neighbours' work included. ``tdp_watts``
    is the thermal design power that the model took for the processor, ``tdp_is_generic`` that it
    did not know the processor's name.
    """

    meter: str
    wh_per_1000: Estimate
    tdp_watts: Positive | None
    tdp_is_generic: bool | None


class ModelledEnergy(Record):
    """Energy where the processor's was not counted (standard, section 3).

    Its own CPU-seconds times ``watts_per_core``, the watts of a busy core as published, and the
    joules of whatever was counted beside it. ``grams_co2e_per_1000`` is there where a country was
    named.
    """

    watts_per_core: Range
    wh_per_1000: Range
    reference_wh_per_1000: Range
    grams_co2e_per_1000: Range | None
    load_model: LoadModel | None


class EnergyMetrics(Record):
    """Energy of scenario ``batch``, and of ``single`` where counters resolve it.

    ``index`` is 100 × candidate ÷ reference per query, with the interval that the provenance
    allows; ``repeatability`` the same ratio with the interval within this session alone
    (standard, section 5.6), and ``half_width`` its relative half-width. ``wall_ratio`` and
    ``cpu_ratio`` are 100 × the ratios of run time and of CPU-seconds. ``wh_per_1000`` has its
    own, unpaired interval; None in an estimate, which has ``modelled`` instead. ``components`` are
    those in the joules, ``sampled`` those of them whose power was sampled instead of counted,
    ``by_component`` each one's part of ``wh_per_1000``. ``single`` holds gross Wh per 1,000 queries
    one at a time, by component, and ``net`` what remains over idle; both are empty where no counter
    was read. ``queries`` is the number of distinct queries behind the figure.
    """

    provenance: Provenance
    index: Estimate
    repeatability: Estimate
    half_width: NonNegative | None
    wall_ratio: Estimate
    cpu_ratio: Estimate
    wh_per_1000: Estimate | None
    reference_wh_per_1000: Estimate | None
    modelled: Annotated[ModelledEnergy | None, Absent] = None
    components: tuple[Component, ...]
    sampled: Annotated[tuple[Component, ...], AbsentIfEmpty] = ()
    by_component: dict[Component, Estimate]
    single: dict[Component, float]
    net: NetEnergy | None
    grams_co2e_per_1000: Estimate | None
    queries: Count
    blocks: Count
    rounds: Count
    retaken_blocks: Count
    seconds: NonNegative


class AccuracyMetrics(Record):
    """Accuracy with its Wilson interval, and what stands behind it.

    ``error_index`` is None when no published accuracy is known (``error_index_reason``).
    ``per_class_recall`` is by workload label; a class without rows is absent.
    ``majority_share`` is what always answering their most frequent class would reach on the rows
    that were asked. ``permutation_gain`` is what the best relabelling of the answers would add to
    the accuracy. ``effective_rows`` is there where rows repeat a text: how many independent rows
    they are worth, on which the interval rests.
    """

    accuracy: Estimate
    macro_f1: Share
    per_class_recall: dict[str, Share]
    rows: Annotated[int, Field(ge=1)]
    majority_share: Share
    error_index: Estimate | None
    error_index_reason: str | None
    permutation_gain: NonNegative
    distinct_answers: Count
    effective_rows: Annotated[Positive | None, Absent] = None


class ConfusionMatrix(Record):
    """Rows of the workload by true class and answer.

    ``labels`` are the workload's. ``counts`` gives for a true class how many of its rows were
    answered with which class, without zeros; ``others`` how many got an answer that is none of
    them: another label of the model, or no valid one.
    """

    labels: tuple[str, ...]
    counts: dict[str, dict[str, Count]]
    others: Annotated[dict[str, Count], AbsentIfEmpty] = {}

    @model_validator(mode="after")
    def _of_its_labels(self) -> Self:
        answers = (said for line in self.counts.values() for said in line)
        if not {*self.counts, *self.others, *answers} <= {*self.labels}:
            raise ValueError("a confusion matrix counts its own labels")
        return self

    def matrix(self) -> tuple[tuple[int, ...], ...]:
        """Counts as a square: a line for each true class, a column for each answer, in order."""
        return tuple(
            tuple(self.counts.get(true, {}).get(said, 0) for said in self.labels)
            for true in self.labels
        )

    def to_rows(self) -> list[dict[str, str | int | None]]:
        """Every pair with its number of rows, zeros too, for a data frame.

        The keys are ``true``, ``answered`` and ``rows``; ``answered`` is None for what is none of
        the labels, and there only where there are such answers.
        """
        rows: list[dict[str, str | int | None]] = [
            {"true": true, "answered": said, "rows": count}
            for true, line in zip(self.labels, self.matrix(), strict=True)
            for said, count in zip(self.labels, line, strict=True)
        ]
        rows += [
            {"true": true, "answered": None, "rows": self.others[true]}
            for true in self.labels
            if true in self.others
        ]
        return rows

    def worst(self, most: int) -> tuple[tuple[str, str | None, int], ...]:
        """The errors that are made most often: true class, answer (None: none of them), rows."""
        place = {label: number for number, label in enumerate(self.labels)}
        wrong: list[tuple[str, str | None, int]] = [
            (true, said, count)
            for true, line in self.counts.items()
            for said, count in line.items()
            if said != true and count
        ]
        wrong += [(true, None, count) for true, count in self.others.items()]

        def order(each: tuple[str, str | None, int]) -> tuple[int, int, int]:
            true, said, count = each
            return -count, place[true], len(place) if said is None else place[said]

        wrong.sort(key=order)
        return tuple(wrong[:most])

    def size(self, true: str) -> int:
        """Rows of a true class."""
        return sum(self.counts.get(true, {}).values()) + self.others.get(true, 0)


class PromptMetrics(Record):
    """Figures of a model that is told the question in words; tokens are per query.

    ``framing_tokens`` are those of the prompt without the text. The rest is there for a model
    that writes its answers: ``written_tokens``, the share of answers that name no label, and the
    prefill's share of the cost with its spread: of the energy where it was metered
    (``prefill_metered``), else of the CPU-seconds.
    """

    framing_tokens: NonNegative
    written_tokens: Annotated[NonNegative | None, Absent] = None
    invalid_share: Annotated[Share | None, Absent] = None
    prefill_share: Annotated[Estimate | None, Absent] = None
    prefill_metered: Annotated[bool, AbsentIfEmpty] = False


class SpeedMetrics(Record):
    """Latency percentiles of scenario ``single`` (seconds), throughput of ``batch``."""

    latency_p50_s: Positive
    latency_p95_s: Positive
    latency_p99_s: Positive
    latency_queries: Count
    throughput_per_s: Positive


class FittingMetrics(Record):
    """What it took to fit the model before anything was asked; in no other figure.

    ``watt_hours`` is gross, of the components that counters cover; None where none did. In an
    estimate ``watt_hours_range`` stands instead.
    ``own_rows``: the rows were the user's own, not those of the workload.
    """

    rows: Annotated[int, Field(ge=1)]
    seconds: Positive
    watt_hours: NonNegative | None
    watt_hours_range: Annotated[Range | None, Absent] = None
    own_rows: Annotated[bool, AbsentIfEmpty] = False


class BaselineMetrics(Record):
    """A cheap model that was measured beside the rated one.

    ``index`` is 100 × its energy per query ÷ the reference's, on the same slices (CPU-seconds in
    an estimate), ``cost_ratio`` the same over the rated model's; both are None where the
    processor's energy was not counted. ``wh_per_1000`` is None where no counter gave joules; in an
    estimate ``wh_range`` stands instead.
    ``accuracy_gain`` is its accuracy less the rated model's on the same rows, paired.
    ``dominates``: it costs less and is no less accurate (standard, section 7). ``own_rows``: it
    was fitted on rows of the user's own.
    """

    family: str
    parameters: Count
    index: Estimate | None
    cost_ratio: Estimate | None
    wh_per_1000: Estimate | None
    wh_range: Annotated[Range | None, Absent] = None
    accuracy: Estimate
    accuracy_gain: Estimate
    dominates: bool
    training_rows: Count
    own_rows: Annotated[bool, AbsentIfEmpty] = False
    fitting_seconds: Positive


class Metrics(Record):
    """All figures of one rating.

    ``reference_drift`` is the relative change of the reference's cost over the run,
    ``index_drift`` that of the index. ``truncated_share`` is the share of texts that were cut;
    ``read_share`` the share of the texts' tokens that the model read. ``fitting`` is there for a
    model that was fitted here. Of a function, tokens, what it cuts and its memory are not known
    and absent.
    """

    energy: EnergyMetrics
    accuracy: AccuracyMetrics
    speed: SpeedMetrics
    tokens_per_query: Annotated[NonNegative | None, Absent] = None
    reference_tokens_per_query: NonNegative
    truncated_share: Annotated[Share | None, Absent] = None
    read_share: Annotated[Share | None, Absent] = None
    peak_memory_bytes: Annotated[Count | None, Absent] = None
    foreign_cpu_share: NonNegative | None
    reference_drift: Estimate | None
    index_drift: Estimate | None
    first_pass_excess: float | None
    fitting: Annotated[FittingMetrics | None, Absent] = None
    baselines: Annotated[tuple[BaselineMetrics, ...], AbsentIfEmpty] = ()
    prompt: Annotated[PromptMetrics | None, Absent] = None


class Finding(Record):
    """One check: what was found, and what would mend it."""

    name: str
    outcome: FindingOutcome
    message: str
    remedy: str | None = None


class Grade(Record):
    """A class on one scale. ``letter`` is None when withheld or absent; ``reasons`` say why.

    ``touches`` are the classes that the interval reaches, best first; ``borderline_with`` is the
    second of two.
    """

    scale: str
    letter: Letter | None
    index: Estimate | None
    touches: tuple[Letter, ...]
    borderline_with: Letter | None
    reasons: tuple[str, ...]


class Grades(Record):
    """The two letters, never fused."""

    energy: Grade
    accuracy: Grade
