"""Logistic regression as every fitted family here has it: scikit-learn's, with its defaults."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from energylabel.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ITERATIONS = 1000
"""Of the solver; 100, the library's default, are too few for some of the workloads."""


def logistic_regression(features: Any, gold: Sequence[int]) -> tuple[Any, Any, Any]:
    """Fit one.

    Args:
        features: Matrix of shape (texts, features), dense or sparse.
        gold: A label id for each text, of two classes or more.

    Returns:
        Weights of shape (features, classes), intercepts of shape (classes), and the label id of
        each class; the class with the largest logit is the answer.

    Raises:
        DataError: The texts are all of one class.
    """
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    refuse_one_class(gold)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # accepted after so many iterations
        model = LogisticRegression(max_iter=MAX_ITERATIONS).fit(features, list(gold))
    weights, intercept = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        # For two classes scikit-learn has one row of weights; a second row of zeros gives the shape
        # that more classes have.
        weights, intercept = np.vstack([0 * weights, weights]), np.append(0.0, intercept)
    return weights.T.copy(), intercept, model.classes_


def refuse_one_class(gold: Sequence[int]) -> None:
    """Raise :class:`DataError` where there is nothing to tell apart."""
    if len(set(gold)) < 2:
        raise DataError(
            f"the {len(gold):,} rows to learn from are all of one class",
            "give rows in which every class is more frequent",
        )


def fitted_parameters(weights: Any, labels: Any) -> int:
    """How many numbers were fitted: two classes share one row of weights."""
    rows = 1 if len(labels) == 2 else len(labels)
    return rows * (int(weights.shape[0]) + 1)
