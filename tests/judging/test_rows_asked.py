"""What is said of the rows asked: the majority among them, and rows that tell little."""

import json

import pytest
from support.evidence import make_answers, make_evidence, make_settings, make_subject, make_workload
from support.findings import SCALE, find, findings_of

from energylabel.judging import MAJORITY_POINT, contradictions, judge
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


def answered(sizes: dict[int, int], rows: int = 2000, **counts: int) -> Evidence:
    evidence = make_evidence()
    again = sum((size - 1) * count for size, count in sizes.items())
    copies = {str(size): count for size, count in sizes.items()}
    changes = {"copies": copies, "repeated": again, **counts}
    assert len(evidence.answers.gold) == rows
    return evidence.model_copy(update={"answers": evidence.answers.model_copy(update=changes)})


def test_copies_do_not_narrow_the_interval():
    plain = measure(make_evidence(), SCALE).accuracy
    assert plain.effective_rows is None
    assert "effective_rows" not in plain.model_dump(mode="json")
    # 1,000 texts, each in two rows: Wilson's interval of 1,000, by the formula of 1927
    twice = measure(answered({2: 1000}), SCALE).accuracy
    assert twice.effective_rows == 1000
    p, z = twice.accuracy.value, 1.959963984540054
    middle, spread = p + z * z / 2000, z * (p * (1 - p) / 1000 + z * z / 4e6) ** 0.5
    assert twice.accuracy.low == pytest.approx((middle - spread) / (1 + z * z / 1000))
    assert twice.accuracy.high == pytest.approx((middle + spread) / (1 + z * z / 1000))
    assert (twice.accuracy.value, twice.rows) == (plain.accuracy.value, plain.rows)
    # 1,000 alone, one text in 900 rows, 100 empty rows: 2000² ÷ (1000 + 900² + 100²)
    odd = answered({900: 1}, empty=100)
    assert measure(odd, SCALE).accuracy.effective_rows == pytest.approx(4e6 / 821_000)
    assert "counts the rows as 5" in find("repeated-texts", odd).message


@pytest.mark.parametrize(
    ("sizes", "counts", "told"),
    [
        ({2: 30}, {"repeated": 29}, "answers.repeated is 29, but that of answers.copies is 30"),
        ({}, {"repeated": 3}, "answers.repeated is 3, but that of answers.copies is 0"),
        ({1: 5}, {}, "no numbers of rows with a text in common"),
        ({1001: 2}, {}, "the rows of answers.copies and answers.empty is 2002, more than"),
        ({2: 3}, {"contradicting": 4}, "answers.contradicting is 4, more than"),
    ],
)
def test_copies_that_do_not_fit_are_found(sizes, counts, told):
    assert any(told in each for each in contradictions(answered(sizes, **counts)))


def test_rows_that_were_left_out_and_odd_encodings_are_told():
    assert not {"rows-left-out", "encoding"} & findings_of(make_evidence()).keys()
    workload = make_workload(bad_rows=3, unknown_rows={"neutral": 1200, "?": 1}, encoding="Latin-1")
    found = findings_of(make_evidence(workload=workload))
    assert found["rows-left-out"].message.endswith(
        "kept: 3 without text or label; 1,201 of labels 'neutral' (1,200), '?' (1)"
    )
    assert found["encoding"].message == "the data were read as Latin-1, which is a guess"
    marked = make_evidence(workload=make_workload(encoding="UTF-16"))
    assert find("encoding", marked).message == "the data were read as UTF-16"


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
