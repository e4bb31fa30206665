"""Texts and labels of rows → how many of the rows say nothing, or nothing new."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows with nothing to read; rows that repeat one before them; those with another label."""

    empty: int = 0
    repeated: int = 0
    contradicting: int = 0


def count_rows(texts: Sequence[str], gold: Sequence[int]) -> RowCounts:
    """Count them among the rows that are asked. Empty texts repeat nothing.

    Args:
        texts: In the order in which they are asked.
        gold: A label id for each.
    """
    first: dict[str, int] = {}
    empty = repeated = contradicting = 0
    for text, label in zip(texts, gold, strict=True):
        if not any(map(_seen, text)):
            empty += 1
            continue
        before = first.setdefault(copied(text), label)
        contradicting += before != label
        repeated += 1
    return RowCounts(empty, repeated - len(first), contradicting)


def copied(text: str) -> str:
    """A text without what a copy of it may differ in: case and blanks."""
    return " ".join(text.casefold().split())


def _seen(sign: str) -> bool:
    return not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cf")
