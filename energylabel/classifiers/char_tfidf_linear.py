"""TF-IDF over runs of two and three characters and logistic regression."""

from energylabel.classifiers._features.linear import linear_family
from energylabel.classifiers._features.vectorised import tfidf_of_characters

PLUGIN = linear_family(
    "char-tfidf-linear",
    "TF-IDF of 2 and 3 characters",
    tfidf_of_characters,
    baseline="unspaced",
    title="TF-IDF of characters + linear",
)
