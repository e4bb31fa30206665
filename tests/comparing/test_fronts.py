"""Who dominates whom among many, held against what every pair says alone."""

import random
from itertools import combinations
from pathlib import Path

import pytest
from support.evidence import (
    make_answers,
    make_evidence,
    make_hardware,
    make_windows,
    make_workload,
    quick_evidence,
)
from support.metered import make_idle, metered_evidence, with_a_rest

from energylabel.comparing import Entry, asked_of, compare, contender, dominated
from energylabel.judging import judge
from energylabel.publishing import folders_below, read_checked
from energylabel.reckoning import gains_at_least, paired_difference
from energylabel.records import Evidence

LABELS = Path(__file__).parents[2] / "labels"


def by_pairs(entries: list[Entry]) -> list[set[int]]:
    """Of each label those that dominate it, as every comparison of two says."""
    found: list[set[int]] = [set() for _ in entries]
    for one, other in combinations(range(len(entries)), 2):
        (pair,) = compare([entries[one], entries[other]]).differences
        if pair.dominates is not None:
            winner, loser = (one, other) if pair.dominates == 0 else (other, one)
            found[loser].add(winner)
    return found


def at_once(entries: list[Entry], most: int | None = None) -> list[set[int] | None]:
    contenders = [contender(each.label, asked_of(each.evidence)) for each in entries]
    return [None if each is None else set(each.by) for each in dominated(contenders, most=most)]


def entry(evidence: Evidence) -> Entry:
    return Entry(evidence, judge(evidence))


def estimated(ratio: float, right: int, rows: int = 2000, **changes: object) -> Entry:
    windows = make_windows(ratio, wall_ratio=ratio * 1.1, cv=0.02)
    return entry(make_evidence(windows=windows, answers=make_answers(right, rows=rows), **changes))


def metered(ratio: float, right: int, cv: float) -> Entry:
    windows = with_a_rest(make_windows(ratio, method="hardware-counter", cv=cv))
    answers = make_answers(right)
    return entry(
        metered_evidence(windows=windows, idle=make_idle(windows=windows), answers=answers)
    )


@pytest.mark.slow
def test_the_committed_labels():
    entries = [read_checked(folder) for folder in folders_below(LABELS)]
    found = at_once(entries)
    assert [each or set() for each in found] == by_pairs(entries)
    assert sum(map(len, filter(None, found))) >= 10


@pytest.mark.slow
def test_labels_of_many_kinds():
    rng = random.Random(3)
    entries = [
        *(metered(rng.uniform(0.1, 0.2), rng.randrange(1780, 1830), 0.01) for _ in range(9)),
        *(estimated(rng.uniform(0.05, 0.4), rng.randrange(1780, 1830)) for _ in range(9)),
        # Fewer rows; other rows of as many; another machine; one that is compared with nothing.
        *(
            estimated(
                rng.uniform(0.05, 0.4),
                rng.randrange(880, 930),
                rows=1000,
                workload=make_workload(content_sha256="cd" * 32),
            )
            for _ in range(4)
        ),
        *(
            estimated(
                rng.uniform(0.05, 0.4), 1800, workload=make_workload(content_sha256="ef" * 32)
            )
            for _ in range(2)
        ),
        estimated(0.01, 1900, hardware=make_hardware(cpu_model="Intel Xeon")),
        entry(quick_evidence()),
    ]
    found, expected = at_once(entries), by_pairs(entries)
    assert found[-1] is None
    assert expected[-1] == set()
    assert found[:-1] == expected[:-1]
    assert any(len(each) > 3 for each in expected)
    assert any(not each for each in expected)


def test_enough_is_enough():
    entries = [estimated(0.005 * 4**n, 1900 - 40 * n) for n in range(6)]
    contenders = [contender(each.label, asked_of(each.evidence)) for each in entries]
    whole, some = dominated(contenders), dominated(contenders, most=2)
    assert whole[5] is not None
    assert (whole[5].by, whole[5].all) == ((0, 1, 2, 3, 4), True)
    assert some[5] is not None
    assert (len(some[5].by), some[5].all) == (2, False)
    assert set(some[5].by) < set(whole[5].by)
    assert some[0] == whole[0]


def test_a_bound_is_met_where_the_interval_begins_above_it():
    rng = random.Random(5)
    for _ in range(300):
        n = rng.choice((50, 1000, 2000))
        gained = rng.randrange(0, n // 3)
        lost = rng.randrange(0, n // 3)
        bound = rng.uniform(-0.3, 0.3)
        low = paired_difference(gained, lost, n).low
        assert low is not None
        if abs(low - bound) > 1e-9:
            assert bool(gains_at_least(gained, lost, n, bound)) == (low >= bound)
    assert bool(gains_at_least(0, 0, 2000, -0.005))
    assert not bool(gains_at_least(0, 0, 100, -0.005))  # too few rows to tell half a point
