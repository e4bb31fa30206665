"""Tiny real checkpoints of many architectures, made on the spot: seeded, offline, in seconds.

    folder = make_model(tmp_path / "m", kind="roberta", labels=("bad", "good"))

Weights are random with a wide spread, so that answers differ between texts; the tokenizer is
made from :data:`SENTENCES`. Every folder loads with ``AutoModelForSequenceClassification`` and
``AutoTokenizer``. Any configuration key can be overridden:
``make_model(folder, max_position_embeddings=8)``.
"""

import json
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from support.parallel import Once

SUBJECTS = ("the film", "this meal", "a small boat", "our teacher", "the long report", "that song")
VERBS = ("was", "seemed", "became", "looked", "felt")
MOODS = ("wonderful", "dreadful", "rather dull", "quite lovely", "too long", "worth every minute")
SENTENCES = tuple(f"{s} {v} {m}." for s, v, m in product(SUBJECTS, VERBS, MOODS))
"""180 short English sentences."""

VOCABULARY = 320
"""Upper limit of every tokenizer made here; embeddings have exactly as many rows as tokens."""

_ENCODER = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
    "initializer_range": 0.4,
}
_DISTILBERT = {
    "dim": 32,
    "n_layers": 2,
    "n_heads": 2,
    "hidden_dim": 64,
    "max_position_embeddings": 64,
    "initializer_range": 0.4,
}
_GPT2 = {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 64, "initializer_range": 0.4}

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("wordpiece", _ENCODER),
    "distilbert": ("wordpiece", _DISTILBERT),
    "electra": ("wordpiece", {**_ENCODER, "embedding_size": 16}),
    "roberta": ("bytes", {**_ENCODER, "max_position_embeddings": 66}),
    "xlm-roberta": ("unigram", {**_ENCODER, "max_position_embeddings": 66}),
    "deberta-v2": ("unigram", {**_ENCODER, "relative_attention": True, "pos_att_type": "c2p|p2c"}),
    "gpt2": ("bytes", _GPT2),
    "gpt2-nopad": ("bytes", _GPT2),
}
"""Name → (tokenizer, configuration). RoBERTa's 66 positions are 64 usable ones."""

_BERT_STYLE = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
_ROBERTA_STYLE = {
    "bos_token": "<s>",
    "pad_token": "<pad>",
    "eos_token": "</s>",
    "unk_token": "<unk>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "mask_token": "<mask>",
}


def make_model(
    folder: Path,
    kind: str = "bert",
    labels: Sequence[str] = ("negative", "positive"),
    *,
    seed: int = 0,
    dtype: str = "float32",
    model_max_length: int | None = None,
    **config: Any,
) -> Path:
    """Write a checkpoint (config.json, model.safetensors, tokenizer) into ``folder``.

    Args:
        folder: Made when missing.
        kind: A key of :data:`KINDS`.
        labels: ``id2label`` in order.
        seed: Of the weights.
        dtype: Of the saved weights: ``float32``, ``bfloat16`` or ``float16``.
        model_max_length: Of the tokenizer; None leaves the library's 1e30 sentinel.
        config: Overrides of the configuration, before the model is built.

    Returns:
        ``folder``.
    """
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    tokenizer_kind, defaults = KINDS[kind]
    tokenizer = _tokenizer(tokenizer_kind, kind, model_max_length)
    settings: dict[str, Any] = {
        **defaults,
        "vocab_size": len(tokenizer),
        "id2label": dict(enumerate(labels)),
        "label2id": {label: index for index, label in enumerate(labels)},
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    settings |= config
    configuration = AutoConfig.for_model(kind.removesuffix("-nopad"), **settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForSequenceClassification.from_config(configuration)
    _centre(model.eval(), tokenizer)
    folder.mkdir(parents=True, exist_ok=True)
    model.to(getattr(torch, dtype)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def edit_config(folder: Path, **changes: Any) -> Path:
    """Change keys of a saved ``config.json``; the value ``...`` removes the key."""
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8")) | changes
    path.write_text(json.dumps({k: v for k, v in config.items() if v is not ...}), "utf-8")
    return folder


def _centre(model: Any, tokenizer: Any) -> None:
    """Shift the head's bias, where it has one, so that no class wins on every text."""
    import torch

    head = getattr(model, "classifier", None)
    bias = getattr(getattr(head, "out_proj", head), "bias", None)
    if bias is not None and bias.shape[0] > 1:
        with torch.no_grad():
            rows = (tokenizer(text, return_tensors="pt")["input_ids"] for text in SENTENCES[::6])
            logits = torch.cat([model(input_ids=row).logits for row in rows])
            bias -= logits.mean(dim=0)


def _tokenizer(kind: str, model: str, model_max_length: int | None) -> Any:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    names = dict(_BERT_STYLE if kind == "wordpiece" or model == "deberta-v2" else _ROBERTA_STYLE)
    if model.startswith("gpt2"):
        names = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}
        if model == "gpt2":
            names["pad_token"] = "<|pad|>"
    special = list(dict.fromkeys(names.values()))
    made: Tokenizer = _MAKERS[kind](special)
    if "cls_token" in names:
        made.post_processor = _surround(made, names["cls_token"], names["sep_token"])
    limit = {} if model_max_length is None else {"model_max_length": model_max_length}
    return PreTrainedTokenizerFast(tokenizer_object=made, **names, **limit)


def _surround(tokenizer: Any, first: str, last: str) -> Any:
    from tokenizers.processors import TemplateProcessing

    return TemplateProcessing(
        single=f"{first} $A {last}",
        pair=f"{first} $A {last} $B:1 {last}:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in (first, last)],
    )


def _wordpiece(special: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    # Not trained: the library's WordPiece trainer breaks ties differently in every process.
    words = sorted({word for text in SENTENCES for word in text.rstrip(".").split()})
    letters = sorted({letter for word in words for letter in word} | set(".,!?0123456789"))
    tokens = [*special, *letters, *(f"##{letter}" for letter in letters)]
    tokens += [word for word in words if len(word) > 1]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def _bytes(special: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return tokenizer


def _unigram(special: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    unknown = next(name for name in special if "unk" in name.lower())
    trainer = trainers.UnigramTrainer(
        vocab_size=VOCABULARY, special_tokens=special, unk_token=unknown, show_progress=False
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return tokenizer


_MAKERS: dict[str, Callable[[list[str]], Any]] = {
    "wordpiece": _wordpiece,
    "bytes": _bytes,
    "unigram": _unigram,
}


@pytest.fixture(scope="session")
def tiny_bert(once: Once) -> Path:
    """A read-only two-class BERT, made once a run: copy it before changing it."""
    return once("tiny-bert", make_model)
