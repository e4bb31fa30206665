"""A warm-up is over when its trend is gone; figures by hand."""

import pytest

from energylabel.reckoning import steady


@pytest.mark.parametrize(
    ("runs", "over"),
    [
        ((1.0, 1.0, 1.0), False),  # too few
        ((1.0, 1.0, 1.0, 1.0), True),
        ((1.18, 1.04, 1.03, 1.01), True),  # 1.03 is 0.99 % below 1.04
        ((1.18, 1.05, 1.03, 1.01), False),  # 1.03 is 1.9 % below 1.05
        ((9.0, 1.18, 1.04, 1.03, 1.01), True),  # the last four alone count
        ((1.00, 1.02, 1.04, 1.06), False),  # grows dearer
        ((1.20, 1.00, 1.10, 1.30), True),  # scatter of 30 % without a trend
        ((1.30, 1.10, 1.00, 1.20), True),
        ((1.00, 0.995, 0.987, 0.986), True),  # 0.987 is 0.8 % below 0.995
    ],
)
def test_the_later_two_of_four_tell_a_trend(runs: tuple[float, ...], over: bool):
    assert steady(runs, "trend") is over


@pytest.mark.parametrize(
    ("runs", "over"),
    [((1.0, 1.0), False), ((9.0, 1.0, 1.02, 1.01), True), ((1.0, 1.03, 1.01), False)],
)
def test_before_there_was_a_rule_three_runs_had_to_agree(runs: tuple[float, ...], over: bool):
    assert steady(runs, None) is over
