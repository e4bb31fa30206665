"""The two columns that are wanted of a file, and what its rows have that cannot be used."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from energylabel.errors import DataError

Fault = tuple[int, str]
"""A place in a file (see :class:`Table`), and what it has or is: ``has no text``."""

_MOST_PLACES: Final = 8
"""Places and kinds of faults that are told one by one; of more there is the number."""


_NO_LABEL: Final = frozenset(("nan", "null", "<na>", "#n/a"))
"""What programs write into a CSV file where there is no label; hardly the name of a class."""
_PERHAPS_NONE: Final = frozenset(("na", "n/a", "none"))
"""The same, or the name of a class: Namibia, an emotion that is none."""


@dataclass(frozen=True, slots=True)
class Table:
    """Two columns of equal length.

    Attributes:
        texts: As they are in the file.
        labels: The same.
        names: The class names that the file itself gives for integer labels, by id; None where
            it gives none.
        places: Where each row stands: the line on which it begins, say; None: rows are counted
            from 0.
        unit: What ``places`` count.
        broken: Places that hold no row, with the reason.
        encoding: Of the file, where that is not UTF-8.
        remarks: What was found out about the file, in words.
        typed: Whether a value says itself that it is missing; in CSV all are words.
    """

    texts: Sequence[object]
    labels: Sequence[object]
    names: tuple[str, ...] | None = None
    places: Sequence[int] | None = None
    unit: str = "row"
    broken: tuple[Fault, ...] = ()
    encoding: str | None = None
    remarks: tuple[str, ...] = ()
    typed: bool = True

    def place(self, row: int) -> int:
        """Where the row with this number, from 0 on, stands."""
        return row if self.places is None else self.places[row]


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns that are wanted.

    Raises:
        DataError: They are one.
    """

    text: str
    label: str

    def __post_init__(self) -> None:
        if self.text == self.label:
            raise DataError(
                f"text and label are the same column, {self.text!r}",
                "give different names to --text-column and --label-column",
            )

    def are_in(self, names: Sequence[str]) -> bool:
        """Whether both are among these."""
        return bool(_called(names, self.text) and _called(names, self.label))

    def among(self, names: Sequence[str], source: str) -> tuple[str, str]:
        """What the file itself calls them: the very names, else the same in another case.

        Args:
            names: Those of all its columns.
            source: What messages call the file.

        Raises:
            DataError: One is not there, or several are called so.
        """
        return (
            _one(names, self.text, "--text-column", source),
            _one(names, self.label, "--label-column", source),
        )


def _called(names: Sequence[str], wanted: str) -> list[str]:
    """The columns with a name: exactly so, else but for case and blanks at the ends."""
    exact = [name for name in names if name == wanted]
    return exact or [name for name in names if _plain(name) == _plain(wanted)]


def _plain(name: str) -> str:
    return name.strip("\ufeff \t").casefold()


def _one(names: Sequence[str], wanted: str, option: str, source: str) -> str:
    found = _called(names, wanted)
    if len(found) > 1:
        raise DataError(
            f"{source} has {len(found)} columns named {', '.join(map(repr, dict.fromkeys(found)))}",
            "give each column a name of its own",
        )
    if not found:
        shown = ", ".join(repr(name[:40]) for name in names[:20])
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        raise DataError(
            f"{source} has no column {wanted!r}; it has {shown or 'none'}{more}",
            f"name the column with {option} (in a workload's TOML: {option[2:].replace('-', '_')})",
        )
    return found[0]


def refuse(faults: Iterable[Fault], table: Table, source: str, hint: str) -> None:
    """Tell all rows that cannot be used, with their places, at once.

    Args:
        faults: What is wrong, in any order.
        table: The file's, which says what its places are.
        source: What messages call the file.
        hint: What to do about it.

    Raises:
        DataError: There is a fault.
    """
    ordered = sorted(faults)
    if not ordered:
        return
    counted = " (counted from 0)" if table.places is None else ""
    if len(ordered) == 1:
        ((place, fault),) = ordered
        raise DataError(f"{table.unit} {place} of {source}{counted} {fault}", hint)
    kinds: dict[str, list[int]] = {}
    for place, fault in ordered:
        kinds.setdefault(fault, []).append(place)
    said = [_said(fault, places, table.unit) for fault, places in kinds.items()]
    more = len(said) - _MOST_PLACES
    listed = "; ".join(said[:_MOST_PLACES])
    listed += f"; and {sum(map(len, [*kinds.values()][_MOST_PLACES:])):,} more" if more > 0 else ""
    rows = len(table.texts) + len(table.broken)
    raise DataError(
        f"{len(ordered):,} of the {rows:,} rows of {source}{counted} cannot be used: {listed}", hint
    )


def _said(fault: str, places: Sequence[int], unit: str) -> str:
    """``lines 2, 5 and 7 have no text``."""
    if len(places) == 1:
        return f"{unit} {places[0]} {fault}"
    verb, _, rest = fault.partition(" ")
    verb = {"has": "have", "is": "are", "opens": "open"}.get(verb, verb)
    more = len(places) - _MOST_PLACES
    shown = ", ".join(map(str, places[:_MOST_PLACES]))
    return f"{unit}s {shown}{f' and {more:,} more' if more > 0 else ''} {verb} {rest}"


def means_none(label: object) -> TypeGuard[str]:
    """Whether a word says that there is no label; not where it is a known class."""
    return isinstance(label, str) and _plain(label) in _NO_LABEL


def perhaps_none(labels: Iterable[object], *, typed: bool) -> Iterator[str]:
    """In words, which labels were taken for a class's name and may mean that there is none.

    Args:
        labels: Those that are taken.
        typed: Whether a missing one would have been no word.
    """
    words = _PERHAPS_NONE | _NO_LABEL if typed else _PERHAPS_NONE
    found = Counter(each for each in labels if isinstance(each, str) and _plain(each) in words)
    for label, count in found.most_common(_MOST_PLACES):
        many = "1 row has" if count == 1 else f"{count:,} rows have"
        yield (
            f"{many} the label {label!r}, which was taken for the name of a class; where it means"
            " that there is none, empty it and leave such rows out with --skip-bad-rows"
        )
