"""The files of sentence-transformers → how vectors of tokens become the vector of a text.

modules.json lists steps by the names of classes and folders. Nothing that it names is imported:
a step is known here by its class of sentence-transformers' own, or the model is refused. What the
settings mean follows that library (version 6.2: ``modules/pooling.py``, ``dense.py``,
``transformer.py``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from energylabel.errors import NotRatableError
from energylabel.untrusted import read_list, read_object

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

MODULES: Final = "modules.json"
SETTINGS: Final = "config_sentence_transformers.json"
TRANSFORMER: Final = tuple(
    f"sentence_{kind}_config.json"
    for kind in ("bert", "roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet")
)
"""Settings of the encoder, under its names of old; the first that is there counts."""

STATIC_TYPE: Final = "model2vec"
"""``model_type`` of static embeddings: a table of vectors, and no network."""

STATIC_TABLES: Final = ("embeddings", "embedding.weight")
"""Names that such a table may have among the weights."""

WEIGHTS: Final = "model.safetensors"
_LAST = 6
_OWN_FILES: Final = {
    "Pooling": ("config.json",),
    "Dense": ("config.json", WEIGHTS),
    "Normalize": ("config.json",),
}
FILES: Final = (
    MODULES,
    SETTINGS,
    *TRANSFORMER,
    *(
        f"{number}_{kind}/{file}"
        for number in range(1, _LAST + 1)
        for kind, files in _OWN_FILES.items()
        for file in files
    ),
)
"""Everything that is read, relative to the model's folder."""

MODES: Final = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
"""Ways to pool, in the order in which the old flags are concatenated."""

ACTIVATIONS: Final = ("Identity", "Tanh", "ReLU", "GELU", "Sigmoid", "SiLU")
"""Classes of torch.nn, as they are without arguments."""

_FLAGS: Final = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
_CLASS = re.compile(r"sentence_transformers(?:\.[A-Za-z_]\w*)*\.([A-Z]\w*)", re.ASCII)
_ACTIVATION = re.compile(r"torch\.nn(?:\.[a-z_]+)*\.([A-Z]\w*)", re.ASCII)
_MAX_BYTES = 1024 * 1024
_MAX_MODULES = 16
_MAX_WIDTH = 1_000_000
_MAX_PROMPT = 2_000
_KNOWN = "known are Transformer or StaticEmbedding, then Pooling, Dense and Normalize"


@dataclass(frozen=True, slots=True)
class Dense:
    """A layer over the pooled vector. ``weights`` is its file, relative to the model's folder."""

    weights: str
    inputs: int
    outputs: int
    bias: bool
    activation: str


@dataclass(frozen=True, slots=True)
class Steps:
    """From text to vector.

    ``static``: a table of vectors instead of a network. ``pooling`` is concatenated; ``after``
    follows it, None for scaling to length one. ``max_tokens`` None: the folder sets no bound of
    its own. ``prompt`` stands before every text.
    """

    static: bool = False
    pooling: tuple[str, ...] = ("mean",)
    after: tuple[Dense | None, ...] = ()
    max_tokens: int | None = None
    lower_case: bool = False
    prompt: str = ""


def read_steps(folder: Path, names: Collection[str]) -> Steps:
    """What a model's folder asks for; without modules.json the mean over all tokens.

    Args:
        folder: Where the model lies.
        names: Of its files, relative to it.

    Raises:
        NotRatableError: A step or setting that is not known here, by its name; damaged files.
    """
    if MODULES not in names:
        return Steps()
    first, *rest = _modules(folder)
    after: list[Dense | None] = []
    pooling: tuple[str, ...] | None = None
    prompt = _prompt(folder, names)
    if first[0] not in ("Transformer", "StaticEmbedding"):
        raise _refused(f"begins with {first[0]}", _KNOWN)
    if first[1] not in ("", "."):
        raise _refused(
            f"keeps its {first[0]} in the folder {first[1]!r:.40}",
            "save the model again, or give that folder",
        )
    for kind, place in rest:
        if kind == "Pooling" and pooling is None and first[0] == "Transformer" and not after:
            pooling = _pooling(_settings(folder, names, place, kind), prompt)
        elif kind == "Dense":
            after.append(_dense(_settings(folder, names, place, kind), place, names))
        elif kind == "Normalize":
            _check_normalize(_settings(folder, names, place, kind, needed=False))
            after.append(None)
        elif kind != "Dropout":  # dropout only acts in training
            raise _refused(f"has {kind} as a later step", _KNOWN)
    if first[0] == "StaticEmbedding":
        return Steps(static=True, after=tuple(after), prompt=prompt)
    if pooling is None:
        raise _refused("has no Pooling: it makes no vector of a text", _KNOWN)
    file = next((name for name in TRANSFORMER if name in names), None)
    limit, lower_case = _encoder(folder, file) if file else (None, False)
    return Steps(False, pooling, tuple(after), limit, lower_case, prompt)


