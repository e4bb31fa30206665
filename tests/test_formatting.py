import math

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
    assert f.index_interval(estimate(4200, 3333.3, 5292)) == "3,330–5,290"
    assert f.index_interval(estimate(13.7)) is None
    wh = f.energy_interval
    assert wh(estimate(1234, 1197, 1203)) == "1,197–1,203"
    assert wh(estimate(0.0713, 0.0708, 0.0718)) == "0.0708–0.0718"
    assert wh(estimate(1.0)) is None
    assert wh(estimate(4.7e-6, 4.6e-6, 4.8e-6)) == "4.60–4.80"  # µWh


@pytest.mark.parametrize(
    ("low", "high", "printed"),
    [
        (0.0057, 0.0429, "0.006–0.04 Wh"),
        (0.0134, 0.1, "0.013–0.10 Wh"),
        (0.0996, 0.747, "0.10–0.7 Wh"),
        (0.21, 1.575, "0.21–1.6 Wh"),
        (26.0, 195.0, "30–200 Wh"),
        (1100.0, 8250.0, "1,100–8,000 Wh"),
        (1.2e-5, 9e-5, "12–90 µWh"),
        (1.8e-4, 1.35e-3, "0.00018–0.0014 Wh"),
        (2e-9, 1.5e-8, "0.0020–0.015 µWh"),
        (0.0, 0.0, "0 nWh"),
        (0.03, 0.03, "0.03 Wh"),
    ],
)
def test_ranges_have_one_or_two_digits_and_one_unit(low: float, high: float, printed: str):
    assert f.energy_span(Range(low=low, high=high)) == printed


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
