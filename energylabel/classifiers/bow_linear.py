"""Counts of words and logistic regression."""

from energylabel.classifiers._features import bag_of_words
from energylabel.classifiers._linear import linear_family
from energylabel.classifiers.base import Classifier

PLUGIN: Classifier = linear_family("bow-linear", "counts of words (scikit-learn)", bag_of_words)
