"""Workload → Samples: the rows that every model is asked, in an order that nobody picks.

Rows are numbered from 0 over the whole split and ordered by the SHA-256 of ``"<seed>:<row>"``
(standard, section 2): the same rows for every model, whatever the library or machine.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from energylabel import workloads
from energylabel.errors import DataError, UsageError
from energylabel.events import Event, Observer, silent
from energylabel.hub import HubClient
from energylabel.records import (
    LANGUAGE_CODE,
    OWN,
    ReferenceAccuracy,
    Samples,
    Workload,
    WorkloadDefinition,
)
from energylabel.sampling.cleaning import (
    OwnLabels,
    Rows,
    agree,
    ids_of,
    only,
    own_labels,
    repair,
    said_of,
    usable,
)
from energylabel.sampling.decoding import STDIN
from energylabel.sampling.tables import read_file, read_split, source_of
from energylabel.standard import PROCEDURE
from energylabel.workloads import Names, same_meaning

QUERIES: Final = PROCEDURE.texts.queries
AccuracyRows = int | Literal["auto", "all"]


def sample(
    definition: WorkloadDefinition,
    *,
    queries: int = QUERIES,
    accuracy_rows: AccuracyRows = "auto",
    folder: Path | None = None,
    offline: bool = False,
    skip_bad_rows: bool = False,
    drop_unknown: bool = False,
    reference: ReferenceAccuracy | None = None,
    observer: Observer = silent,
) -> Samples:
    """The rows of a defined workload.

    Args:
        definition: The workload.
        queries: Number of rows for the energy measurement; fewer if the split has fewer.
        accuracy_rows: Rows for accuracy: ``auto`` up to 10,000, ``all`` the whole split, or at
            most a number; never fewer than the queries.
        folder: Where ``definition.file`` lies; None for a definition of the package.
        offline: Use the Hub's cache alone.
        skip_bad_rows: Leave out rows without text or label, and count them.
        drop_unknown: Leave out rows whose label the workload lacks, and count them.
        reference: An accuracy that the user declares, for a workload that has none.
        observer: Is told of downloads, and what was found out about a file.

    Raises:
        DataError: The rows cannot be used, with the places of all that cannot.
        NetworkError: The dataset cannot be downloaded, or is not in the cache.
        UsageError: ``queries`` or ``accuracy_rows`` is not positive.
    """
    _check_counts(queries, accuracy_rows)
    if definition.dataset is not None:
        observer(Event("sampling", f"getting the texts of {definition.name}"))
        paths = HubClient(observer).fetch_dataset(definition.dataset, offline=offline)
        source = f"{definition.dataset.repository} ({definition.dataset.split})"
        table = read_split(paths, definition.text_column, definition.label_column, source)
    else:
        source = str(definition.file)
        base = folder if folder is not None else workloads.data_folder(definition)
        table = read_file(base / source, definition.text_column, definition.label_column)
    agree(table, definition, source)
    known = Names.of(definition.labels, definition.synonyms)
    rows = usable(table, source, skip_bad=skip_bad_rows, known=known)
    rows, gold = ids_of(rows, definition, source, drop=drop_unknown)
    if definition.file is not None:
        for said in said_of(rows):
            observer(Event("noticed", f"{source}: {said}"))
    return _samples(
        rows,
        gold,
        definition.labels,
        queries=queries,
        accuracy_rows=accuracy_rows,
        source=source,
        definition=definition,
        embedded=folder is None,
        reference=definition.reference_accuracy or reference,
    )


@dataclass(frozen=True, slots=True)
class OwnData:
    """All usable rows of a file of the user's, with the classes that its labels make."""

    source: str
    rows: Rows
    labels: OwnLabels

    @property
    def counts(self) -> dict[str, int]:
        """Rows of each class, in the order of the classes."""
        counts = Counter(self.labels.ids)
        return {name: counts[number] for number, name in enumerate(self.labels.names)}

    def without(self, names: Collection[str]) -> "OwnData":
        """The rows of all classes but these, which are counted as unknown."""
        left = {number for number, name in enumerate(self.labels.names) if name in names}
        kept = [row for row, number in enumerate(self.labels.ids) if number not in left]
        unknown = {name: count for name, count in self.counts.items() if name in names}
        rows = only(self.rows, kept, dict(self.rows.unknown) | unknown)
        # Names that a file gives its numbers keep their order, so classes are not made anew.
        order = tuple(name for name in self.labels.names if name not in names)
        ids = [order.index(self.labels.names[self.labels.ids[row]]) for row in kept]
        ways = {name: way for name, way in self.labels.spellings.items() if name in order}
        return OwnData(self.source, rows, OwnLabels(order, ids, ways))


