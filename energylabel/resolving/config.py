"""config.json of a classifier: what it claims to be, its labels, its usable positions."""

import difflib
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from energylabel.classifiers import (
    HEAD_SUFFIX,
    STATIC_TYPE,
    Glance,
    ModelFiles,
    classes,
    library_version,
    refuse_decoder,
)
from energylabel.errors import NotRatableError
from energylabel.resolving.families import files_of, recognise
from energylabel.resolving.listing import CONFIG, MAX_CONFIG_BYTES
from energylabel.untrusted import read_object

MAX_LABELS = 100_000
MAX_LAYERS = 1_000
MAX_SIZE = 10_000_000
MAX_LIST = 10_000

_CORRECT = "correct config.json"
_UNSAFE = {
    "auto_map": "needs code from its repository",
    "_attn_implementation_internal": "names its own attention code",
    "trust_remote_code": "asks for code from a repository to be trusted",
    "transformers_weights": "redirects the loading of weights",
}
"""Keys that make a loader run or read what was not checked (CVE-2026-4372 and -5241)."""

_OFFSET_TYPES = frozenset(
    {
        "camembert",
        "data2vec-text",
        "esm",
        "ibert",
        "layoutlmv3",
        "lilt",
        "longformer",
        "luke",
        "markuplm",
        "mpnet",
        "roberta",
        "roberta-prelayernorm",
        "xlm-roberta",
        "xlm-roberta-xl",
        "xmod",
    }
)
"""Types that number positions from ``pad_token_id + 1``: of RoBERTa's 514, 512 are usable."""


@dataclass(frozen=True, slots=True)
class Config:
    """What was read from config.json. ``vocabulary_size`` is None where it names none.

    ``why`` is what told the family, ``overridden`` that the user named another than the files do;
    ``labels`` is None where the model has none of its own.
    """

    family: str
    why: str
    overridden: bool
    architecture: str
    model_type: str
    labels: tuple[str, ...] | None
    max_positions: int | None
    vocabulary_size: int | None


def read_config(folder: Path, names: Collection[str], family: str | None = None) -> Config:
    """Read and check ``config.json``; nothing in it is executed.

    Args:
        folder: Where it lies.
        names: Of the files there.
        family: The family that the user names; None: as the files say.

    Raises:
        NotRatableError: Unreadable, unsafe, of no known or another family, or no single-label
            head.
    """
    config = read_object(folder / CONFIG, MAX_CONFIG_BYTES)
    _refuse_unsafe(config)
    glance = Glance(names, config)
    chosen, why = (family, "--family") if family else recognise(glance)
    overridden = family is not None and family != _own_family(glance)
    files = files_of(chosen)
    _check_sizes(config)
    if files.embeds and config.get("model_type") == STATIC_TYPE:
        model_type, architecture = STATIC_TYPE, "StaticModel"
    else:
        model_type, architecture = _native(glance, chosen, files)
        if files.embeds and config.get("is_encoder_decoder") is True:
            refuse_decoder(model_type)
    labels = read_labels(config) if files.head else None
    files.check(glance, labels)
    size = config.get("vocab_size")
    return Config(
        family=chosen,
        why=why,
        overridden=overridden,
        architecture=architecture,
        model_type=model_type,
        labels=labels,
        max_positions=usable_positions(config),
        vocabulary_size=size if type(size) is int else None,
    )


def _own_family(glance: Glance) -> str | None:
    """What the files say, where they say anything."""
    try:
        return recognise(glance)[0]
    except NotRatableError:
        return None


def _refuse_unsafe(config: dict[str, Any]) -> None:
    pending: list[Any] = [config]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            for key in _UNSAFE.keys() & value.keys():
                if value[key] not in (None, False, {}):
                    raise NotRatableError(
                        f"config.json {_UNSAFE[key]} ({key}), which is never run",
                        "rate a model whose architecture transformers itself has",
                    )
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    if config.get("quantization_config"):
        raise NotRatableError(
            "is quantised (quantization_config), which is not supported yet",
            "rate the unquantised model",
        )


def _check_sizes(config: dict[str, Any]) -> None:
    """Refuse sizes that no model has: the loader would build them before it sees the weights."""
    for key, value in config.items():
        if isinstance(value, dict) and key not in ("id2label", "label2id"):
            _check_sizes(value)
        if isinstance(value, list) and len(value) > MAX_LIST:
            raise NotRatableError(f"config.json gives {key} of {len(value):,} entries", _CORRECT)
        if type(value) is not int:
            continue
        if key.endswith(("_layers", "_layer", "_blocks", "_experts")):
            least, most = 0, MAX_LAYERS
        elif key.endswith(("_size", "_heads", "_head", "_dim", "_embd", "d_model", "d_ff")):
            least, most = 0, MAX_SIZE
        else:
            least, most = -(2**40), 2**40
        if not least <= value <= most:
            raise NotRatableError(f"config.json gives {key[:60]} {str(value)[:40]}", _CORRECT)


