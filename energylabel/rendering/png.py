"""The label as PNG, twice the size of the SVG."""

import zlib

from energylabel.records import Label
from energylabel.rendering import svg
from energylabel.rendering.base import Format

SCALE = 2
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def draw_pixels(label: Label) -> bytes:
    """The pixels of ``label.svg``. No font of the machine takes part."""
    import resvg_py

    drawn = svg.draw_label(label).decode()
    content = resvg_py.svg_to_bytes(svg_string=drawn, zoom=SCALE, skip_system_fonts=True)
    return bytes(content)


def same_picture(drawn: bytes, other: bytes) -> bool:
    """Whether a stranger's PNG has the lines of pixels of one drawn here, however compressed."""
    if drawn == other:
        return True
    ours, theirs = _chunks(drawn), _chunks(other)
    if theirs is None or ours is None or ours[0] != theirs[0]:
        return False
    pixels, inflater = zlib.decompress(ours[1]), zlib.decompressobj()
    try:
        # At most as many bytes as the picture has, since a small file may unpack to gigabytes.
        return inflater.decompress(theirs[1], len(pixels) + 1) == pixels and inflater.eof
    except zlib.error:
        return False


def _chunks(content: bytes) -> tuple[list[tuple[bytes, bytes]], bytes] | None:
    """All chunks but the pixels, and the pixels packed; None: no PNG (third edition, section 5)."""
    if not content.startswith(_SIGNATURE):
        return None
    others, packed, at = [], b"", len(_SIGNATURE)
    while at < len(content):
        size = int.from_bytes(content[at : at + 4])
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        if kind == b"IDAT":
            packed += body
        else:
            others.append((kind, body))
        at += 12 + size
    return others, packed


PLUGIN = Format(name="png", file="label.png", media_type="image/png", draw=draw_pixels)
