"""Text as lines of glyphs: how wide it is, how it is wrapped or shortened, where glyphs go."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from energylabel.rendering._drawing.outlines import EM, Glyph, Weight, glyph

Anchor = Literal["start", "middle", "end"]

ELLIPSIS = "…"
_VARIATION_SELECTORS = "\ufe0e\ufe0f"


@dataclass(frozen=True, slots=True)
class Run:
    """A line of glyphs, ready to be placed. ``glyphs`` are (id, x in 1/1,000 em).

    ``scale`` is written out, for coordinates in templates keep two decimals alone.
    """

    scale: str
    glyphs: tuple[tuple[str, int], ...]
    width: float


class Typesetter:
    """Sets text for one document and remembers which outlines it needs.

    Sizes and widths are in the document's units; ``anchor`` is as in SVG.
    """

    def __init__(self) -> None:
        self._used: dict[str, Glyph] = {}

    def line(
        self,
        text: str,
        size: float,
        weight: Weight = "regular",
        anchor: Anchor = "start",
        room: float | None = None,
    ) -> Run:
        """The glyphs of one line, shifted for the anchor.

        A line wider than ``room`` is set smaller, down to 70 %, and then loses its middle.
        """
        if room is not None:
            size = min(size, max(size * room / max(width(text, size, weight), 1), 0.7 * size))
            text = shorten(text, size, weight, room + 0.01)
        placed: list[tuple[str, int]] = []
        x = 0
        for character in clean(text):
            outline = glyph(character, weight)
            if outline.path:
                self._used[outline.key] = outline
                placed.append((outline.key, x))
            x += outline.advance
        shift = {"start": 0, "middle": -x // 2, "end": -x}[anchor]
        return Run(
            f"{size / EM:.5f}".rstrip("0"),
            tuple((key, position + shift) for key, position in placed),
            size * x / EM,
        )

    @property
    def outlines(self) -> tuple[Glyph, ...]:
        """The outlines used so far, in a fixed order."""
        return tuple(self._used[key] for key in sorted(self._used))


def clean(text: str) -> str:
    """Text as it is drawn: composed, white space as plain spaces, no variation selectors."""
    composed = unicodedata.normalize("NFC", text)
    spaced = re.sub(r"\s", " ", composed)
    return "".join(c for c in spaced if c not in _VARIATION_SELECTORS)


def width(text: str, size: float, weight: Weight = "regular") -> float:
    """How wide one line is, in the unit of ``size``."""
    return sum(glyph(c, weight).advance for c in clean(text)) * size / EM


def shorten(text: str, size: float, weight: Weight, room: float) -> str:
    """The text, or its beginning and end around an ellipsis, so that it fits into ``room``."""
    text = clean(text)
    if width(text, size, weight) <= room:
        return text
    keep = len(text) - 1
    while keep > 1:
        head = (keep + 1) // 2
        shortened = text[:head] + ELLIPSIS + text[len(text) - (keep - head) :]
        if width(shortened, size, weight) <= room:
            return shortened
        keep -= 1
    return ELLIPSIS


def wrap(text: str, size: float, weight: Weight, room: float, lines: int) -> tuple[str, ...]:
    """The text on at most ``lines`` lines; what is too long loses its middle.

    Lines break at a space, else after a hyphen, underscore or other mark, and anywhere if need be.
    """
    text = clean(text)
    if lines == 1 or width(text, size, weight) <= room:
        return (shorten(text, size, weight, room),)
    first, rest = _break(text, size, weight, room)
    if lines > 1 and _lines_needed(text, size, weight, room) > lines:
        text = _without_middle(text, size, weight, room, lines)
        first, rest = _break(text, size, weight, room)
    return (first, *wrap(rest, size, weight, room, lines - 1))


def _lines_needed(text: str, size: float, weight: Weight, room: float) -> int:
    count = 1
    while width(text, size, weight) > room:
        text = _break(text, size, weight, room)[1]
        count += 1
    return count


def _without_middle(text: str, size: float, weight: Weight, room: float, lines: int) -> str:
    """As much of both ends as fits on ``lines`` lines."""
    low, high = 1, len(text) - 1
    best = ELLIPSIS
    while low <= high:
        keep = (low + high) // 2
        head = (keep + 1) // 2
        candidate = text[:head] + ELLIPSIS + text[len(text) - (keep - head) :]
        if _lines_needed(candidate, size, weight, room) <= lines:
            best, low = candidate, keep + 1
        else:
            high = keep - 1
    return best


def _break(text: str, size: float, weight: Weight, room: float) -> tuple[str, str]:
    """The first line and the rest; the first line holds at least one character."""
    count, used = 0, 0.0
    for character in text:
        used += glyph(character, weight).advance * size / EM
        if used > room:
            break
        count += 1
    count = max(count, 1)
    for marks in (r"\s", r"[\-_./,;:]"):
        breaks = [m.end() for m in re.finditer(marks, text[:count]) if m.end() >= count * 0.4]
        if breaks:
            return text[: breaks[-1]].rstrip(), text[breaks[-1] :].lstrip()
    return text[:count].rstrip(), text[count:].lstrip()
