"""Values of options: what people write → what the program takes."""

import re
from typing import Literal, cast

import click

LETTERS = "ABCDEFG"
"""The classes, best first."""


def rows(
    context: click.Context, parameter: click.Parameter, value: str
) -> int | Literal["auto", "all"]:
    """A count of rows, ``auto`` or ``all``."""
    if value in {"auto", "all"}:
        return cast(Literal["auto", "all"], value)
    if value.isdecimal() and int(value) > 0:
        return int(value)
    raise click.BadParameter("give a positive number, 'auto' or 'all'")


def device(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """A device by name."""
    if re.fullmatch(r"auto|cpu|cuda(:[0-9]{1,3})?", value) is None:
        raise click.BadParameter("choose auto, cpu, cuda or cuda:N")
    return value


def seconds_of(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> float | None:
    """``90``, ``90s``, ``5m``, ``1h``."""
    if value is None:
        return None
    number, unit = (value[:-1], value[-1]) if value[-1:] in {"s", "m", "h"} else (value, "s")
    try:
        seconds = float(number) * {"s": 1, "m": 60, "h": 3600}[unit]
    except ValueError:
        raise click.BadParameter("give seconds, or a number with s, m or h, such as 10m") from None
    if not 0 < seconds < float("inf"):
        raise click.BadParameter("must be positive")
    return seconds


_UNITS = {
    "": 1,
    **{f"{k}b": 10 ** (3 * n) for n, k in enumerate(("", "k", "m", "g", "t"))},
    **{f"{k}ib": 2 ** (10 * n) for n, k in enumerate(("", "k", "m", "g", "t")) if n},
}


def bytes_of(context: click.Context, parameter: click.Parameter, value: str) -> int:
    """``500MB``, ``1.5GiB``; a number alone is bytes."""
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([a-z]{0,3})", value.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise click.BadParameter("give a size such as 500MB, 2GB or 1.5GiB")
    return int(float(match[1]) * _UNITS[match[2]])


def positive(
    context: click.Context, parameter: click.Parameter, value: float | None
) -> float | None:
    """A positive, finite number."""
    if value is None or 0 < value < float("inf"):
        return value
    raise click.BadParameter("must be a positive number")
