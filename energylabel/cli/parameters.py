"""Options of a rating on the command line: what people write → what the program takes."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, cast

import click

from energylabel.options import DEVICE, OFFERS, Offer, Options, Written

LETTERS = "ABCDEFG"
"""The classes, best first."""

_F = TypeVar("_F", bound=Callable[..., Any])


def rating_options(function: _F) -> _F:
    """Give a command every option of a rating, by its definition in ``energylabel.options``."""
    for offer in reversed(OFFERS):
        function = _parameter(offer)(function)
    return function


def chosen(values: Mapping[str, Any]) -> Options:
    """The options of a rating among a command's values; raises :class:`UsageError`."""
    return Options(**{offer.name: values[offer.name] for offer in OFFERS})


def _parameter(offer: Offer) -> Callable[[_F], _F]:
    """One option, as click has it."""
    choice = offer.choice
    spellings = [*filter(None, (choice.short, offer.flag)), offer.name]
    if bool in offer.kinds:
        turned = _turned if offer.default is True else None
        return click.option(*spellings, is_flag=True, callback=turned, help=choice.help)
    default = offer.default
    if choice.written == "size" and isinstance(default, int):
        default = size(default)
    return click.option(
        *spellings,
        type=_type(offer),
        default=default,
        show_default=default is not None,
        callback=_READ.get(choice.written),
        metavar=choice.metavar,
        help=choice.help,
        shell_complete=_KNOWN.get(offer.name),
    )


def workload_names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Workloads that begin so, for the shell's completion."""
    from energylabel import workloads

    return [name for name in workloads.names() if name.startswith(begun)]


def family_names(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Families that begin so, for the shell's completion."""
    from energylabel.classifiers import FAMILIES

    return [name for name in sorted(FAMILIES.found) if name.startswith(begun)]


_KNOWN = {"workload": workload_names, "family": family_names}
"""Values that the shell can complete, by option."""


def _type(offer: Offer) -> click.ParamType[Any] | None:
    choice = offer.choice
    if offer.words:
        return click.Choice(offer.words)
    if choice.written == "file":
        return click.Path(exists=True, dir_okay=False, allow_dash=True)
    if choice.written == "folder":
        return click.Path(file_okay=False)
    if int in offer.kinds and choice.written is None:
        return click.IntRange(choice.least, choice.most)
    return None


def _turned(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    """The value of what a flag turns off."""
    return not value


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
    if re.fullmatch(DEVICE, value) is None:
        raise click.BadParameter("choose auto, cpu, cuda or cuda:N")
    return value


def seconds_of(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> float | None:
    """``90``, ``90s``, ``5m``, ``1h``; above 0."""
    seconds = wait_of(context, parameter, value)
    if seconds == 0:
        raise click.BadParameter("must be positive")
    return seconds


def wait_of(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """The same, or 0."""
    if value is None:
        return None
    number, unit = (value[:-1], value[-1]) if value[-1:] in {"s", "m", "h"} else (value, "s")
    try:
        seconds = float(number) * {"s": 1, "m": 60, "h": 3600}[unit]
    except ValueError:
        raise click.BadParameter("give seconds, or a number with s, m or h, such as 10m") from None
    if not 0 <= seconds < float("inf"):
        raise click.BadParameter("must not be below 0")
    return seconds


def share(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """``0.93`` or ``93%``."""
    if value is None:
        return None
    percent = value.endswith("%")
    try:
        found = float(value.rstrip("% ")) / (100 if percent else 1)
    except ValueError:
        found = 0.0
    if 0 < found < 1:
        return found
    raise click.BadParameter("give a share between 0 and 1, such as 0.93 or 93%")


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


def size(count: int) -> str:
    """Bytes as people write them, the inverse of :func:`bytes_of`: ``20GB``."""
    for unit, factor in reversed(_UNITS.items()):
        if count and count % factor == 0 and "i" not in unit:
            return f"{count // factor}{unit.upper()}"
    return str(count)


_Callback = Callable[[click.Context, click.Parameter, Any], Any]
_READ: dict[Written | None, _Callback] = {
    "device": device,
    "rows": rows,
    "duration": seconds_of,
    "wait": wait_of,
    "share": share,
    "size": bytes_of,
}
"""Readers of what is not written as its type alone says."""


def positive(
    context: click.Context, parameter: click.Parameter, value: float | None
) -> float | None:
    """A positive, finite number."""
    if value is None or 0 < value < float("inf"):
        return value
    raise click.BadParameter("must be a positive number")


def gate_options(function: _F) -> _F:
    """Give a command every gate."""
    letters = click.Choice(list(LETTERS), case_sensitive=False)
    for option in reversed(
        (
            click.option(
                "--fail-below-energy", type=letters, help="Exit 1 when the energy class is worse."
            ),
            click.option(
                "--fail-below-accuracy",
                type=letters,
                help="Exit 1 when the accuracy class is worse or absent.",
            ),
            click.option(
                "--min-accuracy",
                callback=share,
                metavar="SHARE",
                help="Exit 1 unless the whole interval of the accuracy lies at or above it: 0.9 or "
                "90%. Needs no accuracy class.",
            ),
            click.option(
                "--min-macro-f1",
                callback=share,
                metavar="SHARE",
                help="Exit 1 when the macro-F1 is lower.",
            ),
            click.option(
                "--max-wh",
                type=float,
                callback=positive,
                metavar="WH",
                help="Exit 1 above this many Wh per 1,000 texts; of an estimate the whole range "
                "has to be within.",
            ),
            click.option(
                "--max-p95",
                callback=_latency,
                metavar="TIME",
                help="Exit 1 when the 95th percentile of the latency is higher: 50ms or 0.2s.",
            ),
            click.option(
                "--max-memory",
                callback=_bytes,
                metavar="SIZE",
                help="Exit 1 when the peak memory is higher: 500MB, 2GB.",
            ),
        )
    ):
        function = option(function)
    return function


def _latency(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """``50ms`` or ``0.2s`` in seconds; a number alone could be either."""
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s)", value.strip().lower())
    if match is None or not float(match[1]):
        raise click.BadParameter("give a time such as 50ms or 0.2s")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def _bytes(context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    """Bytes, where any are given."""
    return None if value is None else bytes_of(context, parameter, value)
