"""A model's answers alone, in batches and again: how it has to be asked so that they are its own.

What a model that was asked nothing before says to one text alone is its answer. Scores tell a leak
from rounding better than labels: a leak that turns no label of a few texts turns some of thousands.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from energylabel.classifiers import Batching, LoadedModel, Scaled
from energylabel.errors import NotRatableError
from energylabel.records import Agreement, Grouping, ScaledByBatch
from energylabel.standard import PROCEDURE

_GROUPINGS: tuple[Grouping, ...] = ("any-lengths", "equal-lengths", "one-by-one")
_PRECISE = ("float32", "float64")
_IMPOSSIBLE = -1e30
"""A score below it stands for a label that is never the answer, and says nothing of rounding."""


def grouped(batching: Batching, grouping: Grouping) -> Batching:
    """Batches of a grouping, as large as these."""
    if grouping == "one-by-one":
        return Batching(size=1)
    return replace(batching, equal_lengths=grouping == "equal-lengths")


def taken(model: LoadedModel, agreement: Agreement) -> None:
    """Make a model answer as was found."""
    if model.state is not None:
        model.state.restore_always(agreement.restored)


def compare(model: LoadedModel, texts: Sequence[str], batching: Batching, name: str) -> Agreement:
    """Find the way in which a model gives its own answers, and make it answer so.

    Args:
        model: Loaded, and fitted.
        texts: The sample, the most telling ones first.
        batching: The rating's own batches.
        name: What the model is called in messages.

    Raises:
        NotRatableError: No way gives the same answers twice.
    """
    if model.scaled is not None:
        return _by_batch(model, model.scaled, batching)
    return _Comparison(model, texts, batching, name).found()


def _by_batch(model: LoadedModel, scaled: Scaled, batching: Batching) -> Agreement:
    """How a model is asked whose runtime scales numbers by batch, and what batches change.

    Its network, in float32, has told which texts may share a batch. In these batches some texts
    have another label than alone; where they are too many, all are asked one at a time.
    """
    own, texts = grouped(batching, scaled.agreement.grouping), scaled.texts
    said = model.predict(texts, own).labels
    flips = sum(one != other for one, other in zip(said, scaled.labels, strict=True))
    grouping = scaled.agreement.grouping
    if flips > PROCEDURE.runtime.scaled * len(texts):
        grouping = "one-by-one"
    found = {"scaled": ScaledByBatch(texts=len(texts), flips=flips), "grouping": grouping}
    return scaled.agreement.model_copy(update=found)


@dataclass(frozen=True, slots=True)
class _Said:
    """Labels, and the scores that they follow from where there are any."""

    labels: np.ndarray[Any, Any]
    scores: np.ndarray[Any, Any] | None


class _Comparison:
    def __init__(
        self, model: LoadedModel, texts: Sequence[str], batching: Batching, name: str
    ) -> None:
        self._model = model
        self._batching = batching
        self._name = name
        limits = PROCEDURE.agreement
        self._noise = limits.noise if model.dtype in _PRECISE else limits.noise_in_half
        began, said = time.monotonic(), list[_Said]()
        self._restoring(True)
        for text in texts[: limits.texts]:
            if len(said) >= limits.least_texts and time.monotonic() - began > limits.sample_s:
                break
            said.append(self._ask([text], Batching(size=1)))
        self._restoring(False)
        self._texts = list(texts[: len(said)])
        self._alone = _joined(said, range(len(said)))

    def found(self) -> Agreement:
        """The first way that agrees, the cheapest first; the model answers so from now on."""
        texts, scored = len(self._texts), self._alone.scores is not None
        flips, strays = self._differing("any-lengths")
        if not self._leaks(flips, strays):
            return Agreement(texts=texts, scored=scored, grouping="any-lengths", flips=flips)
        # One by one after all these, and nothing put back: what earlier calls do.
        after = self._differing("one-by-one")
        restored = self._leaks(*after)
        self._restoring(restored)
        for grouping in _GROUPINGS if restored else _GROUPINGS[1:]:
            if not self._leaks(*self._differing(grouping)):
                return Agreement(
                    texts=texts,
                    scored=scored,
                    grouping=grouping,
                    restored=restored,
                    flips=flips,
                    strays=strays,
                    repeated_flips=after[0],
                    repeated_strays=after[1],
                )
        raise NotRatableError(
            f"the {self._name} gives other answers to the same text when it is asked again: "
            f"{max(after)} of {texts} texts",
            "answers that hang on chance, or on what was asked before, have no accuracy; see "
            "whether a setting of config.json fixes a seed",
        )

    def _restoring(self, on: bool) -> None:
        if self._model.state is not None:
            self._model.state.restore_always(on)

    def _leaks(self, flips: int, strays: int) -> bool:
        """Whether two ways differ; near a tie rounding alone turns labels, so scores decide."""
        return bool(flips if self._alone.scores is None else strays)

    def _differing(self, grouping: Grouping) -> tuple[int, int]:
        """Texts with another label than alone, and with another score: the most of two passes."""
        count = len(self._texts)
        # As a window asks them; then every other text, so that other ones meet.
        passes = ([range(count)], [range(0, count, 2), range(1, count, 2)])
        found = [self._compared(grouping, [each for each in calls if each]) for calls in passes]
        flips, strays = (max(each) for each in zip(*found, strict=True))
        return flips, strays

    def _compared(self, grouping: Grouping, calls: Sequence[Sequence[int]]) -> tuple[int, int]:
        batching = grouped(self._batching, grouping)
        parts = [self._ask([self._texts[place] for place in places], batching) for places in calls]
        said, alone = _joined(parts, [place for places in calls for place in places]), self._alone
        flips = int((said.labels != alone.labels).sum())
        if said.scores is None or alone.scores is None:
            return flips, 0
        real = (said.scores > _IMPOSSIBLE) & (alone.scores > _IMPOSSIBLE)
        apart = np.where(real, np.abs(said.scores - alone.scores), 0.0).max(axis=1)
        largest = np.where(real, np.abs(alone.scores), 0.0).max(axis=1)
        # Of one text the scores may all be near nothing: the sample's usual size counts.
        return flips, int((apart > self._noise * np.median(largest)).sum())

    def _ask(self, texts: Sequence[str], batching: Batching) -> _Said:
        scores = self._model.scores(texts, batching)
        if scores is None:
            return _Said(np.asarray(self._model.predict(texts, batching).labels), None)
        return _Said(scores.argmax(axis=1), scores.astype(np.float64))


def _joined(parts: Sequence[_Said], places: Sequence[int]) -> _Said:
    """What was said in several calls, in the order of the sample."""
    order = np.argsort(places)
    labels = np.concatenate([part.labels for part in parts])[order]
    scores = [part.scores for part in parts if part.scores is not None]
    return _Said(labels, np.concatenate(scores)[order] if scores else None)
