"""Pairs of texts as token ids: those that the tokenizer itself makes, of every kind."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from support.tiny_models import SENTENCES, make_model

from energylabel.classifiers._prompting.pairs import Pairing, pairing
from energylabel.errors import NotRatableError

HYPOTHESES = ("this meal was dull.", "a small boat", "that song felt quite lovely.")
TEXTS = [*SENTENCES[:5], "", " \n", "the film " * 40, "\u6f22\u5b57 \U0001f600", "?"]
LIMIT = 30


def tokenizer(folder: Path, kind: str = "bert") -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(make_model(folder / kind, kind))


def with_template(made: Any, pair: str) -> Any:
    from tokenizers.processors import TemplateProcessing

    special = [(name, made.convert_tokens_to_ids(name)) for name in ("<s>", "</s>")]
    made.backend_tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", pair=pair, special_tokens=special
    )
    return made


def check(made: Any, limit: int = LIMIT) -> Pairing:
    """Ids, types and lengths are those of the tokenizer, pair by pair."""
    pairs = pairing(made, HYPOTHESES, limit, types=True)
    rows, whole = pairs.rows(TEXTS), pairs.whole(TEXTS)
    assert len(rows.lengths) == len(whole) == len(TEXTS) * len(HYPOTHESES)
    for row, (text, hypothesis) in enumerate(product(TEXTS, HYPOTHESES)):
        own = made(text, hypothesis, truncation="only_first", max_length=limit)
        both = made(text, hypothesis, return_token_type_ids=True)
        assert list(rows.ids(row)) == own["input_ids"]
        assert rows.lengths[row] == len(own["input_ids"])
        assert whole[row] == len(both["input_ids"])
        if rows.types is not None:
            types = made(
                *(text, hypothesis),
                truncation="only_first",
                max_length=limit,
                return_token_type_ids=True,
            )["token_type_ids"]
            assert list(rows.types(row)) == types
        else:
            assert not any(both["token_type_ids"])
    assert max(rows.lengths) == limit < max(whole)
    return pairs


def is_joined(pairs: Pairing) -> bool:
    return type(pairs).__name__ == "_Joined"


@pytest.mark.parametrize(
    "kind", ["bert", "distilbert", "roberta", "xlm-roberta", "deberta-v2", "gpt2", "gpt2-nopad"]
)
def test_joined_pairs_are_those_of_the_tokenizer(tmp_path: Path, kind: str):
    assert is_joined(check(tokenizer(tmp_path, kind), 60 if kind.startswith("gpt2") else LIMIT))


def test_two_marks_between_the_texts_as_in_roberta(tmp_path: Path):
    made = with_template(tokenizer(tmp_path, "roberta"), "<s> $A </s> </s> $B </s>")
    pairs = check(made)
    assert is_joined(pairs)
    start, end = made.convert_tokens_to_ids(["<s>", "</s>"])
    first = pairs.rows([SENTENCES[0]]).ids(0)
    assert (first[0], first[-1], first.count(end)) == (start, end, 3)
    middle = first.index(end)
    assert first[middle : middle + 2] == [end, end]


def test_roberta_of_the_library_itself(tmp_path: Path):
    from transformers import RobertaTokenizer

    plain = tokenizer(tmp_path, "roberta")
    plain.save_pretrained(tmp_path / "saved")
    vocabulary = plain.get_vocab()
    merges = []  # single bytes: enough to be paired
    made = RobertaTokenizer(vocab=vocabulary, merges=merges)
    assert made("a", "b")["input_ids"].count(made.sep_token_id) == 3
    assert is_joined(check(made, 100))


def test_the_left_end_is_cut_where_the_tokenizer_says_so(tmp_path: Path):
    made = tokenizer(tmp_path)
    made.truncation_side = "left"
    pairs = check(made)
    assert is_joined(pairs)
    (film,) = made("film", add_special_tokens=False)["input_ids"]
    assert pairs.rows(["the film " * 40]).ids(0).count(film) > 5


def test_pairs_that_cannot_be_joined_are_left_to_the_tokenizer(tmp_path: Path):
    # The hypothesis first: its place is not where the parts are looked for.
    pairs = check(with_template(tokenizer(tmp_path, "roberta"), "<s> $B </s> $A </s>"))
    assert not is_joined(pairs)


def test_a_text_that_differs_inside_a_pair_is_left_to_the_tokenizer(tmp_path: Path):
    class Marking:
        """A tokenizer that writes empty premises in a way of its own."""

        def __init__(self, made: Any) -> None:
            self._made = made

        def __getattr__(self, name: str) -> Any:
            return getattr(self._made, name)

        def __call__(self, text: Any, pair: Any = None, **options: Any) -> Any:
            if isinstance(pair, list):
                text = [each or "film" for each in text]
            return self._made(text, pair, **options)

    pairs = pairing(Marking(tokenizer(tmp_path)), HYPOTHESES, LIMIT, types=True)
    assert not is_joined(pairs)


def test_a_tokenizer_without_pairs_is_refused(tmp_path: Path):
    made = tokenizer(tmp_path)
    for left_out in (0, 1):

        def half(*texts: str, left_out: int = left_out, **options: Any) -> Any:
            return made(texts[1 - left_out], **options)

        with pytest.raises(NotRatableError, match="leaves out one of two texts"):
            pairing(half, HYPOTHESES, LIMIT, types=True)

    def alone(text: str, **options: Any) -> Any:
        return made(text, **options)

    with pytest.raises(NotRatableError, match="does not join two texts: ") as caught:
        pairing(alone, HYPOTHESES, LIMIT, types=True)
    assert "tokenizer(premise, hypothesis)" in caught.value.hint


def test_a_hypothesis_that_leaves_no_room_is_refused(tmp_path: Path):
    made = tokenizer(tmp_path)
    longest = len(made(HYPOTHESES[2], add_special_tokens=False)["input_ids"])
    assert longest == max(len(made(h, add_special_tokens=False)["input_ids"]) for h in HYPOTHESES)
    pairing(made, HYPOTHESES, longest + 4, types=True)  # [CLS] one token [SEP] … [SEP]
    with pytest.raises(NotRatableError, match=f"quite lovely.* has {longest} tokens"):
        pairing(made, HYPOTHESES, longest + 3, types=True)
