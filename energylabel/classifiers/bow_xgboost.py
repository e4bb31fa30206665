"""Counts of words and gradient-boosted trees."""

from energylabel.classifiers._features.boosted import boosted_family
from energylabel.classifiers._features.vectorised import bag_of_words

PLUGIN = boosted_family("bow-xgboost", "counts of words", bag_of_words)
