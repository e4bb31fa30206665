"""Evidence → Metrics: what the observations amount to, before anything is judged."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from energylabel.errors import MeasurementError
from energylabel.reckoning import (
    block_ratios,
    claimed,
    complete_blocks,
    contrast,
    covered,
    fitting,
    joules_of,
    mean_estimate,
    percentile,
    provenance_of,
    queries_in,
    reckon,
    reference_drift,
    score,
    statistic,
)
from energylabel.records import (
    Answers,
    Component,
    Estimate,
    Evidence,
    Metrics,
    Prefill,
    PromptMetrics,
    Provenance,
    Role,
    Scale,
    SingleRun,
    SliceRun,
    SpeedMetrics,
    Window,
)
from energylabel.standard import PROCEDURE


def measure(evidence: Evidence, scale: Scale) -> Metrics:
    """All figures of one rating. The same evidence gives the same figures on every machine.

    Raises:
        MeasurementError: No complete block gives a ratio.
        SchemaError: Answers name labels that the model or the workload does not have.
    """
    provenance = provenance_of(evidence.meters, evidence.settings.device)
    windows = [w for block in complete_blocks(evidence.windows) for w in block.windows]
    quantity = statistic(provenance, windows)
    dealt = len(evidence.settings.slices)
    ratios = block_ratios(windows, quantity, dealt)
    said = claimed(provenance, windows, scale)
    counted = not evidence.subject.is_function
    return Metrics(
        energy=reckon(evidence, scale, said, windows, ratios),
        accuracy=score(
            evidence.answers,
            evidence.settings.label_map,
            evidence.workload,
            unanswered=evidence.unanswered,
        ),
        speed=_speed(evidence.single, windows),
        tokens_per_query=_tokens_per_query(windows, "candidate") if counted else None,
        reference_tokens_per_query=_tokens_per_query(windows, "reference"),
        read_share=_read_share(evidence.answers) if counted else None,
        truncated_share=evidence.answers.truncated / len(evidence.answers.gold)
        if counted
        else None,
        peak_memory_bytes=evidence.model_peak_bytes,
        foreign_cpu_share=_foreign(windows),
        reference_drift=reference_drift(windows, quantity),
        index_drift=ratios.drift(),
        first_pass_excess=first_pass_excess(evidence.windows),
        fitting=fitting(evidence, said, scale),
        baselines=contrast(evidence, scale, said, windows),
        prompt=_prompt(evidence, provenance),
    )


def first_pass_excess(windows: Iterable[Window]) -> float | None:
    """How much dearer the candidate's first passes over a slice were than what came after.

    The least, over the blocks in which the candidate meets a slice for the first time in its
    session, of first pass ÷ the dearer of two in CPU-seconds, less 1: the 95th percentile of the
    block's later passes, as passes of milliseconds scatter, and the first pass of the second
    window, as any window begins with cold caches of the processor. The second window of an
    interleaved block is that of the slice's next block. What is remembered is remembered on every
    slice, and by then. None where there are not two such blocks: a single first pass may be dear
    for other reasons.
    """
    usual = 100 * (1 - PROCEDURE.windows.dearest_passes)
    meetings: defaultdict[tuple[int, int], list[Window]] = defaultdict(list)
    for block in complete_blocks(windows):
        # A block that two sessions made does not show how either met the slice first.
        if len({window.session for window in block.candidate}) == 1:
            meetings[block.candidate[0].session, block.candidate[0].slice] += block.candidate
    excesses = []
    for first, second, *_ in (met for met in meetings.values() if len(met) > 1):
        one, *later = (*first.pass_cpu_seconds, *second.pass_cpu_seconds)
        dear = max(percentile(later, usual), second.pass_cpu_seconds[0])
        if dear > 0:
            excesses.append(one / dear - 1)
    return min(excesses) if len(excesses) > 1 else None


def _speed(single: SingleRun, windows: Iterable[Window]) -> SpeedMetrics:
    candidate = [w for w in windows if w.role == "candidate"]
    seconds = sum(w.seconds for w in candidate)
    if not seconds or not single.latencies_s:
        raise MeasurementError("no window and no latency of the model was kept", "rate again")
    return SpeedMetrics(
        latency_p50_s=percentile(single.latencies_s, 50),
        latency_p95_s=percentile(single.latencies_s, 95),
        latency_p99_s=percentile(single.latencies_s, 99),
        latency_queries=len(single.latencies_s),
        throughput_per_s=sum(w.queries for w in candidate) / seconds,
    )


def _tokens_per_query(windows: Iterable[Window], role: Role) -> float:
    """Mean over the queries of the slices that were measured, each slice counted once."""
    seen = {w.slice: w for w in windows if w.role == role}
    weights = {s: queries_in(seen.values(), s) for s in seen}
    total = sum(weights[s] * w.tokens / w.queries for s, w in seen.items())
    return total / sum(weights.values())


def _read_share(answers: Answers) -> float:
    """Tokens read ÷ tokens there were, of the texts; one without tokens is read whole."""
    around = answers.framing or 0
    read, there = answers.tokens - around, answers.uncut_tokens - around
    return read / there if there > 0 else 1.0


def _prompt(evidence: Evidence, provenance: Provenance) -> PromptMetrics | None:
    """Figures of the question in words; None for a model that is not told it."""
    answers, asked = evidence.answers, len(evidence.answers.gold)
    if answers.framing is None:
        return None
    wrong, share = evidence.unanswered, None
    parts = covered([pair.whole for pair in evidence.prefill])
    metered = provenance != "estimated" and bool(parts)
    if wrong is not None:
        share = answers.predicted.count(wrong) / asked
    return PromptMetrics(
        framing_tokens=answers.framing / asked,
        written_tokens=None if answers.generated is None else answers.generated / asked,
        invalid_share=share,
        prefill_share=_prefill_share(evidence.prefill, parts if metered else ()),
        prefill_metered=metered,
    )


def _prefill_share(pairs: Sequence[Prefill], parts: Sequence[Component]) -> Estimate | None:
    """Mean over the pairs of prefill ÷ whole, per query; in CPU-seconds where no ``parts`` count.

    What lies beyond 0 and 1 by noise alone is cut off.
    """
    if not pairs:
        return None

    def cost(run: SliceRun) -> float:
        return (joules_of(run.energy, parts) if parts else run.cpu_seconds) / run.queries

    mean = mean_estimate([cost(pair.alone) / cost(pair.whole) for pair in pairs])
    return Estimate(
        value=min(mean.value, 1.0),
        low=None if mean.low is None else min(max(mean.low, 0.0), 1.0),
        high=None if mean.high is None else min(mean.high, 1.0),
        count=mean.count,
    )


def _foreign(windows: Iterable[Window]) -> float | None:
    """Foreign CPU-seconds over the windows' own; None where the system does not tell them."""
    known = [
        (w.foreign_cpu_share, w.cpu_seconds) for w in windows if w.foreign_cpu_share is not None
    ]
    own = sum(cpu for _, cpu in known)
    return sum(share * cpu for share, cpu in known) / own if own else None
