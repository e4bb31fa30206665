"""Where the parts of a label go that depend on its figures, as plain values for the templates."""

import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from energylabel.records import LETTERS, Estimate, Label, Letter
from energylabel.rendering._drawing.text import shorten, width, wrap
from energylabel.standard import load_scale

_PLAIN_URL = re.compile(
    r"(https://[A-Za-z0-9.-]+|http://(127\.0\.0\.1|localhost))(:[0-9]+)?(/[A-Za-z0-9._~@%+=-]*)*"
)
_MAX_URL = 250
"""A longer address makes a QR code too fine to read on the label."""


@dataclass(frozen=True, slots=True)
class Name:
    """The model's name as it is set. ``owner`` is empty for a name without one."""

    owner: str
    lines: tuple[str, ...]
    size: float


@dataclass(frozen=True, slots=True)
class Span:
    """An index and its interval as heights on the scale: 0 is the top of A, 7 the end of G.

    ``open_top`` and ``open_bottom`` tell that an end lies beyond the scale.
    """

    low: float
    value: float
    high: float
    open_top: bool
    open_bottom: bool


@dataclass(frozen=True, slots=True)
class ScaleView:
    """The arrows: ``rows`` are (letter, upper bound or None); ``row`` is the pointer's."""

    rows: tuple[tuple[str, float | None], ...]
    row: float
    span: Span | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """A QR code of ``modules`` × ``modules`` as one path, a module being one unit."""

    modules: int
    path: str


def position(value: float, bounds: Sequence[float]) -> float:
    """How far down the scale an index lies: whole part the class, fraction its log share."""
    row = bisect_left(bounds, value)
    low = bounds[row - 1] if row else bounds[0] ** 2 / bounds[1]
    high = bounds[row] if row < len(bounds) else bounds[-1] ** 2 / bounds[-2]
    if value <= low:
        return float(row)
    return row + min(math.log(value / low) / math.log(high / low), 1.0)


def candidates(label: Label) -> tuple[Letter, ...]:
    """The classes that a wide interval leaves open; none where the figure itself is invalid."""
    grade = label.grades.energy
    if grade.letter is not None or any(f.outcome == "invalid" for f in label.findings):
        return ()
    return grade.touches if len(grade.touches) > 1 else ()


def shown_index(label: Label) -> Estimate | None:
    """The energy index if it may be printed: not that of an invalid measurement."""
    grade = label.grades.energy
    return grade.index if grade.letter is not None or candidates(label) else None


def energy_scale(label: Label) -> ScaleView:
    """The energy arrows with the pointer and the interval of this label.

    Without a letter the pointer stands amid the classes in question, or amid all.
    """
    bounds = load_scale(label.standard).energy
    rows = tuple(zip(LETTERS, (*bounds, None), strict=True))
    letter, open_classes = label.grades.energy.letter, candidates(label)
    among = (letter,) if letter is not None else open_classes or LETTERS
    row = (LETTERS.index(among[0]) + LETTERS.index(among[-1])) / 2
    return ScaleView(rows, row, _span(shown_index(label), bounds))


def _span(found: Estimate | None, bounds: Sequence[float]) -> Span | None:
    if found is None or found.low is None or found.high is None:
        return None
    top = bounds[0] ** 2 / bounds[1]
    bottom = bounds[-1] ** 2 / bounds[-2]
    low, value, high = (position(v, bounds) for v in (found.low, found.value, found.high))
    return Span(low, value, high, open_top=found.low < top, open_bottom=found.high > bottom)


def set_name(name: str, room: float) -> Name:
    """The name in the largest size that fits on one line, else on up to three lines."""
    owner, slash, model = name.partition("/")
    if not slash:
        owner, model = "", name
    owner = shorten(owner, 15, "regular", room)
    for size in (27, 25, 23, 21):
        if width(model, size, "bold") <= room:
            return Name(owner, (model,), size)
    return Name(owner, wrap(model, 19, "bold", room, 3), 19)


def size_in(text: str, size: float, least: float, room: float) -> float:
    """The size, or the smaller one at which bold ``text`` is as wide as ``room``."""
    return max(min(size, size * room / max(width(text, size, "bold"), 1)), least)


def qr_target(label: Label) -> str:
    """What the QR code says: the address of the evidence, else its digest as a URN."""
    return link(label.evidence_url) or f"urn:sha256:{label.id}"


def link(url: str | None) -> str | None:
    """The address if it is short and plain enough for a QR code and a Markdown link."""
    if url is not None and len(url) <= _MAX_URL and _PLAIN_URL.fullmatch(url):
        return url
    return None


def qr(text: str) -> Matrix:
    """The QR code of a text at error correction M, without its quiet zone."""
    import segno

    matrix = segno.make(text, error="m", boost_error=False, micro=False).matrix
    parts = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                parts.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
            x += 1
    return Matrix(len(matrix), "".join(parts))
