import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energylabel.reckoning import intervals as es
from energylabel.records.base import Estimate

finite = st.floats(-2, 2)


def est(value, low=None, high=None):
    return Estimate(value=value, low=low, high=high, count=6)


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
    there, back = (es.ratio_estimate(each, scale=1) for each in (values, [-v for v in values]))
    assert there.value * back.value == pytest.approx(1)
    assert there.low * back.high == pytest.approx(1)


def test_interval_within_slices_by_hand():
    # Means 1.1 and 2.2; residuals -0.1, -0.2, 0.1, 0.2: s² = 0.1 ÷ 2, Σ 1/n ÷ S² = 1/4;
    # r₁ = 0.02 ÷ 0.1, r = 0.2 + 1.6 ÷ 4, factor √(1.6 ÷ 0.4); t(0.975; 2) = 4.303 from a table
    mean, half = es.interval([1, 2, 1.2, 2.4], [0, 1, 0, 1])
    assert (mean, half) == pytest.approx((1.65, 4.303 * math.sqrt(0.0125) * 2), rel=1e-3)


def test_slices_of_unequal_number_weigh_the_same():
    mean, half = es.interval([2, 6, 0, 4, 5], [0, 1, 0, 1, 1])
    assert mean == pytest.approx(3)  # of 1 and 5
    # residuals 1, 1, -1, -1, 0: Σe² = 4, s² = 4/3, r₁ = (1 - 1 + 1 + 0) ÷ 4, t(0.975; 3) = 3.182
    r = 0.25 + 1.75 / 5
    expected = 3.182 * math.sqrt(4 / 3 * (1 / 2 + 1 / 3) / 4 * (1 + r) / (1 - r))
    assert half == pytest.approx(expected, rel=1e-3)


@given(st.lists(finite, min_size=3, max_size=3), st.lists(finite, min_size=6, max_size=6))
def test_what_differs_between_slices_does_not_widen_the_interval(levels, noise):
    slices = [0, 1, 2] * 2
    apart = [e + levels[s] for e, s in zip(noise, slices, strict=True)]
    even = es.interval(noise, slices)
    moved = es.interval(apart, slices)
    assert moved[0] == pytest.approx(even[0] + sum(levels) / 3, abs=1e-9)
    assert moved[1] == pytest.approx(even[1], abs=1e-5)


def test_slices_that_do_not_recur_have_no_interval():
    assert es.interval([1.0, 2.0], [0, 1]) == (1.5, None)


def test_slope_within_groups():
    times, groups = [0, 1, 4, 5], [0, 1, 0, 1]
    found = es.slope(times, [10, 0, 18, 8], groups)
    assert found is not None
    assert found.value == pytest.approx(2)
    other = es.slope(times, [10, 0, 18, 8], [0] * 4)
    assert other is not None
    assert other.value != pytest.approx(2)
    assert es.slope([0, 1], [3, 4], [0, 1]) is None


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


def test_hull_holds_both_intervals_and_widens_them():
    got = es.hull(est(14, 13, 15), [est(30, 28, 33)], 1.25)
    assert (got.value, got.low, got.high) == pytest.approx((14, 13 / 1.25, 33 * 1.25))
    assert es.hull(est(14), [est(30, 28, 33)], 1.25).low is None
    assert es.hull(est(14, 13, 15), [est(30)], 1.25).high is None
