"""The label as SVG: all text as outlines, no fonts, links, scripts or pictures from outside."""

from energylabel.records import Label
from energylabel.rendering._drawing.templating import render
from energylabel.rendering._drawing.values import drawing
from energylabel.rendering.base import Format


def draw_label(label: Label) -> bytes:
    """The whole label, 480 units wide."""
    text = render("label.svg.j2", "svg", drawing(label))
    return text.encode()


PLUGIN = Format(name="svg", file="label.svg", media_type="image/svg+xml", draw=draw_label)
