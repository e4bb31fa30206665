"""The label as PNG, twice the size of the SVG."""

import zlib

from energylabel.records.label import Label
from energylabel.renderers import svg
from energylabel.renderers.base import Artifact, Renderer

SCALE = 2
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class PngRenderer:
    """Draws ``label.png``."""

    name = "png"

    def render(self, label: Label) -> Artifact:
        """The pixels of ``label.svg``. No font of the machine takes part."""
        import resvg_py

        drawn = svg.PLUGIN.render(label).content.decode()
        content = resvg_py.svg_to_bytes(svg_string=drawn, zoom=SCALE, skip_system_fonts=True)
        return Artifact("label.png", "image/png", bytes(content))


def same_picture(one: bytes, other: bytes) -> bool:
    """Whether two PNG files hold the same lines of pixels, however they were compressed."""
    return one == other or (None is not _lines(one) == _lines(other))


def _lines(content: bytes) -> tuple[bytes, bytes] | None:
    """Header and uncompressed pixels (PNG, third edition, sections 5 and 10); None: no PNG."""
    if not content.startswith(_SIGNATURE):
        return None
    header, packed, at = b"", b"", len(_SIGNATURE)
    while at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 4])
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            packed += body
        at += 12 + size
    try:
        return header, zlib.decompress(packed)
    except zlib.error:
        return None


PLUGIN: Renderer = PngRenderer()
