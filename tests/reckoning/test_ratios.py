import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.evidence import make_protocol, make_windows

from energylabel.reckoning import ratios as pairing
from energylabel.records.base import Estimate


def cpu(window):
    return window.cpu_seconds


def ratios(windows, quantity):
    return pairing.block_ratios(windows, quantity, 6).values


def series(values, slices=None, dealt=6):
    count = len(values)
    return pairing.Ratios(
        values=tuple(values),
        slices=tuple(range(count)) if slices is None else tuple(slices),
        times=tuple(float(n) for n in range(count)),
        span_s=float(count),
        dealt=dealt,
    )


def test_block_log_ratios_by_hand():
    block = make_windows(blocks=1, cv=0)
    changed = [
        w.model_copy(update={"cpu_seconds": c, "queries": q})
        for w, c, q in zip(block, (10, 3, 5, 30), (10, 10, 10, 10), strict=True)
    ]
    assert ratios(changed, cpu) == pytest.approx((math.log(0.4 / 2.0),))


def test_only_complete_kept_blocks_count():
    windows = list(make_windows(blocks=3, cv=0))
    windows[5] = windows[5].model_copy(update={"kept": False})
    assert len(ratios(windows, cpu)) == 2
    assert len(ratios(windows[:-1], cpu)) == 1
    assert ratios([], cpu) == ()


def test_a_block_that_was_interrupted_is_completed_by_the_next_session():
    first = make_windows(blocks=2, cv=0)[:6]
    second = make_windows(blocks=3, session=1, cv=0)[6:]
    blocks = pairing.complete_blocks((*second, *first))
    sessions = [[w.session for w in (*b.reference, *b.candidate)] for b in blocks]
    assert sessions == [[0, 0, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1]]


def test_a_position_that_was_kept_twice_leaves_the_block_out():
    windows = make_windows(blocks=2, cv=0)
    assert len(pairing.complete_blocks((*windows, windows[0]))) == 1


def test_a_block_without_usable_quantity_has_no_ratio():
    windows = list(make_windows(blocks=2, cv=0))
    windows[0] = windows[0].model_copy(update={"cpu_seconds": 0.0})
    assert len(ratios(windows, cpu)) == 1


@given(st.floats(0.01, 5), st.integers(1, 12))
def test_the_true_ratio_comes_back_without_noise(ratio, blocks):
    windows = make_windows(ratio, blocks=blocks, cv=0, min_window_s=0.5)
    assert ratios(windows, cpu) == pytest.approx([math.log(ratio)] * blocks)


def test_slices_count_once_each_was_measured_twice():
    slices = [0, 1, 2, 0, 1]
    assert series([1.0] * 5, slices, dealt=3).recurring == ()
    assert series([1.0] * 6, [*slices, 2], dealt=3).recurring == (0, 1, 2, 0, 1, 2)
    assert series([1.0] * 6, [*slices, 2], dealt=4).recurring == ()  # one was never measured
    assert series([1.0] * 2, [0, 0], dealt=1).recurring == (0, 0)


def test_slices_that_differ_end_the_measurement_in_the_second_round():
    """Three in a hundred between slices, nothing within: one round cannot tell, two can."""
    levels = [0.03, -0.03, 0.02, -0.02, 0.01, -0.01]
    settings = make_protocol()
    assert not pairing.should_stop(series(levels), 1, settings, None)
    twice = series(levels * 2, [*range(6)] * 2)
    assert pairing.should_stop(twice, 2, settings, None)
    assert twice.estimate().value == pytest.approx(100)
    assert twice.estimate().high == pytest.approx(100)


def test_ratios_know_their_slices_and_times():
    windows = make_windows(blocks=2, cv=0)
    found = pairing.block_ratios(windows, cpu, 6)
    assert found.slices == (0, 1)
    assert found.dealt == 6
    begin, end = windows[0].started_at, windows[-1].started_at + windows[-1].seconds
    assert found.span_s == pytest.approx(end - begin)
    middles = [w.started_at + w.seconds / 2 for w in windows[:4]]
    assert found.times[0] == pytest.approx(sum(middles) / 4)


