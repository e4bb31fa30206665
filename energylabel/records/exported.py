"""What became of a network that another runtime than PyTorch executes."""

from typing import Annotated

from pydantic import Field

from energylabel.records.base import Count, NonNegative, Record


class Exported(Record):
    """An exported network as it ran, held against PyTorch's in float32.

    Both answered ``texts``, one at a time. Of these answers ``flips`` are another label than
    PyTorch's, and no score is further from PyTorch's than ``apart``, a share of the sample's median
    largest score. ``products`` are the kernels that multiplied matrices when it was
    tried, and how often each ran for one batch: the precision that really ran.
    """

    texts: Annotated[int, Field(ge=1)]
    flips: Count
    apart: NonNegative
    products: Annotated[dict[str, Annotated[int, Field(ge=1)]], Field(min_length=1)]
