"""Rows that repeat a text: what they are worth, by hand and simulated."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from energylabel.reckoning import worth
from energylabel.reckoning.intervals import effective_size, paired_difference, wilson


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(1, 10)], 10),
        ([(2, 10)], 10),
        ([(1, 8), (2, 1)], 100 / 12),
        ([(1, 0), (5, 1)], 1),
        ([(1, 900), (100, 1)], 1_000_000 / 10_900),
    ],
)
def test_effective_sizes_by_hand(sizes: list[tuple[int, int]], expected: float) -> None:
    assert effective_size(sizes) == pytest.approx(expected)


def test_rows_with_nothing_to_read_are_one_text() -> None:
    assert worth(10, {}, 0) == worth(10, {}, 1) == 10
    assert worth(10, {}, 4) == pytest.approx(100 / (6 + 16))
    assert worth(10, {2: 2}, 3) == pytest.approx(100 / (3 + 8 + 9))


def test_a_paired_difference_of_each_row_twice_is_that_of_each_once() -> None:
    once, twice = paired_difference(12, 7, 100), paired_difference(24, 14, 200, effective=100)
    assert (twice.low, twice.high) == (pytest.approx(once.low), pytest.approx(once.high))
    assert twice.value == once.value
    assert wilson(170, 200, 100).low == pytest.approx(wilson(85, 100).low or 0)


def coverage(sizes: Sequence[int], rng: random.Random, trials: int) -> tuple[float, float, float]:
    """How often the interval holds the truth: of all rows, of the texts, and of Kish's number."""
    truth, rows, held = 0.85, sum(sizes), [0, 0, 0]
    groups = Counter(size for size in sizes if size > 1)
    numbers = (rows, len(sizes), worth(rows, groups, 0))
    for _ in range(trials):
        right = sum(size for size in sizes if rng.random() < truth)
        for place, number in enumerate(numbers):
            found = wilson(right, rows, number)
            held[place] += (found.low or 0) <= truth <= (found.high or 1)
    first, second, third = (count / trials for count in held)
    return first, second, third


SHAPES = {
    "none": [1] * 300,
    "each twice": [2] * 300,
    "a third 4 times": [4] * 100 + [1] * 200,
    "ten fill 30 rows each": [30] * 10 + [1] * 290,
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_the_interval_holds_the_truth_as_often_as_it_says(shape: str) -> None:
    rows, texts, kish = coverage(SHAPES[shape], random.Random(7), 2000)
    assert kish >= 0.935
    if shape != "none":
        assert rows < kish
        assert texts <= kish + 0.005


if __name__ == "__main__":
    for name, sizes in SHAPES.items():
        found = [f"{share:.1%}" for share in coverage(sizes, random.Random(7), 2000)]
        print(f"| {name} | {' | '.join(found)} |")
