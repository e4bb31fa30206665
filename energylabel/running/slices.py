"""How the queries are dealt into slices, and which texts warm up. Pure numbers."""

import math
from collections.abc import Sequence

from energylabel.classifiers import Batching
from energylabel.records import ProtocolSettings
from energylabel.standard import PROCEDURE

_SHORT = 8
"""Lengths that are tried."""


def warm_up_texts(batching: Batching) -> int:
    """Texts of an uncounted pass: as many as make a batch, so that it is the load of a window."""
    return max(PROCEDURE.batches.texts, batching.texts)


def slice_count(tokens: Sequence[int], seconds_per_token: float, settings: ProtocolSettings) -> int:
    """How many slices the queries are dealt into (standard, section 5.4).

    Args:
        tokens: The reference's tokens of each query.
        seconds_per_token: What the reference takes for one token on an idle machine.
        settings: The protocol's bounds on slices.
    """
    count = settings.min_slices
    if settings.max_reference_pass_s is not None:
        whole_pass = sum(tokens) * seconds_per_token
        count = max(count, math.ceil(whole_pass / settings.max_reference_pass_s))
    if settings.max_slice_queries is not None:
        count = max(count, math.ceil(len(tokens) / settings.max_slice_queries))
    return min(count, len(tokens))


def deal(tokens: Sequence[int], count: int) -> tuple[tuple[int, ...], ...]:
    """Indices of the queries in each of ``count`` slices of like length mix.

    The queries, longest first, are dealt forth and back like cards, so that no slice always gets
    the longer of two neighbours.
    """
    slices: list[list[int]] = [[] for _ in range(count)]
    order = sorted(range(len(tokens)), key=lambda i: (-tokens[i], i))
    for turn, index in enumerate(order):
        lap, place = divmod(turn, count)
        slices[place if lap % 2 == 0 else count - 1 - place].append(index)
    return tuple(tuple(sorted(part)) for part in slices)


def middle(tokens: Sequence[int], count: int) -> tuple[int, ...]:
    """Indices of ``count`` queries of middling length: they batch with little padding."""
    order = sorted(range(len(tokens)), key=lambda i: (tokens[i], i))
    start = max(0, (len(order) - count) // 2)
    return tuple(order[start : start + count])


def longest(tokens: Sequence[int], count: int) -> tuple[int, ...]:
    """Indices of the ``count`` longest queries, longest first."""
    return tuple(sorted(range(len(tokens)), key=lambda i: (-tokens[i], i))[:count])


def extremes(tokens: Sequence[int]) -> tuple[int, ...]:
    """The longest text, and one of each of the fewest numbers of tokens that texts have.

    Networks that fail on texts of some lengths do so on short ones, which cost nothing to try.
    """
    first = {length: index for index, length in reversed(list(enumerate(tokens)))}
    short = [first[length] for length in sorted(first)[:_SHORT]]
    return tuple(dict.fromkeys((*short, *longest(tokens, 1))))


def telling(tokens: Sequence[int], queries: int) -> tuple[int, ...]:
    """Texts to compare answers on: the shortest, the longest, and the first of the queries."""
    shortest = min(range(len(tokens)), key=lambda i: (tokens[i], i))
    some = dict.fromkeys((shortest, *longest(tokens, 1), *range(queries)))
    return tuple(some)[: PROCEDURE.agreement.texts]
