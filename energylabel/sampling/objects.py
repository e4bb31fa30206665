"""The text of a JSON file → rows: one object a line, an array of objects, or columns."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from energylabel.errors import DataError, one_line
from energylabel.sampling.columns import Columns, Fault, Table
from energylabel.sampling.decoding import BROKEN


def read_lines(text: str, columns: Columns, source: str) -> Table:
    """JSON Lines: one object a line.

    Args:
        text: Of the whole file.
        columns: Those that are wanted.
        source: What messages call the file.

    Raises:
        DataError: No line has a wanted column.
    """
    rows: list[dict[str, Any]] = []
    places: list[int] = []
    broken: list[Fault] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip("\ufeff \t\r"):
            continue
        row, fault = _object(line)
        if row is None:
            broken.append((number, fault))
        else:
            rows.append(row)
            places.append(number)
    return _table([*zip(places, rows, strict=True)], "line", broken, columns, source)


def _object(line: str) -> tuple[dict[str, Any] | None, str]:
    """One line's object; None with what is wrong with it."""
    if BROKEN.search(line):
        return None, "has bytes that are no UTF-8"
    try:
        row = json.loads(line.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        # Without the column, so that many lines with one fault are told as such.
        return None, f"is not valid JSON: {one_line(getattr(error, 'msg', error))}"
    return (row, "") if isinstance(row, dict) else (None, "is no JSON object")


def read_document(text: str, columns: Columns, source: str) -> Table:
    """A JSON file, in one of the ways in which data are written.

    It is an array of objects, alone or as the one array in an object; columns by name, as data
    frames write them; or one object a line.

    Args:
        text: Of the whole file.
        columns: Those that are wanted.
        source: What messages call the file.

    Raises:
        DataError: It is none of these, or lacks a column.
    """
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        if "Extra data" in str(error):
            return read_lines(text, columns, source)
        raise DataError(
            f"{source} is not valid JSON: {one_line(error)}",
            "check that the file is complete and its ending fits its content",
        ) from error
    if isinstance(value, dict):
        if columns.are_in([*value]):
            return _of_columns(value, columns, source)
        arrays = [each for each in value.values() if isinstance(each, list)]
        value = arrays[0] if len(arrays) == 1 else [value]
    if not isinstance(value, list):
        raise DataError(
            f"{source} holds no rows",
            'write an array of objects: [{"text": "…", "label": "…"}, …]',
        )
    numbered = list(enumerate(value, start=1))
    rows = [(number, each) for number, each in numbered if isinstance(each, dict)]
    broken = [(n, "is no JSON object") for n, each in numbered if not isinstance(each, dict)]
    if not rows and broken:
        raise DataError(
            f"{source} holds no rows that are objects",
            'write an array of objects: [{"text": "…", "label": "…"}, …]',
        )
    return _table(rows, "row", broken, columns, source)


def _of_columns(value: Mapping[str, Any], columns: Columns, source: str) -> Table:
    """Columns as arrays, or as objects by the index of a data frame."""
    found = [value[name] for name in columns.among([*value], source)]
    if all(isinstance(each, dict) for each in found):
        rows = dict.fromkeys(row for each in found for row in each)
        pair = [[each.get(row) for row in rows] for each in found]
    elif all(isinstance(each, list) for each in found) and len(found[0]) == len(found[1]):
        pair = found
    else:
        pair = [[each] for each in found]  # one object that is one row
    texts, labels = pair
    return Table(texts, labels, places=range(1, len(texts) + 1))


def _table(
    rows: Sequence[tuple[int, Mapping[str, Any]]],
    unit: str,
    broken: Sequence[Fault],
    columns: Columns,
    source: str,
) -> Table:
    """The wanted columns of rows, each with its place."""
    if not rows:
        return Table([], [], places=(), unit=unit, broken=tuple(broken))
    names = dict.fromkeys(name for _, row in rows for name in row)
    text, label = columns.among([*names], source)
    return Table(
        texts=[row.get(text) for _, row in rows],
        labels=[row.get(label) for _, row in rows],
        places=[place for place, _ in rows],
        unit=unit,
        broken=tuple(broken),
    )
