"""What the baselines cost and how often they are right, from evidence."""

import math
from pathlib import Path
from statistics import mean, stdev

import pytest
from support.baselines import beside, make_baseline, make_majority, make_runs
from support.evidence import CPU_TIME, RAPL, make_answers, make_evidence, make_windows
from support.metered import make_idle

from energylabel.judging.checks import check
from energylabel.judging.judgement import judge
from energylabel.judging.metrics import measure
from energylabel.reckoning.intervals import paired_difference
from energylabel.records.evidence import Evidence
from energylabel.records.metrics import BaselineMetrics
from energylabel.standard.scales import DEFAULT, load_scale

SCALE = load_scale(DEFAULT)
LABELS = Path(__file__).parents[2] / "labels"
T_2 = 4.302653  # Student's t, two degrees of freedom, 97.5 %


def figures(evidence: Evidence) -> dict[str, BaselineMetrics]:
    return {each.family: each for each in measure(evidence, SCALE).baselines}


def metered(**overrides: object) -> Evidence:
    values = {
        "windows": make_windows(method="hardware-counter"),
        "meters": (RAPL, CPU_TIME),
        "idle": make_idle(),
        "baselines": (make_baseline(method="hardware-counter", cv=0.02),),
    }
    return make_evidence(**values | overrides)


def test_a_metered_index_is_that_of_the_joules_slice_by_slice():
    evidence = metered()
    logs = []
    for run in evidence.baselines[0].windows:
        same = [
            w.energy[0].joules["cpu"] / w.queries
            for w in evidence.windows
            if w.role == "reference" and w.slice == run.slice
        ]
        logs.append(math.log(run.energy[0].joules["cpu"] / run.queries / mean(same)))
    half = T_2 * stdev(logs) / math.sqrt(3)
    index = figures(evidence)["tfidf-linear"].index
    assert index is not None
    assert index.value == pytest.approx(100 * math.exp(mean(logs)))
    assert index.low == pytest.approx(100 * math.exp(mean(logs) - half), rel=1e-5)
    assert index.high == pytest.approx(100 * math.exp(mean(logs) + half), rel=1e-5)
    assert index.count == 3
    assert index.value == pytest.approx(0.025, rel=0.05)


def test_windows_on_one_slice_share_the_error_of_what_they_are_divided_by():
    """As on a GPU, whose protocol has a single slice."""
    evidence = metered(
        windows=make_windows(method="hardware-counter", blocks=30, cv=0.05),
        baselines=(make_baseline(method="hardware-counter", cv=0.02, slices=(0, 0, 0)),),
    )
    same = [
        math.log(w.energy[0].joules["cpu"] / w.queries)
        for w in evidence.windows
        if w.role == "reference" and w.slice == 0
    ]
    logs = [
        math.log(run.energy[0].joules["cpu"] / run.queries) for run in evidence.baselines[0].windows
    ]
    own = T_2 * stdev(logs) / math.sqrt(3)
    # 2.262157: Student's t, nine degrees of freedom, 97.5 %
    theirs = 2.262157 * stdev(same) / math.sqrt(10)
    index = figures(evidence)["tfidf-linear"].index
    assert len(same) == 10
    assert index is not None
    assert index.high is not None
    assert math.log(index.high / index.value) == pytest.approx(math.hypot(own, theirs), rel=1e-5)


def test_an_estimate_reaches_from_processor_time_to_run_time_and_is_widened():
    """One thread of two: half the CPU-seconds of its run time's ratio."""
    one = make_baseline(ratio=0.0002, wall_ratio=0.0004, cv=0.0)
    found = figures(beside(baselines=(one,), windows=make_windows(cv=0.0)))["tfidf-linear"]
    assert found.index is not None
    assert found.index.value == pytest.approx(0.02)
    assert found.index.low == pytest.approx(0.02 / 1.25)
    assert found.index.high == pytest.approx(0.04 * 1.25)
    assert found.cost_ratio is not None
    assert found.cost_ratio.value == pytest.approx(0.0002 / 0.14)


def test_tiny_costs_stay_above_zero():
    found = figures(beside())["majority"]
    assert found.index is not None
    assert found.index.value == pytest.approx(1.2e-4, rel=0.05)
    assert found.wh_per_1000 is None
    assert found.wh_range is not None
    # 0.08 s × 2 W and × 15 W, per query, in Wh per 1,000
    assert found.wh_range.low == pytest.approx(1.2e-6 * 0.08 * 2 / 3.6, rel=0.05)
    assert found.wh_range.high == pytest.approx(1.2e-6 * 0.08 * 15 / 3.6, rel=0.05)


def test_joules_of_the_memory_count_where_all_have_them():
    parts = ("cpu", "dram")
    windows = make_windows(method="hardware-counter", components=parts, cv=0.0)
    both = make_baseline(method="hardware-counter", components=parts, cv=0.0)
    one = make_baseline(method="hardware-counter", cv=0.0)
    for baseline in (both, one):
        found = figures(metered(windows=windows, baselines=(baseline,)))["tfidf-linear"]
        assert found.index is not None
        assert found.index.value == pytest.approx(0.025)


