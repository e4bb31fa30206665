import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.evidence import make_protocol, make_windows

from energylabel import estimating as es
from energylabel.records.base import Estimate

finite = st.floats(-2, 2)


def cpu(window):
    return window.cpu_seconds


def est(value, low=None, high=None):
    return Estimate(value=value, low=low, high=high, count=6)


def test_block_log_ratios_by_hand():
    block = make_windows(blocks=1, cv=0)
    changed = [
        w.model_copy(update={"cpu_seconds": c, "queries": q})
        for w, c, q in zip(block, (10, 3, 5, 30), (10, 10, 10, 10), strict=True)
    ]
    assert es.block_log_ratios(changed, cpu) == pytest.approx((math.log(0.4 / 2.0),))


def test_only_complete_kept_blocks_count():
    windows = list(make_windows(blocks=3, cv=0))
    windows[5] = windows[5].model_copy(update={"kept": False})
    assert len(es.block_log_ratios(windows, cpu)) == 2
    assert len(es.block_log_ratios(windows[:-1], cpu)) == 1
    assert es.block_log_ratios([], cpu) == ()


def test_a_block_that_was_interrupted_is_completed_by_the_next_session():
    first = make_windows(blocks=2, cv=0)[:6]
    second = make_windows(blocks=3, session=1, cv=0)[6:]
    blocks = es.complete_blocks((*second, *first))
    sessions = [[w.session for w in (*b.reference, *b.candidate)] for b in blocks]
    assert sessions == [[0, 0, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1]]


def test_a_position_that_was_kept_twice_leaves_the_block_out():
    windows = make_windows(blocks=2, cv=0)
    assert len(es.complete_blocks((*windows, windows[0]))) == 1


def test_a_block_without_usable_quantity_has_no_ratio():
    windows = list(make_windows(blocks=2, cv=0))
    windows[0] = windows[0].model_copy(update={"cpu_seconds": 0.0})
    assert len(es.block_log_ratios(windows, cpu)) == 1


@given(st.floats(0.01, 5), st.integers(1, 12))
def test_the_true_ratio_comes_back_without_noise(ratio, blocks):
    windows = make_windows(ratio, blocks=blocks, cv=0, min_window_s=0.5)
    assert es.block_log_ratios(windows, cpu) == pytest.approx([math.log(ratio)] * blocks)


def test_lag1():
    assert es.lag1([1, 2, 3, 4]) == pytest.approx(0.25)
    assert es.lag1([-1, 1, -1, 1]) == pytest.approx(-0.75)
    assert es.lag1([5, 5, 5]) == 0


def test_correlation_is_corrected_and_clipped():
    assert es.correlation([1, 2, 3, 4]) == pytest.approx(0.25 + 1.75 / 4)
    assert es.correlation([-1, 1, -1, 1]) == 0  # −0.75 + 1/4
    assert es.correlation([0] * 10 + [1] * 10) == 0.8


def test_interval_by_hand():
    # t(0.975; 3) = 3.182 from a table
    mean, half = es.interval([-0.01, 0.01, -0.01, 0.01])
    assert mean == 0
    assert half == pytest.approx(3.182 * 0.01 / math.sqrt(3), rel=1e-3)
    # standard error √(5/12), factor √(1.6875 ÷ 0.3125)
    mean, half = es.interval([1, 2, 3, 4])
    assert (mean, half) == pytest.approx((2.5, 3.182 * 1.5), rel=1e-3)


def test_interval_of_one_block_and_of_none():
    assert es.interval([0.3]) == (0.3, None)
    assert es.ratio_estimate([0.0]) == Estimate(value=100, low=None, high=None, count=1)
    with pytest.raises(ValueError, match="no block"):
        es.interval([])


def test_impossible_spread_stays_finite():
    wild = es.ratio_estimate([-600.0, 600.0])
    assert wild.high is not None
    assert math.isfinite(wild.high)


@given(st.lists(finite, min_size=2, max_size=30), finite)
def test_interval_moves_with_its_values(values, shift):
    mean, half = es.interval(values)
    moved, same = es.interval([v + shift for v in values])
    assert moved == pytest.approx(mean + shift, abs=1e-9)
    assert half is not None
    assert half >= 0
    assert same == pytest.approx(half, abs=1e-5)


@given(st.lists(finite, min_size=2, max_size=30))
def test_a_ratio_and_its_inverse_agree(values):
    there, back = es.ratio_estimate(values, 1), es.ratio_estimate([-v for v in values], 1)
    assert there.value * back.value == pytest.approx(1)
    assert there.low * back.high == pytest.approx(1)


