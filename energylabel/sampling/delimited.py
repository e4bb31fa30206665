"""The text of a CSV file → its records with the line where each begins, whatever separates them."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from energylabel.sampling.columns import Columns, Fault

DELIMITERS: Final = ",;\t|"
"""What may stand between the fields, in the order in which it is tried."""
SAID: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

_DECLARED: Final = re.compile(r'"?sep=([,;\t|])"?\r?\n')
"""A first line by which spreadsheets tell each other the delimiter."""
_LARGEST_FIELD: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Records:
    """The header and what follows it: the line where a record begins, and its fields.

    ``unquoted``: quotation marks were taken for letters, as files with tabs often have them.
    """

    header: list[str]
    rows: list[tuple[int, list[str]]]
    broken: list[Fault]
    delimiter: str
    unquoted: bool = False


def read_records(text: str, columns: Columns, *, tabs_first: bool) -> Records | None:
    """The records of a text; None where there is none, not even a header.

    The delimiter is the first whose header has the wanted columns, else the one that makes most
    columns.

    Args:
        text: Of the whole file.
        columns: Those that are wanted.
        tabs_first: Its ending says that tabs separate the fields.
    """
    csv.field_size_limit(_LARGEST_FIELD)
    skipped, tried = 0, "\t,;|" if tabs_first else DELIMITERS
    declared = _DECLARED.match(text)
    if declared is not None:
        text, skipped, tried = text[declared.end() :], 1, declared[1]
    headers = {sign: _header(text, sign) for sign in tried}
    if not any(headers.values()):
        return None
    having = [sign for sign in tried if columns.are_in(headers[sign])]
    sign = having[0] if having else max(tried, key=lambda sign: len(headers[sign]))
    found = _parsed(text, sign, skipped, quoted=True)
    if sign == "\t":
        # Files with tabs often have quotation marks that quote nothing, and lines that are rows.
        plain = _parsed(text, sign, skipped, quoted=False)
        if not plain.broken and (found.broken or len(plain.rows) != len(found.rows)):
            return plain
    return found


def _header(text: str, delimiter: str) -> list[str]:
    for _, fields, _ in _records(text, delimiter, quoted=True):
        if fields:
            return fields
    return []


def _parsed(text: str, delimiter: str, skipped: int, *, quoted: bool) -> Records:
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    broken: list[Fault] = []
    for line, fields, fault in _records(text, delimiter, quoted=quoted):
        place = line + skipped
        if fault:
            broken.append((place, fault))
        elif not any(fields):
            continue  # an empty line, or the empty rows below a spreadsheet's table
        elif not header:
            header = fields
        elif len(fields) < len(header) or any(fields[len(header) :]):
            has = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
            broken.append((place, f"has {has}, the header {len(header)}"))
        else:
            rows.append((place, fields))
    return Records(header, rows, broken, delimiter, unquoted=not quoted)


def _records(text: str, delimiter: str, *, quoted: bool) -> Iterator[tuple[int, list[str], str]]:
    """The first line of each record, its fields, and what is wrong with it, if anything is."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        strict=True,
    )
    while True:
        first = reader.line_num + 1
        try:
            yield first, next(reader), ""
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error):
                yield first, [], "opens a quotation that never closes"
                return
            last = reader.line_num
            until = f" (up to line {last})" if last > first else ""
            yield first, [], f"is not valid CSV: a quotation ends in the middle of a field{until}"
