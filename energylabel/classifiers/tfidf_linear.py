"""TF-IDF over words and logistic regression: the cheap baseline."""

from typing import Any

from energylabel.classifiers._linear import LinearFamily
from energylabel.classifiers.base import Classifier


def _vectorizer() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer()


PLUGIN: Classifier = LinearFamily("tfidf-linear", "TF-IDF of words (scikit-learn)", _vectorizer)