def test_coverage_of_the_interval():
    rng = random.Random(20)
    runs, hits = 2000, 0
    for _ in range(runs):
        mean, half = es.interval([rng.gauss(math.log(0.14), 0.02) for _ in range(6)])
        hits += abs(mean - math.log(0.14)) <= half
    assert hits / runs >= 0.93


def test_mean_estimate():
    # mean 3, s² = 2.5, t(0.975; 4) = 2.776
    half = 2.776 * math.sqrt(2.5 / 5)
    got = es.mean_estimate([1, 2, 3, 4, 5])
    assert (got.value, got.low, got.high, got.count) == pytest.approx(
        (3, 3 - half, 3 + half, 5), rel=1e-3
    )
    assert es.mean_estimate([7.0]) == Estimate(value=7, low=None, high=None, count=1)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_against_published_values(successes, n, low, high):
    got = es.wilson(successes, n)
    assert (got.value, got.low, got.high) == pytest.approx((successes / n, low, high), abs=1e-4)


@given(st.integers(1, 5000), st.data())
def test_wilson_holds_its_share(n, data):
    successes = data.draw(st.integers(0, n))
    got = es.wilson(successes, n)
    assert 0 <= got.low <= got.value <= got.high <= 1
    mirrored = es.wilson(n - successes, n)
    assert mirrored.high == pytest.approx(1 - got.low)


@pytest.mark.parametrize(("successes", "n"), [(1, 0), (-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_share(successes, n):
    with pytest.raises(ValueError, match="no share"):
        es.wilson(successes, n)


def test_percentile():
    values = [50, 15, 40, 20, 35]
    assert [es.percentile(values, p) for p in (0, 40, 50, 100)] == [15, 29, 35, 50]
    assert es.percentile([3.0], 99) == 3
    for bad in (([], 50), ([1.0], 101)):
        with pytest.raises(ValueError, match="percentile"):
            es.percentile(*bad)


@given(st.lists(finite, min_size=1), st.floats(0, 100))
def test_percentile_stays_within(values, p):
    assert min(values) <= es.percentile(values, p) <= max(values)


def test_settled_reads_the_half_width_as_a_relative_deviation():
    assert es.settled(math.log(1.02), 0.02 + 1e-12)
    assert not es.settled(0.02, 0.02)  # exp(0.02) − 1 = 2.02 %
    assert not es.settled(None, 0.02)


def test_stopping_rule():
    narrow, wide = [-0.001, 0.001] * 3, [-0.05, 0.05] * 3
    settings = make_protocol()
    assert es.should_stop(narrow, 1, settings, None)
    assert es.should_stop(narrow, 1, settings, -0.05)
    assert not es.should_stop(narrow, 1, settings, -0.051)
    assert not es.should_stop(wide, 4, settings, 0.0)
    assert es.should_stop(wide, 5, settings, 0.2)
    assert not es.should_stop(narrow, 0, settings, 0.0)
    assert not es.should_stop([], 1, settings, None)


@pytest.mark.parametrize("change", [-0.08, 0.0, 0.06])
def test_drift_finds_the_change_of_the_reference(change):
    windows = make_windows(blocks=6, cv=0, drift=change)
    assert es.drift(windows, cpu) == pytest.approx(change, abs=0.008)


def test_drift_ignores_the_lengths_of_slices():
    windows = [
        w.model_copy(
            update={"tokens": w.tokens * (1 + w.slice), "cpu_seconds": cpu(w) * (1 + w.slice)}
        )
        for w in make_windows(blocks=6, cv=0)
    ]
    assert es.drift(windows, cpu) == pytest.approx(0, abs=1e-9)


def test_drift_needs_windows_and_time():
    windows = make_windows(blocks=2, cv=0)
    assert es.drift(windows[:7], cpu) is None
    assert es.drift([w.model_copy(update={"tokens": 0}) for w in windows], cpu) is None
    assert (
        es.drift([w.model_copy(update={"started_at": 0.0, "seconds": 5.0}) for w in windows], cpu)
        is None
    )


def test_hull_holds_both_intervals_and_widens_them():
    got = es.hull(est(14, 13, 15), est(30, 28, 33), 1.25)
    assert (got.value, got.low, got.high) == pytest.approx((14, 13 / 1.25, 33 * 1.25))
    assert es.hull(est(14), est(30, 28, 33), 1.25).low is None
    assert es.hull(est(14, 13, 15), est(30), 1.25).high is None
