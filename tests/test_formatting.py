import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.labels import estimate

from energylabel import formatting as f
from energylabel.records import Range
from energylabel.standard.scales import load_scale

BOUNDS = load_scale("text-classification-v1").energy


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.031249, 2, "0.031"),
        (0.031249, 3, "0.0312"),
        (9.996, 3, "10.0"),
        (99.95, 3, "100"),
        (0, 3, "0"),
        (1234.0, 2, "1,200"),
        (1234.5, 6, "1,234.50"),
        (0.000012, 2, "0.000012"),
        (3e-9, 2, "3.0e-9"),
        (4.2e9, 3, "4.20e9"),
        (-13.71, 3, "-13.7"),
    ],
)
def test_significant(value, digits, text):
    assert f.significant(value, digits) == text


def test_an_index_beside_a_bound_prints_on_its_side():
    assert f.index(13.71, BOUNDS) == "13.7"
    assert f.index(4.4, BOUNDS) == "4.40"
    assert f.index(4.4001, BOUNDS) == "4.4001"
    assert f.index(17.704, BOUNDS) == "17.704"
    assert f.index(141.2, BOUNDS) == "141.2"
    assert f.index(4200.0, BOUNDS) == "4,200"
    assert f.index(0.31, BOUNDS) == "0.310"


@given(st.floats(1e-6, 1e6))
def test_a_printed_index_keeps_its_class(value):
    printed = float(f.index(value, BOUNDS).replace(",", ""))
    assert sum(b < printed for b in BOUNDS) == sum(b < value for b in BOUNDS)
    assert math.isclose(printed, value, rel_tol=0.006)


def test_bounds_print_as_in_the_standard():
    assert [f.bound(b) for b in BOUNDS] == ["4.4", "8.8", "17.7", "35.4", "70.7", "141"]


def test_intervals():
    assert f.index_interval(estimate(13.7, 11.04, 17.06)) == "11.0–17.1"
    assert f.index_interval(estimate(4200, 3333.3, 5292)) == "3,330–5,300"
    assert f.index_interval(estimate(18.9, 17.704, 20.02), BOUNDS) == "17.704–20.1"
    assert f.index_interval(estimate(17.6, 17.4, 17.7), BOUNDS) == "17.4–17.7"
    assert f.index_interval(estimate(13.7)) is None
    wh = f.energy_interval
    assert wh(estimate(1234, 1197, 1203)) == "1,197–1,203"
    assert wh(estimate(0.0713, 0.0708, 0.0718)) == "0.0708–0.0718"
    assert wh(estimate(1.0)) is None
    assert wh(estimate(4.7e-6, 4.6e-6, 4.8e-6)) == "4.60–4.80"  # µWh


@pytest.mark.parametrize(
    ("low", "high", "printed"),
    [
        (0.0057, 0.0429, "0.0057–0.043 Wh"),
        (0.0067, 0.0314, "0.0067–0.032 Wh"),
        (0.00671, 0.03001, "0.0067–0.031 Wh"),
        (0.0134, 0.1, "0.013–0.10 Wh"),
        (0.0996, 0.747, "0.099–0.75 Wh"),
        (0.21, 1.575, "0.21–1.6 Wh"),
        (26.0, 195.0, "26–200 Wh"),
        (1100.0, 8250.0, "1,100–8,300 Wh"),
        (1.2e-5, 9e-5, "12–90 µWh"),
        (1.8e-4, 1.35e-3, "0.00018–0.0014 Wh"),
        (2e-9, 1.5e-8, "0.0020–0.015 µWh"),
        (0.0, 0.0, "0 nWh"),
        (0.03, 0.03, "0.030 Wh"),
    ],
)
def test_ranges_have_two_digits_and_one_unit(low: float, high: float, printed: str):
    assert f.energy_span(Range(low=low, high=high)) == printed


ENDS = st.floats(1e-12, 1e9)
WAYS = (f.DOWN, f.UP)


def number(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("−", "-"))


def of_part(text: str) -> Fraction:
    """What ``1/580`` or ``83 %`` is."""
    if text.startswith("1/"):
        return 1 / Fraction(text[2:].replace(",", ""))
    return Fraction(text.removesuffix(" %")) / 100


@given(ENDS, ENDS)
def test_a_printed_range_holds_what_it_stands_for(one: float, other: float):
    """By the decimals that a float is written as, which is what anybody can type."""
    low, high = sorted((one, other))
    known = estimate(math.sqrt(low) * math.sqrt(high), low, high)
    exactly = [Decimal(repr(low)), Decimal(repr(high))]
    least, most = (number(each) for each in f.interval(known, f.three).split("–"))
    assert least <= exactly[0]
    assert exactly[1] <= most
    least, most = (number(each) for each in f.index_interval(known, BOUNDS).split("–"))
    assert least <= exactly[0]
    assert exactly[1] <= most
    ends, _, unit = f.energy_span(Range(low=low, high=high)).partition(" ")
    factor = {"Wh": 0, "µWh": -6, "nWh": -9}[unit]
    first, _, last = ends.partition("–")
    assert number(first).scaleb(factor) <= exactly[0]
    assert exactly[1] <= number(last or first).scaleb(factor)
    assert number(last or first) <= number("1.1") * exactly[1].scaleb(-factor)  # by two digits


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_printed_interval_of_a_share_holds_it(one: float, other: float):
    low, high = sorted((one, other))
    ends = f.interval(estimate((low + high) / 2, low, high), f.percent_end)
    least, most = (number(each) for each in ends.split("–"))
    assert least <= Decimal(repr(low)) * 100
    assert Decimal(repr(high)) * 100 <= most
    if 1e-4 < high < 1 - 1e-4:
        assert most - Decimal(repr(high)) * 100 < Decimal("0.1")


