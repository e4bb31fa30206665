"""A file, or standard input → its bytes unpacked, and its text in whatever encoding it has."""

import functools
import gzip
import io
import re
import sys
import zlib
from pathlib import Path
from typing import Final

from energylabel.errors import DataError, UsageError, one_line

STDIN: Final = "-"
"""How standard input is named, as a file."""

BROKEN: Final = re.compile("[\udc80-\udcff]")
"""Bytes that are no UTF-8, in a text that otherwise is."""

_MAX_BYTES: Final = 2**31 - 1
"""Of a text file: what is larger fits neither memory nor patience, and Parquet is read in parts."""
_MAX_UNPACKED: Final = 2**30
"""Bytes: a small packed file can hold more than any memory."""
_GZIP: Final = b"\x1f\x8b"
_OTHERS: Final = {
    b"PK\x03\x04": "a ZIP archive, as a spreadsheet's .xlsx is",
    b"\xd0\xcf\x11\xe0": "a spreadsheet of an old format (.xls)",
    b"PAR1": "Parquet",
    b"SQLite format 3": "a database",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
}
"""What files of other formats begin with."""
_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAID: Final = {"utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
                "utf-32": "UTF-32", "cp1252": "Windows-1252", "latin-1": "Latin-1"}  # fmt: skip
_SAMPLE: Final = 4096


def content_of(path: Path, source: str) -> bytes:
    """The bytes of a text file or of standard input, unpacked where they are packed with gzip.

    Args:
        path: The file; ``-`` is standard input, which is read once in a process.
        source: What messages call it.

    Raises:
        DataError: It is too large, broken, or of a format that is no text.
        OSError: It cannot be read.
    """
    if str(path) == STDIN:
        content = _standard_input()
    else:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise DataError(f"{source} is larger than 2 GB", "give fewer rows, or Parquet")
    if content.startswith(_GZIP):
        content = _unpacked(content, source)
    elif path.suffix.lower() == ".gz":
        raise DataError(
            f"{source} is not valid gzip: it does not begin as such a file does",
            "pack it with gzip, or give it the ending of what it holds",
        )
    for start, what in _OTHERS.items():
        if content.startswith(start):
            raise DataError(
                f"{source} is {what}, not text",
                "save it as CSV (in a spreadsheet: Export or Save as), JSON Lines or Parquet, "
                "with the ending that says so",
            )
    return content


@functools.cache
def _standard_input() -> bytes:
    """Kept, since several models may be rated on it."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "standard input holds no data", "pipe a file into it, or name the file instead of -"
        )
    return sys.stdin.buffer.read(_MAX_BYTES + 1)


def _unpacked(content: bytes, source: str) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as packed:
            plain = packed.read(_MAX_UNPACKED + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"{source} is not valid gzip: {one_line(error)}",
            "check that the file is complete and its ending fits its content",
        ) from error
    if len(plain) > _MAX_UNPACKED:
        raise DataError(
            f"{source} unpacks to more than {_MAX_UNPACKED / 1e9:.1f} GB",
            "give a smaller file, or Parquet",
        )
    return plain


def decoded(content: bytes, source: str) -> tuple[str, str | None]:
    """The text, and the name of its encoding where that is not UTF-8.

    A mark at the start tells UTF-16 and UTF-32, and so do the zero bytes of UTF-16 without one.
    What is no UTF-8 is Windows-1252, or Latin-1 where it uses what that lacks: nothing in a file
    tells these from each other or from other encodings of one byte, so it is a guess, and is told
    as the name that is returned. A text that is mostly UTF-8 with bytes between that are not, is
    UTF-8; those bytes come as :data:`BROKEN` signs.

    Args:
        content: All bytes.
        source: What messages call them.

    Raises:
        DataError: It is no text in any of these.
    """
    name = next((codec for mark, codec in _BOMS if content.startswith(mark)), None)
    name = name or _unmarked(content[:_SAMPLE])
    if name is None:
        try:
            return content.decode(), None
        except UnicodeDecodeError:
            name = "utf-8"
    if name.startswith("utf-8"):
        lenient = content.decode(name, "surrogateescape")
        wrong = len(BROKEN.findall(lenient))
        right = len(re.findall("[^\x00-\x7f]", lenient)) - wrong
        if not wrong or right > wrong or name == "utf-8-sig":
            return lenient, None
        if b"\0" in content:
            raise _no_text(source)
        name = "cp1252"
    try:
        return content.decode(name), _SAID[name]
    except UnicodeDecodeError as error:
        if name == "cp1252":
            return content.decode("latin-1"), _SAID["latin-1"]
        raise _no_text(source) from error


def _unmarked(sample: bytes) -> str | None:
    """UTF-16 by its zero bytes: in Latin script every second byte is one."""
    pairs = len(sample) // 2
    if not pairs:
        return None
    even, odd = sample[0 : 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
    most = max(even, odd)
    if most * 10 < pairs * 3 or min(even, odd) * 10 > most:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _no_text(source: str) -> DataError:
    return DataError(f"{source} is no text in UTF-8, UTF-16 or Latin-1", "save it as text in UTF-8")
