"""What is said, shown and checked of the comparison of answers alone with those in batches."""

from typing import Any

import pytest
from support.evidence import make_evidence
from support.findings import find

from energylabel.judging import contradictions, judge
from energylabel.records import Agreement, Evidence
from energylabel.rendering import FORMATS

SAME: dict[str, Any] = {"texts": 32, "scored": True, "grouping": "any-lengths"}
LEAKS = SAME | {"grouping": "equal-lengths", "strays": 20, "flips": 3}
MEETS = SAME | {"grouping": "one-by-one", "strays": 20, "flips": 3}
KEEPS = SAME | {"strays": 5, "restored": True, "repeated_strays": 4, "repeated_flips": 1}
MANY, ONE = 32, 1
LEAKED = (
    "20 of 32 texts had other scores in batches of texts of other lengths than alone (3 labels"
    " changed): all were asked in batches of equal length"
)
KEPT = (
    "4 of 32 texts had other scores asked after others than alone (1 label changed): all were"
    " asked in batches, and what each call left in the model was undone"
)


def evidence(agreement: dict[str, Any] | None) -> Evidence:
    made = make_evidence(agreement=None if agreement is None else Agreement(**agreement))
    if agreement is None or agreement["grouping"] != "one-by-one":
        return made
    alone = {"batch_size": ONE}, {"batch_size": MANY}
    return made.model_copy(
        update={
            "settings": made.settings.model_copy(update=alone[0]),
            "reference": made.reference.model_copy(update=alone[1]),
        }
    )


@pytest.mark.parametrize(
    ("agreement", "outcome", "words"),
    [
        (SAME, "passed", "32 texts had the same scores alone, in batches and again"),
        (SAME | {"scored": False}, "passed", "32 texts had the same labels alone"),
        (SAME | {"flips": 2}, "passed", "again, but for rounding, which turned 2 of them"),
        (LEAKS, "warned", LEAKED),
        (MEETS, "warned", "than alone (3 labels changed): all were asked one at a time"),
        (KEEPS, "warned", KEPT),
    ],
)  # fmt: skip
def test_the_finding(agreement: dict[str, Any], outcome: str, words: str):
    found = find("own-answers", evidence(agreement))
    assert found.outcome == outcome
    assert words in found.message


def test_evidence_without_a_comparison_says_nothing_of_it():
    made = evidence(None)
    assert find("own-answers", made) is None
    assert b"agreement" not in made.canonical()
    assert b"grouping" not in judge(made).canonical()


def test_an_empty_text_that_makes_it_fail_is_noted():
    found = find("fails-on-empty", evidence(SAME | {"fails_on_empty": True}))
    assert found.outcome == "noted"
    assert find("fails-on-empty", evidence(SAME)) is None


@pytest.mark.parametrize(
    ("agreement", "batch", "throughput"),
    [
        (SAME, "batch 32", "texts/s at batch 32"),
        (LEAKS, "batches of up to 32 texts of equal length", "texts/s, batches of up to 32 texts"),
        (MEETS, "one text at a time", "texts/s, one text at a time"),
    ],
)
def test_picture_and_card_say_which_texts_shared_a_batch(
    agreement: dict[str, Any], batch: str, throughput: str
):
    label = judge(evidence(agreement))
    card = FORMATS.get("markdown").render(label).content.decode()
    assert throughput in card
    assert ("than alone" in card) == (agreement is not SAME)
    picture = " ".join(FORMATS.get("svg").render(label).content.decode().split())
    assert "aria-label" in picture
    assert batch in card


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"texts": 33}, "agreement.texts is 33, more than the standard's, 32"),
        ({"texts": 3}, "agreement.texts is 3, less than the standard's least, 4"),
        ({"flips": 40}, "agreement.flips is 40, more than agreement.texts, 32"),
        ({"strays": 1}, "agreement.grouping is 'any-lengths', but 1 texts differed in batches"),
        ({"grouping": "equal-lengths"}, "but 0 texts differed in batches"),
        ({"restored": True}, "agreement.restored is True, but 0 texts differed when repeated"),
        ({"repeated_strays": 2}, "agreement.restored is False, but 2 texts differed when"),
        ({"scored": False, "strays": 2}, "agreement.strays is 2, but there were no scores"),
        ({"grouping": "one-by-one", "strays": 2}, "settings.batch_size is 32, but that of agree"),
    ],
)
def test_a_comparison_that_cannot_have_been_is_found(changes: dict[str, Any], told: str):
    before = contradictions(make_evidence())
    made = make_evidence(agreement=Agreement(**(SAME | changes)))
    new = [line for line in contradictions(made) if line not in before]
    assert any(told in line for line in new), new


@pytest.mark.parametrize("agreement", [SAME, LEAKS, MEETS, KEEPS])
def test_one_that_can_is_not(agreement: dict[str, Any]):
    said = [line for line in contradictions(evidence(agreement)) if "agreement" in line]
    assert not said
