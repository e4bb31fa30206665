"""Columns → texts and label ids: what is missing or out of range is refused with its row."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from energylabel.errors import DataError
from energylabel.records import WorkloadDefinition
from energylabel.sampling.tables import Table
from energylabel.workloads import Names, natural_order, spelled

MAX_CLASSES: Final = 1000
"""More distinct labels than this in own data mean that the column holds no labels."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")

_WIDTHLESS: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Signs that nobody sees and no word needs (joiners are needed by some)."""


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


@dataclass(frozen=True, slots=True)
class OwnLabels:
    """The classes of own data.

    ``names`` are theirs by id, ``ids`` has one for each row. ``spellings`` gives for the name of
    a class that is written in several ways all that are there.
    """

    names: tuple[str, ...]
    ids: list[int]
    spellings: dict[str, tuple[str, ...]]


def own_labels(table: Table, source: str) -> OwnLabels:
    """The classes of own data: the names that the file gives them, else its labels in order.

    Names that differ in form, case or blanks alone are one class
    (:func:`energylabel.workloads.spelled`), called as most of its rows call it.
    """
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
            names = [table.names[int(value)] for value in values]
            return _classes(names, table.names, source)
    return _classes([str(value) for value in values], (), source)


def _classes(values: Sequence[str], given: Sequence[str], source: str) -> OwnLabels:
    """``given`` are the names in the order of their ids, for a file that has such."""
    counts = Counter(given) | Counter(values)
    if len(counts) > 10 * MAX_CLASSES:
        raise _too_many(len(counts), source)
    ways: dict[str, list[str]] = {}
    for way in counts:
        ways.setdefault(spelled(way), []).append(way)
    if len(ways) > MAX_CLASSES and not given:
        raise _too_many(len(ways), source)
    named = {
        form: _tidy(min(found, key=lambda way: (-counts[way], way))) for form, found in ways.items()
    }
    # The names of a file stand in the order of their ids, and `ways` in that of `given`.
    order = list(ways) if given else sorted(ways, key=lambda form: natural_order(named[form]))
    place = {way: number for number, form in enumerate(order) for way in ways[form]}
    return OwnLabels(
        names=tuple(named[form] for form in order),
        ids=[place[value] for value in values],
        spellings={
            named[form]: tuple(sorted(found)) for form, found in ways.items() if len(found) > 1
        },
    )


def _tidy(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", _WIDTHLESS.sub("", name)).split())


def _too_many(count: int, source: str) -> DataError:
    return DataError(
        f"{source} has {count} different labels",
        "name the column that holds the classes with --label-column",
    )


def label_of(value: object, row: int, source: str) -> int | str:
    """One label as a whole number or a name."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return value
    if isinstance(value, str) and spelled(repair(value)):
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


def repair(text: str) -> str:
    """``text`` with each lone surrogate, which no encoder takes, replaced by U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)