def test_drift_of_the_index_is_taken_within_slices():
    # Log ratios rise by 0.01 from one block to the next; twelve seconds from first to last.
    levels = [0.3, -0.2, 0.1, 0.0, -0.4, 0.2]
    values = [levels[n % 6] + 0.01 * n for n in range(12)]
    found = series(values, [*range(6)] * 2).drift()
    assert found is not None
    assert found.value == pytest.approx(math.exp(0.12) - 1)
    assert found.low == pytest.approx(found.high)  # a line without scatter
    assert series(values[:6]).drift() is None


def test_settled_reads_the_half_width_as_a_relative_deviation():
    assert pairing.settled(math.log(1.02), 0.02 + 1e-12)
    assert not pairing.settled(0.02, 0.02)  # exp(0.02) − 1 = 2.02 %
    assert not pairing.settled(None, 0.02)


def change(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value=value, low=low, high=high, count=12)


def test_the_interval_of_a_drift_is_that_of_the_regression():
    """Against scipy's: dummies for six slices leave 12 - 6 - 1 degrees of freedom."""
    noise = [0.01, -0.02, 0.015, 0.0, -0.01, 0.02, 0.03, -0.01, 0.0, 0.02, -0.03, 0.01]
    times = np.arange(12.0)
    design = np.column_stack([times, *(times % 6 == place for place in range(6))])
    beta, (left,), *_ = np.linalg.lstsq(design, np.array(noise), rcond=None)
    error = math.sqrt(left / 5 * np.linalg.inv(design.T @ design)[0, 0])
    found = series(noise, [*range(6)] * 2).drift()
    assert found is not None
    assert found.value == pytest.approx(math.exp(12 * beta[0]) - 1)
    # 2.570582: Student's t for 5 degrees of freedom, 97.5 %, as printed tables have it.
    assert found.high == pytest.approx(math.exp(12 * (beta[0] + 2.570582 * error)) - 1, rel=1e-5)
    assert found.low == pytest.approx(math.exp(12 * (beta[0] - 2.570582 * error)) - 1, rel=1e-5)


def test_stopping_rule():
    narrow, wide = series([-0.001, 0.001] * 3), series([-0.05, 0.05] * 3)
    settings = make_protocol()
    assert pairing.should_stop(narrow, 1, settings, None)
    assert pairing.should_stop(narrow, 1, settings, change(-0.05))
    assert not pairing.should_stop(narrow, 1, settings, change(-0.051))
    assert not pairing.should_stop(narrow, 1, settings, change(-0.051, -0.09, -0.01))
    assert pairing.should_stop(narrow, 1, settings, change(-0.051, -0.11, 0.01))
    assert not pairing.should_stop(wide, 4, settings, change(0.0))
    assert pairing.should_stop(wide, 5, settings, change(0.2))
    assert not pairing.should_stop(narrow, 0, settings, change(0.0))
    assert not pairing.should_stop(series([]), 1, settings, None)


@pytest.mark.parametrize("change", [-0.08, 0.0, 0.06])
def test_drift_finds_the_change_of_the_reference(change):
    windows = make_windows(blocks=6, cv=0, drift=change)
    assert pairing.reference_drift(windows, cpu).value == pytest.approx(change, abs=0.008)


def test_drift_ignores_the_lengths_of_slices():
    windows = [
        w.model_copy(
            update={"tokens": w.tokens * (1 + w.slice), "cpu_seconds": cpu(w) * (1 + w.slice)}
        )
        for w in make_windows(blocks=6, cv=0)
    ]
    assert pairing.reference_drift(windows, cpu).value == pytest.approx(0, abs=1e-9)


def test_drift_needs_windows_and_time():
    windows = make_windows(blocks=2, cv=0)
    assert pairing.reference_drift(windows[:7], cpu) is None
    assert (
        pairing.reference_drift([w.model_copy(update={"tokens": 0}) for w in windows], cpu) is None
    )
    assert (
        pairing.reference_drift(
            [w.model_copy(update={"started_at": 0.0, "seconds": 5.0}) for w in windows], cpu
        )
        is None
    )
