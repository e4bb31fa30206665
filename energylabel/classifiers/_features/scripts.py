"""Scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, kana, Han."""

import re

_SIGNS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"

WORD = re.compile(rf"[{_SIGNS}]|[^\s{_SIGNS}]+")
"""What stands between blanks; in scripts that have none, each sign."""

_SIGN = re.compile(f"[{_SIGNS}]")


def unspaced(text: str) -> bool:
    """Whether a text has signs of such a script."""
    return not text.isascii() and _SIGN.search(text) is not None
