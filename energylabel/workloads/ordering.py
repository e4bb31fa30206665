"""The order of classes that nobody has numbered: names by their letters, numbers by their value."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

_MINUS: Final = str.maketrans("\u2212", "-")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)")
_WITHIN: Final = re.compile(
    r"(?<![^\W_])(?<!\.)[+-]?\d+\.\d+(?!\.?\d)"  # with a point, behind no letter: score (-0.5)
    r"|(?<![^\W_])[+-]?\d+"  # a whole number with its sign: class_-1
    r"|\d+"
)
Place = tuple[int, tuple[tuple[str, Decimal], ...], str]


def number_of(name: str) -> Decimal | None:
    """The number that ``name`` is, in digits of any script; None where it is none.

    An exponent is none: ``1e3`` is a code that begins with 1.
    """
    plain = _plain(name).strip()
    return Decimal(plain) if _NUMBER.fullmatch(plain) else None


def are_numbers(names: Iterable[str]) -> bool:
    """Whether each name is a whole number, such as ``-1`` or ``2.0``."""
    numbers = map(number_of, names)
    return all(number is not None and number == number.to_integral_value() for number in numbers)


def natural_order(name: str) -> Place:
    """A sorting key: numbers first, as numbers; then names, and numbers in them as numbers.

    ``class_2`` comes before ``class_10``, ``class_-1`` before both, ``score 0.25`` before ``score
    0.5``. Behind a letter or with more than one point (``v1.10``, ``1.10.2``) it is a version,
    whose parts are whole numbers. What lies between is compared sign by sign. Of names that are
    equal in that (``01`` and ``1``) the order is that of their signs.
    """
    number = number_of(name)
    if number is not None:
        return 0, (("", number),), name
    plain = _plain(name)
    found = list(_WITHIN.finditer(plain))
    starts = [0, *(match.end() for match in found)]
    ends = [*(match.start() for match in found), len(plain)]
    values = [*(Decimal(match[0]) for match in found), Decimal(0)]
    parts = (
        (plain[start:end], value) for start, end, value in zip(starts, ends, values, strict=True)
    )
    return 1, tuple(parts), name


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).translate(_MINUS)
