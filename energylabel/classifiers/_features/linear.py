"""Logistic regression, scikit-learn's with its defaults, over features of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from energylabel.classifiers._features.logistic import (
    MAX_ITERATIONS,
    fitted_parameters,
    logistic_regression,
)
from energylabel.classifiers._features.vectorised import LoadedFeature, feature_family

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from energylabel.classifiers._family import Family


class LoadedLinear(LoadedFeature):
    """Features → logits → the label with the largest."""

    def __init__(self, vectorizer: Any, name: str, threads: int) -> None:
        import sklearn.linear_model  # noqa: F401 - before the fitting is metered

        super().__init__(vectorizer, name, threads)
        self._weights: Any = None
        self._intercept: Any = None
        self._labels: Any = None

    def _learn(self, features: Any, gold: Sequence[int]) -> int:
        self._weights, self._intercept, self._labels = logistic_regression(features, gold)
        return fitted_parameters(self._weights, self._labels)

    def _decide(self, features: Any) -> list[int]:
        logits = features @ self._weights + self._intercept
        labels: list[int] = self._labels[logits.argmax(axis=1)].tolist()
        return labels


def linear_family(
    family: str,
    features: str,
    vectorizer: Callable[[], Any],
    *,
    baseline: Literal["spaced", "unspaced"] | None = None,
    title: str | None = None,
) -> Family:
    """A family of logistic regressions.

    Args:
        family: Its name.
        features: What the features are, in words.
        vectorizer: Makes an unfitted vectoriser.
        baseline: See :class:`energylabel.classifiers.Family`.
        title: See there.
    """
    return feature_family(
        family,
        f"{features} (scikit-learn); "
        f"logistic regression (scikit-learn), {MAX_ITERATIONS} iterations",
        vectorizer,
        LoadedLinear,
        help=f"{features}, a linear model",
        baseline=baseline,
        title=title,
    )
