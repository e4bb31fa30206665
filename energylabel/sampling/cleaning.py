"""Columns → texts and label ids: all rows that cannot be used are told at once, or left out."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from energylabel.errors import DataError
from energylabel.records import WorkloadDefinition
from energylabel.sampling.columns import Fault, Table, means_none, perhaps_none, refuse
from energylabel.workloads import Names, natural_order, spelled

MAX_CLASSES: Final = 1000
"""More distinct labels than this in own data mean that the column holds no labels."""

_SURROGATES: Final = re.compile("[\ud800-\udfff]")

_WIDTHLESS: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Signs that nobody sees and no word needs (joiners are needed by some)."""

_MOST_NAMES: Final = 8

LEFT_OUT: Final = "left out"
"""What remarks say of rows that are not taken."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that can be used: a text and a label each, and what was left out to get there.

    Attributes:
        texts: In the order of the file.
        labels: Whole numbers or names.
        table: Where they come from.
        places: Of each in the table's units.
        bad: How many rows were left out since they cannot be used.
        unknown: Labels of rows that were left out since nobody knows them, with their counts.
    """

    texts: list[str]
    labels: list[int | str]
    table: Table
    places: list[int]
    bad: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)


def usable(
    table: Table, source: str, *, skip_bad: bool = False, known: Names | None = None
) -> Rows:
    """The rows that have a text and a label.

    A null, NaN or an empty field is no label, nor is a word that stands for one in a file that has
    words alone (``NaN``, ``null`` in CSV), unless it is a known class.

    Args:
        table: As it was read.
        source: What messages call the file.
        skip_bad: Leave out the others, which are counted.
        known: The classes that there are, where that is known.

    Raises:
        DataError: There are others; all are told with their places.
    """
    faults: list[Fault] = list(table.broken)
    texts, labels, places = [], [], []
    within = _range_of(table)
    for row, (text, value) in enumerate(zip(table.texts, table.labels, strict=True)):
        label, what = label_of(value)
        if not table.typed and means_none(label) and (known is None or known.find(label) is None):
            what = f"has the label {label!r}, which means that there is none"
        if not isinstance(text, str):
            what = "has no text" if _missing(text) else f"has {type(text).__name__} instead of text"
        elif skip_bad and not text.strip():
            what = "has no text"
        elif label is not None and within is not None and label not in within:
            what = f"has the label {label}, but the file names {len(within)} classes"
        if what or label is None or not isinstance(text, str):
            faults.append((table.place(row), what))
            continue
        texts.append(text)
        labels.append(label)
        places.append(table.place(row))
    if not skip_bad:
        refuse(
            faults,
            table,
            source,
            "mend such rows, or leave them out with --skip-bad-rows; other columns are named with "
            "--text-column and --label-column"
            + "; JSON Lines can tell a class called so from a missing label"
            * any("means that there is none" in what for _, what in faults),
        )
    return Rows(texts, labels, table, places, bad=len(faults))


def _range_of(table: Table) -> range | None:
    """What labels there may be where the file has names for whole numbers."""
    whole = all(isinstance(label_of(value)[0], int | None) for value in table.labels)
    return range(len(table.names)) if table.names is not None and whole else None


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


def ids_of(
    rows: Rows, definition: WorkloadDefinition, source: str, *, drop: bool = False
) -> tuple[Rows, list[int]]:
    """The label ids of a defined workload: integers in range, or names of its labels.

    Args:
        rows: Of its file.
        definition: The workload.
        source: What messages call the file.
        drop: Leave out rows whose label it lacks.

    Raises:
        DataError: There are such rows, and they are not to be left out.
    """
    known = Names.of(definition.labels, definition.synonyms)
    last = len(definition.labels) - 1

    def find(label: int | str) -> int | None:
        found = known.find(label) if isinstance(label, str) else label
        return found if found is not None and 0 <= found <= last else None

    return known_rows(
        rows,
        find,
        source,
        lacking=f"{definition.name} lacks",
        hint=f"labels are 0 to {last} or the names of the workload's labels, to which [synonyms] "
        "in its TOML add others",
        drop=drop,
    )


