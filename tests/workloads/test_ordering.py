"""The order of classes that nobody has numbered."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energylabel.workloads import are_numbers, natural_order, number_of


@pytest.mark.parametrize(
    "names",
    [
        [f"class_{n}" for n in range(12)],
        [f"{n}.0" for n in range(12)],
        ["-10", "-2", "-1.5", "0", "0.25", "0.5", "+1", "2", "10", "5000", "1e3", "2e1"],
        ["class_-10", "class_-1", "class_0", "class_1", "class_10"],
        ["class -2 b", "class -1 a", "class 1 a", "class 1 b"],
        ["grade (-0.5)", "grade (0.25)", "grade (0.5)", "grade (10)"],
        ["t-1", "t-2", "t-10"],
        ["5-9", "5-10", "10-2", "10-20"],
        ["1 star", "2 stars", "10 stars"],
        ["v1.2", "v1.9", "v1.10", "v2.0"],
        ["1.2.3", "1.2.10", "1.10.0"],
        ["class_1", "class_２", "class_٣", "class_10"],
        ["a1b9", "a1b10", "a2b1", "a10b0"],
        ["A", "B2", "B10", "a", "a2", "a10"],
        ["001", "01", "1", "01x", "1x", "2x"],
        ["第2章", "第10章"],
        ["9", "-", "x"],
        ["x" + "9" * 5000, "x1" + "0" * 5000],
    ],
)
def test_numbers_are_sorted_by_value(names: list[str]) -> None:
    assert sorted(names, key=natural_order) == names
    turned = names[::-1]
    assert sorted(turned, key=natural_order) == names


@given(st.lists(st.integers(-(10**20), 10**20), unique=True), st.sampled_from(["", "c_", "c ("]))
def test_whole_numbers_are_in_order_alone_and_in_names(numbers: list[int], before: str) -> None:
    names = sorted((f"{before}{number}" for number in numbers), key=natural_order)
    assert names == [f"{before}{number}" for number in sorted(numbers)]


@given(st.lists(st.text("ab_-. 019", max_size=6)), st.randoms())
def test_the_order_does_not_depend_on_where_names_stood(names: list[str], random: object) -> None:
    shuffled = list(names)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sorted(shuffled, key=natural_order) == sorted(names, key=natural_order)


def test_what_a_number_is() -> None:
    told = {" -1 ": "-1", "+2.0": "2", "٣": "3", "１０": "10", ".5": "0.5", "\u22124": "-4"}
    assert {name: number_of(name) for name in told} == {n: Decimal(v) for n, v in told.items()}
    for name in ("1e3", "1,5", "1.2.3", "#1", "1st", "", "½x", "--1", "1-", "0x1"):
        assert number_of(name) is None
    assert are_numbers(("-1", "0", "2.0"))
    assert not are_numbers(("1", "1.5"))
    assert not are_numbers(("1", "x"))
