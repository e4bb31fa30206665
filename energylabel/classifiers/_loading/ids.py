"""Lists of token ids: where a part lies, and what rows begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def find(ids: Sequence[int], part: Sequence[int], start: int = 0) -> int:
    """Where ``part`` begins in ``ids``, from ``start`` on; -1: nowhere, or it is empty."""
    last = len(ids) - len(part)
    places = range(start, last + 1) if part else range(0)
    return next((at for at in places if ids[at : at + len(part)] == part), -1)


def shared(rows: Sequence[Sequence[int]]) -> int:
    """How many ids all rows begin with: as many as the first and the last of them in order."""
    first, last = min(rows, key=list), max(rows, key=list)
    pairs = zip(first, last, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(first), len(last)))


def common_beginning(rows: Sequence[Sequence[int]], most: int) -> int:
    """How many ids all rows begin with, up to ``most``, and at least one less than a row has."""
    return min(most, shared(rows), *(len(row) - 1 for row in rows))
