"""Counts of words and logistic regression."""

from energylabel.classifiers._features.linear import linear_family
from energylabel.classifiers._features.vectorised import bag_of_words

PLUGIN = linear_family("bow-linear", "counts of words", bag_of_words)
