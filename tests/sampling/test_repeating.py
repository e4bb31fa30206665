"""Rows that say nothing, or nothing new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energylabel.sampling import count_rows
from energylabel.sampling.repeating import RowCounts, copied


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ([("a", 0), ("b", 1)], RowCounts()),
        ([("", 0), (" \n", 1), ("\u200b\ufeff", 0), ("\u00a0", 0)], RowCounts(empty=4)),
        ([(".", 0), ("👍", 0), ("\ufffd", 0)], RowCounts()),
        ([("A  b", 0), ("a b", 0), ("a b ", 0)], RowCounts(repeated=2, copies={3: 1})),
        (
            [("a", 0), ("a", 1), ("a", 0), ("b", 1)],
            RowCounts(repeated=2, contradicting=1, copies={3: 1}),
        ),
        ([("a", 0), ("ab", 0), ("", 0), ("a", 1)], RowCounts(1, 1, 1, {2: 1})),
        ([], RowCounts()),
    ],
)
def test_counts_by_hand(rows: list[tuple[str, int]], counts: RowCounts) -> None:
    assert count_rows([text for text, _ in rows], [label for _, label in rows]) == counts


@given(st.lists(st.sampled_from(["", " ", "a", "A", "a ", "b", "c d", "c  D"])))
def test_what_is_left_is_one_of_each(texts: list[str]) -> None:
    counts = count_rows(texts, range(len(texts)))
    distinct = {copied(text) for text in texts} - {""}
    assert len(texts) - counts.empty - counts.repeated == len(distinct)
    assert sum((size - 1) * texts for size, texts in counts.copies.items()) == counts.repeated
    assert counts.contradicting == counts.repeated  # each row has a label of its own
