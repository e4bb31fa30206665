"""The standards that labels are judged by: one TOML of frozen numbers and one text for each."""

import json
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from energylabel.errors import UsageError
from energylabel.records import Scale

DEFAULT = "text-classification-v1"
"""The standard that new ratings follow."""


def names() -> tuple[str, ...]:
    """The standards that this program knows, in alphabetical order."""
    folder = resources.files("energylabel.standard")
    return tuple(
        sorted(item.name[: -len(".toml")] for item in folder.iterdir() if _is_scale(item.name))
    )


@cache
def load_scale(name: str) -> Scale:
    """The bounds and limits of one standard.

    Raises:
        UsageError: This program does not know the standard.
    """
    table = table_of(name)
    flat = {
        "name": table["name"],
        "letters": table["letters"],
        "energy": table["energy"]["bounds"],
        "error": table["error"]["bounds"],
        **table["limits"],
        **table["remarks"],
    }
    return Scale.from_json(json.dumps(flat))  # strict records take lists as tuples only from JSON


def table_of(name: str) -> dict[str, Any]:
    """All numbers of one standard, as its TOML has them.

    Raises:
        UsageError: This program does not know the standard.
    """
    return tomllib.loads(_text(name, "toml"))


def standard_text(name: str) -> str:
    """The standard itself, as Markdown.

    Raises:
        UsageError: This program does not know the standard.
    """
    return _text(name, "md")


def _is_scale(filename: str) -> bool:
    return filename.endswith(".toml")


def _text(name: str, suffix: str) -> str:
    if name not in names():
        raise UsageError(
            f"unknown standard {name!r}",
            f"known standards: {', '.join(names())}; a newer program may know more",
        )
    return (resources.files("energylabel.standard") / f"{name}.{suffix}").read_text(
        encoding="utf-8"
    )
