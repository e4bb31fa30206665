"""What a field of the options says about itself, and whether a value is fit for it."""

import math
import re
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from energylabel.errors import UsageError

Written = Literal["file", "folder", "device", "rows", "duration", "share", "wait", "size"]
"""How people write a value on the command line where its type alone does not tell."""

LARGEST = 2**53 - 1
"""The largest whole number that every reader of JSON takes."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Choice:
    """What people are told of an option, and what it takes.

    Attributes:
        help: On the command line.
        about: In Python, in JSON Schema and in the Action.
        flag: Its spelling on the command line, where the name does not give it.
        short: A second spelling, of one letter.
        metavar: What stands for the value in the help.
        written: How the value is written on the command line.
        least: Smallest number.
        most: Largest number.
        below: What a number with a fraction has to stay below.
        pattern: Regular expression of the whole value.
        refusal: What is said of an unfit value, which takes the place of ``{value}``.
        remedy: What to do about it.
    """

    help: str
    about: str
    flag: str | None = None
    short: str | None = None
    metavar: str | None = None
    written: Written | None = None
    least: int | None = None
    most: int = LARGEST
    below: float = math.inf
    pattern: str | None = None
    refusal: str | None = None
    remedy: str | None = None


def choice(
    default: _T,
    help: str,  # noqa: A002 - as click calls it
    about: str | None = None,
    *,
    flag: str | None = None,
    short: str | None = None,
    metavar: str | None = None,
    written: Written | None = None,
    least: int | None = None,
    most: int = LARGEST,
    below: float = math.inf,
    pattern: str | None = None,
    refusal: str | None = None,
    remedy: str | None = None,
) -> _T:
    """A field of the options; the arguments are those of :class:`Choice`.

    ``about`` None: the words of the command line do. It is the field's description in the JSON
    Schema too, where Pydantic looks for it under that name.
    """
    choice = Choice(
        help=help,
        about=about or help,
        flag=flag,
        short=short,
        metavar=metavar,
        written=written,
        least=least,
        most=most,
        below=below,
        pattern=pattern,
        refusal=refusal,
        remedy=remedy,
    )
    return field(default=default, metadata={"choice": choice, "description": choice.about})


def check(name: str, kinds: tuple[object, ...], choice: Choice, value: object) -> None:
    """Refuse a value that an option does not take.

    Args:
        name: The option's.
        kinds: Its types, and single words that it takes.
        choice: What else it says about itself.
        value: What was given.

    Raises:
        UsageError: It is of the wrong kind or out of range; it is named.
    """
    if value is None and type(None) in kinds:
        return
    named = name.replace("_", " ")
    if choice.refusal is not None:
        if not _may_be(kinds, choice, value):
            refusal = choice.refusal.format(value=f"{value!r:.40}")
            raise UsageError(refusal, choice.remedy or f"set {named}")
        return
    words = [kind for kind in kinds if isinstance(kind, str)]
    if value in words:
        return
    if int in kinds:
        _check_count(named, words, choice, value)
    elif words:
        raise UsageError(f"unknown {named} {value!r:.40}", f"choose one of {', '.join(words)}")
    elif bool in kinds:
        if type(value) is not bool:
            raise UsageError(f"{named}: {value!r:.40} is neither true nor false", f"set {named}")
    elif not isinstance(value, str):
        raise UsageError(f"{named}: {value!r:.40} is no text", f"set {named}")


def _may_be(kinds: tuple[object, ...], choice: Choice, value: object) -> bool:
    """Whether a value is fit for an option with a refusal of its own."""
    if float in kinds:
        if type(value) not in {int, float} or not float(str(value)) < choice.below:
            return False
        number = float(str(value))
        return number > 0 if choice.least is None else number >= choice.least
    return isinstance(value, str) and re.fullmatch(choice.pattern or ".*", value) is not None


def _check_count(named: str, words: list[str], choice: Choice, value: object) -> None:
    least = choice.least or 0
    if type(value) is not int or value < least:
        others = f" (or {', '.join(words)})" if words else ""
        raise UsageError(
            f"{named}: {value!r:.40} is no number of {least} or more{others}", f"set {named}"
        )
    if value > choice.most:
        raise UsageError(f"{named}: {value!r:.40} is more than {choice.most:,}", f"set {named}")
