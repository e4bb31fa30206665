"""tokenizer_config.json of a stranger → settings of a tokenizer of transformers' own.

In a loader's hands a ``vocab_file`` there names any file of the machine, ``auto_map`` code, and
``tokenizer_class`` any name that the library exports. Vocabularies come from the folder alone.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

from energylabel.errors import NotRatableError

MAX_ADDED = 100_000
"""Added tokens; the most generous multilingual models have some thousands."""

_MAX_CONTENT = 2_000
_PLAIN_CLASS = "PreTrainedTokenizerFast"
_TOKENS = (
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
)
_DECODERS = ("added_tokens_decoder",)
_MAX_LIST = 1_000
_LISTS = ("additional_special_tokens", "extra_special_tokens")
_SETTINGS = frozenset(
    {
        "add_bos_token",
        "add_eos_token",
        "add_prefix_space",
        "clean_up_tokenization_spaces",
        "do_basic_tokenize",
        "do_lower_case",
        "do_lowercase_and_remove_accent",
        "errors",
        "keep_accents",
        "lang",
        "language",
        "legacy",
        "max_len",
        "max_length",
        "model_input_names",
        "model_max_length",
        "never_split",
        "normalization",
        "pad_to_multiple_of",
        "pad_token_type_id",
        "padding_side",
        "remove_space",
        "sp_model_kwargs",
        "spaces_between_special_tokens",
        "split_special_tokens",
        "strip_accents",
        "tokenize_chinese_chars",
        "trim_offsets",
        "truncation_side",
        "wordpieces_prefix",
    }
)
_NO_SETTING = re.compile(
    r"(?:_files?|_paths?|_dirs?|_object|_proto)$|^(?:vocab|merges|backend|dict)$|^_"
)
"""Names of what would be a file, code or its contents."""

_PLAIN_WORD = re.compile(r"\w[\w -]*")
"""A word in a dictionary of settings: no path, no option of a program, no name of a file."""

_MAX_ENTRIES = 10_000
"""Of a dictionary; the longest, MarkupLM's tags, has some 200."""

_REPLACED = frozenset(
    {
        "added_tokens_file",
        "auto_map",
        "backend",
        "chat_template",
        "chat_template_file",
        "files_loaded",
        "full_tokenizer_file",
        "init_inputs",
        "is_local",
        "local_files_only",
        "merges_file",
        "name_or_path",
        "pad_to_max_length",
        "processor_class",
        "special_tokens_map_file",
        "tokenizer_class",
        "tokenizer_config_file",
        "tokenizer_file",
        "tokenizer_type",
        "transformers_version",
        "truncation_strategy",
        "use_fast",
        "vocab_file",
    }
)
"""Notes of whoever saved a tokenizer: the loader finds these out itself, or asks a call for them.

Chat templates have a reader of their own, and code is refused before.
"""

_ADDED = ("content", "single_word", "lstrip", "rstrip", "normalized", "special")


def allowed_tokenizer_config(
    config: dict[str, Any], *, has_json: bool, taken: str | None = None
) -> dict[str, Any]:
    """The settings of a native tokenizer class, and its tokens.

    Args:
        config: As read from tokenizer_config.json.
        has_json: Whether the folder has a tokenizer.json, which any class can read.
        taken: The class that a loader takes, which config.json may name, or its model type tell.

    Raises:
        NotRatableError: A class that transformers does not have; too many or no tokens.
    """
    kept: dict[str, Any] = {}
    kind: type[Any] | None = None
    if config.get("tokenizer_class") is not None:
        kept["tokenizer_class"], kind = tokenizer_class(config["tokenizer_class"], has_json)
    other = tokenizer_class(taken, has_json=True)[1] if taken else None
    settings = _SETTINGS | _arguments(kind) | _arguments(other)
    for key, value in config.items():
        if key not in settings:
            continue
        if isinstance(value, dict):
            plain = _plain_entries(value)
            if plain or not value:
                kept[key] = plain
        elif _is_setting(value):
            kept[key] = value
    return kept | allowed_tokens(config)


def dropped(config: dict[str, Any], kept: dict[str, Any]) -> Iterator[str]:
    """Names of settings that did not pass, those in dictionaries with a point before.

    Without what the loader finds out itself, what a call is asked for, and empty ones.

    Args:
        config: As read from tokenizer_config.json or special_tokens_map.json.
        kept: What was allowed of it.
    """
    from transformers import PreTrainedTokenizerBase

    of_a_call = inspect.signature(PreTrainedTokenizerBase.__call__).parameters
    for key, value in config.items():
        if key in kept:
            if (
                isinstance(value, dict)
                and isinstance(kept[key], dict)
                and key in _dictionaries(kept)
            ):
                yield from (f"{key}.{name}" for name in value if name not in kept[key])
            continue
        matters = value is not None and value not in ("", [], {})
        if matters and key not in _REPLACED and key not in of_a_call:
            yield key


