"""Figures as people read them. Pure functions from numbers to text; units as named.

A figure is rounded to the nearest; the ends of a range outward (:func:`outward`), so that what is
printed holds all that is meant. Where a figure stands beside a limit, it gets as many digits as
tell on which side it lies (``limits``). ``templates/page/1-figures.js`` does the same.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from energylabel.records import Estimate, Range

DOWN, UP = ROUND_FLOOR, ROUND_CEILING
"""Directions in which an end of a range is rounded."""

Number = float | Decimal
Direction = str | None
Writer = Callable[[Number, Direction], str]
"""A value and the direction in which it is rounded → text."""

_ROOM = Context(prec=700)
"""Digits that any float has on both sides of the point."""
_MOST = 20
"""More digits than tell one float from the next."""

_TINY, _HUGE = 1e-7, 1e7
LITTLE = 0.001
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def exact(value: Number, power: int = 0) -> Decimal:
    """The number that a float is written as, times 10 ** ``power``: 0.29 is 29 %, not 28.999…96."""
    number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return number.scaleb(power, _ROOM)


def outward(low: Number, high: Number, write: Writer) -> tuple[str, str]:
    """Both ends of a range as they are printed: the low one rounded down, the high one up."""
    return write(low, DOWN), write(high, UP)


def _telling(number: Decimal, limits: Sequence[Decimal], write: Callable[[int], str]) -> str:
    """``write(more)`` with as few more digits as it takes to lie where ``number`` does.

    A limit is below, at or above what is printed, as it is of the number itself.
    """
    for more in range(_MOST):
        text = write(more)
        printed = Decimal(text.replace(",", ""))
        if all(printed.compare(limit) == number.compare(limit) for limit in limits):
            return text
    return f"{number:,f}"


def decimals(value: Number, digits: int) -> int:
    """How many decimals show ``value`` with so many significant digits; negative for tens."""
    if value == 0:
        return 0
    size = abs(float(value))
    places = digits - 1 - math.floor(math.log10(size))
    if round(size, places) >= 10.0 ** (digits - places):  # 9.996 becomes 10.0
        places -= 1
    return places


def last_digit(value: float, digits: int) -> float:
    """What the last of so many significant digits is worth."""
    return float(10.0 ** -decimals(value, digits))


def fixed(value: Number, places: int, direction: Direction = None) -> str:
    """With so many decimals (negative: rounded to tens) and thousands separated by commas."""
    if direction is not None:
        value = exact(value).quantize(Decimal(1).scaleb(-places), direction, _ROOM)
    elif not isinstance(value, Decimal):
        value = round(value, places)
    return f"{value:,.{max(places, 0)}f}"


def significant(
    value: Number,
    digits: int = 3,
    direction: Direction = None,
    limits: Sequence[Number] = (),
) -> str:
    """With so many significant digits, at least; powers of ten beyond ten million."""
    if limits:
        return _telling(
            exact(value),
            [exact(limit) for limit in limits],
            lambda more: significant(value, digits + more, direction),
        )
    if direction is None:
        value = float(value)
    elif value != 0:
        number = exact(value)
        step = Decimal(1).scaleb(number.adjusted() - digits + 1)
        value = number.quantize(step, direction, _ROOM)
    if value != 0 and not _TINY <= abs(float(value)) < _HUGE:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return fixed(value, decimals(value, digits))


def index(value: float, bounds: Sequence[float] = ()) -> str:
    """An index with three digits, or as many more as tell on which side of a bound it lies."""
    if not _TINY <= abs(value) < _HUGE:
        return significant(value)
    return _in_class(value, max(decimals(value, 3), 0), bounds)


def _in_class(
    value: Number, places: int, bounds: Sequence[float], direction: Direction = None
) -> str:
    """With so many decimals, or as many more as keep the class; a bound belongs to the better."""
    row = bisect_left(bounds, float(value))
    for more in range(_MOST):
        text = fixed(value, places + more, direction)
        if bisect_left(bounds, float(text.replace(",", ""))) == row:
            return text
    return f"{exact(value):,f}"


def little(value: float, digits: int = 3) -> str:
    """With so many significant digits; what is next to nothing as ``below 0.001``."""
    return significant(value, digits) if value >= LITTLE else f"below {LITTLE}"


def bound(value: Number, direction: Direction = None) -> str:
    """A class bound, or another figure of the standard or of a user, exactly."""
    del direction  # nothing is rounded
    return f"{exact(value).normalize():f}"


def interval(estimate: Estimate, write: Writer) -> str | None:
    """``low–high`` without a unit, or None where no interval is known; ``−3 to −1`` below zero."""
    if estimate.low is None or estimate.high is None:
        return None
    low, high = outward(estimate.low, estimate.high, write)
    return f"{low} to {high}" if {low[0], high[0]} & {"-", "−", "+"} else f"{low}–{high}"


def three(value: Number, direction: Direction = None) -> str:
    """Three significant digits."""
    return significant(value, 3, direction)


def index_interval(estimate: Estimate, bounds: Sequence[float] = ()) -> str | None:
    """The interval of an index, with the decimals of the index itself; each end in its class."""
    if not _TINY <= abs(estimate.value) < _HUGE:
        return interval(estimate, three)
    places = decimals(estimate.value, 3)
    return interval(estimate, lambda value, way: _in_class(value, places, bounds, way))


def watt_hours(value: float) -> str:
    """Watt-hours that were counted, for a program to read."""
    return significant(value, 3)


def energy_interval(estimate: Estimate) -> str | None:
    """The interval of watt-hours in the unit of its middle, which it leaves out.

    It has as many digits as the ends need to differ, up to four.
    """
    if estimate.low is None or estimate.high is None:
        return None
    power, _ = energy_unit(estimate.value)
    low, high = exact(estimate.low, -power), exact(estimate.high, -power)
    digits = 3 if significant(low) != significant(high) else 4
    return "–".join(outward(low, high, lambda end, way: significant(end, digits, way)))


def rough(value: Number, direction: Direction = None, limits: Sequence[Number] = ()) -> str:
    """One end of a range that is wide: two digits."""
    return significant(value, 2, direction, limits)


def span(range_: Range, write: Writer = rough) -> str:
    """``low–high`` without a unit; one figure where both ends print alike."""
    low, high = outward(range_.low, range_.high, write)
    return low if low == high else f"{low}–{high}"


def energy_span(range_: Range, limits: Sequence[float] = ()) -> str:
    """A range of watt-hours in the unit that suits its upper end: ``0.0057–0.043 Wh``.

    Args:
        range_: Watt-hours.
        limits: Watt-hours on whose side the ends have to be seen to lie.
    """
    power, unit = energy_unit(range_.high)
    sides = [exact(limit, -power) for limit in limits]
    ends = span(range_, lambda value, way: rough(exact(value, -power), way, sides))
    return f"{ends} {unit}"


def percentage(
    share: Number, places: int = 1, direction: Direction = None, limits: Sequence[float] = ()
) -> str:
    """A share as a percentage, without the sign. Only what is whole prints as 100 or 0.

    ``limits`` are shares, too.
    """
    if limits:
        return _telling(
            exact(share, 2),
            [exact(limit, 2) for limit in limits],
            lambda more: percentage(share, places + more, direction),
        )
    value = 100 * share if direction is None else exact(share, 2)
    text = fixed(value, places, direction).replace(",", "")
    if (float(text) == 100 and share < 1) or (float(text) == 0 and share > 0):
        return percentage(share, places + 1, direction) if places < 6 else text
    return text


def signed(
    share: Number,
    direction: Direction = None,
    limits: Sequence[float] = (),
    places: int = 1,
) -> str:
    """A change, a share, in percent with its sign: ``+1.3``, ``-0.2``, ``+0.0``."""

    def write(more: int) -> str:
        return fixed(
            100 * share if direction is None else exact(share, 2), places + more, direction
        )

    text = _telling(exact(share, 2), [exact(limit, 2) for limit in limits], write)
    return f"+{text.removeprefix('-')}" if Decimal(text.replace(",", "")) >= 0 else text


def distinguished(one: float, other: float, write: Callable[[float, int], str]) -> tuple[str, str]:
    """Two figures with as few more digits as it takes to see that they differ, where they do."""
    for more in range(_MOST):
        texts = write(one, more), write(other, more)
        if texts[0] != texts[1] or one == other:
            break
    return texts


def percent_end(share: Number, direction: Direction = None) -> str:
    """One end of the interval of a share, as a percentage without the sign."""
    return percentage(share, 1, direction)


def part(ratio: Number, direction: Direction = None) -> str:
    """A ratio below 1 in words: ``83 %`` of something, or ``1/580``."""
    if ratio > 0.5:
        return f"{significant(exact(ratio, 2), 2, direction)} %"
    turned = {DOWN: UP, UP: DOWN, None: None}[direction]
    return f"1/{significant(_ROOM.divide(Decimal(1), exact(ratio)), 2, turned)}"


def no_worse(gain: Estimate, margin: float) -> str:
    """How the accuracy of what dominates compares: its gain, a share, is above ``-margin``."""
    if gain.low is not None and gain.low > 0:
        return "more accurate"
    within = "" if gain.value >= 0 else f" within {100 * margin:g} points"
    return f"as accurate{within}"


def duration(seconds: float, direction: Direction = None, limits: Sequence[float] = ()) -> str:
    """Seconds, milli- or microseconds, with two or three digits."""
    power, unit = (0, "s") if seconds >= 1 else (-3, "ms") if seconds >= 1e-3 else (-6, "µs")
    scaled = exact(seconds, -power)
    sides = [exact(limit, -power) for limit in limits]
    return f"{significant(scaled, 2 if scaled < 100 else 3, direction, sides)} {unit}"


def size(count: int, limits: Sequence[int] = ()) -> str:
    """Bytes in decimal units."""
    return _with_unit(count, (("TB", 12), ("GB", 9), ("MB", 6), ("kB", 3)), "bytes", limits)


def quantity(count: int) -> str:
    """A large count in short: ``22.7 M``."""
    return _with_unit(count, (("T", 12), ("B", 9), ("M", 6), ("k", 3)), "")


def counted(count: int, thing: str) -> str:
    """``1 core``, ``2 cores``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _with_unit(
    count: int, units: tuple[tuple[str, int], ...], rest: str, limits: Sequence[int] = ()
) -> str:
    for name, power in units:
        if count >= 10**power:
            sides = [Decimal(limit).scaleb(-power) for limit in limits]
            return f"{significant(Decimal(count).scaleb(-power), 3, None, sides)} {name}"
    return f"{count} {rest}".strip()


