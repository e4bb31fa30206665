"""What is said of the rows asked: the majority among them, and rows that tell little."""

import json

import pytest
from support.evidence import make_answers, make_evidence, make_settings, make_subject, make_workload
from support.findings import SCALE, find, findings_of

from energylabel.judging import MAJORITY_POINT, judge
from energylabel.judging.metrics import measure
from energylabel.records import Evidence


def two_classes(right: int, rows: int = 200, frequent: int = 120) -> Evidence:
    """``frequent`` rows of the first class, then the others; the first ``right`` answers are so."""
    gold = (0,) * frequent + (1,) * (rows - frequent)
    predicted = tuple(g if n < right else 1 - g for n, g in enumerate(gold))
    answers = make_answers().model_copy(update={"predicted": predicted, "gold": gold})
    return make_evidence(
        answers=answers,
        subject=make_subject(labels=("neg", "pos")),
        workload=make_workload(labels=("neg", "pos"), majority_share=0.9),
        settings=make_settings(label_map=(0, 1)),
    )


def test_the_majority_is_that_of_the_rows_asked_and_not_of_the_split():
    evidence = two_classes(150)
    assert measure(evidence, SCALE).accuracy.majority_share == 0.6
    label = judge(evidence)
    (line,) = [point for point in label.baselines if point.name == MAJORITY_POINT]
    assert line.accuracy == 0.6


@pytest.mark.parametrize(
    ("right", "outcome", "words"),
    [
        # Of 200 rows Wilson's interval of 134 is 60.2 to 73.1 %, of 133 it is 59.7 to 72.6 %,
        # of 106 it is 46.1 to 59.8 %, of 107 it is 46.6 to 60.3 %; the majority has 60 %.
        (134, "passed", "the most frequent class alone has 0.600"),
        (133, "warned", "is not distinguishable from the 0.600"),
        (107, "warned", "is not distinguishable from the 0.600"),
        (106, "warned", "accuracy 0.530 is worse than the 0.600 of always answering"),
        (4, "warned", "is worse than"),
    ],
)
def test_better_equal_or_worse_than_the_majority(right, outcome, words):
    finding = find("above-majority", two_classes(right))
    assert finding.outcome == outcome
    assert words in finding.message


def test_rows_that_tell_little_are_told():
    plain = make_evidence()
    assert not {"empty-texts", "repeated-texts"} & findings_of(plain).keys()
    assert not {"empty", "repeated", "contradicting"} & json.loads(plain.answers.canonical()).keys()
    counts = {"empty": 1, "repeated": 30, "contradicting": 2}
    answers = plain.answers.model_copy(update=counts)
    found = findings_of(plain.model_copy(update={"answers": answers}))
    assert found["empty-texts"].outcome == found["repeated-texts"].outcome == "noted"
    assert found["empty-texts"].message == "1 of the 2,000 texts asked holds nothing to read"
    assert found["repeated-texts"].message.startswith(
        "30 of the 2,000 texts asked repeat one that was asked before, 2 of them with another label"
    )
    one = plain.answers.model_copy(update={"repeated": 1})
    message = find("repeated-texts", plain.model_copy(update={"answers": one})).message
    assert message.startswith("1 of the 2,000 texts asked repeats one that was asked before; the")


def test_spellings_that_were_taken_as_one_are_told():
    assert find("spelled-labels", make_evidence()) is None
    workload = make_workload(spellings={"World": ("WORLD", "World")})
    finding = find("spelled-labels", make_evidence(workload=workload))
    assert finding.outcome == "noted"
    assert finding.message.endswith("one class: 'World' ('WORLD', 'World')")


def test_numbers_of_the_data_are_told_with_what_they_were_taken_for():
    evidence = make_evidence(
        subject=make_subject(labels=("neg", "pos")),
        workload=make_workload(labels=("-1", "1.0")),
        settings=make_settings(label_map=(0, 1)),
        answers=two_classes(150).answers,
    )
    finding = find("numbered-labels", evidence)
    assert finding.message == (
        "the workload's labels have no names; they were taken as neg = '-1', pos = '1.0'"
    )


def test_a_call_is_no_larger_than_a_slice():
    settings = make_settings(batch_size=1024, batch_size_requested=1024)
    assert judge(make_evidence(settings=settings)).conditions.batch_size == 167
    assert judge(make_evidence()).conditions.batch_size == 32
