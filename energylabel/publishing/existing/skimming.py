"""Canonical JSON of evidence → what was asked and answered, without the rest of it.

To validate all of a record takes a hundred times as long, which counts where there are thousands.
Keys are found by their text: no string of canonical JSON holds a bare quotation mark.
"""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from energylabel.records import Setup, read_setup

if TYPE_CHECKING:
    import numpy as np


def skim(content: bytes) -> tuple[dict[str, Any], Setup]:
    """What :func:`energylabel.comparing.contender` wants to know, and the setup.

    Raises:
        ValueError: This is no canonical JSON of evidence.
        KeyError: A field is missing.
    """
    text = content.decode(errors="replace")
    start = text.index('"answers":{')
    settings, workload = _part(text, "settings"), _part(text, "workload")
    asked = {
        "gold": _gold(_list(text, "gold", start)),
        "predicted": _ids(_list(text, "predicted", start)),
        **{key: settings[key] for key in ("label_map", "queries")},
        **{key: workload[key] for key in ("seed", "content_sha256")},
    }
    return asked, read_setup(settings, 2 if "setup" in settings else 1)


def _part(text: str, key: str) -> dict[str, Any]:
    mark = f'"{key}":{{'
    found, _ = json.JSONDecoder().raw_decode(text, text.index(mark) + len(mark) - 1)
    return dict(found)


def _list(text: str, key: str, start: int) -> str:
    mark = f'"{key}":['
    begin = text.index(mark, start) + len(mark)
    return text[begin : text.index("]", begin)]


def _ids(numbers: str) -> "np.ndarray[Any, Any]":
    """Numbers between commas. Of up to ten labels each is one digit, which is fast."""
    import numpy as np

    signs = np.frombuffer(numbers.encode(), np.uint8)
    digits = signs[::2] - np.uint8(ord("0"))
    if len(signs) % 2 and (signs[1::2] == ord(",")).all() and (digits < 10).all():
        return digits
    return np.array(json.loads(f"[{numbers}]"), np.int32)


@lru_cache(maxsize=16)
def _gold(numbers: str) -> "np.ndarray[Any, Any]":
    """The same for every label of a workload."""
    return _ids(numbers)
