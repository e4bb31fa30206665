"""Workload → the rows that every model is asked, and rows to fit models on.

In: a definition or a file of the user's. Out: :class:`~energylabel.records.Samples`.
"""

from energylabel.sampling.cleaning import LEFT_OUT
from energylabel.sampling.decoding import STDIN
from energylabel.sampling.repeating import count_rows
from energylabel.sampling.samples import OwnData, content_digest, sample, sample_file
from energylabel.sampling.training import examples, required, train, train_file

__all__ = [
    "LEFT_OUT",
    "STDIN",
    "OwnData",
    "content_digest",
    "count_rows",
    "examples",
    "required",
    "sample",
    "sample_file",
    "train",
    "train_file",
]
