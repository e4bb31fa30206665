"""A stranger's model folder → a private one that a loader may believe.

It holds links to the files that were checked and digested, and new settings files with nothing
but allowed keys. What else lies in the stranger's folder does not exist for the loader.
"""

from __future__ import annotations

import json
import math
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._loading.allowed import allowed_config
from energylabel.classifiers._loading.tokenizer_classes import tokenizer_class_of
from energylabel.classifiers._loading.tokenizer_settings import (
    allowed_ids,
    allowed_tokenizer_config,
    allowed_tokens,
    dropped,
    reads,
    tokenizer_class,
)
from energylabel.classifiers._prompting.chat import FILE as CHAT_TEMPLATE
from energylabel.errors import NotRatableError
from energylabel.untrusted import read_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from energylabel.classifiers._loading.own_weights import Held
    from energylabel.records import ResolvedModel

_CONFIG = "config.json"
_MAX_BYTES = 16 * 1024 * 1024
_MAX_NAME, _MOST_NAMES = 60, 20
"""Of dropped settings, in evidence and label: a stranger's file may hold thousands."""

_SPARE_PARAMETERS = 10_000_000


@contextmanager
def private_folder(model: ResolvedModel) -> Iterator[Path]:
    """A folder to load the model from; it goes with the context, the weights stay mapped.

    Raises:
        NotRatableError: Settings that no model of transformers' own can have.
    """
    source = Path(model.folder)
    names = {file.path for file in model.files}
    has_json = "tokenizer.json" in names

    def config(content: dict[str, Any]) -> dict[str, Any]:
        kept = allowed_config(content)
        if kept.get("tokenizer_class") is not None:
            kept["tokenizer_class"], _ = tokenizer_class(kept["tokenizer_class"], has_json)
        return kept

    def tokenizer(content: dict[str, Any]) -> dict[str, Any]:
        taken = tokenizer_class_of(read_object(source / _CONFIG, _MAX_BYTES), content).name
        return allowed_tokenizer_config(content, has_json=has_json, taken=taken)

    rewritten: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        _CONFIG: config,
        "tokenizer_config.json": tokenizer,
        "special_tokens_map.json": allowed_tokens,
        "added_tokens.json": allowed_ids,
    }
    with tempfile.TemporaryDirectory(prefix="energylabel-model-") as made:
        place = Path(made)
        for name in sorted({_CONFIG, *names}):
            if name.startswith("/") or ".." in name.split("/"):
                raise NotRatableError(f"{name[:60]!r} is no file of the folder itself", "")
            if "/" in name or name == CHAT_TEMPLATE:
                continue  # no loader reads the one; the chat template is read by its own reader
            allow = rewritten.get(name)
            if allow is None:
                (place / name).symlink_to((source / name).resolve(strict=True))
                continue
            kept = allow(read_object(source / name, _MAX_BYTES))
            (place / name).write_text(json.dumps(kept), encoding="utf-8")
        yield place


def dropped_settings(model: ResolvedModel, place: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Settings of a model's tokenizer that a private folder does not hold, sorted.

    Returns:
        Those that the tokenizer's class would read, and others.
    """
    config = read_object(Path(model.folder, _CONFIG), _MAX_BYTES)
    settings = Path(model.folder, "tokenizer_config.json")
    named = read_object(settings, _MAX_BYTES) if settings.is_file() else {}
    taken = tokenizer_class_of(config, named).name
    names: set[str] = set()
    for file in ("tokenizer_config.json", "special_tokens_map.json"):
        if (place / file).is_file():
            given = read_object(Path(model.folder, file), _MAX_BYTES)
            names.update(dropped(given, read_object(place / file, _MAX_BYTES)))
    read = {name for name in names if reads(taken, name[:_MAX_NAME])}
    return _shown(read), _shown(names - read)


def _shown(names: set[str]) -> tuple[str, ...]:
    """Some names, without signs that would mean something where they are printed."""
    plain = {re.sub(r"[^\w.-]", "?", name[:_MAX_NAME]) for name in names}
    return tuple(sorted(plain)[:_MOST_NAMES])


def check_parameters(place: Path, factory: Any, held: Mapping[str, Held]) -> None:
    """Refuse a configuration of many more parameters than the files hold, before they are made.

    The network is laid out on PyTorch's meta device, which allocates nothing.

    Args:
        place: The private folder.
        factory: The ``AutoModel…`` class that will load it.
        held: Tensors of its files.

    Raises:
        NotRatableError: More than twice as many, and a little.
    """
    import torch
    from transformers import AutoConfig

    numbers = sum(math.prod(tensor.shape) for tensor in held.values())
    config = AutoConfig.from_pretrained(place, trust_remote_code=False, local_files_only=True)
    with torch.device("meta"):
        network = factory.from_config(config, trust_remote_code=False)
    described = sum(weight.numel() for weight in network.parameters())
    if described > 2 * numbers + _SPARE_PARAMETERS:
        raise NotRatableError(
            f"config.json describes {described:,} parameters, the files hold {numbers:,}",
            "config.json and weights do not belong together",
        )
