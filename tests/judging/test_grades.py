import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.evidence import make_evidence, make_windows, make_workload

from energylabel.judging.checks import check
from energylabel.judging.grades import grade, grade_index, letter_of
from energylabel.judging.metrics import measure
from energylabel.records.base import Estimate
from energylabel.records.metrics import LETTERS, Finding
from energylabel.standard.scales import DEFAULT, load_scale

SCALE = load_scale(DEFAULT)


def est(value, low=None, high=None):
    return Estimate(value=value, low=low, high=high, count=6)


@pytest.mark.parametrize(
    ("value", "letter"),
    [
        (0.0001, "A"), (4.4, "A"), (4.4000001, "B"), (8.8, "B"), (14, "C"), (17.7, "C"),
        (35.4, "D"), (49.6, "E"), (70.7, "E"), (70.71, "F"), (100, "F"), (141, "F"),
        (141.01, "G"), (1e9, "G"),
    ],
)  # fmt: skip
def test_energy_letters(value, letter):
    assert letter_of(value, SCALE.energy, SCALE.letters) == letter


@pytest.mark.parametrize(
    ("value", "letter"),
    [(0, "A"), (42, "A"), (59, "B"), (84, "C"), (100, "D"), (119, "D"), (168, "E"), (238.5, "G")],
)
def test_error_letters(value, letter):
    assert letter_of(value, SCALE.error, SCALE.letters) == letter


@pytest.mark.parametrize(
    ("index", "letter", "touches", "borderline"),
    [
        (est(14, 12, 16), "C", "C", None),
        (est(14), "C", "C", None),
        (est(36, 35.4, 40), "E", "DE", "D"),
        (est(36, 35.5, 40), "E", "E", None),
        (est(17, 15, 18), "C", "CD", "D"),
        (est(17, 8.8, 18), None, "BCD", None),
        (est(100, 1, 500), None, "ABCDEFG", None),
    ],
)
def test_intervals(index, letter, touches, borderline):
    got = grade_index(index, SCALE.energy, SCALE)
    assert (got.letter, got.touches, got.borderline_with) == (letter, tuple(touches), borderline)
    assert bool(got.reasons) == (letter is None)


@given(st.floats(0.001, 500), st.floats(0, 3), st.floats(0, 3))
def test_a_letter_lies_within_what_it_touches(value, below, above):
    index = est(value, value / (1 + below), value * (1 + above))
    got = grade_index(index, SCALE.energy, SCALE)
    assert letter_of(value, SCALE.energy, LETTERS) in got.touches
    assert (got.letter is None) == (len(got.touches) >= 3)
    assert (got.borderline_with is not None) == (len(got.touches) == 2)


def graded(**overrides):
    evidence = make_evidence(**overrides)
    metrics = measure(evidence, SCALE)
    return grade(metrics, check(evidence, metrics, SCALE), SCALE, "cpu")


def test_a_rating_gets_two_letters():
    grades = graded(windows=make_windows(0.12, cv=0.001))
    assert (grades.energy.letter, grades.energy.reasons) == ("C", ())
    assert grades.accuracy.letter == "F"  # index 171 between 149 and 197
    assert grades.accuracy.borderline_with == "E"


def test_invalid_findings_withhold_the_energy_letter_alone():
    metrics = measure(make_evidence(), SCALE)
    findings = (
        Finding(name="a", outcome="invalid", message="the meter was stuck"),
        Finding(name="b", outcome="warned", message="on battery"),
    )
    grades = grade(metrics, findings, SCALE, "cpu")
    assert (grades.energy.letter, grades.energy.reasons) == (None, ("the meter was stuck",))
    assert grades.energy.touches == ("C", "D")
    assert grades.accuracy.letter is not None


def test_a_single_thread_on_many_cores_gets_no_letter():
    grades = graded(windows=make_windows(0.1, wall_ratio=0.4, cv=0.001))
    assert grades.energy.letter is None
    assert grades.energy.touches == ("B", "C", "D", "E")
    assert "4 classes" in grades.energy.reasons[0]


def test_no_accuracy_letter_without_a_published_accuracy():
    accuracy = graded(workload=make_workload(reference_accuracy=None)).accuracy
    assert (accuracy.letter, accuracy.index, accuracy.touches) == (None, None, ())
    assert "no published accuracy" in accuracy.reasons[0]
