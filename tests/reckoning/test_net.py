import pytest
from support.evidence import (
    CPU_TIME,
    RAPL,
    START,
    make_evidence,
    make_settings,
    make_windows,
    quick_protocol,
)

from energylabel.judging.checks import check
from energylabel.judging.metrics import measure
from energylabel.records.evidence import IdleRun, Reading, SingleRun
from energylabel.standard.scales import DEFAULT, load_scale

SCALE = load_scale(DEFAULT)


def rapl(joules):
    return Reading(meter="rapl", method="hardware-counter", joules=joules)


def model(joules):
    return Reading(meter="codecarbon", method="load-model", joules={"cpu": joules})


def baseline(moment="before", watts=5.0, busy=0.05, **joules):
    return IdleRun(
        moment=moment,
        session=0,
        started_at=START,
        seconds=10.0,
        busy_seconds=busy,
        energy=(rapl({"cpu": 10 * watts} | joules),),
    )


def windows(second=None):
    """Reference 40 W, candidate 25 W over 7 s and 4 s per 100 queries; memory 2 W."""
    made = []
    for w in make_windows(blocks=6, method="hardware-counter"):
        seconds, watts = (7.0, 40.0) if w.role == "reference" else (4.0, 25.0)
        counted = rapl({"cpu": watts * seconds, "dram": 2 * seconds})
        energy = (counted,) if second is None else (counted, second)
        made.append(
            w.model_copy(update={"seconds": seconds, "queries": 100, "passes": 1, "energy": energy})
        )
    return tuple(made)


def metered(**overrides):
    values = {
        "windows": windows(),
        "meters": (RAPL.model_copy(update={"covers": ("cpu", "dram")}), CPU_TIME),
        "idle": tuple(baseline(moment, dram=10.0) for moment in ("before", "halfway", "after")),
        "single": SingleRun(
            latencies_s=(0.01,) * 200,
            seconds=2.0,
            cpu_seconds=3.0,
            energy=(rapl({"cpu": 36.0, "dram": 4.0}),),
        ),
    }
    return make_evidence(**values | overrides)


def finding(name, evidence):
    found = check(evidence, measure(evidence, SCALE), SCALE)
    return next((each for each in found if each.name == name), None)


def test_gross_by_component():
    energy = measure(metered(), SCALE).energy
    # 27 W × 4 s and 42 W × 7 s for 100 queries
    assert energy.wh_per_1000.value == pytest.approx(27 * 4 * 10 / 3600)
    assert energy.index.value == pytest.approx(100 * (27 * 4) / (42 * 7))
    assert energy.by_component["cpu"].value == pytest.approx(25 * 4 * 10 / 3600)
    assert energy.by_component["dram"].value == pytest.approx(2 * 4 * 10 / 3600)
    # 40 J for 200 queries, one at a time
    assert energy.single == {
        "cpu": pytest.approx(36 * 5 / 3600),
        "dram": pytest.approx(4 * 5 / 3600),
    }


def test_net_of_idle():
    net = measure(metered(), SCALE).energy.net
    # 5 W and 1 W at rest: 21 W × 4 s against 36 W × 7 s
    assert net.idle_watts == {"cpu": pytest.approx(5), "dram": pytest.approx(1)}
    assert net.index.value == pytest.approx(100 * (21 * 4) / (36 * 7))
    assert net.wh_per_1000.value == pytest.approx(21 * 4 * 10 / 3600)
    assert net.single_wh_per_1000 == pytest.approx((40 - 6 * 2) * 5 / 3600)


def test_no_net_without_a_baseline_of_every_component():
    for idle in ((), (baseline(),), (baseline(dram=10.0), baseline("after"))):
        evidence = metered(idle=idle)
        assert measure(evidence, SCALE).energy.net is None
        assert finding("idle", evidence).outcome == "not-available"


def test_an_estimate_has_no_net_and_no_single_figure():
    energy = measure(make_evidence(idle=(baseline(),)), SCALE).energy
    assert energy.net is None
    assert energy.single == {}
    assert finding("idle", make_evidence()) is None


@pytest.mark.parametrize(
    ("last", "outcome", "said"),
    [
        ({"watts": 5.5}, "passed", "6.00, 6.50 W (cpu and dram)"),
        ({"watts": 6.4}, "warned", "changed by more than 20%"),
        ({"busy": 1.2}, "warned", "6% of the machine busy"),
        ({"busy": None}, "passed", "6.00, 6.00 W"),
    ],
)
def test_the_machine_at_rest_is_judged(last, outcome, said):
    idle = (baseline(dram=10.0), baseline("after", **{"dram": 10.0} | last))
    found = finding("idle", metered(idle=idle))
    assert found.outcome == outcome
    assert said in found.message


def test_a_quick_look_has_no_baseline_to_judge():
    evidence = metered(idle=(), settings=make_settings(protocol=quick_protocol()))
    assert finding("idle", evidence) is None


def test_a_model_beside_a_counter_is_told():
    # 84 J a window against 280 J and 100 J in turn: 168 ÷ 380
    found = finding("cross-check", metered(windows=windows(model(84.0))))
    assert found.outcome == "noted"
    assert "codecarbon says 0.44 times the counted joules of cpu" in found.message
    assert finding("cross-check", metered()) is None
    assert finding("cross-check", make_evidence()) is None


@pytest.mark.parametrize(("joules", "outcome"), [(200.0, "noted"), (220.0, "warned")])
def test_two_measurements_that_disagree_are_warned(joules, outcome):
    second = Reading(meter="sensor", method="sampled-power", joules={"cpu": joules})
    found = finding("cross-check", metered(windows=windows(second)))
    assert found.outcome == outcome  # 400 and 440 J against 380
