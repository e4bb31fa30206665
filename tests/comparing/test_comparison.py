"""Two labels by the standard's section 7: figures worked out by hand, and what is refused."""

import math
from typing import Any

import pytest
from support.evidence import (
    make_answers,
    make_evidence,
    make_hardware,
    make_settings,
    make_subject,
    make_windows,
    make_workload,
    quick_evidence,
)
from support.metered import make_idle, metered_evidence, with_a_rest

from energylabel.comparing import Entry, Prices, compare, regressions
from energylabel.judging import judge
from energylabel.records import Difference, Evidence, Setup


def entry(evidence: Evidence) -> Entry:
    return Entry(evidence, judge(evidence))


def between(first: Evidence, second: Evidence) -> Difference:
    (found,) = compare([entry(first), entry(second)]).differences
    return found


def estimated(ratio: float, *, wall_ratio: float | None = None, **overrides: Any) -> Evidence:
    windows = make_windows(ratio, wall_ratio=wall_ratio, cv=0.0)
    return make_evidence(windows=windows, **overrides)


def metered(ratio: float, *, cv: float = 0.0, **overrides: Any) -> Evidence:
    windows = with_a_rest(make_windows(ratio, method="hardware-counter", cv=cv))
    return metered_evidence(windows=windows, idle=make_idle(windows=windows), **overrides)


def test_an_estimate_is_the_hull_of_processor_and_run_time_widened():
    found = between(estimated(0.14), estimated(0.07, wall_ratio=0.084))
    ratio = found.energy_ratio
    assert ratio is not None
    # CPU-seconds 0.07 ÷ 0.14, run time 0.084 ÷ 0.14; × and ÷ 1.25 at the ends
    assert ratio.value == pytest.approx(0.5)
    assert (ratio.low, ratio.high) == pytest.approx((0.5 / 1.25, 0.6 * 1.25))
    assert found.energy == "less"


def test_what_was_counted_adds_the_scatter_of_both_sessions_in_squares():
    first, second = metered(0.14, cv=0.02), metered(0.11, cv=0.03)
    ratio = between(first, second).energy_ratio
    assert ratio is not None
    halves = []
    for evidence in (first, second):
        index = judge(evidence).metrics.energy.index
        assert index.low is not None
        halves.append(math.log(index.value / index.low))
    spread = math.exp(math.sqrt(halves[0] ** 2 + halves[1] ** 2))
    assert ratio.high == pytest.approx(ratio.value * spread)
    assert ratio.low == pytest.approx(ratio.value / spread)


def test_accuracy_is_paired_over_the_rows_that_both_answered():
    first = estimated(0.14, answers=make_answers(1800, rows=2000))
    gold = first.answers.gold[:1000]
    # Of the first 1,000 rows the first misses 100; the second is right but in 30 of the others.
    missed = {n for n in range(1000) if first.answers.predicted[n] != gold[n]}
    assert len(missed) == 100
    wrong = set([n for n in range(1000) if n not in missed][:30])
    said = tuple((g + 1) % 4 if n in wrong else g for n, g in enumerate(gold))
    fewer = make_answers(1000, rows=1000).model_copy(update={"predicted": said, "gold": gold})
    second = estimated(0.14, answers=fewer, workload=make_workload(content_sha256="cd" * 32))
    found = between(first, second)
    assert (found.rows, found.accuracy_refused) == (1000, None)
    assert found.accuracy_gain is not None
    assert found.accuracy_gain.value == pytest.approx((100 - 30) / 1000)
    assert found.accuracy == "better"
    back = between(second, first)
    assert back.accuracy_gain is not None
    assert back.accuracy_gain.value == pytest.approx(-0.07)
    assert back.accuracy == "worse"


def test_one_dominates_with_its_whole_interval_and_no_less_accurate():
    cheap, dear = metered(0.10), metered(0.14)
    assert between(dear, cheap).dominates == 1
    assert between(cheap, dear).dominates == 0
    # 20 of 2,000 rows fewer: one point, and the margin is half a point.
    worse = metered(0.10, answers=make_answers(1800))
    assert between(metered(0.14, answers=make_answers(1820)), worse).dominates is None
    # Between machines nobody does.
    elsewhere = metered(0.10, hardware=make_hardware(cpu_model="Intel Xeon"))
    assert between(dear, elsewhere).dominates is None


def test_between_machines_a_quarter_is_not_distinguishable():
    elsewhere = make_hardware(cpu_model="Intel Xeon")
    for ratio, word in ((0.14 / 1.24, "not distinguishable"), (0.14 / 1.27, "less")):
        found = between(metered(0.14), metered(ratio, hardware=elsewhere))
        assert found.energy == word
        assert found.accuracy_refused == "hardware: cpu-amd-epyc-9r14-2 and cpu-intel-xeon-2"
        assert (found.latency_ratio, found.memory_ratio, found.same_machine) == (None, None, False)
    assert between(metered(0.14), metered(0.14 / 1.24)).energy == "less"


OTHER = make_hardware(cpu_model="Intel Xeon")


