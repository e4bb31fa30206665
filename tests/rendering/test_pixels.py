"""A stranger's label.png against the one that is drawn from the evidence."""

import zlib
from pathlib import Path

import pytest
from support.evidence import make_evidence
from support.labels import make_label
from support.parcels import store

from energylabel.pipeline import differences
from energylabel.rendering import png
from energylabel.rendering.png import same_picture

END = b"\0\0\0\0IEND\xaeB`\x82"


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


@pytest.fixture(scope="module")
def drawn() -> bytes:
    content: bytes = png.PLUGIN.render(make_label()).content
    return content


def test_the_same_pixels_packed_otherwise(drawn: bytes) -> None:
    packed, at = b"", 33
    while at < len(drawn):
        size = int.from_bytes(drawn[at : at + 4])
        if drawn[at + 4 : at + 8] == b"IDAT":
            packed += drawn[at + 8 : at + 8 + size]
        at += 12 + size
    again = drawn[:33] + chunk(b"IDAT", zlib.compress(zlib.decompress(packed), 1)) + END
    assert again != drawn
    assert same_picture(drawn, again)


def test_what_is_another_picture_or_none(drawn: bytes) -> None:
    head, tail = drawn[:33], drawn[33:]
    for other in (
        drawn[:5000] + b"AAAA" + drawn[5004:],
        drawn[:-5000],
        drawn + b"more",
        head + chunk(b"acTL", bytes(8)) + tail,  # frames that other viewers would draw
        head + chunk(b"IDAT", zlib.compress(bytes(10**8))) + END,
        head + b"\xff\xff\xff\xffIDAT",
        b"no picture",
        b"",
    ):
        assert not same_picture(drawn, other)


def test_verify_compares_it(tmp_path: Path) -> None:
    folder = store(tmp_path / "labels", make_evidence())
    assert differences(folder) == ()
    picture = folder / "label.png"
    content = picture.read_bytes()
    picture.write_bytes(content[:5000] + b"AAAA" + content[5004:])
    (said,) = differences(folder)
    assert said == "label.png is not what the label looks like; energylabel render mends it"
