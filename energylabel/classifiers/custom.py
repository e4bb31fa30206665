"""A function of a Python program: texts in, labels or rows of scores out, and nothing else known.

It is handed over by ``energylabel.rate(model=function)`` and runs in that program's own process: it
cannot be sent to another without pickle, which is loaded nowhere here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from energylabel.classifiers._family import Family
from energylabel.classifiers.base import TOKEN_LIMIT, Batching, LoadedModel, Placement, Predictions
from energylabel.errors import NotRatableError, one_line
from energylabel.workloads import Names

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from energylabel.records import ResolvedModel, Task

CUSTOM: Final = "custom"
"""Name of the family."""

Function = Callable[[list[str]], Any]
"""Takes texts; gives for each a label of the workload, or its score for each label in order."""

_HINT: Final = (
    "the function is given a list of texts and returns, for each, one of the labels or a row of "
    "scores in the labels' order"
)
_SHOWN: Final = 10


class LoadedFunction(LoadedModel):
    """A function as a model. Its parameters, numbers and tokens are not known, so none are told.

    Args:
        function: Is asked for answers, a batch of texts at a time.
        labels: The workload's, by id.
    """

    parameters = 0
    dtype = "unknown format"
    max_tokens = TOKEN_LIMIT
    attention = "unknown"
    divisible = True

    def __init__(self, function: Function, labels: Sequence[str]) -> None:
        self._function = function
        self._labels = tuple(labels)
        self._names = Names.of(self._labels)
        self._scored: bool | None = None

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Characters of each text: they stand in for tokens where texts are put in order."""
        return tuple(map(len, texts))

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """See :class:`energylabel.classifiers.base.LoadedModel`; tokens are counted nowhere."""
        rows = self._ask(texts, batching)
        labels = tuple(
            row if isinstance(row, int) else max(range(len(row)), key=row.__getitem__)
            for row in rows
        )
        none = 0 if count_truncated else None
        return Predictions(labels=labels, tokens=0, truncated=none, finite=True, uncut_tokens=none)

    def scores(self, texts: Sequence[str], batching: Batching) -> Any:
        """See :class:`energylabel.classifiers.base.LoadedModel`."""
        import numpy as np

        rows = self._ask(texts, batching)
        return np.asarray(rows, dtype=np.float32) if self._scored else None

    def _ask(self, texts: Sequence[str], batching: Batching) -> list[int | list[float]]:
        """Ids of labels, or rows of scores, in the order of the texts."""
        lengths = self.count_tokens(texts)
        order = sorted(range(len(texts)), key=lambda place: -lengths[place])
        descending = [lengths[place] for place in order]
        found: list[int | list[float]] = [0] * len(texts)
        start = 0
        while start < len(order):
            end = batching.end(descending, start)
            places = order[start:end]
            for place, row in zip(places, self._call([texts[i] for i in places]), strict=True):
                found[place] = row
            start = end
        return found

    def _call(self, texts: list[str]) -> list[int | list[float]]:
        asked = len(texts)
        try:
            said = _plain(self._function(texts))
            given = None if isinstance(said, str | bytes | Mapping) else list(said)
        except MemoryError:
            raise
        except Exception as error:
            what = one_line(f"{type(error).__name__}: {error}", 300)
            raise NotRatableError(f"the function does not answer: {what}", _HINT) from error
        if given is None:
            raise NotRatableError(f"the function returns {_kind(said)}, no list", _HINT)
        if len(given) != asked:
            raise NotRatableError(
                f"the function returns {len(given):,} answers to {asked:,} texts", _HINT
            )
        return [self._read(_plain(each)) for each in given]

    def _read(self, answer: Any) -> int | list[float]:
        """One answer as the id of a label or as scores; all answers are of one kind."""
        scored = isinstance(answer, list | tuple)
        if self._scored is None:
            self._scored = scored
        if self._scored != scored:
            raise NotRatableError("the function returns labels and scores in turn", _HINT)
        return self._row(answer) if scored else self._label(answer)

    def _row(self, answer: Sequence[Any]) -> list[float]:
        if len(answer) != len(self._labels):
            raise NotRatableError(
                f"the function returns {len(answer)} scores for {len(self._labels)} labels",
                f"one score for each, in this order: {self._listed()}",
            )
        try:
            row = [float(each) for each in answer]
        except (TypeError, ValueError) as error:
            kind = _kind(next(each for each in answer if not isinstance(each, int | float)))
            raise NotRatableError(f"the function returns {kind} as a score", _HINT) from error
        if not all(map(math.isfinite, row)):
            raise NotRatableError(
                "the function gives NaN or infinite scores", "see which text makes it do so"
            )
        return row

    def _label(self, answer: Any) -> int:
        # Numbers are labels where the workload's are called so, never places in a list.
        named = isinstance(answer, str) or (
            isinstance(answer, int) and not isinstance(answer, bool)
        )
        found = self._names.find(str(answer)) if named else None
        if found is None:
            shown = repr(answer)[:60] if named else _kind(answer)
            raise NotRatableError(
                f"the function answers {one_line(shown)}, which is none of the labels",
                f"the labels are {self._listed()}",
            )
        return found

    def _listed(self) -> str:
        more = len(self._labels) - _SHOWN
        names = ", ".join(repr(label[:40]) for label in self._labels[:_SHOWN])
        return f"{names} and {more} more" if more > 0 else names


def _plain(value: Any) -> Any:
    """What holds numbers as Python's own: an array, a tensor, a column of a data frame."""
    for name in ("tolist", "to_list"):
        if callable(getattr(value, name, None)):
            return getattr(value, name)()
    return value


def _kind(value: object) -> str:
    return "nothing (None)" if value is None else f"a {type(value).__name__}"


def open_nothing(
    model: ResolvedModel, placement: Placement, task: Task | None = None
) -> AbstractContextManager[LoadedModel]:
    """There is nothing on the disk to open.

    Raises:
        NotRatableError: Always.
    """
    del placement, task
    raise NotRatableError(
        f"{model.name} is a function, which the Python program has that made it",
        "rate it there: energylabel.rate(model=function, data=…)",
    )


PLUGIN = Family(
    name=CUSTOM,
    help="functions of a Python program (energylabel.rate(model=function)); of them nothing is "
    "known but their answers and what these take",
    open=open_nothing,
    recipe="a function of a Python program; what it computes is not known",
    cpu_only=True,
    in_memory=True,
)
