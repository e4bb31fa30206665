"""The label on one line, for the top of a README."""

from energylabel.records import Label
from energylabel.rendering._drawing.templating import render
from energylabel.rendering._drawing.values import badge
from energylabel.rendering.base import Artifact, Renderer


class BadgeRenderer:
    """Draws ``badge.svg``."""

    name = "badge"

    def render(self, label: Label) -> Artifact:
        """A coloured arrow with the energy class, and both classes in words."""
        text = render("badge.svg.j2", "svg", badge(label))
        return Artifact("badge.svg", "image/svg+xml", text.encode())


PLUGIN: Renderer = BadgeRenderer()
