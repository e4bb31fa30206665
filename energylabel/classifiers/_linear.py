"""A vectoriser and logistic regression, both scikit-learn's with its defaults, as a session."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._logistic import (
    MAX_ITERATIONS,
    fitted_parameters,
    logistic_regression,
)
from energylabel.classifiers.base import TOKEN_LIMIT, Batching, Placement, Predictions
from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from energylabel.records.subject import ResolvedModel
    from energylabel.records.workload import Task

_BATCH = 1024
_WORD = re.compile(r"\S+")


class LinearSession:
    """Texts → sparse features → logits.

    Small batches would cost it half as much again: it takes many texts at a time, and they
    need no padding. One at a time is one at a time.
    """

    batch: int | None = _BATCH
    dtype = "float64"
    max_tokens = TOKEN_LIMIT
    attention = "none"

    def __init__(self, vectorizer: Any) -> None:
        self._vectorizer = vectorizer
        self._weights: Any = None
        self._intercept: Any = None
        self._labels: Any = None
        self.parameters = 0

    def fit(self, texts: Sequence[str], gold: Sequence[int]) -> None:
        """See :class:`energylabel.classifiers.base.Fittable`."""
        features = self._vectorizer.fit_transform([_cut(text) for text in texts])
        self._weights, self._intercept, self._labels = logistic_regression(features, gold)
        self.parameters = fitted_parameters(self._weights, self._labels)

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Words per text after truncation."""
        return tuple(min(len(text.split()), TOKEN_LIMIT) for text in texts)

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """See :class:`energylabel.classifiers.base.Session`. Tokens are words between blanks."""
        import numpy as np

        labels: list[int] = []
        tokens = 0
        size = batching.size if batching.size == 1 else _BATCH
        for start in range(0, len(texts), size):
            batch = [_cut(text) for text in texts[start : start + size]]
            logits = self._vectorizer.transform(batch) @ self._weights + self._intercept
            labels += self._labels[np.argmax(logits, axis=1)].tolist()
        counts = [len(text.split()) for text in texts]
        tokens = sum(min(count, TOKEN_LIMIT) for count in counts)
        return Predictions(
            labels=tuple(labels),
            tokens=tokens,
            truncated=sum(count > TOKEN_LIMIT for count in counts) if count_truncated else None,
            finite=True,
            uncut_tokens=sum(counts) if count_truncated else None,
        )


def _cut(text: str) -> str:
    """The first words of a text, as many as the others read tokens; the blanks stay."""
    if len(text) < 2 * TOKEN_LIMIT:  # so many words and the blanks between them do not fit
        return text
    for number, word in enumerate(_WORD.finditer(text), 1):
        if number == TOKEN_LIMIT:
            return text[: word.end()]
    return text


class LinearFamily:
    """A family of its own for each way to make features.

    Args:
        family: Its name.
        recipe: What changes when the answers change.
        vectorizer: Makes an unfitted vectoriser.
    """

    training_rows = 10_000

    def __init__(self, family: str, recipe: str, vectorizer: Callable[[], Any]) -> None:
        self.family = family
        self.recipe = f"{recipe}; logistic regression (scikit-learn), {MAX_ITERATIONS} iterations"
        self._vectorizer = vectorizer

    @contextmanager
    def open(
        self, model: ResolvedModel, placement: Placement, task: Task | None = None
    ) -> Iterator[LinearSession]:
        """An unfitted session.

        Raises:
            NotRatableError: A GPU or another number format was asked for.
        """
        del task
        if placement.device != "cpu":
            raise NotRatableError(f"{model.name} runs on processors alone", "add --device cpu")
        if placement.dtype != "auto":
            raise NotRatableError(f"{model.name} computes in float64", "leave out --dtype")
        yield LinearSession(self._vectorizer())
