"""When two spellings are one name: Unicode's forms, case and blanks; then punctuation as well.

A name is folded twice as far as it has to be. :func:`spelled` tells the classes of a file apart:
what it makes equal is one class. :func:`fold` matches the names of a model with those of a
workload, whose authors put ``_``, ``/`` and blanks where they like. Signs that change what a name
means stay in both: ``c``, ``c++`` and ``c#``, ``A`` and ``A-``, ``1`` and ``#1`` are six names.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

_HYPHENS: Final = dict.fromkeys(map(ord, "\u2010\u2011\u2212"), "-")
"""Hyphens and the minus sign. Dashes are punctuation, which a sentence may have behind a name."""
_MEANT: Final = ("<super>", "<sub>", "<circle>", "<fraction>")
"""Compatibility forms that say more than a font does: ``m²`` is not ``m2``."""
_UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef\u20dd-\u20e4]"
)
"""Variation selectors, fillers and frames around a sign."""
_TAGS: Final = range(0xE0020, 0xE0080)
"""Format characters that tell flags apart."""

_DOTTED: Final = re.compile("i\u0307+")
_WHOLE: Final = re.compile(r"([+-]?\d+)\.0+")
_WHOLE_WITHIN: Final = re.compile(r"(?<![\d.])(\d+)\.0+(?![\d.])", re.ASCII)
_NUMBER: Final = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?")
_PIECE: Final = re.compile(r"-+|[^\s-]+")


def spelled(name: str) -> str:
    """``name`` without what two spellings of one name differ in. Empty for nothing to be seen.

    These are Unicode's forms (composed or not, full width), signs without width, case, blanks at
    the ends and how many there are elsewhere, and the ``.0`` of a whole number.
    """
    text = _plain("".join(map(_typographic, name)), "NFC")
    whole = _WHOLE.fullmatch(text)
    return whole[1] if whole else text


def fold(name: str) -> str:
    """``name`` without case, punctuation and spaces: ``Sci/Tech`` and ``sci_tech`` are equal.

    ``+`` and ``#`` stay. ``-`` stays where it is a sign and no hyphen: at an end of the name or of
    a word (``A-``, ``class -1``), but not at both ends (``-x-``). Numbers stay apart (``1.5``,
    ``10 20``), and a name that is a number is that number (``+1`` and ``01`` are ``1``). A name
    without letters and digits (``👍``, ``:-)``) keeps its signs.
    """
    text = unicodedata.normalize("NFC", "".join(pieces(name)).strip())
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    sign, whole, part = number.groups()
    digits = whole.lstrip("0") or "0"
    if part and part.strip("0"):
        digits += "." + part.rstrip("0")
    return "-" + digits if sign == "-" and digits != "0" else digits


def pieces(text: str) -> list[str]:
    """The words of a text as :func:`fold` sees them; put together, they are what it makes of it.

    A minus that counts is a piece of its own. A piece that has to stay apart from the one before
    it begins with a blank. Of a text without letters and digits there is one piece, all of it.
    """
    plain = _plain(text, "NFKC")
    if not any(map(str.isalnum, plain)):
        return [plain] if plain else []
    kept = _WHOLE_WITHIN.sub(r"\1", "".join(_kept(plain)))
    return list(_join(kept))


def _plain(text: str, form: Literal["NFC", "NFKC"]) -> str:
    text = unicodedata.normalize(form, text).translate(_HYPHENS)
    text = "".join(sign for sign in text if not _unseen(sign))
    for _ in range(2):  # a few signs take these steps twice to come to rest
        text = unicodedata.normalize(form, text).casefold()
        # The capital İ has its dot as a sign of its own when it is written small.
        text = unicodedata.normalize(form, _DOTTED.sub("i", text))
    return " ".join(text.split())


def _typographic(sign: str) -> str:
    meant = unicodedata.decomposition(sign).startswith(_MEANT)
    return sign if meant else unicodedata.normalize("NFKC", sign)


def _unseen(sign: str) -> bool:
    hidden = unicodedata.category(sign) == "Cf" and ord(sign) not in _TAGS
    return hidden or _UNSEEN.match(sign) is not None


def _kept(plain: str) -> Iterator[str]:
    """The signs that count; a blank for each other. Digits of all scripts are 0 to 9."""
    word = False
    for place, sign in enumerate(plain):
        # Vowels of Indic scripts and other marks belong to the letter before them.
        word = sign.isalnum() or (word and unicodedata.category(sign) in ("Mn", "Mc"))
        if word:
            yield str(unicodedata.decimal(sign, sign))
        elif sign == ".":
            around = plain[max(place - 1, 0) : place] + plain[place + 1 : place + 2]
            yield sign if len(around) == 2 and around.isdecimal() else " "
        else:
            yield sign if sign in "+#-" else " "


def _join(kept: str) -> Iterator[str]:
    found = list(_PIECE.finditer(kept))
    ends = [piece[0].startswith("-") for piece in (found[0], found[-1])]
    if all(ends):  # -x- is x
        found = found[1:-1]
    before = ""
    apart = False
    for number, piece in enumerate(found):
        text = piece[0]
        if not text.startswith("-"):
            digits = before[-1:].isdecimal() and text[0].isdecimal()
            yield f" {text}" if apart or digits else text
            before, apart = text, False
            continue
        left = kept[: piece.start()][-1:].strip() != ""
        right = kept[piece.end() : piece.end() + 1].strip() != ""
        first, last = number == 0 and not ends[1], number == len(found) - 1 and not ends[0]
        if first or last or left != right:
            prefix = not last and (first or right)
            yield f" {text}" if prefix and before else text
            before, apart = text, not prefix
