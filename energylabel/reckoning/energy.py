"""Windows → energy figures: joules and seconds in, Wh per 1,000 queries and indexes out."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from energylabel.errors import MeasurementError
from energylabel.reckoning.intervals import hull, mean_estimate, relative
from energylabel.reckoning.modelled import JOULES_PER_WH, modelled, whole_range
from energylabel.reckoning.net import idle_watts, net_joules, net_quantity
from energylabel.reckoning.provenance import COMPONENTS, PARTS, covered, joules_of, sampled
from energylabel.reckoning.ratios import Quantity, Ratios, block_ratios, per_query, queries_in
from energylabel.records import (
    Component,
    EnergyMetrics,
    Estimate,
    Evidence,
    Fitting,
    FittingMetrics,
    NetEnergy,
    Provenance,
    Role,
    Scale,
    SingleRun,
    Window,
)
from energylabel.standard import PROCEDURE

_Run = TypeVar("_Run", SingleRun, Fitting)


def reckon(
    evidence: Evidence,
    scale: Scale,
    provenance: Provenance,
    windows: Sequence[Window],
    ratios: Ratios,
) -> EnergyMetrics:
    """Energy of both scenarios.

    Args:
        evidence: The rating.
        scale: How far an estimate's interval is widened.
        provenance: Where the joules come from.
        windows: Those of the complete blocks.
        ratios: Of the quantity that the index compares.

    Raises:
        MeasurementError: No complete block gives a ratio.
    """
    cpu = block_ratios(windows, lambda w: w.cpu_seconds, ratios.dealt)
    wall = block_ratios(windows, lambda w: w.seconds, ratios.dealt)
    if not (ratios.values and cpu.values):
        raise MeasurementError(
            f"no block has a usable reading ({len(evidence.windows)} windows)",
            "rate again; if it stays so, a meter on this machine is stuck",
        )
    repeatability, wall_ratio, cpu_ratio = ratios.estimate(), wall.estimate(), cpu.estimate()
    index = repeatability
    if provenance == "estimated":
        # On a CPU, the index is the ratio of CPU-seconds itself.
        index = hull(repeatability, (cpu_ratio, wall_ratio), scale.estimate_widening)
    half_width = ratios.interval()[1]
    estimate = provenance == "estimated"
    counted = covered(windows)
    components = tuple(c for c in COMPONENTS if c in counted or (estimate and c == "cpu"))
    wh = None if estimate else _gross(windows, "candidate", counted)
    slices = {w.slice for w in windows}
    return EnergyMetrics(
        provenance=provenance,
        index=index,
        repeatability=repeatability,
        half_width=None if half_width is None else relative(half_width),
        wall_ratio=wall_ratio,
        cpu_ratio=cpu_ratio,
        wh_per_1000=wh,
        reference_wh_per_1000=None if estimate else _gross(windows, "reference", counted),
        modelled=modelled(evidence, scale, windows) if estimate else None,
        components=components,
        sampled=sampled(windows, counted),
        by_component={} if estimate else _by_component(windows, counted),
        single={} if estimate else _single(evidence),
        net=None if estimate else _net(evidence, windows, ratios.dealt),
        grams_co2e_per_1000=_co2e(evidence, wh),
        queries=sum(queries_in(windows, s) for s in slices),
        blocks=len(ratios.values),
        rounds=len(ratios.values) // evidence.settings.protocol.blocks_per_round,
        retaken_blocks=sum(not w.kept and w.position == 0 for w in evidence.windows),
        seconds=sum(w.seconds for w in windows),
    )


def _wh_per_1000(windows: Iterable[Window], role: Role, quantity: Quantity) -> Estimate:
    """Of a quantity in joules; the mean over one model's windows."""
    values = [per_query(w, quantity) * 1000 / JOULES_PER_WH for w in windows if w.role == role]
    return mean_estimate(values)


def _gross(
    windows: Sequence[Window], role: Role, components: Sequence[Component]
) -> Estimate | None:
    if not components:
        return None
    return _wh_per_1000(windows, role, lambda w: joules_of(w.energy, components))


def _by_component(
    windows: Sequence[Window], components: Sequence[Component]
) -> dict[Component, Estimate]:
    return {
        part: found
        for part in components
        if (found := _gross(windows, "candidate", [part])) is not None
    }


def fitting(evidence: Evidence, provenance: Provenance, scale: Scale) -> FittingMetrics | None:
    """Of the one run that fitted the model; None for a model that came fitted.

    Args:
        evidence: The rating.
        provenance: What the label may say of joules.
        scale: Watts of a busy core, for an estimate.
    """
    if evidence.fitting is None:
        return None
    run = _fine(evidence.fitting)
    parts = covered([run])
    if provenance == "estimated":
        return FittingMetrics(
            rows=run.rows,
            seconds=run.seconds,
            watt_hours=None,
            watt_hours_range=whole_range(run, scale, parts),
            own_rows=run.own_rows,
        )
    if PARTS[evidence.hardware.device][0] not in parts:  # others alone would pass for the whole
        parts = ()
    return FittingMetrics(
        rows=run.rows,
        seconds=run.seconds,
        watt_hours=joules_of(run.energy, parts) / JOULES_PER_WH if parts else None,
        own_rows=run.own_rows,
    )


def _fine(run: _Run) -> _Run:
    """The run without power that was sampled over too short a time to be its own.

    A GPU's sensor tells the mean of the last second, in which something else may have run.
    """
    if run.seconds >= PROCEDURE.windows.sampled_s:
        return run
    kept = tuple(reading for reading in run.energy if reading.method != "sampled-power")
    return run.model_copy(update={"energy": kept})


def _single(evidence: Evidence) -> dict[Component, float]:
    """Gross Wh per 1,000 queries, one at a time, of the components that counters cover."""
    run = _fine(evidence.single)
    return {
        part: joules_of(run.energy, [part]) / len(run.latencies_s) * 1000 / JOULES_PER_WH
        for part in covered([run])
    }


def _net(evidence: Evidence, windows: Sequence[Window], dealt: int) -> NetEnergy | None:
    """Net of idle, where every metered component was metered at rest; None where not."""
    metered = covered(windows)
    idle = idle_watts(evidence.idle, metered)
    ratios = block_ratios(windows, net_quantity(idle), dealt) if idle else None
    if ratios is None or set(idle) != set(metered) or not ratios.values:
        return None
    run = _fine(evidence.single)
    single = None
    if set(metered) <= set(covered([run])):
        joules = net_joules(run.energy, run.seconds, idle)
        single = joules / len(run.latencies_s) * 1000 / JOULES_PER_WH
    return NetEnergy(
        idle_watts=idle,
        index=ratios.estimate(),
        wh_per_1000=_wh_per_1000(windows, "candidate", net_quantity(idle)),
        single_wh_per_1000=single,
    )


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
