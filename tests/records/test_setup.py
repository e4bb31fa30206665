"""A setup: what it is called, when two are one, and what is none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from energylabel.records import Setup

RUNTIMES = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
PRECISIONS = st.from_regex(r"[a-z]{1,2}[0-9](_[a-z0-9])?", fullmatch=True)
WORDS = st.from_regex(r"[a-z0-9]{1,2}(_[a-z0-9])?", fullmatch=True)
COUNTS = st.integers(1, 64)
OPTIONAL = {
    "runtime": RUNTIMES,
    "precision": PRECISIONS,
    "attention": WORDS,
    "compiled": st.booleans(),
    "threads": COUNTS,
    "processes": COUNTS,
    "batch_size": COUNTS,
    "batch_tokens": COUNTS,
    "max_tokens": COUNTS,
}
CHOICES = st.fixed_dictionaries({}, optional=OPTIONAL)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_standard_s_own_setup_has_no_name(device: str) -> None:
    setup = Setup.from_dict({"device": device, "gpus": int(device == "cuda")})
    assert (setup.slug(), setup.asked) == ("", "")
    assert set(setup.model_dump(mode="json")) <= {"device", "gpus", "precision"}


@pytest.mark.parametrize(
    ("choices", "slug"),
    [
        ({"runtime": "onnxruntime", "precision": "int8"}, "onnxruntime-int8"),
        ({"precision": "bfloat16", "batch_size": 8}, "bfloat16-batch-8"),
        ({"compiled": True, "attention": "eager"}, "eager-attention-compiled"),
        ({"threads": 1, "processes": 2, "max_tokens": 128}, "threads-1-processes-2-cut-128"),
        ({"batch_tokens": 4096}, "batch-tokens-4096"),
        ({"mode": "generate", "shots": 4}, ""),
    ],
)
def test_names(choices: dict[str, object], slug: str) -> None:
    assert Setup.from_dict({"device": "cpu", **choices}).slug() == slug


def test_the_way_to_ask_stands_apart() -> None:
    assert Setup(device="cpu", mode="score").asked == "score"
    assert Setup(device="cpu", mode="generate", shots=4).asked == "generate-4-shots"


@given(CHOICES, CHOICES)
def test_two_setups_of_one_name_are_one_setup(
    one: dict[str, object], other: dict[str, object]
) -> None:
    first, second = (Setup.from_dict({"device": "cpu", **each}) for each in (one, other))
    assert (first.slug() == second.slug()) == (first == second)
    assert (first.digest() == second.digest()) == (first == second)
    assert re.fullmatch(r"([a-z0-9_]+(-[a-z0-9_]+)*)?", first.slug())
    assert Setup.from_json(first.canonical()) == first


def test_every_choice_is_in_the_name() -> None:
    """A field that is missing from the slug would put two labels into one folder."""
    elsewhere = {"device", "gpus", "mode", "shots"}
    assert set(OPTIONAL) == set(Setup.model_fields) - elsewhere


def test_a_field_that_was_not_chosen_leaves_the_digest_alone() -> None:
    """So that the next field does not make other setups of all that there are."""
    assert Setup(device="cpu").canonical() == b'{"device":"cpu","precision":"auto"}'


@pytest.mark.parametrize(
    "wrong",
    [
        {"gpus": 1},
        {"device": "cuda"},
        {"shots": 2},
        {"precision": "../../etc"},
        {"runtime": "ONNX"},
        {"runtime": "int8"},
        {"runtime": "compiled"},
        {"batch_size": 0},
        {"threads": True},
        {"quantisation": "int8"},
    ],
)
def test_what_is_no_setup(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Setup.from_dict({"device": "cpu", **wrong})
