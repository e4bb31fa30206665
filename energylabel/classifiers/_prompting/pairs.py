"""Pairs of texts as token ids, put together as the tokenizer itself would.

``[CLS] premise [SEP] hypothesis [SEP]`` for BERT, ``<s> premise </s></s> hypothesis </s>`` for
RoBERTa: what stands around the two texts is read off the tokenizer, so that each text and each
hypothesis is tokenised once and not once a pair. Only the premise is ever cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Protocol

from energylabel.classifiers._loading.forward import Rows
from energylabel.classifiers._loading.ids import find
from energylabel.errors import NotRatableError, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_PREMISES = ("", " Two  words,\tand 12.5 (signs)! ", "na\u00efve \u6f22\u5b57 \U0001f600\n")
"""What the joined pairs are compared on, besides a text that has to be cut."""

_NO_PAIRS = "rate a model whose tokenizer joins two texts: tokenizer(premise, hypothesis)"


class Pairing(Protocol):
    """Texts and fixed hypotheses → pairs, text by text and within a text hypothesis by hypothesis.

    ``rows`` cuts the premises so that each pair fits the limit; ``whole`` gives the lengths of
    the pairs without cutting.
    """

    def rows(self, texts: Sequence[str]) -> Rows: ...
    def whole(self, texts: Sequence[str]) -> list[int]: ...


def pairing(tokenizer: Any, hypotheses: Sequence[str], limit: int, *, types: bool) -> Pairing:
    """The fastest way of pairing that gives the tokenizer's own pairs.

    Args:
        tokenizer: Of transformers.
        hypotheses: Two or more, all different.
        limit: Most tokens of a pair.
        types: Whether the token types matter.

    Raises:
        NotRatableError: The tokenizer does not join two texts, or a hypothesis leaves no room.
    """
    plain = _Encoded(tokenizer, hypotheses, limit, types=types)
    spare = _check(tokenizer, hypotheses, limit)
    template = _template(tokenizer, *hypotheses[:2])
    if template is None:
        return plain
    joined = _Joined(tokenizer, hypotheses, limit, template)
    long = " ".join([hypotheses[0]] * spare)
    sample = [*_PREMISES, hypotheses[0], long]
    ours, theirs = joined.rows(sample), plain.rows(sample)
    same = all(
        list(ours.ids(row)) == list(theirs.ids(row))
        and (not types or list(_types(ours, row)) == list(_types(theirs, row)))
        for row in range(len(theirs.lengths))
    )
    return joined if same else plain


def _types(rows: Rows, row: int) -> Sequence[int]:
    return [0] * rows.lengths[row] if rows.types is None else rows.types(row)


def _check(tokenizer: Any, hypotheses: Sequence[str], limit: int) -> int:
    """How often the first hypothesis fills a pair; refuses what cannot be paired."""
    first, second = hypotheses[:2]
    try:
        pairs = [
            tokenizer(one, two, verbose=False)["input_ids"]
            for one, two in ((first, first), (first, second), (second, second))
        ]
    except (TypeError, ValueError, NotImplementedError) as error:
        raise NotRatableError(
            f"the tokenizer does not join two texts: {one_line(error)}", _NO_PAIRS
        ) from error
    if pairs[0] == pairs[1] or pairs[1] == pairs[2]:
        raise NotRatableError("the tokenizer leaves out one of two texts", _NO_PAIRS)
    alone = _plain(tokenizer, hypotheses)
    for number, row in enumerate(alone):
        if row in alone[:number]:
            raise NotRatableError(
                f"{one_line(hypotheses[alone.index(row)], 80)!r} and "
                f"{one_line(hypotheses[number], 80)!r} are the same to the tokenizer",
                "give the labels other words: [wording.words] in the workload's TOML",
            )
    lengths = list(map(len, alone))
    around: int = tokenizer.num_special_tokens_to_add(pair=True)
    longest = lengths.index(max(lengths))
    if around + lengths[longest] >= limit:
        raise NotRatableError(
            f"the hypothesis {one_line(hypotheses[longest], 80)!r} has {lengths[longest]} tokens, "
            f"which leaves none of {limit} for the text",
            "shorten the label's words, or the hypothesis, in the workload's [wording]",
        )
    return limit // max(1, lengths[0]) + 1


def _plain(tokenizer: Any, texts: Sequence[str], limit: int | None = None) -> list[list[int]]:
    """Ids of texts without anything around them."""
    encoded: list[list[int]] = tokenizer(
        list(texts),
        add_special_tokens=False,
        truncation=limit is not None,
        max_length=limit,
        padding=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )["input_ids"]
    return encoded


@dataclass(frozen=True, slots=True)
class _Template:
    """What stands before, between and after two texts, and the token type of each of the five."""

    before: list[int]
    between: list[int]
    after: list[int]
    types: tuple[list[int], int, list[int], int, list[int]]


def _template(tokenizer: Any, first: str, second: str) -> _Template | None:
    """Found in the pair of two texts; None where they are not to be found in it."""
    pair = tokenizer(first, second, return_token_type_ids=True, verbose=False)
    ids = pair["input_ids"]
    types = pair.get("token_type_ids", [0] * len(ids))
    premise, hypothesis = _plain(tokenizer, (first, second))
    one = find(ids, premise)
    two = -1 if one < 0 else find(ids, hypothesis, one + len(premise))
    if two < 0:
        return None
    middle, end = one + len(premise), two + len(hypothesis)
    return _Template(
        before=ids[:one],
        between=ids[middle:two],
        after=ids[end:],
        types=(types[:one], types[one], types[middle:two], types[two], types[end:]),
    )


class _Joined:
    """Pairs put together from parts that were tokenised once."""

    def __init__(
        self, tokenizer: Any, hypotheses: Sequence[str], limit: int, template: _Template
    ) -> None:
        self._tokenizer = tokenizer
        self._hypotheses = hypotheses
        self._limit = limit
        self._template = template
        self._left = tokenizer.truncation_side == "left"

    def rows(self, texts: Sequence[str]) -> Rows:
        """See :class:`Pairing`."""
        template, count = self._template, len(self._hypotheses)
        before, left = template.before, self._left
        of_before, of_premise, of_between, of_hypothesis, of_after = template.types
        hypotheses = _plain(self._tokenizer, self._hypotheses)
        tails = [[*template.between, *row, *template.after] for row in hypotheses]
        tail_types = [[*of_between, *[of_hypothesis] * len(row), *of_after] for row in hypotheses]
        rooms = [self._limit - len(before) - len(tail) for tail in tails]
        premises = _plain(self._tokenizer, texts, self._limit)

        def ids(row: int) -> list[int]:
            text, hypothesis = divmod(row, count)
            premise, room = premises[text], rooms[hypothesis]
            if len(premise) > room:
                premise = premise[-room:] if left else premise[:room]
            return before + premise + tails[hypothesis]

        def types(row: int) -> list[int]:
            text, hypothesis = divmod(row, count)
            length = min(len(premises[text]), rooms[hypothesis])
            return of_before + [of_premise] * length + tail_types[hypothesis]

        lengths = [
            len(before) + min(len(premise), room) + len(tail)
            for premise in premises
            for room, tail in zip(rooms, tails, strict=True)
        ]
        return Rows(lengths, ids, types)

    def whole(self, texts: Sequence[str]) -> list[int]:
        """See :class:`Pairing`."""
        around = len(self._template.before + self._template.between + self._template.after)
        premises = _plain(self._tokenizer, texts)
        hypotheses = _plain(self._tokenizer, self._hypotheses)
        return [around + len(one) + len(two) for one, two in product(premises, hypotheses)]


class _Encoded:
    """Pairs as the tokenizer makes them, one by one."""

    def __init__(
        self, tokenizer: Any, hypotheses: Sequence[str], limit: int, *, types: bool
    ) -> None:
        self._tokenizer = tokenizer
        self._hypotheses = hypotheses
        self._limit = limit
        self._types = types

    def _encode(self, texts: Sequence[str], limit: int | None) -> Any:
        premises, hypotheses = zip(*product(texts, self._hypotheses), strict=True)
        return self._tokenizer(
            list(premises),
            list(hypotheses),
            truncation=False if limit is None else "only_first",
            max_length=limit,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=self._types,
            verbose=False,
        )

    def rows(self, texts: Sequence[str]) -> Rows:
        """See :class:`Pairing`."""
        encoded = self._encode(texts, self._limit)
        ids, types = encoded["input_ids"], encoded.get("token_type_ids")
        return Rows([len(row) for row in ids], ids.__getitem__, types and types.__getitem__)

    def whole(self, texts: Sequence[str]) -> list[int]:
        """See :class:`Pairing`."""
        return [len(row) for row in self._encode(texts, None)["input_ids"]]
