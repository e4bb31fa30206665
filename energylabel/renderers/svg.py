"""The label as SVG: all text as outlines, no fonts, links, scripts or pictures from outside."""

from energylabel.records.label import Label
from energylabel.renderers._values import drawing
from energylabel.renderers.base import Artifact, Renderer
from energylabel.templating import render


class SvgRenderer:
    """Draws ``label.svg``."""

    name = "svg"

    def render(self, label: Label) -> Artifact:
        """The whole label, 480 units wide."""
        text = render("label.svg.j2", "svg", drawing(label))
        return Artifact("label.svg", "image/svg+xml", text.encode())


PLUGIN: Renderer = SvgRenderer()