def reads(taken: str, name: str) -> bool:
    """Whether the code of a class, or of those that it is made of, knows a setting by its name.

    Args:
        taken: The class.
        name: With what follows a point, of a dictionary that it takes.
    """
    kind = tokenizer_class(taken, has_json=True)[1] or tokenizer_class(_PLAIN_CLASS, True)[1]
    word = re.compile(rf"\b{re.escape(name.partition('.')[0])}\b")
    modules = {each.__module__ for each in kind.__mro__} if kind is not None else set()
    sources = (sys.modules[each] for each in modules if each.startswith("transformers."))
    return any(word.search(inspect.getsource(source)) for source in sources)


def _dictionaries(kept: dict[str, Any]) -> Iterator[str]:
    """Names of settings that are dictionaries; tokens have some too."""
    return (key for key in kept if not (_is_token_name(key) or key in _LISTS or key in _DECODERS))


def allowed_tokens(config: dict[str, Any]) -> dict[str, Any]:
    """The special and added tokens of tokenizer_config.json or special_tokens_map.json."""
    kept: dict[str, Any] = {}
    for key, value in config.items():
        # Beside the usual ones a class or a model has tokens of its own: ``entity_token``.
        own = _is_token_name(key) and isinstance(value, str | dict)
        if value is not None and (own or key in _TOKENS):
            kept[key] = _token(value)
    for key in _LISTS:
        value = config.get(key)
        if isinstance(value, dict):
            kept[key] = {_text(name): _token(token) for name, token in _counted(value).items()}
        elif value is not None:
            kept[key] = [_token(token) for token in _counted(value)]
    added = config.get("added_tokens_decoder")
    if isinstance(added, dict):
        kept["added_tokens_decoder"] = {
            number: _token(token)
            for number, token in _counted(added).items()
            if re.fullmatch("[0-9]{1,9}", number)
        }
    return kept


def allowed_ids(added: dict[str, Any]) -> dict[str, int]:
    """The token → id pairs of added_tokens.json."""
    return {_text(name): number for name, number in _counted(added).items() if type(number) is int}


def tokenizer_class(name: Any, has_json: bool) -> tuple[str, type[Any] | None]:
    """A tokenizer class of transformers' own by its name, else the plain one for tokenizer.json.

    Raises:
        NotRatableError: No such class, and no tokenizer.json to do without it.
    """
    from transformers import PreTrainedTokenizerBase
    from transformers.models.auto.tokenization_auto import tokenizer_class_from_name

    if isinstance(name, str) and re.fullmatch(r"[A-Za-z]\w{0,80}", name, re.ASCII):
        found = tokenizer_class_from_name(name)
        if (
            isinstance(found, type)
            and issubclass(found, PreTrainedTokenizerBase)
            and found.__module__.startswith("transformers.")
        ):
            return name, found
    if has_json:
        return _PLAIN_CLASS, None
    raise NotRatableError(
        f"transformers itself has no tokenizer {str(name)[:60]!r}",
        "save the tokenizer with a tokenizer.json: save_pretrained(…) of a fast tokenizer",
    )


def _arguments(kind: type[Any] | None) -> frozenset[str]:
    """What a class takes besides its files."""
    names: set[str] = set()
    for each in kind.__mro__ if kind is not None else ():
        if each.__module__.startswith("transformers.models.") and "__init__" in vars(each):
            names |= set(inspect.signature(vars(each)["__init__"]).parameters)
    return frozenset(
        name for name in names - {"self", "args", "kwargs"} if not _NO_SETTING.search(name)
    ) - {*_TOKENS, *_LISTS}


def _is_token_name(name: str) -> bool:
    return name.endswith("_token") and not name.startswith("_")


def _is_setting(value: Any) -> bool:
    """Whether a value is a plain one, or a short list of words or numbers, or of such lists."""
    if isinstance(value, list):
        numbers = [n for each in value for n in (each if isinstance(each, list) else [each])]
        return len(numbers) <= _MAX_LIST and all(isinstance(n, str | int | float) for n in numbers)
    return value is None or isinstance(value, bool | int | float | str)


def _plain_entries(values: dict[str, Any]) -> dict[str, Any]:
    """Of a dictionary of settings what is words and numbers, and names no file."""
    if len(values) > _MAX_ENTRIES:
        return {}
    return {
        name: value
        for name, value in values.items()
        if value is None
        or (
            not _NO_SETTING.search(name)
            and _is_setting(value)
            and not (isinstance(value, str) and value and not _PLAIN_WORD.fullmatch(value))
        )
    }


def _token(value: Any) -> str | dict[str, Any]:
    """A token as a text, or with the settings of an added one."""
    if isinstance(value, dict):
        kept = {key: value[key] for key in _ADDED if isinstance(value.get(key), bool)}
        marked = {"__type": "AddedToken"} if value.get("__type") == "AddedToken" else {}
        return marked | {"content": _text(value.get("content"))} | kept
    return _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MAX_CONTENT:
        raise _unusable(f"{str(value)[:40]!r} as a token")
    return value


def _counted(values: Any) -> Any:
    if not isinstance(values, dict | list):
        raise _unusable(f"{str(values)[:40]!r} as a list of tokens")
    if len(values) > MAX_ADDED:
        raise _unusable(f"more than {MAX_ADDED:,} added tokens")
    return values


def _unusable(what: str) -> NotRatableError:
    return NotRatableError(
        f"the tokenizer's files give {what}", "save the tokenizer again with save_pretrained(…)"
    )
