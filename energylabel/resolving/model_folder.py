"""A model's folder → what it holds, checked without loading or running anything.

names ─listing─▶ kind      config.json ─config─▶ labels, positions
*.safetensors ─weights─▶ shapes      vocabulary ─tokenizer─▶ highest id      README ─card
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from energylabel.classifiers import STATIC_TYPE, find_family
from energylabel.errors import NotRatableError
from energylabel.resolving.card_hints import read_card
from energylabel.resolving.config import Config, read_config, usable_positions
from energylabel.resolving.embedding import check_steps, static_rows
from energylabel.resolving.families import files_of
from energylabel.resolving.listing import (
    CARD,
    MAX_SETTINGS_BYTES,
    TOKENIZER_SETTINGS,
    check_kind,
    names_in,
    small_files,
    tokenizer_of,
)
from energylabel.resolving.tokenizer import highest_id
from energylabel.resolving.weights import Tensor, Weights, read_weights, refuse_companions
from energylabel.untrusted import read_object

__all__ = ["Inspection", "inspect", "inspect_small", "named", "usable_positions"]

_HEADS = tuple(
    re.compile(rf"(?:^|\.){name}\.weight$")
    for name in (
        r"classification_head\.out_proj",  # BART, T5
        r"classifier\.out_proj",  # RoBERTa, ELECTRA, Longformer
        r"classifier\.linear_out",  # Funnel
        r"logits_proj",  # XLNet
        r"sequence_summary\.summary",  # XLM, FlauBERT
        r"score",  # decoders
        r"classifier",  # BERT, DistilBERT, DeBERTa, MPNet, ModernBERT
        r"classifier\.[0-9]+",  # heads saved as a stack of layers
    )
)
"""Names of the layer that makes the logits; the first pattern that fits decides."""

UNICODE = 0x110000
"""Signs of Unicode: ids of a tokenizer that has no vocabulary, and hashes them."""

_EMBEDDINGS = re.compile(
    r"(?:^|\.)(?:word_embeddings|word_embedding|embed_tokens|tok_embeddings|tokens_embed|wte|"
    r"embed_in|shared|transformer\.w|transformer\.embeddings|backbone\.embeddings)\.weight$"
)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a folder holds. ``files`` are the names of those that a loader reads, sorted.

    ``vocabulary_size`` counts rows of the input embeddings, ``weight_bytes`` the bytes of the
    safetensors, ``dtype`` is their safetensors type (``F32``). ``why`` is what told the family,
    ``overridden`` that the user named another than the files do; ``labels`` is None where the model
    has none of its own.
    """

    family: str
    why: str
    overridden: bool
    architecture: str
    model_type: str
    labels: tuple[str, ...] | None
    max_positions: int | None
    vocabulary_size: int
    files: tuple[str, ...]
    weight_bytes: int
    dtype: str
    datasets: tuple[str, ...]
    language: str | None


def inspect(folder: Path, name: str, family: str | None = None) -> Inspection:
    """Check everything that can be checked without loading.

    Args:
        folder: Holds config.json, safetensors and tokenizer files.
        name: The model's name, for messages.
        family: The family that the user names; None: as the files say.

    Raises:
        NotRatableError: The first defect found, in one line.
    """
    with named(name):
        names = names_in(folder)
        check_kind(names)
        config = _small(folder, names, family)
        weights = read_weights(folder)
        refuse_companions(weights.tensors, config.model_type)
        if config.labels is not None:
            _check_head(config.labels, weights)
        static = config.model_type == STATIC_TYPE
        tokenizer = tokenizer_of(folder)
        rows = (
            static_rows(weights)
            if static
            else _embedding_rows(config, weights, free=tokenizer.free)
        )
        highest = highest_id(folder, tokenizer)
        if highest is not None and highest >= rows:
            raise NotRatableError(
                f"the tokenizer's ids go up to {highest}, the embeddings have {rows} rows",
                "tokenizer and weights do not belong together; give the matching tokenizer",
            )
        datasets, language = read_card(folder / CARD)
    return Inspection(
        family=config.family,
        why=config.why,
        overridden=config.overridden,
        architecture=config.architecture,
        model_type=config.model_type,
        # A head of a model that is told the question in words names other labels than it answers.
        labels=None if find_family(config.family).modes else config.labels,
        max_positions=config.max_positions,
        vocabulary_size=rows,
        files=tuple(sorted({*small_files(config.family, tokenizer), *weights.files} & {*names})),
        weight_bytes=weights.size,
        dtype=weights.dtype,
        datasets=datasets,
        language=language,
    )


