"""Vocabulary files of every format that tokenizer classes read, tiny, of SENTENCES.

    write(folder, MarianTokenizer)   # source.spm, target.spm, vocab.json

No tokenizer.json: a class has to make itself of the files that it names.
"""

import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from support.tiny_models import SENTENCES

ROWS = 700
"""More ids than any of these vocabularies has."""

_SPECIAL = (
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "<pad>", "</s>", "<unk>", "<mask>",
    "<|endoftext|>", "<cls>", "<sep>", "<eod>", "<eos>", "<null_1>", "__start__", "__end__",
    "__unk__", "__null__", "<|startoftext|>", "[X_SEP]", "<special1>", "<special0>",
)  # fmt: skip
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,!?0123456789"


@cache
def words() -> tuple[str, ...]:
    return tuple(sorted({word for text in SENTENCES for word in text.rstrip(".").split()}))


@cache
def sentencepiece(kind: str = "unigram") -> bytes:
    """A unigram or BPE model as the library itself trains it."""
    import sentencepiece

    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES),
        model_writer=made,
        vocab_size=90 if kind == "bpe" else 120,
        hard_vocab_limit=False,
        model_type=kind,
        control_symbols=["[CLS]", "[SEP]", "<cls>", "<sep>", "<pad>", "<eod>", "[MASK]"],
        num_threads=1,
        minloglevel=2,
    )
    return made.getvalue()


def _pieces() -> list[str]:
    from sentencepiece import SentencePieceProcessor

    processor = SentencePieceProcessor(model_proto=sentencepiece())
    return [processor.id_to_piece(n) for n in range(processor.get_piece_size())]


def _wordpieces() -> list[str]:
    return [*_SPECIAL, *_LETTERS, *(f"##{letter}" for letter in _LETTERS), *words()]


def _lines(tokens: list[str]) -> bytes:
    return "".join(f"{token}\n" for token in tokens).encode()


def _counted(tokens: list[str]) -> bytes:
    return "".join(f"{token} {len(tokens) - n}\n" for n, token in enumerate(tokens)).encode()


def _ids(tokens: list[str]) -> bytes:
    unique = list(dict.fromkeys(tokens))
    return json.dumps({token: n for n, token in enumerate(unique)}).encode()


def _byte_merges() -> tuple[list[str], list[tuple[str, str]]]:
    """Byte-level BPE: all bytes, and merges that make the frequent words."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(_SPECIAL),
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    merges = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in model["merges"]]
    return tokens, merges


def _merges(end: str) -> bytes:
    """Merges of whole words out of letters, where the last letter bears ``end``."""
    lines = ["#version: 0.2"]
    for word in words():
        parts = [*word[:-1], word[-1] + end]
        while len(parts) > 1:
            line = f"{parts[0]} {parts[1]}"
            lines += [] if line in lines else [line]
            parts = [parts[0] + parts[1], *parts[2:]]
    return "".join(f"{line}\n" for line in lines).encode()


def _subwords(inner: str, last: str) -> list[str]:
    """Letters and words as the older BPE write them: ``inner`` goes on, ``last`` ends a word."""
    tokens = [*_SPECIAL]
    for word in words():
        tokens += [word[:n] + inner for n in range(1, len(word))]
        tokens += [letter + inner for letter in word]
        tokens += [word + last, word[-1] + last]
    return list(dict.fromkeys(tokens))


def _byte_files() -> dict[str, bytes]:
    tokens, merges = _byte_merges()
    lines = ["#version: 0.2", *(" ".join(merge) for merge in merges)]
    return {"vocab.json": _ids(tokens), "merges.txt": "".join(f"{x}\n" for x in lines).encode()}


_OWN: dict[str, Callable[[], dict[str, bytes]]] = {
    "BartphoTokenizer": lambda: {"dict.txt": _counted(_pieces()[3:60])},
    "BertweetTokenizer": lambda: {
        "vocab.txt": _counted(_subwords("@@", "")[len(_SPECIAL) :]),
        "bpe.codes": _merges("</w>"),
    },
    "BlenderbotSmallTokenizer": lambda: {
        "vocab.json": _ids(_subwords("@@", "")),
        "merges.txt": _merges("</w>"),
    },
    "CTRLTokenizer": lambda: {
        "vocab.json": _ids(_subwords("@@", "")),
        "merges.txt": _merges("</w>"),
    },
    "EsmTokenizer": lambda: {"vocab.txt": _lines([*_SPECIAL, *_LETTERS])},
    "FlaubertTokenizer": lambda: {
        "vocab.json": _ids(_subwords("", "</w>")),
        "merges.txt": _merges("</w>"),
    },
    "GPTNeoXJapaneseTokenizer": lambda: {
        "vocab.txt": _lines([*_SPECIAL, *_LETTERS, "<SP>", *(f"<|byte{n}|>" for n in range(256))]),
        "emoji.json": json.dumps({"emoji": {}, "emoji_inv": {}}).encode(),
    },
    "M2M100Tokenizer": lambda: {"vocab.json": _ids(["<s>", "<pad>", "</s>", "<unk>", *_pieces()])},
    "MarianTokenizer": lambda: {"vocab.json": _ids([*_pieces(), "<pad>"])},
    "OpenAIGPTTokenizer": lambda: {
        "vocab.json": _ids(_subwords("", "</w>")),
        "merges.txt": _merges("</w>"),
    },
    "PhobertTokenizer": lambda: {
        "vocab.txt": _counted(_subwords("@@", "")[len(_SPECIAL) :]),
        "bpe.codes": _merges("</w>"),
    },
    "RoCBertTokenizer": lambda: {
        "word_shape.json": _ids(_wordpieces()),
        "word_pronunciation.json": _ids(_wordpieces()),
    },
}


def write(folder: Path, kind: Any) -> tuple[str, ...]:
    """Write the files that a class names, but for tokenizer.json.

    Returns:
        Their names; those that no format is known of are left out.
    """
    own = _OWN[kind.__name__]() if kind.__name__ in _OWN else {}
    written = []
    for name in kind.vocab_files_names.values():
        content = own.get(name)
        if content is None and name.endswith((".model", ".spm")):
            bpe = getattr(getattr(kind, "model", None), "__name__", "") == "BPE"
            content = sentencepiece("bpe" if bpe else "unigram")
        elif content is None and name in {"vocab.txt", "prophetnet.tokenizer"}:
            content = _lines(list(dict.fromkeys(_wordpieces())))
        elif content is None:
            content = _byte_files().get(name)
        if content is not None:
            (folder / name).write_bytes(content)
            written.append(name)
    return tuple(written)
