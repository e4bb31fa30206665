"""Characters to outlines: glyphs of the shipped fonts as SVG paths on a grid of 1,000 per em.

A character that no font has, and every control or formatting character, becomes a box that holds
its code point: nothing that stands in a name is ever silently missing from the picture.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any, Literal

Weight = Literal["regular", "semibold", "bold"]

EM = 1000
_FILES = {
    "regular": "Inter-Regular.subset.woff",
    "semibold": "Inter-SemiBold.subset.woff",
    "bold": "Inter-Bold.subset.woff",
    "fallback": "DroidSansFallback.subset.woff",
}
_TOFU_BOTTOM, _TOFU_TOP, _TOFU_SIDE, _TOFU_LINE = -120, 800, 60, 45


@dataclass(frozen=True, slots=True)
class Glyph:
    """One outline. ``key`` is unique in a document; ``advance`` is in units of 1/1,000 em."""

    key: str
    path: str
    advance: int


@dataclass(frozen=True, slots=True)
class _Face:
    cmap: dict[int, str]
    glyphs: Any
    units: int


@cache
def _face(name: str) -> _Face:
    from fontTools.ttLib import TTFont

    data = (resources.files("energylabel.rendering") / "fonts" / _FILES[name]).read_bytes()
    font = TTFont(BytesIO(data), lazy=True)
    return _Face(font.getBestCmap(), font.getGlyphSet(), font["head"].unitsPerEm)


@cache
def glyph(character: str, weight: Weight) -> Glyph:
    """The outline of one character, from Inter, the fallback, or as a box with its code point."""
    code = ord(character)
    if unicodedata.category(character)[0] != "C":
        for name in (weight, "fallback"):
            face = _face(name)
            if code in face.cmap:
                prefix = "f" if name == "fallback" else name[0]
                return _outlined(face, face.cmap[code], f"{prefix}{code:x}")
    return _tofu(code)


def _outlined(face: _Face, name: str, key: str) -> Glyph:
    drawn = face.glyphs[name]
    scale = EM / face.units
    pen = _pen(face.glyphs)
    drawn.draw(_transformed(pen, (scale, 0, 0, -scale, 0, 0)))
    return Glyph(key, pen.text(), round(drawn.width * scale))


def _tofu(code: int) -> Glyph:
    """A box that holds the code point: two rows of hexadecimal digits."""
    digits = f"{code:04X}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    columns = len(digits) // 2
    cell, pad = 300, _TOFU_SIDE + _TOFU_LINE + 20
    width = 2 * pad + cell * columns
    left, right = _TOFU_SIDE, width - _TOFU_SIDE
    face = _face("semibold")
    pen = _pen(face.glyphs)
    _rectangle(pen, left, -_TOFU_TOP, right, -_TOFU_BOTTOM)
    inner = _TOFU_LINE
    _rectangle(
        pen, right - inner, -_TOFU_TOP + inner, left + inner, -_TOFU_BOTTOM - inner
    )  # from right to left: the other winding makes the hole
    for index, digit in enumerate(digits):
        name = face.cmap[ord(digit)]
        size = 460 / face.units
        x = pad + (index % columns) * cell + (cell - face.glyphs[name].width * size) / 2
        y = -390 if index < columns else -10
        face.glyphs[name].draw(_transformed(pen, (size, 0, 0, -size, x, y)))
    return Glyph(f"u{code:x}", pen.text(), width)


def _rectangle(pen: Any, x0: float, y0: float, x1: float, y1: float) -> None:
    pen.moveTo((x0, y0))
    for point in ((x1, y0), (x1, y1), (x0, y1)):
        pen.lineTo(point)
    pen.closePath()


def _transformed(pen: Any, matrix: tuple[float, float, float, float, float, float]) -> Any:
    from fontTools.pens.transformPen import TransformPen

    return TransformPen(pen, matrix)


def _pen(glyphs: Any) -> Any:
    from energylabel.rendering._drawing.pen import RelativePen

    return RelativePen(glyphs)