def _native(glance: Glance, family: str, files: ModelFiles) -> tuple[str, str]:
    """Model type, and the class of transformers' own that loads it for a family."""
    named = glance.architectures
    if not named:
        raise NotRatableError(
            "config.json names no architecture", "save the model with save_pretrained(…)"
        )
    kind = glance.config.get("model_type")
    if not isinstance(kind, str) or not kind:
        raise NotRatableError(
            "config.json names no model_type", "save the model with save_pretrained(…)"
        )
    if files.head and not glance.has_head:
        raise NotRatableError(
            f"is no classifier with a head ({named[0][:60]})",
            f"give a *{HEAD_SUFFIX} model, or another --family",
        )
    known: dict[str, str] = {}
    for table in files.tables:
        known = classes(table) | known
    if kind not in known:
        near = difflib.get_close_matches(kind, known, n=3)
        alike = f"similar ones: {', '.join(near)}" if near else "common ones: bert, roberta, llama"
        raise NotRatableError(
            f"transformers {library_version()} has no {files.role} of model_type {kind[:60]!r} "
            f"(looked for as {family}: {named[0][:60]})",
            f"{alike}; --family says what kind of model it is where its files do not",
        )
    own = [name for name in named if any(classes(t).get(kind) == name for t in files.tables)]
    return kind, own[0] if own else known[kind]


def read_labels(config: dict[str, Any]) -> tuple[str, ...]:
    """Label names by id: ``id2label``, or ``LABEL_0 …`` for ``num_labels`` (default 2).

    Raises:
        NotRatableError: One logit, regression, multi-label; ids with gaps or that are no
            numbers; names that are empty, no texts, or used twice; counts that disagree.
    """
    problem = config.get("problem_type")
    if problem not in (None, "single_label_classification"):
        kind = {"regression": "a regression", "multi_label_classification": "a multi-label"}
        raise NotRatableError(
            f"has {kind.get(str(problem), 'another')} head (problem_type {str(problem)[:40]!r})",
            "only heads that choose one of several labels can be rated",
        )
    count = config.get("num_labels")
    if count is not None and (type(count) is not int or not 1 <= count <= MAX_LABELS):
        raise NotRatableError(f"config.json gives num_labels {str(count)[:40]!r}", _FIX_LABELS)
    table = config.get("id2label")
    if table is None:
        labels = tuple(f"LABEL_{index}" for index in range(2 if count is None else count))
    elif isinstance(table, dict) and table:
        labels = _by_id(table)
    else:
        raise NotRatableError("config.json has an id2label without any label", _FIX_LABELS)
    if len(labels) == 1:
        raise NotRatableError(
            "has a head with one logit (a score, not a choice of labels)",
            "only heads that choose one of several labels can be rated",
        )
    if count is not None and count != len(labels):
        raise NotRatableError(
            f"config.json gives num_labels {count} and {len(labels)} names in id2label", _FIX_LABELS
        )
    return labels


_FIX_LABELS = "correct id2label in config.json: {'0': 'name', '1': 'name', …}"


def _by_id(table: dict[str, Any]) -> tuple[str, ...]:
    names: dict[int, str] = {}
    for key, value in table.items():
        if not re.fullmatch(r"[0-9]{1,6}", key):
            raise NotRatableError(f"id2label has the id {key[:40]!r}, not a number", _FIX_LABELS)
        if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip():
            raise NotRatableError(f"id2label names label {key} {str(value)[:40]!r}", _FIX_LABELS)
        if int(key) in names:
            raise NotRatableError(f"id2label has the id {int(key)} twice", _FIX_LABELS)
        names[int(key)] = str(value)
    if sorted(names) != list(range(len(names))):
        missing = next(index for index in range(len(names)) if index not in names)
        raise NotRatableError(f"id2label has no label {missing}: ids have a gap", _FIX_LABELS)
    labels = tuple(names[index] for index in range(len(names)))
    twice = next((name for name, count in Counter(labels).items() if count > 1), None)
    if twice is not None:
        raise NotRatableError(f"id2label names {twice[:60]!r} twice", _FIX_LABELS)
    return labels


def usable_positions(config: dict[str, Any]) -> int | None:
    """How many token positions the model can tell apart, None where config sets no bound.

    RoBERTa-like models lose ``pad_token_id + 1`` of ``max_position_embeddings``.

    Raises:
        NotRatableError: No room for three tokens, or a number that is none.
    """
    for key in ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx"):
        stated = config.get(key)
        if stated is None:
            continue
        if type(stated) is not int or not 0 < stated < 2**31:
            raise NotRatableError(
                f"config.json gives {key} {str(stated)[:40]!r}", "it must be a positive number"
            )
        usable = stated
        if config.get("model_type") in _OFFSET_TYPES:
            pad = config.get("pad_token_id")
            usable -= (pad if type(pad) is int and pad >= 0 else 1) + 1
        if usable < 3:
            raise NotRatableError(
                f"config.json leaves {max(usable, 0)} usable positions ({key} {stated})",
                "a text needs at least 3 tokens; correct config.json",
            )
        return usable
    return None
