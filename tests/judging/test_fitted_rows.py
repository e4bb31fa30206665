"""What is told of the rows to fit on: classes that they lack, and those that are asked too."""

from typing import Any

import pytest
from support.baselines import beside, make_baseline
from support.evidence import make_answers, make_evidence
from support.findings import find

from energylabel.judging.judgement import judge
from energylabel.records.evidence import Evidence, Fitting
from energylabel.rendering import markdown, svg

FITTED = Fitting(rows=1500, content_sha256="12" * 32, seconds=4.5, cpu_seconds=5.0, energy=())


def fitted(**changes: Any) -> Fitting:
    return FITTED.model_copy(update=changes)


def card(evidence: Evidence) -> str:
    return markdown.PLUGIN.render(judge(evidence)).content.decode()


def test_a_class_without_a_row_is_told_on_card_and_picture() -> None:
    plain = make_evidence(fitting=FITTED)
    assert find("unlearnt-classes", plain) is None
    evidence = make_evidence(fitting=fitted(unlearnt=(1, 3)))
    finding = find("unlearnt-classes", evidence)
    assert finding.outcome == "warned"
    assert finding.message.startswith("the model had no row to learn 'Sports', 'Sci/Tech' from")
    assert "no row to learn" in card(evidence)
    assert "no row to learn" not in card(plain)
    pictures = [svg.PLUGIN.render(judge(each)).content for each in (plain, evidence)]
    assert len(pictures[1]) > len(pictures[0]) + 1000  # the words are there


def test_a_class_that_nobody_asks_for_is_no_matter() -> None:
    answers = make_answers()
    gold = tuple(0 if label == 3 else label for label in answers.gold)
    asked = answers.model_copy(update={"gold": gold})
    evidence = make_evidence(fitting=fitted(unlearnt=(3,)), answers=asked)
    assert find("unlearnt-classes", evidence) is None


def test_a_baseline_that_could_not_learn_a_class_is_told_as_such() -> None:
    weak = make_baseline(fitting=fitted(unlearnt=(0,)))
    finding = find("unlearnt-classes", beside(baselines=(weak,)))
    assert finding.message.startswith("the baseline beside it had no row to learn 'World' from")


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, None),
        ({"asked_rows": 14}, "passed"),  # below a hundredth of 1,500: duplicates of a dataset
        ({"asked_rows": 15}, "noted"),
        ({"asked_rows": 1, "own_rows": True}, "noted"),
    ],
)
def test_rows_that_are_asked_as_well_are_counted(changes: Any, outcome: str | None) -> None:
    finding = find("asked-rows", make_evidence(fitting=fitted(**changes)))
    assert (finding.outcome if finding else None) == outcome
    if finding and changes == {"asked_rows": 15}:
        assert finding.message == "15 rows to fit on left out, whose texts are asked as well"


def test_no_better_than_the_most_frequent_class_is_told_on_the_card() -> None:
    told = "is not distinguishable from"
    assert told not in card(make_evidence())
    dull = make_evidence(answers=make_answers(right=520))
    assert find("above-majority", dull).outcome == "warned"
    assert told in card(dull)
