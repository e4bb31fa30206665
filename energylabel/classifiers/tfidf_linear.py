"""TF-IDF over words and logistic regression: the cheap baseline."""

from energylabel.classifiers._features.linear import linear_family
from energylabel.classifiers._features.vectorised import tfidf_of_words

PLUGIN = linear_family(
    "tfidf-linear",
    "TF-IDF of words",
    tfidf_of_words,
    baseline="spaced",
    title="TF-IDF + linear",
)
