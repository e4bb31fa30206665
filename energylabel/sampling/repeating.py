"""Texts and labels of rows → how many of the rows say nothing, or nothing new."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows with nothing to read; rows that repeat one before them; those with another label.

    ``copies`` gives for a number of rows how many texts fill so many, where it is more than one.
    """

    empty: int = 0
    repeated: int = 0
    contradicting: int = 0
    copies: dict[int, int] = field(default_factory=dict)


def count_rows(texts: Sequence[str], gold: Sequence[int]) -> RowCounts:
    """Count them among the rows that are asked. Empty texts repeat nothing.

    Args:
        texts: In the order in which they are asked.
        gold: A label id for each.
    """
    first: dict[str, int] = {}
    sizes: Counter[str] = Counter()
    empty = contradicting = 0
    for text, label in zip(texts, gold, strict=True):
        if not any(map(_seen, text)):
            empty += 1
            continue
        form = copied(text)
        contradicting += first.setdefault(form, label) != label
        sizes[form] += 1
    copies = Counter(size for size in sizes.values() if size > 1)
    return RowCounts(
        empty=empty,
        repeated=sizes.total() - len(sizes),
        contradicting=contradicting,
        copies=dict(sorted(copies.items())),
    )


def copied(text: str) -> str:
    """A text without what a copy of it may differ in: case and blanks."""
    return " ".join(text.casefold().split())


def _seen(sign: str) -> bool:
    return not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cf")