def known_rows(
    rows: Rows,
    find: Callable[[int | str], int | None],
    source: str,
    *,
    lacking: str,
    hint: str,
    drop: bool,
) -> tuple[Rows, list[int]]:
    """The rows whose label is known, with its id.

    Args:
        rows: All.
        find: The id of a label; None for one that is not known.
        source: What messages call the file.
        lacking: Who does not know it, for the message.
        hint: What to do about it, besides leaving them out.
        drop: Leave the others out.

    Raises:
        DataError: There are others, and they are not to be left out; each of their labels is told
            with its count and the first place.
    """
    found = {label: find(label) for label in dict.fromkeys(rows.labels)}
    unknown = Counter(label for label in rows.labels if found[label] is None)
    if unknown and not drop:
        raise _unknown(rows, unknown, source, lacking, hint)
    kept = [n for n, label in enumerate(rows.labels) if found[label] is not None]
    if unknown and not kept:
        raise _unknown(rows, unknown, source, lacking, hint)
    ids = [number for label in rows.labels if (number := found[label]) is not None]
    return only(rows, kept, {str(label): count for label, count in unknown.items()}), ids


def only(rows: Rows, kept: Sequence[int], unknown: Mapping[str, int]) -> Rows:
    """The rows with these numbers; the others had labels that nobody knows."""
    return replace(
        rows,
        texts=[rows.texts[n] for n in kept],
        labels=[rows.labels[n] for n in kept],
        places=[rows.places[n] for n in kept],
        unknown=dict(unknown),
    )


def _unknown(
    rows: Rows, unknown: Counter[int | str], source: str, lacking: str, hint: str
) -> DataError:
    first: dict[int | str, int] = {}
    for label, place in zip(rows.labels, rows.places, strict=True):
        first.setdefault(label, place)
    counted = " (counted from 0)" if rows.table.places is None else ""
    unit, total = rows.table.unit, unknown.total()
    if total == 1:
        ((label, _),) = unknown.items()
        message = f"{unit} {first[label]} of {source}{counted} has the label {label!r:.60}, which"
    else:
        named = [
            f"{label!r:.60} ({count:,}, from {unit} {first[label]} on)"
            for label, count in unknown.most_common(_MOST_NAMES)
        ]
        more = len(unknown) - _MOST_NAMES
        named += [f"and {more:,} labels more"] if more > 0 else []
        message = f"{total:,} rows of {source}{counted} have labels, {', '.join(named)}, which"
    return DataError(
        f"{message} {lacking}", f"{hint}; --drop-unknown leaves such rows out, and counts them"
    )


@dataclass(frozen=True, slots=True)
class OwnLabels:
    """The classes of own data.

    ``names`` are theirs by id, ``ids`` has one for each row. ``spellings`` gives for the name of
    a class that is written in several ways all that are there.
    """

    names: tuple[str, ...]
    ids: list[int]
    spellings: dict[str, tuple[str, ...]]


def own_labels(rows: Rows, source: str) -> OwnLabels:
    """The classes of own data: the names that the file gives them, else its labels in order.

    Names that differ in form, case or blanks alone are one class
    (:func:`energylabel.workloads.spelled`), called as most of its rows call it.
    """
    names, labels = rows.table.names, rows.labels
    if names is not None and len(names) > 1:
        whole = [label for label in labels if isinstance(label, int)]
        if len(whole) == len(labels):
            return _classes([names[label] for label in whole], names, source)
    return _classes([str(label) for label in labels], (), source)


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


def label_of(value: object) -> tuple[int | str | None, str]:
    """One label as a whole number or a name; None with what is wrong where it is neither."""
    if isinstance(value, float) and value.is_integer():
        return int(value), ""
    if isinstance(value, bool):
        return str(value).lower(), ""
    if isinstance(value, int):
        return value, ""
    if isinstance(value, str) and spelled(repair(value)):
        return repair(value), ""
    missing = _missing(value) or isinstance(value, str)
    return None, "has no label" if missing else f"has the label {value!r:.60}, no number or name"


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def repair(text: str) -> str:
    """``text`` with each lone surrogate, which no encoder takes, replaced by U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def said_of(rows: Rows) -> Iterable[str]:
    """What was found out while the rows were read, in words."""
    if rows.table.encoding is not None:
        yield f"it was read as {rows.table.encoding}"
    yield from rows.table.remarks
    yield from perhaps_none(rows.labels, typed=rows.table.typed)
    if rows.bad:
        left = "1 row" if rows.bad == 1 else f"{rows.bad:,} rows"
        yield f"{left} without text or label {LEFT_OUT}"
    if rows.unknown:
        named = [
            f"{label!r:.60} ({count:,})" for label, count in [*rows.unknown.items()][:_MOST_NAMES]
        ]
        more = len(rows.unknown) - len(named)
        named += [f"{more:,} more"] if more > 0 else []
        yield f"rows with labels that are not known {LEFT_OUT}: {', '.join(named)}"
