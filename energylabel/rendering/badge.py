"""The label on one line, for the top of a README."""

from energylabel.records import Label
from energylabel.rendering._drawing.templating import render
from energylabel.rendering._drawing.values import badge
from energylabel.rendering.base import Format


def draw_badge(label: Label) -> bytes:
    """A coloured arrow with the energy class, and both classes in words."""
    text = render("badge.svg.j2", "svg", badge(label))
    return text.encode()


PLUGIN = Format(name="badge", file="badge.svg", media_type="image/svg+xml", draw=draw_badge)
