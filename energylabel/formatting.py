"""Figures as people read them. Pure functions from numbers to text; units as named."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from energylabel.records import Estimate, Range

_TINY, _HUGE = 1e-7, 1e7
LITTLE = 0.001
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def decimals(value: float, digits: int) -> int:
    """How many decimals show ``value`` with so many significant digits; negative for tens."""
    if value == 0:
        return 0
    places = digits - 1 - math.floor(math.log10(abs(value)))
    if round(abs(value), places) >= 10.0 ** (digits - places):  # 9.996 becomes 10.0
        places -= 1
    return places


def fixed(value: float, places: int) -> str:
    """With so many decimals (negative: rounded to tens) and thousands separated by commas."""
    return f"{round(value, places):,.{max(places, 0)}f}"


def significant(value: float, digits: int = 3) -> str:
    """With so many significant digits, at least; powers of ten beyond ten million."""
    if value != 0 and not _TINY <= abs(value) < _HUGE:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return fixed(value, decimals(value, digits))


def index(value: float, bounds: Sequence[float] = ()) -> str:
    """An index with three digits, or as many more as tell on which side of a bound it lies."""
    if not _TINY <= abs(value) < _HUGE:
        return significant(value)
    for digits in range(3, 8):
        places = max(decimals(value, digits), 0)
        if bisect_left(bounds, round(value, places)) == bisect_left(bounds, value):
            return fixed(value, places)
    return repr(value)


def little(value: float, digits: int = 3) -> str:
    """With so many significant digits; what is next to nothing as ``below 0.001``."""
    return significant(value, digits) if value >= LITTLE else f"below {LITTLE}"


def bound(value: float) -> str:
    """A class bound exactly as the standard prints it."""
    return f"{value:g}"


def interval(estimate: Estimate, write: Callable[[float], str]) -> str | None:
    """``low–high`` without a unit, or None where no interval is known; ``−3 to −1`` below zero."""
    if estimate.low is None or estimate.high is None:
        return None
    low, high = write(estimate.low), write(estimate.high)
    return f"{low} to {high}" if {low[0], high[0]} & {"-", "−", "+"} else f"{low}–{high}"


def index_interval(estimate: Estimate) -> str | None:
    """The interval of an index, with the decimals of the index itself."""
    if not _TINY <= abs(estimate.value) < _HUGE:
        return interval(estimate, significant)
    places = decimals(estimate.value, 3)
    return interval(estimate, lambda value: fixed(value, places))


def watt_hours(value: float) -> str:
    """Watt-hours that were counted, for a program to read."""
    return significant(value, 3)


def energy_interval(estimate: Estimate) -> str | None:
    """The interval of watt-hours in the unit of its middle, which it leaves out.

    It has as many digits as the ends need to differ, up to four.
    """
    if estimate.low is None or estimate.high is None:
        return None
    factor, _ = energy_unit(estimate.value)
    for digits in (3, 4):
        low, high = (significant(end / factor, digits) for end in (estimate.low, estimate.high))
        if low != high:
            break
    return f"{low}–{high}"


def rough(value: float) -> str:
    """One end of a range that is wide: one digit, or two where that one would be a 1 or a 2."""
    text = significant(value, 1)
    return significant(value, 2) if text.lstrip("0.")[:1] in {"1", "2"} else text


def span(range_: Range, write: Callable[[float], str] = rough) -> str:
    """``low–high`` without a unit; one figure where both ends print alike."""
    low, high = write(range_.low), write(range_.high)
    return low if low == high else f"{low}–{high}"


def energy_span(range_: Range) -> str:
    """A range of watt-hours in the unit that suits its upper end: ``0.006–0.04 Wh``."""
    factor, unit = energy_unit(range_.high)
    return f"{span(range_, lambda value: rough(value / factor))} {unit}"


def percentage(share: float, places: int = 1) -> str:
    """A share as a percentage, without the sign. Only what is whole prints as 100 or 0."""
    value = 100 * share
    text = f"{value:.{places}f}"
    if (float(text) == 100 and share < 1) or (float(text) == 0 and share > 0):
        return percentage(share, places + 1) if places < 6 else text
    return text


def part(ratio: float) -> str:
    """A ratio below 1 in words: ``83 %`` of something, or ``1/580``."""
    if ratio > 0.5:
        return f"{significant(100 * ratio, 2)} %"
    return f"1/{significant(1 / ratio, 2)}"


def no_worse(gain: Estimate, margin: float) -> str:
    """How the accuracy of what dominates compares: its gain, a share, is above ``-margin``."""
    if gain.low is not None and gain.low > 0:
        return "more accurate"
    within = "" if gain.value >= 0 else f" within {100 * margin:g} points"
    return f"as accurate{within}"


def duration(seconds: float) -> str:
    """Seconds, milli- or microseconds, with two or three digits."""
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= factor or unit == "µs":
            scaled = seconds / factor
            return f"{significant(scaled, 2 if scaled < 100 else 3)} {unit}"
    raise AssertionError


def size(count: int) -> str:
    """Bytes in decimal units."""
    return _with_unit(count, (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)), "bytes")


def quantity(count: int) -> str:
    """A large count in short: ``22.7 M``."""
    return _with_unit(count, (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3)), "")


def counted(count: int, thing: str) -> str:
    """``1 core``, ``2 cores``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _with_unit(count: int, units: tuple[tuple[str, float], ...], rest: str) -> str:
    for name, factor in units:
        if count >= factor:
            return f"{significant(count / factor, 3)} {name}"
    return f"{count} {rest}".strip()


def date(unix_seconds: float) -> str:
    """The day in UTC, independent of any locale: ``21 Nov 2026``."""
    moment = datetime.fromtimestamp(unix_seconds, tz=UTC)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def grouped(digest: str) -> str:
    """The first twelve digits of a digest in groups of four."""
    return f"{digest[:4]} {digest[4:8]} {digest[8:12]}"


def energy_unit(watt_hours: float) -> tuple[float, str]:
    """The unit that suits an energy, and how many watt-hours it has; none above the watt-hour."""
    for factor, unit in ((1.0, "Wh"), (1e-6, "µWh")):
        if watt_hours >= factor / 1000:
            return factor, unit
    return 1e-9, "nWh"


def energy(watt_hours: float, digits: int = 3) -> str:
    """An energy with its unit."""
    factor, unit = energy_unit(watt_hours)
    return f"{significant(watt_hours / factor, digits)} {unit}"


def grams(value: float) -> str:
    """A mass with its unit."""
    factor, unit = _mass_unit(value)
    return f"{significant(value / factor, 2)} {unit}"


def grams_span(range_: Range) -> str:
    """A range of masses in the unit that suits its upper end."""
    factor, unit = _mass_unit(range_.high)
    return f"{span(range_, lambda value: rough(value / factor))} {unit}"


def _mass_unit(value: float) -> tuple[float, str]:
    for factor, unit in ((1e3, "kg"), (1.0, "g"), (1e-3, "mg")):
        if value >= factor:
            return factor, unit
    return 1e-6, "µg"


def listed(names: Sequence[str], most: int = 4) -> str:
    """The first names, and how many more there are: ``a, b, c, d and 3 more``."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