@pytest.mark.parametrize(
    ("second", "field", "both"),
    [
        (lambda: make_evidence(workload=make_workload(name="other-v1")), "workload: ", True),
        (lambda: make_evidence(workload=make_workload(seed=9)), "seed of the workload: ", True),
        (lambda: make_evidence(workload=make_workload(rows=9)), "rows of the workload: ", True),
        (
            lambda: make_evidence(workload=make_workload(content_sha256="cd" * 32)),
            "content of the workload: the rows are not the same",
            True,
        ),
        (quick_evidence, "a quick look is never compared", True),
        (metered_evidence, "provenance: estimated and metered", False),
        (
            lambda: make_evidence(hardware=OTHER, subject=make_subject(dtype="bfloat16")),
            "number format: float32 and bfloat16",
            False,
        ),
        (
            lambda: make_evidence(
                hardware=OTHER,
                settings=make_settings(setup=Setup(device="cpu", runtime="onnxruntime")),
            ),
            "runtime: pytorch and onnxruntime",
            False,
        ),
    ],
    ids=["workload", "seed", "rows", "content", "quick", "provenance", "format", "runtime"],
)
def test_what_may_not_be_compared_is_named(second: Any, field: str, both: bool):
    found = between(make_evidence(), second())
    assert found.energy_ratio is None
    assert found.energy is None
    assert field in (found.energy_refused or "")
    if both:
        assert found.accuracy_gain is None
        assert found.accuracy_refused == found.energy_refused
        assert (found.latency_ratio, found.memory_ratio) == (None, None)
    assert found.dominates is None


def test_an_invalid_measurement_is_compared_in_accuracy_alone():
    stuck = [w.model_copy(update={"cpu_seconds": 3.0}) for w in make_windows()]
    found = between(make_evidence(), make_evidence(windows=tuple(stuck)))
    assert found.energy_ratio is None
    assert "CPU-seconds cannot be trusted" in (found.energy_refused or "")
    assert found.accuracy_gain is not None
    assert found.accuracy_gain.value == 0


def test_setups_of_one_machine_are_compared():
    settings = make_settings(setup=Setup(device="cpu", precision="bfloat16"))
    subject = make_subject(dtype="bfloat16")
    found = between(metered(0.14), metered(0.28, settings=settings, subject=subject))
    assert found.energy_ratio is not None
    assert found.energy_ratio.value == pytest.approx(2)


def test_the_front_holds_those_that_nobody_dominates():
    good = metered(0.5, answers=make_answers(1900))
    cheap = metered(0.1, answers=make_answers(1700))
    needless = metered(0.6, answers=make_answers(1850))
    alone = metered(0.1, workload=make_workload(name="other-v1"))
    found = compare([entry(each) for each in (good, cheap, needless, alone)])
    assert found.front == (0, 1)
    assert len(found.differences) == 6


def test_a_million_texts_cost_what_a_thousand_times_a_thousand_do():
    found = compare([entry(metered(0.14)), entry(estimated(0.14))], Prices(0.3, 400.0))
    counted, span = found.labels
    # 0.14 × 0.08 CPU-s × 4 W of the fixture = 0.0448 J a text = 0.01244 kWh a million
    kwh = 0.14 * 0.08 * 4 / 3.6
    assert counted.wh_per_1000 is not None
    assert counted.cost_per_million is not None
    assert counted.kg_co2e_per_million is not None
    assert counted.wh_per_1000.low == counted.wh_per_1000.high == pytest.approx(kwh)
    assert counted.cost_per_million.low == pytest.approx(0.3 * kwh)
    assert counted.kg_co2e_per_million.high == pytest.approx(0.4 * kwh)
    assert span.cost_per_million is not None
    assert span.cost_per_million.high == pytest.approx(0.3 * 0.14 * 0.08 * 15 / 3.6)
    plain = compare([entry(metered(0.14)), entry(metered(0.14))]).labels[0].model_dump()
    assert "cost_per_million" not in plain


def test_a_regression_is_one_beyond_doubt():
    before = metered(0.14, answers=make_answers(1820))
    dearer = between(before, metered(0.154, cv=0.001))
    assert regressions(dearer, energy=0.05) != []
    assert regressions(dearer, energy=0.12) == []
    noisy = between(before, metered(0.148, cv=0.03))
    assert regressions(noisy, energy=0.05) == []
    worse = between(before, metered(0.14, answers=make_answers(1720)))
    (told,) = regressions(worse, accuracy=0.005)
    assert told.startswith("lost 5.0 points of accuracy (95 %: at least ")
    assert regressions(worse, accuracy=0.06) == []
    slightly = between(before, metered(0.14, answers=make_answers(1815)))
    assert regressions(slightly, accuracy=0.005) == []
    assert regressions(dearer) == regressions(worse) == []


def test_between_machines_a_regression_is_a_distinguishable_one():
    elsewhere = make_hardware(cpu_model="Intel Xeon")
    near = between(metered(0.14), metered(0.14 * 1.2, hardware=elsewhere))
    far = between(metered(0.14), metered(0.14 * 1.3, hardware=elsewhere))
    assert regressions(near, energy=0.05) == []
    assert len(regressions(far, energy=0.05)) == 1
    assert len(regressions(between(metered(0.14), metered(0.14 * 1.2)), energy=0.05)) == 1


def test_a_ratio_without_an_interval_meets_no_limit():
    found = between(metered(0.14), metered(0.14))
    assert found.energy_ratio is not None
    bare = found.energy_ratio.model_copy(update={"low": None, "high": None})
    (told,) = regressions(found.model_copy(update={"energy_ratio": bare}), energy=0.05)
    assert told == "the limit on energy cannot be checked: the ratio has no interval"


def test_what_is_not_compared_meets_no_limit():
    other = between(make_evidence(), make_evidence(workload=make_workload(name="other-v1")))
    told = regressions(other, energy=0.0, accuracy=0.0)
    assert [each.partition(" cannot")[0] for each in told] == [
        "the limit on energy",
        "the limit on accuracy",
    ]
    assert regressions(other) == []
