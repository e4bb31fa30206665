"""How long a rating is said to take, against the parts worked out by hand."""

import pytest

from energylabel.planning.expecting import expected_s
from energylabel.planning.planner import shortest_s
from energylabel.standard import PROTOCOLS


def said(protocol: str, candidate_s: float, reference_s: float, rows: int = 1000, **more: bool):
    settings = PROTOCOLS[protocol]
    flags = {"unbounded_rows": False, "baselines": False, "counted": True} | more
    return expected_s(
        settings,
        queries=min(rows, 1000),
        rows=rows,
        candidate_s=candidate_s,
        reference_s=reference_s,
        **flags,
    )


@pytest.mark.parametrize("protocol", ["standard", "quick"])
def test_nothing_is_shorter_than_the_protocol(protocol):
    fast = said(protocol, 1e-6, 1e-6)
    assert fast.low >= shortest_s(PROTOCOLS[protocol])
    assert fast.high > fast.low


def test_windows_of_a_slow_pair_are_whole_passes():
    # 0.05 s and 0.06 s a text, 1,000 texts: six slices of 167 and, for the reference, 10 s at most
    settings = PROTOCOLS["standard"]
    found = said("standard", 0.05, 0.06)
    fastest = 0.75 * (0.05 + 0.06) * 1000 / settings.min_slices
    assert found.low >= 2 * fastest * settings.blocks_per_round
    slowest = 1.6 * (0.05 + 0.06) * 1000 / settings.min_slices
    rounds = settings.max_rounds * settings.blocks_per_round
    assert found.high >= 2 * slowest * rounds


def test_models_that_take_turns_need_half_the_time():
    # 167 texts of a slice at 0.05 and 0.06 s: 8.3 and 10 s, at three quarters of that once a block
    found = said("standard", 0.05, 0.06, counted=False)
    assert found.low == pytest.approx(5 + 0.75 * (6 * (0.11 * 1000 / 6) + 0.05 * 1000))
    assert found.high < said("standard", 0.05, 0.06).high
    assert shortest_s(PROTOCOLS["standard"]) == 10 + 6 * (2 + 2)
    assert shortest_s(PROTOCOLS["quick"]) == 10 + 3 * (4 * 1 + 2 * 1)


def test_more_is_never_less():
    one = said("standard", 0.01, 0.02)
    assert said("standard", 0.02, 0.02).high > one.high
    assert said("standard", 0.01, 0.02, baselines=True).high > one.high
    assert said("standard", 0.5, 0.02, rows=50_000, unbounded_rows=True).high > (
        said("standard", 0.5, 0.02, rows=50_000).high
    )
