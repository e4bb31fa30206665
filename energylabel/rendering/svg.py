"""The label as SVG: all text as outlines, no fonts, links, scripts or pictures from outside."""

from energylabel.records import Label
from energylabel.rendering._drawing.templating import render
from energylabel.rendering._drawing.values import drawing
from energylabel.rendering.base import Artifact, Renderer


class SvgRenderer:
    """Draws ``label.svg``."""

    name = "svg"

    def render(self, label: Label) -> Artifact:
        """The whole label, 480 units wide."""
        text = render("label.svg.j2", "svg", drawing(label))
        return Artifact("label.svg", "image/svg+xml", text.encode())


PLUGIN: Renderer = SvgRenderer()
