import pytest
from support.evidence import (
    CPU_TIME,
    RAPL,
    make_evidence,
    make_settings,
    make_windows,
    quick_evidence,
)
from support.metered import metered_evidence

from energylabel.errors import MeasurementError
from energylabel.judging.metrics import first_pass_excess, measure
from energylabel.reckoning.provenance import covered, joules_of
from energylabel.records import CarbonIntensity, Range, Reading, SingleRun
from energylabel.standard.scales import DEFAULT, load_scale

SCALE = load_scale(DEFAULT)


def measured(**overrides):
    return measure(make_evidence(**overrides), SCALE)


def with_energy(windows, *readings):
    return tuple(w.model_copy(update={"energy": readings}) for w in windows)


def test_estimated_index_follows_cpu_seconds_within_the_hull():
    metrics = measured(windows=make_windows(0.14, wall_ratio=0.28, cv=0)).energy
    assert metrics.provenance == "estimated"
    assert (metrics.index.value, metrics.index.low, metrics.index.high) == pytest.approx(
        (14, 14 / 1.25, 28 * 1.25)
    )
    assert (metrics.cpu_ratio.value, metrics.wall_ratio.value) == pytest.approx((14, 28))
    assert (metrics.repeatability.low, metrics.half_width) == pytest.approx((14, 0), abs=1e-9)


def test_modelled_joules_never_enter_the_ratio():
    windows = tuple(
        w.model_copy(
            update={"energy": (Reading(meter="x", method="load-model", joules={"cpu": 1.0 + i}),)}
        )
        for i, w in enumerate(make_windows(0.14, cv=0))
    )
    assert measured(windows=windows).energy.index.value == pytest.approx(14)


def test_metered_index_is_the_ratio_of_joules():
    windows = tuple(
        w.model_copy(
            update={
                "energy": (
                    Reading(
                        meter="rapl",
                        method="hardware-counter",
                        joules={"cpu": w.queries * (3.0 if w.role == "candidate" else 10.0)},
                    ),
                )
            }
        )
        for w in make_windows(0.14)
    )
    metrics = measure(make_evidence(windows=windows, meters=(RAPL, CPU_TIME)), SCALE).energy
    assert metrics.provenance == "metered"
    assert metrics.index == metrics.repeatability
    assert metrics.index.value == pytest.approx(30)
    assert metrics.wh_per_1000.value == pytest.approx(3.0 * 1000 / 3600)
    assert metrics.cpu_ratio.value == pytest.approx(14, rel=0.02)


def test_watt_hours_and_carbon():
    carbon = CarbonIntensity(country="DEU", grams_per_kwh=350.0, source="a table")
    metrics = measured(windows=make_windows(0.14, cv=0), carbon=carbon).energy
    # 0.08 CPU-s × 2 W = 0.16 J per query of the reference, and × 15 W = 1.2 J
    modelled = metrics.modelled
    assert ends(modelled.reference_wh_per_1000) == pytest.approx((0.16 / 3.6, 1.2 / 3.6))
    assert ends(modelled.wh_per_1000) == pytest.approx((0.14 * 0.16 / 3.6, 0.14 * 1.2 / 3.6))
    # 350 g per kWh
    assert ends(modelled.grams_co2e_per_1000) == pytest.approx(
        (0.35 * 0.14 * 0.16 / 3.6, 0.35 * 0.14 * 1.2 / 3.6)
    )
    assert (metrics.wh_per_1000, metrics.reference_wh_per_1000) == (None, None)
    assert metrics.grams_co2e_per_1000 is None
    assert metrics.components == ("cpu",)
    # CodeCarbon's model drew 4 W for each CPU-second of the fixture, of a generic TDP of 8 W.
    assert modelled.load_model.wh_per_1000.value == pytest.approx(0.14 * 0.32 / 3.6)
    assert (modelled.load_model.tdp_watts, modelled.load_model.tdp_is_generic) == (8.0, True)
    assert measured().energy.modelled.grams_co2e_per_1000 is None


