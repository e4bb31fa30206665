"""The axes of the small plot: their ends, ticks that can be read, bands of classes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from energylabel.records import LETTERS
from energylabel.rendering._drawing.text import width

REFERENCE_INDEX = 100.0
LABEL_SIZE = 12.0
OVERHANG = 12.0
"""How far a tick's text may stand out at an end of its axis, in pixels."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick: where, and its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Band:
    """A class on the energy axis, from ``start`` over ``length``; wide ones carry the letter."""

    letter: str
    start: float
    length: float


def decades(values: Sequence[float]) -> tuple[float, float]:
    """An axis around all values and the reference, at least a decade long."""
    low, high = min(*values, REFERENCE_INDEX), max(*values, REFERENCE_INDEX)
    low, high = low / 1.7, high * 1.7
    if high / low < 20:
        middle = math.sqrt(low * high)
        low, high = middle / math.sqrt(20), middle * math.sqrt(20)
    return low, high


def percent_axis(low: float, high: float) -> tuple[float, float, float]:
    """Bottom, top and step in percent, with three to six ticks."""
    for step in (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0):
        bottom = math.floor(100 * low / step) * step
        top = min(math.ceil(100 * high / step) * step, 100.0)
        if top <= bottom:
            top = bottom + step
        if (top - bottom) / step <= 5:
            return bottom, top, step
    return 0.0, 100.0, 25.0


def steps(bottom: float, top: float, step: float) -> list[float]:
    count = round((top - bottom) / step)
    return [bottom + step * i for i in range(count + 1)]


def x_ticks(
    left: float, right: float, x: Callable[[float], float], room: float
) -> tuple[Tick, ...]:
    """Powers of ten, each, or every second or third of them, as they fit side by side."""
    first, last = math.ceil(math.log10(left)), math.floor(math.log10(right))
    if last - first < 2:
        values = [
            factor * 10.0**power
            for power in range(first - 1, last + 1)
            for factor in (1, 2, 5)
            if left <= factor * 10.0**power <= right
        ]
        return _spaced(values, x, room)[0]
    for stride in (1, 2, 3):
        values = [10.0**power for power in range(first, last + 1) if power % stride == 0]
        ticks, complete = _spaced(values, x, room)
        if complete:
            break
    return ticks


def _spaced(
    values: Sequence[float], x: Callable[[float], float], room: float
) -> tuple[tuple[Tick, ...], bool]:
    """Ticks whose texts do not touch, and whether that is all but those beyond the ends."""
    ticks: list[Tick] = []
    free, complete = -OVERHANG, True
    for value in values:
        text = f"{value:,.10g}" if value < 1e6 else f"{value:.0e}".replace("e+0", "e")
        half = width(text, LABEL_SIZE) / 2
        at = x(value)
        if at - half < -OVERHANG or at + half > room + OVERHANG:
            continue
        if at - half >= free:
            ticks.append(Tick(at, text))
            free = at + half + 8
        else:
            complete = False
    return tuple(ticks), complete


def bands(
    bounds: Sequence[float], left: float, right: float, x: Callable[[float], float]
) -> tuple[Band, ...]:
    found = []
    for row, letter in enumerate(LETTERS):
        start = left if row == 0 else max(bounds[row - 1], left)
        end = right if row == len(bounds) else min(bounds[row], right)
        if end > start:
            found.append(Band(letter, x(start), x(end) - x(start)))
    return tuple(found)
