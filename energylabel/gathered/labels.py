"""``Labels``: an immutable sequence of labels, and what can be asked of all of them."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from energylabel import formatting, storing
from energylabel.comparing import Entry, Prices, compare, dominated
from energylabel.errors import SchemaError, UsageError
from energylabel.events import Observer, silent
from energylabel.gathered.notebook import labels_html
from energylabel.paging import COLUMNS, ListedLabel, collect_as, in_short, to_frame
from energylabel.publishing import Stored, read_checked
from energylabel.records import Comparison, Label

COMPARED = 100
"""Labels that are compared pair by pair: 4,950 differences, some seconds."""

Source = str | os.PathLike[str]


class Labels(Sequence[Label]):
    """Labels in a fixed order, each once, as :func:`energylabel.load_labels` gives them.

    A sequence: ``len()``, iteration, ``labels[0]`` (a :class:`Label`), ``labels[:10]`` and
    ``labels.filter(…)`` (again ``Labels``). In a notebook it shows itself as a table.

    Attributes:
        left_out: One line for each label that could not be used, with its place and the reason.
    """

    def __init__(self, stored: Iterable[Stored], left_out: Iterable[str] = ()) -> None:
        self._stored = tuple(stored)
        self.left_out = tuple(left_out)

    def __len__(self) -> int:
        return len(self._stored)

    @overload
    def __getitem__(self, at: int) -> Label: ...
    @overload
    def __getitem__(self, at: slice) -> "Labels": ...
    def __getitem__(self, at: int | slice) -> "Label | Labels":
        if isinstance(at, slice):
            return Labels(self._stored[at], self.left_out)
        return self._stored[at].label

    def __iter__(self) -> Iterator[Label]:
        return (each.label for each in self._stored)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Labels) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(tuple(each.id for each in self._stored))

    def __repr__(self) -> str:
        workloads = len({each.label.workload.name for each in self._stored})
        counts = [(len(self), "label"), (workloads, "workload")]
        words = " of ".join(formatting.counted(count, noun) for count, noun in counts)
        return f"<{words}{f', {len(self.left_out):,} left out' if self.left_out else ''}>"

    def _repr_html_(self) -> str:
        return labels_html(self._listed, self.left_out)

    def filter(self, keep: Callable[[Label], bool] | None = None, /, **figures: object) -> "Labels":
        """Those that are wanted, in their order.

        Args:
            keep: Whether a label is; None: all are that have these figures.
            **figures: What columns of :meth:`to_dataframe` have to be: ``workload="sst2-v1"``,
                ``provenance="metered"``, ``energy_class="C"``.

        Raises:
            UsageError: There is no such column.
        """
        unknown = sorted(figures.keys() - set(COLUMNS))
        if unknown:
            raise UsageError(
                f"labels have no column {unknown[0]}", f"give one of {', '.join(sorted(COLUMNS))}"
            )
        return Labels(
            (
                each
                for each, row in zip(self._stored, self._listed, strict=True)
                if (keep is None or keep(each.label))
                and all(getattr(row, name) == value for name, value in figures.items())
            ),
            self.left_out,
        )

    def to_rows(self) -> list[dict[str, object]]:
        """One flat mapping for each label, in their order: the columns of :meth:`to_dataframe`.

        ``issued_at`` is in seconds since 1970; what is not known is None.
        """
        names = [name for name in ListedLabel.__dataclass_fields__ if name != "history"]
        return [{name: getattr(row, name) for name in names} for row in self._listed]

    def to_dataframe(self) -> Any:
        """One row for each label, in their order, as a ``pandas.DataFrame``.

        The columns are those of the page's ``labels.parquet`` without ``history``: names,
        classes, seconds (``*_s``), bytes, watt-hours per 1,000 texts (``wh_per_1000``; None of an
        estimate, which is a range from ``wh_per_1000_low`` to ``wh_per_1000_high``), shares from
        0 to 1 (``accuracy``); ``*_low`` and ``*_high`` are 95 % intervals. ``issued_at`` is a time
        (UTC). What is not known is missing, never zero.

        Raises:
            UsageError: pandas is not installed.
        """
        return to_frame(self._listed)

    def front(self) -> "Labels":
        """Those that no other of these dominates: less energy, and no less accuracy.

        Only labels of one workload, one kind of hardware and one provenance are held against each
        other, and only where the intervals bear it out (standard, section 7), as
        :meth:`compare` does. A label that has nobody beside it is on the front; quick looks
        and invalid measurements are compared with nothing and are not.
        """
        found = dominated([each.contender for each in self._stored], most=1)
        return Labels(
            (
                each
                for each, by in zip(self._stored, found, strict=True)
                if by is not None and not by.by
            ),
            self.left_out,
        )

    def compare(
        self, *, price_per_kwh: float | None = None, country: str | None = None
    ) -> Comparison:
        """Every pair of them by the standard's section 7, as ``energylabel compare`` does.

        Args:
            price_per_kwh: In any currency; adds the cost of a million texts.
            country: ISO code of three letters (``DEU``); adds kg CO2e of a million texts.

        Returns:
            A comparison, with each label in short and the differences. Of these ``energy_ratio``
            is the second's over the first's, ``accuracy_gain`` a share, paired over the rows that
            both answered, each with its 95 % interval; what may not be compared is None, and
            ``energy_refused`` or ``accuracy_refused`` names what differs. In a notebook it shows
            itself as a table.

        Raises:
            UsageError: There are fewer than two, or more than 100; no such country; a price
                that is none.
            SchemaError: The evidence has changed since the labels were read.
        """
        if not 2 <= len(self) <= COMPARED:
            raise UsageError(
                f"{len(self):,} labels cannot be compared pair by pair",
                f"give 2 to {COMPARED}: filter() and slices choose, front() leaves the best",
            )
        if price_per_kwh is not None and not 0 < price_per_kwh < float("inf"):
            raise UsageError(
                f"the price of a kWh is {price_per_kwh:g}, not above 0", "correct price_per_kwh"
            )
        grams = None
        if country is not None:
            from energylabel.meters import carbon_intensity

            grams = carbon_intensity(country).grams_per_kwh
        entries = [_entry(each) for each in self._stored]
        return compare(entries, Prices(price_per_kwh, grams))

    @cached_property
    def _listed(self) -> tuple[ListedLabel, ...]:
        return tuple(_row(each) for each in self._stored)


def load(
    sources: Source | Iterable[Source], *, strict: bool = False, observer: Observer = silent
) -> Labels:
    """As :func:`energylabel.load_labels`, which documents it."""
    named = [sources] if isinstance(sources, (str, os.PathLike)) else sources
    paths = list(dict.fromkeys(os.fspath(each) for each in named))
    # Processes of their own would run a script without a guard once more.
    found = collect_as(
        _usable, paths, thoroughly=True if strict else None, processes=1, observer=observer
    )
    if strict and found.left_out:
        raise SchemaError(
            f"{len(found.left_out):,} of the labels cannot be used: {found.left_out[0]}",
            "mend or remove them, or leave out strict=True",
        )
    return Labels(found.labels, found.left_out)


def _usable(found: Stored) -> Stored:
    """The label, where its figures are ones that a rating can have."""
    _row(found)
    return found


def _row(found: Stored) -> ListedLabel:
    return in_short(found, str(found.folder / storing.EVIDENCE) if found.folder else None)


def _entry(found: Stored) -> Entry:
    if found.evidence is not None:
        return Entry(found.evidence, found.label)
    entry = read_checked(Path(found.folder or "."), found.label.evidence_url)
    if entry.label != found.label:
        raise SchemaError(
            f"{found.folder}: the label does not follow from its evidence",
            "energylabel verify tells where, energylabel render makes the label again",
        )
    return entry
