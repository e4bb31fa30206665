"""Label names against the workload's: permuted, missing, or no names at all."""

import shlex

import pytest
from support.evidence import (
    make_answers,
    make_evidence,
    make_settings,
    make_subject,
    make_workload,
)
from support.findings import find, findings_of

from energylabel.judging.checks import REFUSALS, refusal


def test_permuted_labels_are_refused():
    evidence = make_evidence(settings=make_settings(label_map=(1, 2, 3, 0)))
    stop = refusal(tuple(findings_of(evidence).values()))
    assert stop.name == "permuted-labels"
    labels, classes = evidence.subject.labels, evidence.workload.labels
    pairs = ",".join(f"{label}={named}" for label, named in zip(labels, classes, strict=True))
    assert stop.remedy.endswith(f"--label-map {shlex.quote(pairs)}")
    assert "0.910" in stop.message
    assert {"constant-predictor", "permuted-labels"} == REFUSALS


@pytest.mark.parametrize(("swapped", "outcome"), [(49, "passed"), (50, "invalid")])
def test_ten_points_exactly_are_permuted(swapped, outcome):
    # 1000 rows; the wrong way round for 500 + swapped of them
    gold = (0, 1) * 500
    predicted = tuple(1 - g if i < 500 + swapped else g for i, g in enumerate(gold))
    answers = make_answers().model_copy(update={"predicted": predicted, "gold": gold})
    evidence = make_evidence(
        answers=answers,
        subject=make_subject(labels=("a", "b")),
        workload=make_workload(labels=("neg", "pos")),
        settings=make_settings(label_map=(0, 1)),
    )
    # accuracy (500 − swapped) ÷ 1000; exchanged (500 + swapped) ÷ 1000
    assert find("permuted-labels", evidence).outcome == outcome


def test_labels_that_do_not_meet():
    assert find("label-coverage", make_evidence()) is None
    extra = make_evidence(
        subject=make_subject(labels=("a", "b", "c", "d", "e")),
        settings=make_settings(label_map=(0, 1, 2, 3, None)),
    )
    assert find("label-coverage", extra).outcome == "noted"
    lacking = make_evidence(settings=make_settings(label_map=(0, 1, 2, None)))
    finding = find("label-coverage", lacking)
    assert finding.outcome == "warned"
    assert "Sci/Tech" in finding.message
    assert "500 answers" in finding.message


def test_labels_without_names_are_told_with_what_they_were_taken_for():
    assert find("numbered-labels", make_evidence()) is None
    numbers = make_subject(labels=("LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"))
    finding = find("numbered-labels", make_evidence(subject=numbers))
    assert finding.outcome == "noted"
    assert "LABEL_0 = 'World', LABEL_1 = 'Sports'" in finding.message
    many = tuple(f"topic {n}" for n in range(7))
    twenty = make_evidence(
        subject=make_subject(labels=tuple(map(str, range(7)))),
        workload=make_workload(labels=many),
        settings=make_settings(label_map=tuple(range(7))),
    )
    assert find("numbered-labels", twenty).message.endswith("3 = 'topic 3' and 3 more")


def test_numbers_that_are_the_workload_s_own_names_are_names():
    stars = ("0", "1", "2", "3")
    own = make_evidence(subject=make_subject(labels=stars), workload=make_workload(labels=stars))
    assert find("numbered-labels", own) is None
