"""Gradient-boosted trees, XGBoost's with its defaults, over features of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from energylabel.classifiers._features.logistic import refuse_one_class
from energylabel.classifiers._features.vectorised import LoadedFeature, feature_family
from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from energylabel.classifiers._family import Family


class LoadedBoosted(LoadedFeature):
    """Features → trees → label ids; it computes in float32, with as many threads as all others."""

    dtype = "float32"

    def __init__(self, vectorizer: Any, name: str, threads: int) -> None:
        try:
            from xgboost import XGBClassifier
        except ImportError as error:
            raise NotRatableError(
                f"{name} needs XGBoost, which is not installed",
                "pip install 'energylabel[xgboost]'",
            ) from error
        super().__init__(vectorizer, name, threads)
        self._model = XGBClassifier(n_jobs=threads)
        self._labels: Any = None

    def _learn(self, features: Any, gold: Sequence[int]) -> int:
        import numpy as np

        # XGBoost wants class numbers without gaps, and the rows to fit on may lack some classes.
        self._labels, classes = np.unique(np.asarray(gold), return_inverse=True)
        refuse_one_class(gold)
        self._model.fit(features, classes)
        # One line for each node of a tree, with its feature and threshold, or a leaf's weight.
        return sum(tree.count("\n") for tree in self._model.get_booster().get_dump())

    def _decide(self, features: Any) -> list[int]:
        labels: list[int] = self._labels[self._model.predict(features)].tolist()
        return labels


def boosted_family(family: str, features: str, vectorizer: Callable[[], Any]) -> Family:
    """A family of boosted trees; arguments as of :func:`.linear.linear_family`."""
    return feature_family(
        family,
        f"{features} (scikit-learn); XGBoost, its defaults",
        vectorizer,
        LoadedBoosted,
        help=f"{features}, boosted trees",
    )
