"""JSON that strangers wrote: size and depth are capped, every defect becomes one sentence.

And what a process answers in which something of theirs ran.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from energylabel.errors import NotRatableError

MAX_DEPTH = 32
"""Deepest nesting that any file read here has a use for (real ones stay below 10)."""

_START = (
    "import importlib, json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "importlib.import_module(sys.argv[2]).main()"
)
_DOWNLOAD_AGAIN = "the file is damaged: download the model again"


def read_object(path: Path, max_bytes: int) -> dict[str, Any]:
    """The JSON object in a file of at most ``max_bytes`` bytes.

    Raises:
        NotRatableError: Missing, too large, not UTF-8, not JSON, too deep, or no object.
    """
    return parse_object(_bytes(path, max_bytes), path.name)


def read_list(path: Path, max_bytes: int) -> list[Any]:
    """The JSON list in a file of at most ``max_bytes`` bytes; refuses as :func:`read_object`."""
    value = _parse(_bytes(path, max_bytes), path.name)
    if not isinstance(value, list):
        raise NotRatableError(
            f"{path.name} holds {_kind(value)} instead of a list", _DOWNLOAD_AGAIN
        )
    _check_depth(value, path.name)
    return value


def parse_object(data: bytes, name: str) -> dict[str, Any]:
    """The JSON object in ``data``; ``name`` is what the errors call it."""
    value = _parse(data, name)
    if not isinstance(value, dict):
        raise NotRatableError(f"{name} holds {_kind(value)} instead of an object", _DOWNLOAD_AGAIN)
    _check_depth(value, name)
    return value


def ask_child(module: str, request: object, patience_s: float) -> tuple[dict[str, Any], int]:
    """What a module's ``main()`` answers to a request, in a process of its own.

    Args:
        module: Its ``main`` reads JSON from standard input and prints an object on a line.
        request: What JSON can hold.
        patience_s: Seconds after which it is ended.

    Returns:
        The last line that is a JSON object, empty if none is, as libraries may print any others;
        and the exit code.

    Raises:
        subprocess.TimeoutExpired: It did not end by itself.
    """
    done = subprocess.run(
        [sys.executable, "-P", "-c", _START, json.dumps(sys.path), module],
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=patience_s,
        check=False,
    )
    return _last_object(done.stdout), done.returncode


def _last_object(text: str) -> dict[str, Any]:
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            try:
                found: dict[str, Any] = json.loads(line)
            except ValueError:
                continue
            return found
    return {}


def _bytes(path: Path, max_bytes: int) -> bytes:
    if not path.is_file():
        raise NotRatableError(f"{path.name} is missing", "give a complete model folder")
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise NotRatableError(
            f"{path.name} is larger than {max_bytes:,} bytes", "no real model needs that much"
        )
    return data


def _parse(data: bytes, name: str) -> Any:
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotRatableError(
            f"{name} is not UTF-8 text (byte {error.start:,})", _DOWNLOAD_AGAIN
        ) from error
    except json.JSONDecodeError as error:
        raise NotRatableError(
            f"{name} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}",
            _DOWNLOAD_AGAIN,
        ) from error
    except RecursionError as error:
        raise _too_deep(name) from error
    except ValueError as error:  # a number of thousands of digits
        raise NotRatableError(f"{name} holds a number that is too long", _DOWNLOAD_AGAIN) from error


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", type(None): "null"}
    return kinds.get(type(value), "a number")


def _check_depth(value: Any, name: str) -> None:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in _children(parent)]
    if level:
        raise _too_deep(name)


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [child for child in value.values() if isinstance(child, dict | list)]
    return [child for child in value if isinstance(child, dict | list)]


def _too_deep(name: str) -> NotRatableError:
    return NotRatableError(
        f"{name} is nested deeper than {MAX_DEPTH} levels", "no real model needs that"
    )
