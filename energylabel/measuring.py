"""Evidence → Metrics: what the observations amount to, before anything is judged.

Joules and seconds in; Wh per 1,000 queries, indexes and shares out.
"""

from collections.abc import Iterable, Sequence
from statistics import fmean, median

from energylabel.errors import MeasurementError
from energylabel.estimating import hull, mean_estimate, percentile, relative
from energylabel.metering import covered, joules_of, provenance_of, statistic
from energylabel.pairing import Ratios, block_ratios, complete_blocks, per_query, reference_drift
from energylabel.records.base import Estimate
from energylabel.records.evidence import (
    Answers,
    Component,
    Evidence,
    Role,
    SingleRun,
    Window,
)
from energylabel.records.verdict import EnergyMetrics, Metrics, Provenance, Scale, SpeedMetrics
from energylabel.scoring import score

JOULES_PER_WH = 3600.0


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
    return Metrics(
        energy=_energy(evidence, scale, provenance, windows, ratios),
        accuracy=score(evidence.answers, evidence.settings.label_map, evidence.workload),
        speed=_speed(evidence.single, windows),
        tokens_per_query=_tokens_per_query(windows, "candidate"),
        reference_tokens_per_query=_tokens_per_query(windows, "reference"),
        read_share=_read_share(evidence.answers),
        truncated_share=evidence.answers.truncated / len(evidence.answers.gold),
        peak_memory_bytes=evidence.model_peak_bytes,
        foreign_cpu_share=_foreign(windows),
        reference_drift=reference_drift(windows, quantity),
        index_drift=ratios.drift(),
        first_pass_excess=first_pass_excess(evidence.windows),
    )


def first_pass_excess(windows: Iterable[Window]) -> float | None:
    """How much dearer the candidate's first pass over a slice was than the next ones.

    The median, over the blocks in which the candidate meets a slice for the first time in its
    session, of first pass ÷ mean of the block's later passes in CPU-seconds, less 1. None where
    there is no such block.
    """
    met: set[tuple[int, int]] = set()
    excesses = []
    for block in complete_blocks(windows):
        first, second = block.candidate
        if first.session != second.session or (first.session, first.slice) in met:
            continue
        met.add((first.session, first.slice))
        one, *later = (*first.pass_cpu_seconds, *second.pass_cpu_seconds)
        if fmean(later) > 0:
            excesses.append(one / fmean(later) - 1)
    return median(excesses) if excesses else None


def _energy(
    evidence: Evidence,
    scale: Scale,
    provenance: Provenance,
    windows: Sequence[Window],
    ratios: Ratios,
) -> EnergyMetrics:
    cpu = block_ratios(windows, lambda w: w.cpu_seconds, ratios.dealt)
    wall = block_ratios(windows, lambda w: w.seconds, ratios.dealt)
    if not (ratios.values and cpu.values):
        raise MeasurementError(
            f"no block of four windows has a usable reading ({len(evidence.windows)} windows)",
            "rate again; if it stays so, a meter on this machine is stuck",
        )
    repeatability, wall_ratio, cpu_ratio = ratios.estimate(), wall.estimate(), cpu.estimate()
    index = repeatability
    if provenance == "estimated":
        index = hull(cpu_ratio, wall_ratio, scale.estimate_widening)
    half_width = ratios.interval()[1]
    components = covered(windows, measured_only=provenance != "estimated")
    wh = _wh_per_1000(windows, "candidate", components)
    slices = {w.slice for w in windows}
    return EnergyMetrics(
        provenance=provenance,
        index=index,
        repeatability=repeatability,
        half_width=None if half_width is None else relative(half_width),
        wall_ratio=wall_ratio,
        cpu_ratio=cpu_ratio,
        wh_per_1000=wh,
        reference_wh_per_1000=_wh_per_1000(windows, "reference", components),
        components=components,
        grams_co2e_per_1000=_co2e(evidence, wh),
        queries=sum(_queries_in(windows, s) for s in slices),
        blocks=len(ratios.values),
        rounds=len(ratios.values) // evidence.settings.protocol.blocks_per_round,
        retaken_blocks=sum(not w.kept and w.position == 0 for w in evidence.windows),
        seconds=sum(w.seconds for w in windows),
    )


def _wh_per_1000(
    windows: Iterable[Window], role: Role, components: tuple[Component, ...]
) -> Estimate | None:
    if not components:
        return None
    per_window = [
        per_query(w, lambda w: joules_of(w.energy, components)) * 1000 / JOULES_PER_WH
        for w in windows
        if w.role == role
    ]
    return mean_estimate(per_window)


def _co2e(evidence: Evidence, wh: Estimate | None) -> Estimate | None:
    """Wh per 1,000 queries × g per kWh: the grid's mean is taken as exact."""
    if evidence.carbon is None or wh is None:
        return None
    factor = evidence.carbon.grams_per_kwh / 1000
    return Estimate(
        value=wh.value * factor,
        low=None if wh.low is None else wh.low * factor,
        high=None if wh.high is None else wh.high * factor,
        count=wh.count,
    )


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
    weights = {s: _queries_in(seen.values(), s) for s in seen}
    total = sum(weights[s] * w.tokens / w.queries for s, w in seen.items())
    return total / sum(weights.values())


def _queries_in(windows: Iterable[Window], slice_: int) -> int:
    """Queries in one pass over a slice, as the windows themselves say."""
    return next(w.queries // w.passes for w in windows if w.slice == slice_)


def _read_share(answers: Answers) -> float:
    """Tokens read ÷ tokens there were; a text without tokens is read whole."""
    return answers.tokens / answers.uncut_tokens if answers.uncut_tokens else 1.0


def _foreign(windows: Iterable[Window]) -> float | None:
    """Foreign CPU-seconds over the windows' own; None where the system does not tell them."""
    told = [
        (w.foreign_cpu_share, w.cpu_seconds) for w in windows if w.foreign_cpu_share is not None
    ]
    own = sum(cpu for _, cpu in told)
    return sum(share * cpu for share, cpu in told) / own if own else None
