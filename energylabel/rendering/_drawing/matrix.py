"""A confusion matrix: where its cells go, how dark they are, and what stands in them."""

from dataclasses import dataclass
from typing import Any, Final

from energylabel.records import ConfusionMatrix
from energylabel.rendering._drawing.text import Typesetter, shorten, width

DRAWN: Final = 20
"""Most classes that are drawn as a square; of more, only the errors are listed."""

_LEFT, _RIGHT = 24.0, 456.0
_NAMES: Final = 150.0
"""Room for the names of the classes beside the square."""
_CELL: Final = 72.0
"""A cell is no larger, however few there are."""
_LEAST_CELL: Final = 24.0
"""Cells that hold numbers which can be read on a telephone."""
_SIZE, _PHRASE = 13.0, 158.0
_FONT, _LEAST_FONT = 14.0, 10.0
_LISTED, _LISTED_ALONE = 8, 20
_DARK: Final = 0.55
"""Of a cell's colour: from there on its number is white."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A square; ``share`` of its true class's rows are in it, ``right`` tells what they are."""

    x: float
    y: float
    share: float
    right: bool
    text: str

    @property
    def opacity(self) -> float:
        """How dark it is; what is there at all can be seen."""
        return 0.0 if not self.share else 0.1 + 0.9 * self.share

    @property
    def dark(self) -> bool:
        """Whether its number is white."""
        return self.opacity > _DARK


@dataclass(frozen=True, slots=True)
class Header:
    """A class: its number, its name and its place."""

    number: str
    name: str
    at: float


@dataclass(frozen=True, slots=True)
class Mistake:
    """One kind of error in words."""

    true: str
    said: str
    count: str


def values(found: ConfusionMatrix, model: str, workload: str) -> dict[str, Any]:
    """What the template is given."""
    classes, drawn = len(found.labels), len(found.labels) <= DRAWN
    columns = classes + bool(found.others)
    cell = min(_CELL, (_RIGHT - _LEFT - _NAMES) / columns)
    font = _font(found, cell)
    rows = sum(map(found.size, found.labels))
    right = sum(found.counts.get(label, {}).get(label, 0) for label in found.labels)
    worst = found.worst(_LISTED if drawn else _LISTED_ALONE)
    wrong = rows - right
    shown = sum(count for *_, count in worst)
    return {
        "pen": Typesetter(),
        "model": model,
        "workload": workload,
        "drawn": drawn,
        "cell": cell,
        "font": font,
        "left": _RIGHT - cell * columns,
        "names": [
            Header(str(number), _short(label, _RIGHT - cell * columns - 52), (number - 1) * cell)
            for number, label in enumerate(found.labels, 1)
        ],
        "others": classes * cell if found.others else None,
        "cells": _cells(found, cell, font is not None) if drawn else [],
        "mistakes": [
            Mistake(
                _short(true, _PHRASE),
                "none of the classes" if said is None else _short(said, _PHRASE),
                f"{count:,} of {found.size(true):,}",
            )
            for true, said, count in worst
        ],
        "summary": f"{right:,} of {rows:,} texts right, {classes} classes",
        "rest": f"and {wrong - shown:,} more errors of other kinds" if wrong > shown else "",
    }


def _short(name: str, room: float) -> str:
    """A name as large as all others, without its middle where it is too long."""
    return shorten(name, _SIZE, "regular", room)


def _cells(found: ConfusionMatrix, cell: float, numbers: bool) -> list[Cell]:
    cells = []
    for line, (true, counts) in enumerate(zip(found.labels, found.matrix(), strict=True)):
        there = found.size(true)
        more = (found.others.get(true, 0),) if found.others else ()
        for column, count in enumerate((*counts, *more)):
            cells.append(
                Cell(
                    x=column * cell,
                    y=line * cell,
                    share=count / there if there else 0.0,
                    right=column == line,
                    text=f"{count:,}" if numbers and count else "",
                )
            )
    return cells


def _font(found: ConfusionMatrix, cell: float) -> float | None:
    """The size of the numbers in the cells; None where they would be too small to be read."""
    counts = [count for line in found.matrix() for count in line] + [*found.others.values()]
    widest = max(width(f"{count:,}", 1.0, "semibold") for count in counts)
    font = min(_FONT, (cell - 4) / widest)
    return font if cell >= _LEAST_CELL and font >= _LEAST_FONT else None
