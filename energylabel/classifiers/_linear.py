"""Logistic regression, scikit-learn's with its defaults, over features of texts."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._features import FeatureFamily, FeatureSession

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_ITERATIONS = 1000
"""Of the solver; 100, the library's default, are too few for some of the workloads."""


class LinearSession(FeatureSession):
    """Features → logits → the label with the largest."""

    def __init__(self, vectorizer: Any, name: str, threads: int) -> None:
        # Imported before the fitting is metered.
        from sklearn.linear_model import LogisticRegression

        super().__init__(vectorizer, name, threads)
        self._model = LogisticRegression(max_iter=MAX_ITERATIONS)
        self._weights: Any = None
        self._intercept: Any = None
        self._labels: Any = None

    def _learn(self, features: Any, gold: Sequence[int]) -> int:
        import numpy as np
        from sklearn.exceptions import ConvergenceWarning

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # as good as it gets in so many
            model = self._model.fit(features, list(gold))
        weights, intercept = model.coef_, model.intercept_
        if len(model.classes_) == 2:
            # One row of weights tells two classes apart; with a second of zeros all are alike.
            weights, intercept = np.vstack([0 * weights, weights]), np.append(0.0, intercept)
        self._weights, self._intercept = weights.T.copy(), intercept
        self._labels = model.classes_
        return int(model.coef_.size + model.intercept_.size)

    def _decide(self, features: Any) -> list[int]:
        logits = features @ self._weights + self._intercept
        labels: list[int] = self._labels[logits.argmax(axis=1)].tolist()
        return labels


def linear_family(family: str, features: str, vectorizer: Callable[[], Any]) -> FeatureFamily:
    """A family of logistic regressions.

    Args:
        family: Its name.
        features: What the features are, in words.
        vectorizer: Makes an unfitted vectoriser.
    """
    recipe = f"{features}; logistic regression (scikit-learn), {MAX_ITERATIONS} iterations"
    return FeatureFamily(family, recipe, vectorizer, LinearSession)