def _modules(folder: Path) -> list[tuple[str, str]]:
    """Class and folder of each step."""
    found = []
    entries = read_list(folder / MODULES, _MAX_BYTES)
    if not 0 < len(entries) <= _MAX_MODULES:
        raise _refused(f"names {len(entries):,} steps", _KNOWN)
    for entry in entries:
        named = entry.get("type") if isinstance(entry, dict) else None
        known = _CLASS.fullmatch(named) if isinstance(named, str) else None
        if known is None:
            raise _refused(
                f"asks for {str(named)[:60]!r}, which is no step of sentence-transformers' own",
                "code from a repository is never run",
            )
        found.append((known[1], _place(entry.get("path"))))
    return found


def _place(path: Any) -> str:
    """A plain sub-folder, or the folder itself."""
    if path in ("", ".") or (
        isinstance(path, str) and re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,40}", path, re.ASCII)
    ):
        return str(path)
    raise _refused(f"names the folder {str(path)[:60]!r}", "it must be a plain sub-folder")


def _settings(
    folder: Path, names: Collection[str], place: str, kind: str, *, needed: bool = True
) -> dict[str, Any]:
    """The config.json of a step; empty where it may be missing."""
    name = f"{place}/config.json"
    if name not in FILES or not place.endswith(f"_{kind}"):
        raise _refused(
            f"keeps its {kind} in the folder {place!r}", f"known are 1_{kind} to {_LAST}_{kind}"
        )
    if name in names:
        return read_object(folder / name, _MAX_BYTES)
    if needed:
        raise _refused(f"asks for {kind}, and there is no {name}", "give the whole folder")
    return {}


def _pooling(config: dict[str, Any], prompt: str) -> tuple[str, ...]:
    """The ways to pool, old spelling or new."""
    stated: Any = config.get("pooling_mode")
    if stated is None:
        stated = [mode for flag, mode in _FLAGS.items() if _flag(config, flag)] or ["mean"]
    modes = [stated] if isinstance(stated, str) else stated
    if not isinstance(modes, list) or not 0 < len(modes) <= len(MODES):
        raise NotRatableError(f"Pooling is given as {str(stated)[:60]!r}", _modes())
    for mode in modes:
        if mode not in MODES:
            raise NotRatableError(f"asks for the pooling {str(mode)[:40]!r}", _modes())
    known = {*_FLAGS, "pooling_mode", "include_prompt"}
    _refuse_others(config, known | {"word_embedding_dimension", "embedding_dimension"}, "Pooling")
    if prompt and config.get("include_prompt") is False:
        raise NotRatableError(
            "leaves its prompt out of the pooling (include_prompt), which is not supported",
            "remove default_prompt_name or include_prompt",
        )
    return tuple(modes)


def _modes() -> str:
    return f"known are {', '.join(MODES)}"


def _flag(config: dict[str, Any], name: str) -> bool:
    value = config.get(name)
    if value is not None and not isinstance(value, bool):
        raise NotRatableError(f"{name} is {str(value)[:40]!r}", "it must be true or false")
    return value is True


