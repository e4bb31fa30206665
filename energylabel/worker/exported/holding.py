"""An exported network's answers held against those that the network gave in PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from energylabel.classifiers import Batching
from energylabel.errors import NotRatableError
from energylabel.formatting import percentage
from energylabel.standard import PROCEDURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from energylabel.classifiers import LoadedModel

Scores = np.ndarray[Any, Any]
ALONE = Batching(size=1)
PADDED = Batching(size=PROCEDURE.agreement.texts, equal_lengths=False)
"""Batches in which the shortest text of a sample is filled up to the longest."""


def scores_of(model: LoadedModel, texts: Sequence[str], batching: Batching) -> Scores:
    """Scores of shape (texts, labels) in float64, each batch asked by itself.

    Raises:
        NotRatableError: The model has none.
    """
    size = batching.size
    parts = [
        model.scores(texts[start : start + size], batching) for start in range(0, len(texts), size)
    ]
    if any(part is None for part in parts):
        raise NotRatableError("it has no scores that could be compared", "")
    return np.concatenate(parts).astype(np.float64)


def held(found: Scores, expected: Scores) -> tuple[int, float]:
    """How many texts have another label, and the largest difference of a score.

    Args:
        found: Of the exported network, of shape (texts, labels).
        expected: Of PyTorch, for the same texts.

    Returns:
        The number of texts, and a share of the sample's median largest score.

    Raises:
        NotRatableError: The shapes are not the same, or there are scores that are no numbers.
    """
    if found.shape != expected.shape:
        raise NotRatableError(
            f"the exported network gives scores of shape {found.shape}, PyTorch {expected.shape}",
            "",
        )
    if not np.isfinite(found).all():
        raise NotRatableError("the exported network gives NaN or infinite scores", "")
    usual = float(np.median(np.abs(expected).max(axis=1)))
    furthest = float(np.abs(found - expected).max())
    flips = int((found.argmax(axis=1) != expected.argmax(axis=1)).sum())
    return flips, furthest / usual if usual else furthest


def refuse_apart(found: Scores, expected: Scores, title: str) -> None:
    """Refuse an exported network in float32 that does not compute what PyTorch computes.

    Args:
        found: Its scores, of shape (texts, labels).
        expected: PyTorch's, for the same texts.
        title: What the runtime is called.

    Raises:
        NotRatableError: A score is further apart than rounding explains.
    """
    flips, apart = held(found, expected)
    if apart > PROCEDURE.agreement.noise:
        raise NotRatableError(
            f"exported, it computes other scores on {title} than in PyTorch: up to"
            f" {percentage(apart)} % apart, {flips} of {len(found)} texts with another label",
            "rate it with PyTorch: leave out --runtime",
        )