@given(st.floats(1e-6, 1, exclude_max=True))
def test_a_printed_part_is_outward_too(ratio: float):
    low, high = (of_part(f.part(ratio, way)) for way in WAYS)
    assert low <= Fraction(repr(ratio)) <= high


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_printed_change_is_outward_and_on_its_side_of_zero(one: float, other: float):
    low, high = sorted((one, other))
    least, most = number(f.signed(low, f.DOWN, (0.0,))), number(f.signed(high, f.UP, (0.0,)))
    assert least <= Decimal(repr(low)) * 100
    assert Decimal(repr(high)) * 100 <= most
    assert (least > 0, most < 0) == (low > 0, high < 0)


def near(value: float) -> st.SearchStrategy[float]:
    """Limits that a rounded figure may look like."""
    return st.one_of(
        st.sampled_from([float(f"{value:.{digits}g}") for digits in range(1, 17)]),
        st.sampled_from([math.nextafter(value, 0), math.nextafter(value, math.inf), value]),
        st.floats(value / 2, value * 2),
    )


@given(st.floats(1e-9, 1e6).flatmap(lambda value: st.tuples(st.just(value), near(value))))
def test_what_is_printed_beside_a_limit_lies_on_its_side(pair: tuple[float, float]):
    value, limit = pair
    for text in [
        f.significant(value, 3, None, (limit,)),
        *(f.significant(value, 2, way, (limit,)) for way in WAYS),
    ]:
        assert number(text).compare(Decimal(repr(limit))) == f.exact(value).compare(f.exact(limit))


def test_limits_in_units():
    assert f.energy_span(Range(low=0.00419, high=0.0314), (0.0315,)) == "0.0041–0.0314 Wh"
    assert f.energy_span(Range(low=0.00419, high=0.0314), (0.03,)) == "0.0041–0.032 Wh"
    assert f.energy(0.07125, limits=(0.0712,)) == "0.07125 Wh"
    assert f.duration(0.0500004, limits=(0.05,)) == "50.0004 ms"
    assert f.duration(0.99996, limits=(1.0,)) == "999.96 ms"
    assert f.size(500_400_001, (500_400_000,)) == "500.400001 MB"
    assert f.percentage(0.89999, limits=(0.9,)) == "89.999"
    assert f.bound(0.30000000001) == "0.30000000001"
    assert f.bound(f.exact(0.29, 2)) == "29"


def test_masses_of_a_range_have_one_unit():
    assert f.grams_span(Range(low=0.002, high=0.015)) == "2.0–15 mg"
    assert f.grams_span(Range(low=200.0, high=1500.0)) == "0.20–1.5 kg"


def test_energies_have_a_unit_that_suits_them():
    assert [f.energy(wh) for wh in (1.2345, 0.0121, 2.2e-5, 1.1e-7, 3e-11)] == [
        "1.23 Wh",
        "0.0121 Wh",
        "22.0 µWh",
        "0.110 µWh",
        "0.0300 nWh",
    ]
    assert f.energy(2.2e-5, 2) == "22 µWh"
    assert (f.little(0.001), f.little(0.00099)) == ("0.00100", "below 0.001")


def test_units():
    assert [f.duration(s) for s in (12.3, 0.01619, 0.000359, 2e-8)] == [
        "12 s", "16 ms", "359 µs", "0.020 µs",
    ]  # fmt: skip
    assert [f.size(n) for n in (551_000_000, 1_234_567_890, 999, 2_000)] == [
        "551 MB", "1.23 GB", "999 bytes", "2.00 kB",
    ]  # fmt: skip
    assert f.quantity(22_714_756) == "22.7 M"
    assert f.quantity(410) == "410"
    assert [f.grams(g) for g in (0.0121, 3.4, 1200, 1e-7)] == [
        "12 mg", "3.4 g", "1.2 kg", "0.10 µg",
    ]  # fmt: skip
    assert f.date(1_795_219_200.0) == "21 Nov 2026"
    assert f.grouped("7c419e02b8d54f11") == "7c41 9e02 b8d5"


def test_only_what_is_whole_prints_as_whole():
    assert f.percentage(1.0) == "100.0"
    assert f.percentage(0.9996) == "99.96"
    assert f.percentage(0.0) == "0.0"
    assert f.percentage(0.0001) == "0.01"
    assert f.percentage(0.9012) == "90.1"