def test_a_processor_that_nobody_counted_has_no_index():
    silent = make_baseline(method="hardware-counter", components=())
    found = figures(metered(baselines=(silent,)))["tfidf-linear"]
    assert (found.index, found.cost_ratio, found.wh_per_1000) == (None, None, None)
    assert not found.dominates
    assert found.accuracy.value == pytest.approx(0.88)
    label = judge(metered(baselines=(silent, make_majority())))
    assert "TF-IDF + linear" not in {point.name for point in label.baselines}


def test_a_run_without_processor_time_has_no_index():
    runs = make_runs(0.0002)
    stuck = (runs[0].model_copy(update={"cpu_seconds": 0.0}), *runs[1:])
    found = figures(beside(baselines=(make_baseline(windows=stuck),)))["tfidf-linear"]
    assert (found.index, found.cost_ratio) == (None, None)


def likeliest(gained: int, lost: int, n: int, difference: float) -> float:
    """Log likelihood of the counts where the shares differ by so much, by brute force."""
    best = -math.inf
    steps = 4000
    for step in range(1, steps):
        q = step / steps * (1 - abs(difference)) / 2 + max(0.0, -difference)
        p, rest = q + difference, 1 - 2 * q - difference
        if min(p, q, rest) <= 0:
            continue
        value = gained * math.log(p) + lost * math.log(q) + (n - gained - lost) * math.log(rest)
        best = max(best, value)
        if value == best:
            found = q
    return found


@pytest.mark.parametrize(
    ("gained", "lost", "n"), [(9, 4, 60), (3, 11, 40), (20, 20, 100), (1, 0, 44)]
)
def test_the_paired_interval_is_where_the_score_reaches_its_limit(gained: int, lost: int, n: int):
    found = paired_difference(gained, lost, n)
    assert found.value == pytest.approx((gained - lost) / n)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    for end, sign in ((found.low, 1), (found.high, -1)):
        q = likeliest(gained, lost, n, end)
        spread = math.sqrt(n * (2 * q + end - end**2))
        assert (gained - lost - n * end) / spread == pytest.approx(sign * 1.959964, rel=5e-3)


def test_the_paired_interval_where_nothing_differs():
    """z² ÷ (n + z²) at both ends (Tango 1998), while Wald's interval would be nothing wide."""
    found = paired_difference(0, 0, 100)
    limit = 1.959964**2 / (100 + 1.959964**2)
    assert (found.low, found.high) == (pytest.approx(-limit), pytest.approx(limit))
    everything = paired_difference(50, 0, 50)
    assert everything.value == everything.high == pytest.approx(1.0)
    with pytest.raises(ValueError, match="of 3 rows"):
        paired_difference(2, 2, 3)


def test_the_same_rows_are_compared():
    """Candidate and baseline are both 88 % right; whether the bound is tight depends on which."""
    answers = make_answers(1760)
    same = figures(beside(answers=answers))["tfidf-linear"]
    assert same.accuracy_gain.value == 0
    assert same.accuracy_gain.low == pytest.approx(-3.8415 / 2003.8415, rel=1e-3)
    assert same.dominates
    shifted = make_baseline(predicted=(*answers.predicted[9:], *answers.predicted[:9]))
    other = figures(beside(answers=answers, baselines=(shifted,)))["tfidf-linear"]
    assert not other.dominates


def named(evidence: Evidence, name: str) -> list[str]:
    found = check(evidence, measure(evidence, SCALE), SCALE)
    return [each.message for each in found if each.name == name]


def test_a_dominated_model_is_told_so():
    (said,) = named(beside(answers=make_answers(1600)), "dominated")
    assert said == (
        "tfidf-linear is more accurate (88.0 % against 80.0 %), for about 1/560 of the energy"
    )
    assert named(beside(), "dominated") == []
    assert (
        named(beside(windows=make_windows(0.0001), answers=make_answers(1600)), "dominated") == []
    )


def test_what_cannot_be_trusted_dominates_nothing():
    jumpy = make_windows(cv=0.4)
    assert named(beside(answers=make_answers(1600), windows=jumpy), "dominated") == []


def test_what_was_left_out_is_told():
    why = {"tfidf-linear": "the time limit left no time for it"}
    (said,) = named(beside(baselines=(make_majority(),), baselines_left_out=why), "baselines")
    assert said == "not measured beside it: tfidf-linear: the time limit left no time for it"
    assert named(beside(), "baselines") == []


def test_old_evidence_keeps_its_digest():
    """It is the name of its folder, and is of before there were baselines."""
    (path,) = LABELS.rglob("history/b61a41328161/evidence.json")
    evidence = Evidence.from_json(path.read_bytes())
    assert evidence.digest().startswith(path.parent.name)
    assert "baselines" not in measure(evidence, SCALE).model_dump()


def test_a_baseline_answers_the_rows_of_the_model():
    with pytest.raises(ValueError, match="the rows that the candidate answered"):
        beside(baselines=(make_baseline(rows=1999),))