def test_neither_neighbours_nor_the_name_of_the_processor_move_watt_hours():
    """CodeCarbon bills the one and goes by the other: its joules are 28 times as many here."""
    quiet = make_windows(0.14, cv=0)
    billed = with_energy(
        quiet, Reading(meter="codecarbon", method="load-model", joules={"cpu": 28.0})
    )
    loud = tuple(w.model_copy(update={"foreign_cpu_share": 2.0}) for w in billed)
    one, other = measured(windows=quiet).energy, measured(windows=loud).energy
    assert one.modelled.wh_per_1000 == other.modelled.wh_per_1000
    assert one.modelled.load_model != other.modelled.load_model


def ends(found: Range) -> tuple[float, float]:
    return found.low, found.high


def test_counts_of_queries_blocks_and_rounds():
    windows = make_windows(blocks=12)
    lost = [w.model_copy(update={"kept": False}) for w in make_windows(blocks=1, first_block=12)]
    metrics = measured(windows=(*windows, *lost)).energy
    assert (metrics.queries, metrics.blocks, metrics.rounds) == (1000, 12, 2)
    assert metrics.retaken_blocks == 1
    assert metrics.seconds == pytest.approx(sum(w.seconds for w in windows))
    assert measure(quick_evidence(), SCALE).energy.queries == 150
    assert measured(windows=make_windows(blocks=2)).energy.queries == 334


def test_speed_tokens_memory_and_foreign_time():
    metrics = measured(windows=make_windows(0.14, cv=0, foreign=0.02))
    assert metrics.speed.throughput_per_s == pytest.approx(1 / (0.04 * 0.14))
    assert metrics.speed.latency_queries == 200
    assert 0.0139 < metrics.speed.latency_p50_s < metrics.speed.latency_p95_s < 0.016
    assert (metrics.tokens_per_query, metrics.reference_tokens_per_query) == pytest.approx((53, 50))
    assert metrics.peak_memory_bytes == 600 * 2**20
    assert metrics.foreign_cpu_share == pytest.approx(0.02)
    assert measured(windows=make_windows(foreign=None)).foreign_cpu_share is None
    assert (
        measured(
            answers=make_evidence().answers.model_copy(update={"truncated": 500})
        ).truncated_share
        == 0.25
    )


def test_drift_is_of_the_quantity_that_the_index_compares():
    metrics = measured(windows=make_windows(cv=0, drift=0.07))
    assert metrics.reference_drift.value == pytest.approx(0.07, abs=0.006)
    assert metrics.index_drift is None
    metrics = measured(windows=make_windows(blocks=12, cv=0, drift=0.07))
    assert metrics.index_drift.value == pytest.approx(0, abs=0.001)
    assert metrics.reference_drift.value == pytest.approx(0.07, abs=0.006)


def test_slices_that_differ_do_not_widen_an_index_of_two_rounds():
    def dearer(w):
        factor = 1 + 0.03 * (-1) ** w.slice if w.role == "candidate" else 1
        return w.model_copy(update={"cpu_seconds": factor * w.cpu_seconds})

    once = measured(windows=tuple(map(dearer, make_windows(cv=0)))).energy
    twice = measured(windows=tuple(map(dearer, make_windows(blocks=12, cv=0)))).energy
    # s = 3.29 % (log 1.03 and log 0.97 in turn), t(0.975; 5) = 2.571, r clipped to 0: ÷ √6
    assert once.half_width == pytest.approx(0.0351, abs=0.0005)
    assert twice.half_width == pytest.approx(0, abs=1e-9)
    assert twice.cpu_ratio.value == pytest.approx(once.cpu_ratio.value)


def test_modelled_memory_never_counts_and_counted_memory_does():
    windows = make_windows(blocks=1)
    model = Reading(meter="codecarbon", method="load-model", joules={"cpu": 8.0, "dram": 20.0})
    counter = Reading(meter="rapl", method="hardware-counter", joules={"dram": 2.0})
    assert covered(with_energy(windows, model)) == ()
    both = with_energy(windows, model, counter)
    assert covered(both) == ("dram",)
    assert joules_of(both[0].energy, ("cpu", "dram")) == 10.0
    assert covered([]) == ()


