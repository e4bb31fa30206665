"""Columns → texts and label ids: what is missing or out of range is refused with its row."""

import math
import re
from collections.abc import Sequence
from typing import Final

from energylabel.errors import DataError
from energylabel.records import WorkloadDefinition
from energylabel.sampling.tables import Table
from energylabel.workloads import Names

MAX_CLASSES: Final = 1000
"""More distinct labels than this in own data mean that the column holds no labels."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def texts_of(values: Sequence[object], source: str) -> list[str]:
    """All values as they are, once each is known to be text."""
    texts: list[str] = []
    for row, value in enumerate(values):
        if not isinstance(value, str):
            what = "no text" if _missing(value) else f"{type(value).__name__} instead of text"
            raise DataError(
                f"row {row} of {source} (counted from 0) has {what}",
                "remove or mend such rows, or name another column with --text-column",
            )
        texts.append(value)
    return texts


def agree(table: Table, definition: WorkloadDefinition, source: str) -> None:
    """Refuse a file whose own class names contradict the definition's, in number or order."""
    if table.names is None:
        return
    known = Names.of(definition.labels, definition.synonyms)
    if [known.find(name) for name in table.names] != list(range(len(definition.labels))):
        raise DataError(
            f"{source} names its classes {', '.join(table.names[:10])}, but {definition.name} "
            f"expects {', '.join(definition.labels[:10])}",
            "correct `labels` in the workload's TOML: they stand in the order of their ids",
        )


def ids_of(values: Sequence[object], definition: WorkloadDefinition, source: str) -> list[int]:
    """Label ids of a defined workload: integers in range, or names of its labels."""
    known = Names.of(definition.labels, definition.synonyms)
    last = len(definition.labels) - 1
    ids: list[int] = []
    for row, value in enumerate(values):
        number = label_of(value, row, source)
        found = known.find(number) if isinstance(number, str) else number
        if found is None or not 0 <= found <= last:
            raise DataError(
                f"row {row} of {source} (counted from 0) has the label {number!r:.60}, which "
                f"{definition.name} lacks",
                f"labels are 0 to {last} or the names of the workload's labels",
            )
        ids.append(found)
    return ids


def own_labels(table: Table, source: str) -> tuple[tuple[str, ...], list[int]]:
    """Label names and ids of own data."""
    values = [label_of(value, row, source) for row, value in enumerate(table.labels)]
    if table.names is not None and all(isinstance(value, int) for value in values):
        for row, value in enumerate(values):
            if not 0 <= int(value) < len(table.names):
                raise DataError(
                    f"row {row} of {source} (counted from 0) has the label {value}, but the file "
                    f"names {len(table.names)} classes",
                    "remove or mend such rows",
                )
        if len(table.names) > 1:
            return table.names, [int(value) for value in values]
    distinct = sorted({str(value) for value in values}, key=_numbers_first)
    if len(distinct) > MAX_CLASSES:
        raise DataError(
            f"{source} has {len(distinct)} different labels",
            "name the column that holds the classes with --label-column",
        )
    place = {label: number for number, label in enumerate(distinct)}
    return tuple(distinct), [place[str(value)] for value in values]


def label_of(value: object, row: int, source: str) -> int | str:
    """One label as a whole number or a name."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.strip():
        return repair(value)
    missing = _missing(value) or value == ""
    what = "no label" if missing or isinstance(value, str) else f"the label {value!r:.60}"
    raise DataError(
        f"row {row} of {source} (counted from 0) has {what}",
        "a label is a whole number or a name; remove or mend such rows, or name another column "
        "with --label-column",
    )


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _numbers_first(label: str) -> tuple[int, int, str]:
    whole = re.fullmatch(r"[+-]?[0-9]{1,18}", label, re.ASCII)
    return (0, int(label), label) if whole else (1, 0, label)


def repair(text: str) -> str:
    """``text`` with each lone surrogate, which no encoder takes, replaced by U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)
