"""The small energy–accuracy plot: log axis, ticks that can be read, labels that do not collide."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from energylabel.judging import MAJORITY_POINT, REFERENCE_POINT
from energylabel.records import Label
from energylabel.rendering._drawing.axes import (
    LABEL_SIZE,
    OVERHANG,
    REFERENCE_INDEX,
    Band,
    Tick,
    bands,
    decades,
    percent_axis,
    steps,
    x_ticks,
)
from energylabel.rendering._drawing.layout import shown_index
from energylabel.rendering._drawing.text import shorten, width
from energylabel.standard import load_scale

REFERENCE_NAME = "BERT-base*"
"""The asterisk leads to the small print: an untrained network of that shape."""
PUBLISHED_NAMES = ("BERT-base, published", "BERT-base")
_TICK = 9.0
"""How long the mark of an accuracy at its axis is."""
_LABEL_ROOM = 110.0
_CROWDED = 60.0
_HEADROOM = 14.0
"""For the labels of points at the top."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with its label (baseline, anchored at the start). ``edge``: it costs no energy."""

    kind: Literal["model", "baseline"]
    x: float
    y: float
    text: str
    text_x: float
    text_y: float
    edge: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A mark on one axis with its text, which is empty where there is no room for it."""

    at: float
    text: str
    text_x: float
    text_y: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything in units of the drawing, from the plot's upper left corner.

    ``across`` and ``upright`` are the ends of the model's interval bars, None when unknown;
    ``majority_y`` is the height of the line for the most frequent class. ``reference`` is the
    energy of the reference, an untrained network, and ``published`` the accuracy of a trained one:
    a mark on an axis each, since no one model has both.
    """

    marks: tuple[Mark, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    bands: tuple[Band, ...]
    across: tuple[float, float] | None
    upright: tuple[float, float] | None
    majority_y: float
    majority_text_x: float
    majority_text_y: float
    majority_text: str
    reference: Line
    published: Line | None


@dataclass(frozen=True, slots=True)
class _Point:
    kind: Literal["model", "baseline"]
    name: str
    index: float | None
    accuracy: float


def plot(label: Label, room: float, height: float) -> Plot:
    """Lay the plot of a label out in a box of ``room`` × ``height``."""
    points = _points(label)
    index, accuracy = label.metrics.energy.index, label.metrics.accuracy.accuracy
    majority = next(
        (b.accuracy for b in label.baselines if b.name == MAJORITY_POINT),
        label.metrics.accuracy.majority_share,
    )
    ends = [p.index for p in points if p.index is not None]
    left, right = decades([v for v in (*ends, index.low, index.high) if v is not None and v > 0])
    shares = [p.accuracy for p in points] + [majority]
    shares += [v for v in (accuracy.low, accuracy.high) if v is not None]
    known = label.workload.reference_accuracy
    # A declared accuracy is of a model that nobody knows.
    published = None if known is None or known.declared else known.value
    shares += [] if published is None else [published]
    bottom, top, step = percent_axis(min(shares), max(shares))

    def x(value: float) -> float:
        share = math.log10(value / left) / math.log10(right / left)
        return room * min(max(share, 0.0), 1.0)

    def y(share: float) -> float:
        return height - (height - _HEADROOM) * (100 * share - bottom) / (top - bottom)

    across = None if index.low is None or index.high is None else (x(index.low), x(index.high))
    upright = (
        None
        if accuracy.low is None or accuracy.high is None
        else (y(accuracy.high), y(accuracy.low))
    )
    placed = [(p, 0.0 if p.index is None else x(p.index), y(p.accuracy)) for p in points]
    taken: list[Box] = [(px - 7, py - 7, px + 7, py + 7) for _, px, py in placed]
    if across:
        taken.append((across[0], placed[0][2] - 3, across[1], placed[0][2] + 3))
    if upright:
        taken.append((placed[0][1] - 3, upright[0], placed[0][1] + 3, upright[1]))
    taken.append((0, y(majority) - 2, room, y(majority) + 2))
    taken.append((x(REFERENCE_INDEX) - 2, 0, x(REFERENCE_INDEX) + 2, height))
    if published is not None:
        taken.append((0, y(published) - 3, _TICK, y(published) + 3))
    marks = []
    for point, px, py in placed:
        text = shorten(point.name, LABEL_SIZE, "semibold", _LABEL_ROOM)
        box = _place(text, (px, py), taken, room, height)
        if point.kind == "baseline" and _covered(box, taken) > _CROWDED:
            text = ""  # too crowded to name each point; the card has the figures
        else:
            taken.append((box[0] - 5, box[1], box[2] + 5, box[3]))
        marks.append(Mark(point.kind, px, py, text, box[0], box[3] - 3, edge=point.index is None))
    text = f"majority {100 * majority:.0f} %"
    box = _place_on_line(text, y(majority), taken, room, height)
    taken.append(box)
    mark = None if published is None else _published(y(published), taken, room, height)
    reference = _reference(x(REFERENCE_INDEX), taken, room, height)
    return Plot(
        marks=tuple(marks),
        x_ticks=x_ticks(left, right, x, room),
        y_ticks=tuple(Tick(y(v / 100), f"{v:g}") for v in steps(bottom, top, step)),
        bands=bands(load_scale(label.standard).energy, left, right, x),
        across=across,
        upright=upright,
        majority_y=y(majority),
        majority_text_x=box[0],
        majority_text_y=box[3] - 3,
        majority_text=text,
        reference=reference,
        published=mark,
    )


def _reference(at: float, taken: Sequence[Box], room: float, height: float) -> Line:
    """The line of the reference: its text stands at one of its ends, on one of its sides."""
    wide, high = width(REFERENCE_NAME, LABEL_SIZE), 14.0
    places = [
        (left, top, left + wide, top + high)
        for top in (height - high - 3, height * 0.6, height * 0.35, 0.0)
        for left in (at + 4, at - 4 - wide)
        if 0 <= left <= room + OVERHANG - wide
    ]
    box = min(places, key=lambda place: _covered(place, taken))
    text = REFERENCE_NAME if _covered(box, taken) <= _CROWDED else ""
    return Line(at, text, box[0], box[3] - 3)


def _published(at: float, taken: list[Box], room: float, height: float) -> Line:
    """The mark of a published accuracy at the upright axis."""
    places = []
    for text in PUBLISHED_NAMES:
        wide, high = width(text, LABEL_SIZE), 14.0
        for left, top in (
            (_TICK + 4, at - high / 2),
            (4.0, at - high - 3),
            (4.0, at + 4),
        ):
            if -4 <= top <= height - high and left + wide <= room:
                box = (left, top, left + wide, top + high)
                places.append((_covered(box, taken), text, box))
    if not places:
        return Line(at, "", 0.0, at)
    covered, text, box = min(places, key=lambda place: place[0])
    if covered > _CROWDED:
        return Line(at, "", box[0], box[3] - 3)
    taken.append(box)
    return Line(at, text, box[0], box[3] - 3)


def _points(label: Label) -> list[_Point]:
    """This model first, then the baselines.

    The majority is a line, which carries its name. Where it was measured, a mark at the line's
    edge says that its energy lies decades below the axis.
    """
    points = [
        _Point(
            "model",
            "this model (?)" if label.withheld else "this model",
            max(label.metrics.energy.index.value, 1e-9),
            label.metrics.accuracy.accuracy.value,
        )
    ]
    if shown_index(label) is None:  # ratios to a reference that cannot be trusted are not shown
        return points
    points += [
        _Point("baseline", b.name, b.energy_index, b.accuracy)
        for b in label.baselines
        if b.name not in {MAJORITY_POINT, REFERENCE_POINT}
    ]
    points += [
        _Point("baseline", "", None, b.accuracy)
        for b in label.baselines
        if b.name == MAJORITY_POINT and b.energy_index is not None
    ]
    return points


def _place(
    text: str, at: tuple[float, float], taken: Sequence[Box], room: float, height: float
) -> Box:
    """The box for a label near a point that covers least of what is there already."""
    (x, y), high = at, 14.0
    wide = width(text, LABEL_SIZE, "semibold")
    candidates: list[Box] = []
    for gap in (10.0, 16.0, 24.0, 34.0):
        for dx, dy in (
            (0.0, gap + high / 2),
            (0.0, -gap - high / 2),
            (gap + wide / 2, 0.0),
            (-gap - wide / 2, 0.0),
            (gap + wide / 2, gap),
            (-gap - wide / 2, gap),
            (gap + wide / 2, -gap),
            (-gap - wide / 2, -gap),
        ):
            centre = min(max(x + dx, wide / 2 + 2), room - wide / 2)
            middle = min(max(y + dy, high / 2 - 4), height - high / 2 - 2)
            candidates.append(
                (centre - wide / 2, middle - high / 2, centre + wide / 2, middle + high / 2)
            )
    return min(candidates, key=lambda box: _covered(box, taken))


def _place_on_line(text: str, y: float, taken: Sequence[Box], room: float, height: float) -> Box:
    """The box for the text of a horizontal line: above or below it, where there is room."""
    wide, high = width(text, LABEL_SIZE), 14.0
    candidates = [
        (x, top, x + wide, top + high)
        for top in (y - high - 3, y + 3)
        if -4 <= top <= height - high
        for x in (room - wide, 4.0, (room - wide) / 2)
    ]
    return min(candidates, key=lambda box: _covered(box, taken))


def _covered(box: Box, taken: Sequence[Box]) -> float:
    return sum(_overlap(box, other) for other in taken)


def _overlap(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0.0) * max(high, 0.0)
