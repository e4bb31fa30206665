"""What a model card says about data and language. A hint only: anything odd counts as silence."""

import re
from pathlib import Path
from typing import Any

MAX_BYTES = 256 * 1024
"""Longest part of a card that is read."""

_FRONT_MATTER = re.compile(r"\A\ufeff?\s*---\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_DATASET = re.compile(r"[A-Za-z0-9_.-]{1,96}(/[A-Za-z0-9_.-]{1,96})?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read_card(path: Path) -> tuple[tuple[str, ...], str | None]:
    """Dataset ids and the one language that a card's front matter names.

    Returns:
        The ids in their order, and the language code, None when there is none or several.
    """
    if not path.is_file():
        return (), None
    with path.open("rb") as file:
        text = file.read(MAX_BYTES).decode("utf-8", "replace")
    match = _FRONT_MATTER.match(text)
    metadata = _load(match.group(1)) if match else {}
    datasets = tuple(dict.fromkeys(_texts(metadata.get("datasets"), _DATASET)))
    languages = set(_texts(metadata.get("language"), _LANGUAGE))
    return datasets, languages.pop() if len(languages) == 1 else None


def _load(text: str) -> dict[Any, Any]:
    import yaml  # type: ignore[import-untyped, unused-ignore]

    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _texts(value: Any, pattern: re.Pattern[str]) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str) and pattern.fullmatch(text)]
