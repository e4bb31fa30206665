"""The most frequent class, whatever the text: what every model has to beat."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from energylabel.classifiers._family import MAJORITY, Family
from energylabel.classifiers._features.vectorised import refuse_placement
from energylabel.classifiers.base import (
    TOKEN_LIMIT,
    TRAINING_ROWS,
    Batching,
    Fittable,
    Placement,
    Predictions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from energylabel.records import ResolvedModel, Task


class LoadedMajority(Fittable):
    """Counts of classes. It reads no text, so its tokens are none."""

    dtype = "int64"
    max_tokens = TOKEN_LIMIT
    attention = "none"

    def __init__(self) -> None:
        self.parameters = 0
        self._answer = 0

    def fit(self, texts: Sequence[str], gold: Sequence[int]) -> None:
        """Count the classes; of equally frequent ones the first by id is the answer."""
        del texts
        counts = Counter(gold)
        self._answer = min(counts, key=lambda label: (-counts[label], label))
        self.parameters = len(counts)

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """None for each text."""
        return (0,) * len(texts)

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """See :class:`energylabel.classifiers.base.LoadedModel`."""
        del batching
        return Predictions(
            labels=(self._answer,) * len(texts),
            tokens=0,
            truncated=0 if count_truncated else None,
            finite=True,
            uncut_tokens=0 if count_truncated else None,
        )


@contextmanager
def open_unfitted(
    model: ResolvedModel, placement: Placement, task: Task | None = None
) -> Iterator[LoadedMajority]:
    """An unfitted model.

    Raises:
        NotRatableError: A GPU or another number format was asked for.
    """
    del task
    refuse_placement(model.name, placement, "int64")
    yield LoadedMajority()


PLUGIN = Family(
    name=MAJORITY,
    help="the same answer to every text",
    open=open_unfitted,
    recipe="most frequent class of the rows it is fitted on, the first of equals",
    training_rows=TRAINING_ROWS,
    cpu_only=True,
    baseline="any",
    title="majority",
    beside_only=True,
)
