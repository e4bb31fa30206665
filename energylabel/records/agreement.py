"""Whether a model says the same alone, in batches and again, and how it is asked for it."""

from typing import Annotated, Literal

from pydantic import Field

from energylabel.records.base import Absent, AbsentIfEmpty, Count, Record

Grouping = Literal["any-lengths", "equal-lengths", "one-by-one"]
"""Which texts share a batch: those next to each other by length, only texts of as many tokens, or
none."""


class ScaledByBatch(Record):
    """Answers of a runtime that scales numbers by the batch that they are in.

    ``flips`` of so many ``texts`` had another label in their batch than alone.
    """

    texts: Annotated[int, Field(ge=1)]
    flips: Count


class Agreement(Record):
    """A sample of the texts, each answered alone by a model that was asked nothing before.

    ``texts`` is how many there were, and ``scored`` whether scores were compared; else labels were.
    Of them, in the batches that were asked for, ``flips`` had another label than alone and
    ``strays`` another score than numbers of its type explain (a text may be in both).
    ``repeated_flips`` and ``repeated_strays`` are the same for texts that were asked one by one
    after others. ``grouping`` is how texts were put together therefore, in every scenario, and
    ``restored`` that what a call left in the model was undone before the next.
    ``fails_on_empty``: an empty text, which was not asked, makes the model fail.
    ``scaled`` is there for a runtime that scales numbers by batch; all else is then of its network
    in float32.
    """

    texts: Annotated[int, Field(ge=1)]
    scored: bool
    grouping: Grouping
    restored: Annotated[bool, AbsentIfEmpty] = False
    flips: Annotated[Count, AbsentIfEmpty] = 0
    strays: Annotated[Count, AbsentIfEmpty] = 0
    repeated_flips: Annotated[Count, AbsentIfEmpty] = 0
    repeated_strays: Annotated[Count, AbsentIfEmpty] = 0
    fails_on_empty: Annotated[bool, AbsentIfEmpty] = False
    scaled: Annotated[ScaledByBatch | None, Absent] = None