def sample_file(
    path: Path,
    *,
    text_column: str,
    label_column: str,
    name: str | None = None,
    language: str | None = None,
    queries: int = QUERIES,
    accuracy_rows: AccuracyRows = "auto",
    skip_bad_rows: bool = False,
    reference: ReferenceAccuracy | None = None,
    narrow: Callable[[OwnData], OwnData] | None = None,
    observer: Observer = silent,
) -> Samples:
    """The rows of the user's own data: JSON Lines, JSON, CSV or Parquet, or standard input (``-``).

    The labels are the distinct values of ``label_column`` (those that differ in form, case or
    blanks alone are one), sorted with numbers as numbers, or the class names that a Parquet file
    gives itself. The workload is called
    ``own-<name>-<digest>``: other rows, other name. Its seed is 0.

    Args:
        path: The file; its ending says the format.
        text_column: Name of the column with the texts.
        label_column: Name of the column with the labels.
        name: What the data are called; None: as the file.
        language: ISO code of the texts' language.
        queries: As in :func:`sample`.
        accuracy_rows: As in :func:`sample`.
        skip_bad_rows: Leave out rows without text or label, and count them.
        reference: An accuracy that the user declares as what to compare with.
        narrow: Sees all rows and gives back those that are taken.
        observer: Is told what is read, and what was found out about the file.

    Raises:
        DataError: The file or its rows cannot be used.
        UsageError: ``queries`` or ``accuracy_rows`` is not positive, or ``language`` is no code.
    """
    _check_counts(queries, accuracy_rows)
    if language is not None and re.fullmatch(LANGUAGE_CODE, language) is None:
        raise UsageError(
            f"--language {language!r:.60} is no code of a language", "write en, de, pt-BR, …"
        )
    source = source_of(path)
    observer(Event("sampling", f"reading {source}"))
    rows = usable(read_file(path, text_column, label_column), source, skip_bad=skip_bad_rows)
    own = OwnData(source, rows, own_labels(rows, source))
    twice = same_meaning(own.labels.names)
    if narrow is not None:
        own = narrow(own)
    for said in said_of(own.rows):
        observer(Event("noticed", f"{source}: {said}"))
    for alike in twice:
        named = " and ".join(f"{name!r:.60}" for name in alike)
        observer(
            Event(
                "noticed",
                f"{source}: the labels {named} are known to mean the same, and are"
                f" {len(alike)} classes here; where they are one, write them alike in the file",
            )
        )
    stem = path.name.removesuffix(".gz").rpartition(".")[0] or path.name
    return _samples(
        own.rows,
        own.labels.ids,
        own.labels.names,
        spellings=own.labels.spellings,
        queries=queries,
        accuracy_rows=accuracy_rows,
        source=source,
        own_name=name or ("stdin" if str(path) == STDIN else stem),
        language=language,
        reference=reference,
    )


def row_order(seed: int, rows: int) -> list[int]:
    """Row numbers 0 … ``rows``-1 in workload order: by SHA-256 of ``"<seed>:<row>"``."""
    return sorted(range(rows), key=lambda row: hashlib.sha256(f"{seed}:{row}".encode()).digest())


def content_digest(texts: Iterable[str], labels: Iterable[str]) -> str:
    """SHA-256 over one line of compact JSON, ``["text","label"]``, for each row (UTF-8)."""
    digest = hashlib.sha256()
    for text, label in zip(texts, labels, strict=True):
        line = json.dumps([text, label], ensure_ascii=False, separators=(",", ":"))
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()


def _check_counts(queries: int, accuracy_rows: AccuracyRows) -> None:
    for option, value in (("--queries", queries), ("--accuracy-rows", accuracy_rows)):
        if isinstance(value, int) and value < 1:
            raise UsageError(f"{option} is {value}", f"give {option} a number of at least 1")


def _samples(
    found: Rows,
    gold: Sequence[int],
    labels: tuple[str, ...],
    *,
    queries: int,
    accuracy_rows: AccuracyRows,
    source: str,
    definition: WorkloadDefinition | None = None,
    embedded: bool = False,
    own_name: str = "",
    language: str | None = None,
    spellings: Mapping[str, tuple[str, ...]] = {},
    reference: ReferenceAccuracy | None = None,
) -> Samples:
    """Order, cut and describe the rows of one split."""
    texts = found.texts
    rows = len(texts)
    if rows == 0:
        raise DataError(f"{source} has no rows", "give data with texts and labels")
    counts = Counter(gold)
    if len(counts) == 1:
        raise DataError(
            f"all {rows} rows of {source} have the label {labels[gold[0]]!r}",
            "accuracy needs rows of at least two classes",
        )
    queries = min(queries, rows)
    most = {"all": rows, "auto": PROCEDURE.texts.accuracy_rows}
    wanted = most.get(str(accuracy_rows), accuracy_rows)
    seed = definition.seed if definition is not None else 0
    chosen = row_order(seed, rows)[: max(queries, int(wanted))]
    used = tuple(repair(texts[row]) for row in chosen)
    ids = tuple(gold[row] for row in chosen)
    digest = content_digest(used, (labels[number] for number in ids))
    workload = Workload(
        name=definition.name if definition is not None else f"{OWN}{_slug(own_name)}-{digest[:8]}",
        title=definition.title if definition is not None else _title(own_name),
        origin=_origin(definition, embedded=embedded),
        dataset=definition.dataset if definition is not None else None,
        labels=labels,
        language=definition.language if definition is not None else language,
        licence=definition.licence if definition is not None else None,
        seed=seed,
        rows=rows,
        majority_share=max(counts.values()) / rows,
        reference_accuracy=reference,
        content_sha256=digest,
        spellings=dict(spellings),
        encoding=found.table.encoding,
        bad_rows=found.bad,
        unknown_rows=dict(found.unknown),
        repaired_texts=sum(texts[row] != text for row, text in zip(chosen, used, strict=True)),
    )
    return Samples(
        workload=workload,
        queries=queries,
        texts=used,
        gold=ids,
        wording=workloads.wording(workload.language, definition.wording if definition else None),
    )


def _origin(
    definition: WorkloadDefinition | None, *, embedded: bool
) -> Literal["hub", "file", "embedded"]:
    if definition is not None and definition.dataset is not None:
        return "hub"
    return "embedded" if definition is not None and embedded else "file"


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", repair(name)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower())[:48].strip("-") or "data"


def _title(name: str) -> str:
    return "".join(sign for sign in repair(name) if sign.isprintable())[:96] or "own data"
