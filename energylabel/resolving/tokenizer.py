"""The tokenizer's files: present, without code of their own, and within the embeddings."""

from pathlib import Path
from typing import Any

from energylabel.classifiers import MAX_ADDED, TokenizerClass
from energylabel.errors import NotRatableError
from energylabel.untrusted import read_object

MAX_BYTES = 128 * 1024 * 1024
"""Largest vocabulary file that is read (Gemma's, of 256k entries, has 34 MB)."""


def highest_id(folder: Path, tokenizer: TokenizerClass) -> int | None:
    """The highest token id of the vocabulary, None where only the class itself knows.

    Added tokens may lie above the embeddings, as Gemma 3's for pictures does: only texts that
    hold them would make their ids, and those are looked at when the texts are.

    Raises:
        NotRatableError: A vocabulary file that is damaged, too large or of another shape.
    """
    if tokenizer.fast and (folder / "tokenizer.json").is_file():
        return _from_tokenizer_json(folder / "tokenizer.json")
    ids: list[int] = []
    read = [name for name in tokenizer.files if (folder / name).is_file()]
    if "vocab.txt" in read:
        ids.append(_count_lines(folder / "vocab.txt") - 1)
    if "vocab.json" in read:
        ids.append(_highest("vocab.json", read_object(folder / "vocab.json", MAX_BYTES).values()))
    return max(ids, default=None)


def _from_tokenizer_json(path: Path) -> int:
    content = read_object(path, MAX_BYTES)
    model = content.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    if isinstance(vocabulary, dict):
        highest = _highest(path.name, vocabulary.values())
    elif isinstance(vocabulary, list):  # Unigram: [[piece, score], …], the id is the place
        highest = len(vocabulary) - 1
    else:
        raise _malformed(path.name)
    added = content.get("added_tokens") or []
    if isinstance(added, list) and len(added) > MAX_ADDED:
        raise NotRatableError(
            f"{path.name} adds more than {MAX_ADDED:,} tokens", "no real tokenizer needs that many"
        )
    if not isinstance(added, list) or not all(isinstance(token, dict) for token in added):
        raise _malformed(path.name)
    _highest(path.name, (token.get("id") for token in added))
    return highest


def _highest(name: str, ids: Any) -> int:
    highest = -1
    for number in ids:
        if type(number) is not int or number < 0:
            raise _malformed(name)
        highest = max(highest, number)
    return highest


def _count_lines(path: Path) -> int:
    if path.stat().st_size > MAX_BYTES:
        raise NotRatableError(
            f"{path.name} is larger than {MAX_BYTES:,} bytes", "no real vocabulary is that large"
        )
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _malformed(name: str) -> NotRatableError:
    return NotRatableError(
        f"{name} holds no usable vocabulary", "save the tokenizer again with save_pretrained(…)"
    )
