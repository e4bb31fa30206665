"""Policy gates: a limit is met only by what is surely within."""

from typing import Any

import pytest
from support import labels
from support.label_parts import make_energy, make_label, make_metrics, make_modelled

from energylabel.cli.gates import broken
from energylabel.records import Range

LOW, HIGH = 0.0081, 7.5 * 0.0081
"""Wh per 1,000 texts of the estimate in support."""


def faults(label: Any, limit: float) -> list[str]:
    return broken(label, {"fail_below_energy": None, "fail_below_accuracy": None, "max_wh": limit})


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (0.0080, "takes ≈ 0.00810–0.0607 Wh per 1,000 texts (the whole range of an estimate"),
        (LOW, "may take more than was asked for: ≈ 0.00810–0.0607 Wh per 1,000 texts"),
        (0.03, "whose whole range has to be within), at most 0.03 was asked for"),
        (0.999 * HIGH, "only energy counters can tell"),
    ],
)
def test_an_estimate_is_within_only_with_its_whole_range(limit: float, words: str):
    (fault,) = faults(make_label(), limit)
    assert fault.startswith("acme/minilm-l6-agnews ")
    assert words in fault
    assert "\n" not in fault


def test_a_range_that_ends_at_the_limit_is_within():
    assert faults(make_label(), HIGH) == []
    exact = make_modelled(wh_per_1000=Range(low=0.01, high=0.02))
    label = make_label(metrics=make_metrics(energy=make_energy(modelled=exact)))
    assert faults(label, 0.02) == []


def test_what_was_counted_is_compared_as_it_is():
    assert faults(labels.metered(), 0.0713) == []
    (fault,) = faults(labels.metered(), 0.0712)
    assert "takes 0.0713 Wh per 1,000 texts, at most 0.0712 was asked for" in fault


def test_without_a_figure_nothing_is_within():
    (fault,) = faults(labels.withheld(), 1e9)
    assert "has no figure in Wh per 1,000 texts" in fault
