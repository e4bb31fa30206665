"""Functions of a Python program as models: what they may return, and what is said of the rest."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from energylabel.classifiers import Batching, Function, LoadedFunction, find_family
from energylabel.errors import NotRatableError
from energylabel.records import ModelRef
from energylabel.resolving import handed_over, parse_model

LABELS = ("neg", "pos")
TEXTS = ["good", "bad thing", "good one", "bad"]
RIGHT = (1, 0, 1, 0)


def asked(function: Function, labels: tuple[str, ...] = LABELS) -> tuple[int, ...]:
    return LoadedFunction(function, labels).predict(TEXTS, Batching(3, equal_lengths=False)).labels


def rows(texts: list[str]) -> list[list[float]]:
    return [[0.2, 0.8] if "good" in text else [1.5, -3] for text in texts]


@pytest.mark.parametrize(
    "function",
    [
        lambda texts: ["pos" if "good" in text else "neg" for text in texts],
        lambda texts: ("POS" if "good" in text else "Neg" for text in texts),
        lambda texts: np.array(["pos" if "good" in text else "neg" for text in texts]),
        lambda texts: pd.Series(["pos" if "good" in text else "neg" for text in texts]),
        rows,
        lambda texts: np.array(rows(texts), dtype=np.float32),
        lambda texts: [np.array(row) for row in rows(texts)],
        lambda texts: [tuple(row) for row in rows(texts)],
    ],
)
def test_labels_and_scores_of_every_kind(function: Function):
    assert asked(function) == RIGHT


def test_tensors_are_scores():
    import torch

    assert asked(lambda texts: torch.tensor(rows(texts), requires_grad=True)) == RIGHT


def test_numbers_are_labels_that_are_called_so():
    digits = lambda texts: [3 if "good" in text else 5 for text in texts]  # noqa: E731
    assert asked(digits, ("5", "3")) == RIGHT
    assert asked(lambda texts: np.array(digits(texts)), ("5", "3")) == RIGHT
    with pytest.raises(NotRatableError, match="answers 5, which is none of the labels"):
        asked(digits)


def test_texts_come_in_batches_with_their_like():
    seen: list[list[str]] = []

    def function(texts: list[str]) -> list[str]:
        seen.append(texts)
        return ["pos"] * len(texts)

    model = LoadedFunction(function, LABELS)
    model.predict(TEXTS, Batching(2, equal_lengths=False))
    assert seen == [["bad thing", "good one"], ["good", "bad"]]
    seen.clear()
    model.predict(TEXTS, Batching(2))
    assert seen == [["bad thing"], ["good one"], ["good"], ["bad"]]


def test_scores_are_there_where_they_are_given():
    scores = LoadedFunction(rows, LABELS).scores(TEXTS, Batching(4))
    assert scores.tolist() == np.array(rows(TEXTS), dtype=np.float32).tolist()
    assert (
        LoadedFunction(lambda texts: ["pos"] * len(texts), LABELS).scores(TEXTS, Batching(4))
        is None
    )


def fails(_: list[str]) -> Any:
    raise KeyError("weights")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (fails, "does not answer: KeyError: 'weights'"),
        (lambda: None, "does not answer: TypeError: "),
        (lambda _: ["pos"], "returns 1 answers to 3 texts"),
        (lambda _: "pos", "returns a str, no list"),
        (lambda _: {"label": "pos"}, "returns a dict, no list"),
        (lambda _: None, "does not answer: TypeError: 'NoneType'"),
        (lambda _: 7, "does not answer: TypeError: 'int'"),
        (lambda _: ["pos", "neg", "other"], "answers 'other', which is none of the labels"),
        (lambda _: [None] * 3, r"answers nothing \(None\), which is none of the labels"),
        (lambda _: [{"label": "pos"}] * 3, "answers a dict, which is none of the labels"),
        (lambda _: [True] * 3, "answers a bool, which is none"),
        (lambda _: [[0.1, 0.2, 0.7]] * 3, "returns 3 scores for 2 labels"),
        (lambda _: [[0.1, math.nan]] * 3, "gives NaN or infinite scores"),
        (lambda _: [[0.1, math.inf]] * 3, "gives NaN or infinite scores"),
        (lambda _: [[0.1, None]] * 3, r"returns nothing \(None\) as a score"),
        (lambda _: ["pos", [0, 1], "pos"], "returns labels and scores in turn"),
    ],
)
def test_what_is_no_answer_is_told_on_one_line(function: Function, message: str):
    with pytest.raises(NotRatableError, match=message) as caught:
        asked(function)
    assert "\n" not in caught.value.message + caught.value.hint


def test_want_of_memory_and_an_interruption_are_no_fault_of_the_function():
    for error in (MemoryError, KeyboardInterrupt):

        def function(_: list[str], error: type[BaseException] = error) -> None:
            raise error

        with pytest.raises(error):
            asked(function)


def test_nobody_rates_one_by_the_name_of_its_family():
    assert parse_model("custom", folders=True) == ModelRef(source="hub", name="custom")
    model = handed_over("my rules")
    assert (model.name, model.source, model.files) == ("local/my-rules", "callable", ())
    assert handed_over("other").revision == model.revision
    with pytest.raises(NotRatableError, match="local/my-rules is a function"):
        find_family("custom").open(model, None, None)  # type: ignore[arg-type]
