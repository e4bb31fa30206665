"""The label as PNG, twice the size of the SVG."""

from energylabel.records.label import Label
from energylabel.renderers import svg
from energylabel.renderers.base import Artifact, Renderer

SCALE = 2


class PngRenderer:
    """Draws ``label.png``."""

    name = "png"

    def render(self, label: Label) -> Artifact:
        """The pixels of ``label.svg``. No font of the machine takes part."""
        import resvg_py

        drawn = svg.PLUGIN.render(label).content.decode()
        content = resvg_py.svg_to_bytes(svg_string=drawn, zoom=SCALE, skip_system_fonts=True)
        return Artifact("label.png", "image/png", bytes(content))


PLUGIN: Renderer = PngRenderer()
