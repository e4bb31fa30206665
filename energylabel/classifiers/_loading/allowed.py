"""config.json of a stranger → only what the model's own class asks for.

A loader obeys more keys than a model needs: some name code, other repositories, kernels or files.
So nothing passes because it looks harmless; it passes because the class asks for it.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

from energylabel.errors import NotRatableError

_HARMLESS = frozenset(
    {
        "architectures",
        "bos_token_id",
        "chunk_size_feed_forward",
        "classifier_dropout",
        "decoder_start_token_id",
        "eos_token_id",
        "id2label",
        "is_encoder_decoder",
        "label2id",
        "layer_types",
        "model_type",
        "num_labels",
        "pad_token_id",
        "partial_rotary_factor",
        "problem_type",
        "rope_local_base_freq",
        "rope_parameters",
        "rope_scaling",
        "rope_theta",
        "sep_token_id",
        "tie_word_embeddings",
        "tokenizer_class",
    }
)
"""Fields that the base class reads for every model, and old names of them."""

_NEVER = frozenset(
    {
        "attn_implementation",
        "auto_map",
        "backbone",
        "backbone_kwargs",
        "code_revision",
        "custom_pipelines",
        "experts_implementation",
        "name_or_path",
        "output_attentions",
        "output_hidden_states",
        "per_layer_config",
        "quantization_config",
        "return_dict",
        "revision",
        "token",
        "torchscript",
        "transformers_version",
        "transformers_weights",
        "trust_remote_code",
        "use_pretrained_backbone",
        "use_timm_backbone",
    }
)
"""Never passed on, whatever a class has fields for; nor is a name that begins with ``_``."""

_DTYPES = frozenset({"float64", "float32", "bfloat16", "float16"})
_READ = re.compile(r"""(?:get|has)attr\(\s*(?:\w+\.)*config,\s*["'](\w+)["']""")
_LABELS = ("id2label", "label2id")


def allowed_config(config: dict[str, Any]) -> dict[str, Any]:
    """A new configuration with the fields that ``model_type``'s own class has.

    Args:
        config: As read from config.json.

    Raises:
        NotRatableError: The type is not one of transformers' own, or a number format is none.
    """
    return _fields_of(config, _native(config.get("model_type")))


def _native(model_type: Any) -> type[Any]:
    """The configuration class of a model type, of transformers itself."""
    from transformers import CONFIG_MAPPING

    found: Any = None
    if isinstance(model_type, str) and model_type in CONFIG_MAPPING:
        found = CONFIG_MAPPING[model_type]
    if found is None or not found.__module__.startswith("transformers."):
        raise NotRatableError(
            f"transformers itself has no model_type {str(model_type)[:60]!r}",
            "rate a model whose architecture transformers itself has",
        )
    known: type[Any] = found
    return known


def _fields_of(config: dict[str, Any], kind: Any) -> dict[str, Any]:
    names, parts = field_names(kind), _parts(kind)
    kept: dict[str, Any] = {}
    for key, value in config.items():
        if key not in names:
            continue
        if key in _LABELS:
            kept[key] = _labels(value)
        elif key in parts and isinstance(value, dict):
            inner = parts[key] or _native(value.get("model_type"))
            kept[key] = _fields_of(value, inner)
        else:
            kept[key] = _plain(value)
    for key in ("dtype", "torch_dtype"):
        if config.get(key) is not None:
            kept[key] = _dtype(config[key])
    return kept


@cache
def field_names(kind: Any) -> frozenset[str]:
    """Names that a configuration class takes: fields, arguments, and old names it still reads.

    And those that its models ask for without a field: DeBERTa-v3's ``share_att_key`` is one.
    """
    names = set(_HARMLESS)
    if dataclasses.is_dataclass(kind):
        names |= {field.name for field in dataclasses.fields(kind)}
    other_names = getattr(kind, "attribute_map", {})
    names |= {*other_names, *other_names.values()}
    for each in kind.__mro__:
        if each.__module__.startswith("transformers.models."):
            made = vars(each).get("__init__")
            names |= set(inspect.signature(made).parameters) if made else set()
            names |= _read_from_kwargs(each)
            names |= _read_by_models(each)
    return frozenset(
        name
        for name in names - _NEVER
        if not name.startswith("_") and not callable(getattr(kind, name, None))
    )


def _read_from_kwargs(kind: type[Any]) -> set[str]:
    """The ``x`` of each ``kwargs.pop("x", …)`` and ``kwargs.get("x")`` in a class's source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, SyntaxError):
        return set()  # only the class's fields are known then
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="kwargs"), attr="pop" | "get"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                found.add(name)
    return found


def _read_by_models(kind: type[Any]) -> set[str]:
    """The ``x`` of each ``getattr(config, "x", …)`` in the modelling code beside a class."""
    beside = Path(inspect.getfile(kind)).parent
    found: set[str] = set()
    for path in beside.glob("modeling_*.py"):
        found |= set(_READ.findall(path.read_text(encoding="utf-8")))
    return found


def _parts(kind: type[Any]) -> dict[str, type[Any] | None]:
    """Fields that hold a configuration of their own → its class, None where its type tells."""
    from transformers import AutoConfig

    known = dict(getattr(kind, "sub_configs", None) or {})
    return {
        name: None if inner is AutoConfig or not hasattr(inner, "model_type") else inner
        for name, inner in known.items()
    }


def _plain(value: Any) -> Any:
    """A value without names that are never passed on, at any depth."""
    if isinstance(value, dict):
        return {
            key: _plain(inner)
            for key, inner in value.items()
            if key not in _NEVER and not key.startswith("_")
        }
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def _labels(value: Any) -> Any:
    """Label names are free: only what they are must be plain."""
    if isinstance(value, dict):
        return {key: inner for key, inner in value.items() if isinstance(inner, str | int)}
    return None


def _dtype(value: Any) -> str:
    name = value.removeprefix("torch.") if isinstance(value, str) else value
    if name not in _DTYPES:
        raise NotRatableError(
            f"config.json gives the dtype {str(value)[:40]!r}",
            f"correct it: one of {', '.join(sorted(_DTYPES))}",
        )
    return str(name)