def date(unix_seconds: float) -> str:
    """The day in UTC, independent of any locale: ``21 Nov 2026``."""
    moment = datetime.fromtimestamp(unix_seconds, tz=UTC)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def grouped(digest: str) -> str:
    """The first twelve digits of a digest in groups of four."""
    return f"{digest[:4]} {digest[4:8]} {digest[8:12]}"


def energy_unit(watt_hours: float) -> tuple[int, str]:
    """The unit that suits an energy, as a power of ten of watt-hours; none above the watt-hour."""
    for power, unit in ((0, "Wh"), (-6, "µWh")):
        if watt_hours >= 10.0 ** (power - 3):
            return power, unit
    return -9, "nWh"


def energy(watt_hours: float, digits: int = 3, limits: Sequence[float] = ()) -> str:
    """An energy with its unit; ``limits`` are watt-hours, too."""
    power, unit = energy_unit(watt_hours)
    sides = [exact(limit, -power) for limit in limits]
    return f"{significant(exact(watt_hours, -power), digits, None, sides)} {unit}"


def grams(value: float) -> str:
    """A mass with its unit."""
    power, unit = _mass_unit(value)
    return f"{significant(exact(value, -power), 2)} {unit}"


def grams_span(range_: Range) -> str:
    """A range of masses in the unit that suits its upper end."""
    power, unit = _mass_unit(range_.high)
    return f"{span(range_, lambda value, way: rough(exact(value, -power), way))} {unit}"


def _mass_unit(value: float) -> tuple[int, str]:
    for power, unit in ((3, "kg"), (0, "g"), (-3, "mg")):
        if value >= 10.0**power:
            return power, unit
    return -6, "µg"


def listed(names: Sequence[str], most: int = 4) -> str:
    """The first names, and how many more there are: ``a, b, c, d and 3 more``."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
