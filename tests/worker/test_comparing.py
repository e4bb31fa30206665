"""Answers alone, in batches and again, of models that do to them what networks do."""

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pytest

from energylabel.classifiers.base import Batching, LoadedModel, Predictions
from energylabel.errors import NotRatableError
from energylabel.records import Agreement
from energylabel.worker.comparing import compare, grouped

TEXTS = tuple("x" * length for length in (1, 40, *(3 + 7 * n % 11 for n in range(30))))


class Scorer(LoadedModel):
    """Scores follow from a text's length, and from what a test adds to them.

    Args:
        padding: Added for each missing token of a batch.
        neighbours: Added for each other text of a batch.
        history: Added for each call before.
        noise: Standard deviation of something new each time.
        scored: Whether the scores are told.
    """

    parameters, max_tokens, attention = 1, 512, "none"

    def __init__(
        self,
        *,
        padding: float = 0.0,
        neighbours: float = 0.0,
        history: float = 0.0,
        noise: float = 0.0,
        scored: bool = True,
        dtype: str = "float32",
    ) -> None:
        self.padding, self.neighbours, self.history = padding, neighbours, history
        self.noise, self.scored, self.dtype = noise, scored, dtype
        self.chance, self.calls, self.always = Random(3), 0, False

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(map(len, texts))

    def _scores(self, texts: Sequence[str], batching: Batching) -> Any:
        found = np.zeros((len(texts), 2), np.float32)
        order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        lengths, start = [len(texts[place]) for place in order], 0
        while start < len(order):
            end = batching.end(lengths, start)
            if self.always:
                self.calls = 0
            for place in order[start:end]:
                extra = self.padding * (lengths[start] - len(texts[place]))
                extra += self.neighbours * (end - start - 1) + self.history * self.calls
                extra += self.chance.gauss(0, self.noise)
                found[place] = (len(texts[place]) % 7 - 3 + extra, 0)
            self.calls += 1
            start = end
        return found

    def scores(self, texts: Sequence[str], batching: Batching) -> Any:
        return self._scores(texts, batching) if self.scored else None

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        del count_truncated
        labels = tuple(self._scores(texts, batching).argmax(1).tolist())
        return Predictions(labels, tokens=1, truncated=0, finite=True)


class Restored(Scorer):
    """The same, whose calls can be undone."""

    @property
    def state(self) -> Any:  # type: ignore[override]
        return self

    def restore(self) -> None:
        self.calls = 0

    def restore_always(self, on: bool) -> None:
        self.always = on


def found(model: LoadedModel, size: int = 8) -> Agreement:
    return compare(model, TEXTS, Batching(size), "candidate")


def test_a_model_that_says_the_same_is_asked_as_planned():
    agreement = found(Scorer())
    assert agreement == Agreement(texts=32, scored=True, grouping="any-lengths")


def test_padding_that_leaks_is_done_without():
    agreement = found(Scorer(padding=0.5))
    assert (agreement.grouping, agreement.restored) == ("equal-lengths", False)
    assert agreement.strays >= agreement.flips > 0 == agreement.repeated_strays


def test_a_leak_that_turns_no_label_is_found_by_the_scores():
    agreement = found(Scorer(padding=0.001))
    assert (agreement.grouping, agreement.flips) == ("equal-lengths", 0)
    assert agreement.strays > 10


def test_texts_that_change_each_other_go_one_at_a_time():
    assert found(Scorer(neighbours=0.5)).grouping == "one-by-one"


@pytest.mark.parametrize(("dtype", "noise"), [("float32", 1e-5), ("bfloat16", 0.03)])
def test_rounding_is_no_leak(dtype: str, noise: float):
    # A score of 0 is a tie: the slightest change turns the label.
    agreement = found(Scorer(noise=noise, dtype=dtype))
    assert (agreement.grouping, agreement.strays) == ("any-lengths", 0)
    assert agreement.flips > 0


def test_without_scores_labels_are_compared():
    agreement = found(Scorer(padding=0.5, scored=False))
    assert (agreement.grouping, agreement.scored, agreement.strays) == ("equal-lengths", False, 0)
    assert agreement.flips > 0


def test_what_a_call_leaves_behind_is_undone():
    agreement = found(model := Restored(history=0.5))
    assert (agreement.grouping, agreement.restored) == ("any-lengths", True)
    assert agreement.repeated_strays > 0
    again = [model.scores(TEXTS, Batching(8)) for _ in range(2)]
    assert (again[0] == again[1]).all()


def test_padding_and_history_together():
    agreement = found(Restored(padding=0.5, history=0.5))
    assert (agreement.grouping, agreement.restored) == ("equal-lengths", True)


@pytest.mark.parametrize("model", [Scorer(history=0.5), Restored(noise=0.5)])
def test_no_two_answers_alike_is_no_model_to_rate(model: LoadedModel):
    with pytest.raises(NotRatableError, match=r"gives other answers .* asked again: \d+ of 32"):
        found(model)


def test_one_at_a_time_has_no_batches_to_leak():
    assert found(Scorer(padding=0.5, neighbours=0.5), size=1).grouping == "any-lengths"


def test_a_slow_model_is_asked_less(monkeypatch: pytest.MonkeyPatch):
    seconds = iter(range(0, 10_000, 31))
    monkeypatch.setattr("energylabel.worker.comparing.time.monotonic", lambda: next(seconds))
    assert found(Scorer()).texts == 4


def test_batches_of_equal_lengths():
    batching = grouped(Batching(3), "equal-lengths")
    lengths, start, ends = [9, 9, 9, 9, 5, 5, 2], 0, []
    while start < len(lengths):
        start = batching.end(lengths, start)
        ends.append(start)
    assert ends == [3, 4, 6, 7]
    assert grouped(Batching(3, 100), "one-by-one") == Batching(1)
    assert Batching(3) == grouped(Batching(3), "equal-lengths")  # until somebody has compared
    assert grouped(Batching(3, 100), "any-lengths") == Batching(3, 100, equal_lengths=False)
