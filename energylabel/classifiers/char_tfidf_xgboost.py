"""TF-IDF over runs of two and three characters and gradient-boosted trees."""

from energylabel.classifiers._features.boosted import boosted_family
from energylabel.classifiers._features.vectorised import tfidf_of_characters

PLUGIN = boosted_family("char-tfidf-xgboost", "TF-IDF of 2 and 3 characters", tfidf_of_characters)