def inspect_small(folder: Path, name: str, family: str | None = None) -> None:
    """The checks that need no weights, before those are downloaded."""
    with named(name):
        _small(folder, names_in(folder), family)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put the model's name before the message of a refusal; unreadable files are one too."""
    try:
        yield
    except NotRatableError as error:
        raise NotRatableError(f"{name}: {error.message}", error.hint) from error
    except OSError as error:
        file = Path(str(error.filename)).name if error.filename else "a file"
        raise NotRatableError(
            f"{name}: {file} cannot be read: {error.strerror or error}", "check its permissions"
        ) from error


def _small(folder: Path, names: tuple[str, ...], family: str | None) -> Config:
    config = read_config(folder, names, family)
    settings = folder / TOKENIZER_SETTINGS
    if settings.is_file() and read_object(settings, MAX_SETTINGS_BYTES).get("auto_map"):
        raise NotRatableError(
            "the tokenizer needs code from its repository (auto_map), which is never run",
            "rate a model whose tokenizer transformers itself has",
        )
    _check_tokenizer(folder, names)
    if files_of(config.family).embeds:
        check_steps(folder, names, config.model_type)
    return config


def _check_tokenizer(folder: Path, names: tuple[str, ...]) -> None:
    """Refuse a folder without what the tokenizer's class reads."""
    tokenizer = tokenizer_of(folder)
    lost = tokenizer.lacks(names)
    if lost is None:
        return
    saved = TOKENIZER_SETTINGS in names
    raise NotRatableError(
        f"has no tokenizer: {tokenizer.name} reads {lost}, not there",
        f"add the missing file, or correct tokenizer_class in {TOKENIZER_SETTINGS}"
        if saved
        else "add that file; save_pretrained(…) of the tokenizer it was trained with writes it",
    )


def _first(tensors: dict[str, Tensor], pattern: re.Pattern[str]) -> tuple[str, Tensor] | None:
    """The last match of two dimensions or more: of a stack of layers the one that answers."""
    found = [(n, t) for n, t in tensors.items() if len(t.shape) >= 2 and pattern.search(n)]
    return max(found, key=lambda item: [*map(_natural, item[0].split("."))]) if found else None


def _natural(part: str) -> tuple[int, str]:
    return (int(part), "") if part.isdecimal() else (-1, part)


def _check_head(labels: Sequence[str], weights: Weights) -> None:
    head = next((h for p in _HEADS if (h := _first(weights.tensors, p))), None)
    if head is None and any(
        len(tensor.shape) >= 2 and tensor.shape[0] == len(labels)
        for tensor in weights.tensors.values()
    ):
        return  # under another name: when the network is laid out, what is missing is told
    if head is None:
        raise NotRatableError(
            "the weights hold no classification head: it would be random",
            "fine-tune the model, or give one that was",
        )
    name, tensor = head
    if tensor.shape[0] == 1:
        raise NotRatableError(
            "has a head with one logit (a score, not a choice of labels)",
            "only heads that choose one of several labels can be rated",
        )
    if tensor.shape[0] != len(labels):
        raise NotRatableError(
            f"config.json has {len(labels)} labels, the head {tensor.shape[0]} rows ({name[:80]})",
            "correct id2label in config.json, or the weights",
        )


def _embedding_rows(config: Config, weights: Weights, *, free: bool) -> int:
    """Tokens that have a vector; ``free``: the tokenizer has no vocabulary."""
    tables = [
        tensor.shape[0]
        for name, tensor in weights.tensors.items()
        if len(tensor.shape) == 2 and _EMBEDDINGS.search(name)
    ]
    stated = config.vocabulary_size
    if not tables:
        if stated is None and free:
            return UNICODE
        if stated is None or stated < 1:
            raise NotRatableError(
                "neither config.json nor the weights tell the size of the vocabulary",
                "add vocab_size to config.json",
            )
        return stated
    rows = max(tables)
    if stated is not None and stated not in tables:
        raise NotRatableError(
            f"config.json gives vocab_size {stated}, the embeddings have {rows} rows",
            "config.json and weights do not belong together",
        )
    return rows