def _dense(config: dict[str, Any], place: str, names: Collection[str]) -> Dense:
    known = {"in_features", "out_features", "bias", "activation_function"}
    _refuse_others(config, known | {"module_input_name", "module_output_name"}, "Dense")
    _check_normalize(config, "Dense")
    widths = config.get("in_features"), config.get("out_features")
    if not all(type(width) is int and 0 < width <= _MAX_WIDTH for width in widths):
        raise NotRatableError(f"Dense is {widths[0]!r:.20} × {widths[1]!r:.20} wide", "correct it")
    stated = config.get("activation_function", "torch.nn.modules.activation.Tanh")
    activation = _ACTIVATION.fullmatch(stated) if isinstance(stated, str) else None
    if activation is None or activation[1] not in ACTIVATIONS:
        raise NotRatableError(
            f"Dense has the activation {str(stated)[:60]!r}", f"known are {', '.join(ACTIVATIONS)}"
        )
    file = f"{place}/{WEIGHTS}"
    if file not in names:
        raise NotRatableError(
            f"has no {file}; a pickle there is never loaded", "save the model again as safetensors"
        )
    bias = _flag({"bias": True} | config, "bias")
    return Dense(file, config["in_features"], config["out_features"], bias, activation[1])


def _check_normalize(config: dict[str, Any], kind: str = "Normalize") -> None:
    """Refuse a step that works on anything but the text's vector."""
    for key in ("module_input_name", "module_output_name"):
        if config.get(key) not in (None, "sentence_embedding"):
            raise NotRatableError(
                f"{kind} has the {key} {str(config[key])[:40]!r}",
                "only steps over sentence_embedding are known",
            )


def _encoder(folder: Path, file: str) -> tuple[int | None, bool]:
    """Longest text in tokens, and whether texts are put into lower case."""
    config = read_object(folder / file, _MAX_BYTES)
    for key, usual in (
        ("transformer_task", "feature-extraction"),
        ("module_output_name", "token_embeddings"),
    ):
        if config.get(key) not in (None, usual):
            raise NotRatableError(
                f"{file} has the {key} {str(config[key])[:40]!r}", f"only {usual} is known"
            )
    table = config.get("modality_config")
    text = table.get("text") if isinstance(table, dict) else None
    plain = {"method": "forward", "method_output_name": "last_hidden_state"}
    if table is not None and text != plain:
        raise NotRatableError(f"{file} has a modality_config of its own", "only text is embedded")
    known = {"transformer_task", "module_output_name", "modality_config", "unpad_inputs"}
    _refuse_others(config, known | {"max_seq_length", "do_lower_case"}, file)
    limit = config.get("max_seq_length")
    if limit is not None and (type(limit) is not int or limit < 1):
        raise NotRatableError(f"{file} has the max_seq_length {str(limit)[:40]!r}", "correct it")
    return limit, _flag(config, "do_lower_case")


def _prompt(folder: Path, names: Collection[str]) -> str:
    """The text before every text: the prompt that the folder calls its default one."""
    if SETTINGS not in names:
        return ""
    config = read_object(folder / SETTINGS, _MAX_BYTES)
    if config.get("model_type") not in (None, "SentenceTransformer"):
        raise NotRatableError(
            f"is a {str(config['model_type'])[:40]} of sentence-transformers",
            "only its SentenceTransformer makes one vector of a text",
        )
    name, prompts = config.get("default_prompt_name"), config.get("prompts")
    if name is None:
        return ""
    prompt = prompts.get(name) if isinstance(prompts, dict) and isinstance(name, str) else None
    if not isinstance(prompt, str) or len(prompt) > _MAX_PROMPT:
        raise NotRatableError(
            f"{SETTINGS} has no usable prompt {str(name)[:40]!r}", "correct default_prompt_name"
        )
    return prompt


def _refuse_others(config: dict[str, Any], known: Collection[str], where: str) -> None:
    """Refuse settings that are not known, unless they say nothing."""
    for key, value in config.items():
        if key not in known and value not in (None, False, {}, []):
            raise NotRatableError(
                f"{where} has the setting {key[:40]!r}, which is not known here",
                "without it the model might answer otherwise; remove it where it says nothing",
            )


def _refused(what: str, hint: str) -> NotRatableError:
    return NotRatableError(f"{MODULES} {what}", hint)