def test_one_component_is_never_counted_twice():
    window = with_energy(
        make_windows(blocks=1)[:1],
        Reading(meter="codecarbon", method="load-model", joules={"cpu": 8.0}),
        Reading(meter="rapl", method="hardware-counter", joules={"cpu": 5.0}),
        Reading(meter="second", method="hardware-counter", joules={"cpu": 6.0}),
    )[0]
    assert joules_of(window.energy, ("cpu",)) == 5.0


def test_a_component_that_is_missing_once_is_absent():
    windows = list(make_windows(blocks=2))
    windows[1] = windows[1].model_copy(update={"energy": ()})
    metrics = measured(windows=tuple(windows)).energy
    assert metrics.modelled.load_model is None
    assert metrics.modelled.wh_per_1000.low > 0
    windows = list(make_windows(blocks=2, method="hardware-counter"))
    windows[3] = windows[3].model_copy(update={"energy": ()})
    with pytest.raises(MeasurementError, match="not counted in every window"):
        measure(metered_evidence(windows=tuple(windows)), SCALE)


def test_no_usable_block_is_an_error():
    windows = make_windows()
    for broken in (windows[:3], [w.model_copy(update={"cpu_seconds": 0.0}) for w in windows]):
        with pytest.raises(MeasurementError, match="no block"):
            measured(windows=tuple(broken))
    single = SingleRun(latencies_s=(), seconds=1.0, cpu_seconds=0.0, energy=())
    with pytest.raises(MeasurementError, match="no latency"):
        measured(single=single)


def test_one_block_has_an_index_without_interval():
    metrics = measured(windows=make_windows(blocks=1)).energy
    assert metrics.half_width is None
    assert (metrics.index.low, metrics.index.high) == (None, None)


def test_first_pass_excess_looks_at_first_meetings_only():
    windows = [
        w.model_copy(update={"pass_cpu_seconds": (1.3, 1.0) if w.position == 1 else (1.0,)})
        for w in make_windows(blocks=6)
    ]
    assert first_pass_excess(windows) == pytest.approx(0.3)
    # The slice on which it stands out least: what is remembered is remembered on each.
    calm = [
        w.model_copy(update={"pass_cpu_seconds": (1.1, 1.0)}) if w.block == 3 else w
        for w in windows
    ]
    # There the second window begins as dearly as the first, so that nothing stands out.
    assert first_pass_excess(calm) == pytest.approx(0)
    # Passes of milliseconds: one in ten costs half as much again, a first one may be among them.
    restless = [w.model_copy(update={"pass_cpu_seconds": (1.5, *[1.0] * 9) * 3}) for w in windows]
    assert first_pass_excess(restless) == pytest.approx(0)
    # Each window begins with cold caches of the processor, though the texts are known by then.
    cold = [
        w.model_copy(update={"pass_cpu_seconds": (1.5 if w.position == 1 else 1.4, *[1.0] * 2000)})
        for w in windows
    ]
    assert first_pass_excess(cold) == pytest.approx(1.5 / 1.4 - 1)
    again = make_windows(blocks=6, first_block=6)
    assert first_pass_excess((*windows, *again)) == pytest.approx(0.3)
    apart = [w.model_copy(update={"session": w.position}) for w in windows]
    assert first_pass_excess(apart) is None


def test_resumed_rating_uses_the_blocks_of_both_sessions():
    second = make_windows(blocks=3, session=1, first_block=3, started_at=1_790_010_000.0)
    metrics = measured(windows=(*make_windows(blocks=3), *second), sessions=2).energy
    assert (metrics.blocks, metrics.rounds, metrics.queries) == (6, 1, 1000)


def test_same_evidence_same_figures():
    evidence = make_evidence()
    again = type(evidence).from_json(evidence.canonical())
    assert measure(again, SCALE) == measure(evidence, SCALE)
    assert measured(settings=make_settings(batch_size=8)).energy == measured().energy
