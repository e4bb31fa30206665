"""A pen of fontTools that writes SVG path data: whole numbers and relative commands.

A third shorter than absolute coordinates. Imported on first use, for fontTools is heavy.
"""

from typing import Any

from fontTools.pens.basePen import BasePen

Point = tuple[float, float]


class RelativePen(BasePen):  # type: ignore[misc]  # fontTools is untyped
    """Draw a glyph on it, then ask for its :meth:`text`.

    Args:
        glyphs: The font's glyphs, for those that are composed of others.
    """

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self._parts: list[str] = []
        self._at = (0, 0)
        self._start = (0, 0)

    def text(self) -> str:
        """The path data so far; empty for a glyph without outlines."""
        return "".join(self._parts)

    def _emit(self, command: str, *points: Point) -> None:
        rounded = [(round(x), round(y)) for x, y in points]
        numbers = [n for x, y in rounded for n in (x - self._at[0], y - self._at[1])]
        self._parts.append(command + " ".join(map(str, numbers)).replace(" -", "-"))
        self._at = rounded[-1]

    def _moveTo(self, pt: Point) -> None:  # noqa: N802
        self._emit("m", pt)
        self._start = self._at

    def _lineTo(self, pt: Point) -> None:  # noqa: N802
        x, y = round(pt[0]), round(pt[1])
        if (x, y) == self._at:
            return
        if y == self._at[1]:
            self._parts.append(f"h{x - self._at[0]}")
        elif x == self._at[0]:
            self._parts.append(f"v{y - self._at[1]}")
        else:
            self._emit("l", pt)
        self._at = (x, y)

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:  # noqa: N802
        self._emit("c", pt1, pt2, pt3)

    def _qCurveToOne(self, pt1: Point, pt2: Point) -> None:  # noqa: N802
        self._emit("q", pt1, pt2)

    def _closePath(self) -> None:  # noqa: N802
        self._parts.append("z")
        self._at = self._start

    def _endPath(self) -> None:  # noqa: N802
        self._closePath()
