"""Data files → columns: JSON Lines, JSON, CSV and Parquet, with one clear error for what is broken.

Text files may be packed with gzip and in other encodings than UTF-8. The files of a data set on
the Hub are Parquet or JSON Lines. Values are handed on as they are;
:mod:`energylabel.sampling.cleaning` judges them.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from energylabel.errors import DataError, one_line
from energylabel.sampling.columns import Columns, Fault, Table, refuse
from energylabel.sampling.decoding import BROKEN, STDIN, content_of, decoded
from energylabel.sampling.delimited import SAID, read_records
from energylabel.sampling.objects import read_document, read_lines

JSON_LINES: Final = (".jsonl", ".json-lines", ".ndjson")
_DELIMITED: Final = (".csv", ".tsv")
_TEXT: Final = (*JSON_LINES, ".json", *_DELIMITED)
_PACKED: Final = tuple(f"{suffix}.gz" for suffix in _TEXT)
SUFFIXES: Final = (*_TEXT, ".parquet")
"""Endings of files of one's own; all but the last may have ``.gz`` behind them."""

_SPLIT_LINES: Final = (*JSON_LINES, ".json.gz", ".jsonl.gz")


def source_of(path: Path) -> str:
    """What messages call a file of the user's."""
    return "standard input" if str(path) == STDIN else path.name


def read_file(path: Path, text_column: str, label_column: str) -> Table:
    """The two columns of one file.

    Its ending says the format (:data:`SUFFIXES`). Of standard input (``-``) and of pipes, which
    have none, the content does, but for Parquet.

    Raises:
        DataError: The file cannot be read or parsed, or lacks a column.
    """
    columns, source = Columns(text_column, label_column), source_of(path)
    name = path.name.lower()
    try:
        nameless = str(path) == STDIN or path.is_fifo()
        if not nameless and not name.endswith((*SUFFIXES, *_PACKED)):
            raise DataError(
                f"{source} has no known ending",
                f"use one of {', '.join(SUFFIXES)}; all but the last may be packed (.csv.gz)",
            )
        if name.endswith(".parquet"):
            return read_parquet([path], columns)
        content = content_of(path, source)
    except OSError as error:
        raise DataError(
            f"{source} cannot be read: {error.strerror or error}", "check the path"
        ) from error
    if not content.strip(b"\xef\xbb\xbf\0 \t\r\n") and not name.endswith(JSON_LINES):
        raise DataError(f"{source} is empty", "give a file with a header or objects, and rows")
    text, encoding = decoded(content, source)
    del content
    kind = _sniffed(text) if nameless else name.removesuffix(".gz")
    if kind.endswith(JSON_LINES):
        table = read_lines(text, columns, source)
    elif kind.endswith(".json"):
        table = read_document(text, columns, source)
    else:
        table = _read_delimited(text, columns, source, tabs_first=kind.endswith(".tsv"))
    return replace(table, encoding=encoding)


def _sniffed(text: str) -> str:
    """The ending that a text without a name would have."""
    first = text.lstrip("\ufeff \t\r\n")[:1]
    return ".json" if first in ("{", "[") else ".csv"


def read_split(paths: Sequence[Path], text_column: str, label_column: str, source: str) -> Table:
    """The two columns of the files of one split of a data set on the Hub, one after another.

    Args:
        paths: The files in the Hub's cache, all of one format.
        text_column: Name of the column with the texts.
        label_column: Name of the column with the labels.
        source: What messages call the split.

    Raises:
        DataError: A file cannot be read or parsed, or lacks a column.
    """
    columns = Columns(text_column, label_column)
    try:
        if not all(path.name.endswith(_SPLIT_LINES) for path in paths):
            return read_parquet(paths, columns)
        tables = []
        for path in paths:
            text, _ = decoded(content_of(path, path.name), path.name)
            table = read_lines(text, columns, path.name)
            refuse(table.broken, table, path.name, "remove the dataset from the Hub's cache")
            tables.append(table)
    except OSError as error:
        raise DataError(
            f"{source} cannot be read: {error.strerror or error}",
            "remove the dataset from the Hub's cache and run again",
        ) from error
    texts = [text for table in tables for text in table.texts]
    return Table(texts, [label for table in tables for label in table.labels])


def read_parquet(paths: Sequence[Path], columns: Columns) -> Table:
    """The two columns of the files of one split, one after another, through ``datasets``.

    Raises:
        DataError: A file is no Parquet or lacks a column.
        OSError: A file cannot be read.
    """
    import pyarrow
    import pyarrow.parquet

    wanted: tuple[str, str] = columns.text, columns.label
    for path in paths:
        # The file is checked first, since `datasets` prints to stderr about a bad one.
        try:
            there = pyarrow.parquet.read_schema(path).names
        except pyarrow.ArrowInvalid as error:
            raise _no_parquet(path, error) from error
        wanted = columns.among(there, path.name)

    from datasets import ClassLabel
    from datasets.io.parquet import ParquetDatasetReader

    text_column, label_column = wanted
    texts: list[object] = []
    labels: list[object] = []
    # The reader behind `from_parquet`: `load_dataset` would report the load to a server. It reads
    # the files where they lie, and leaves no more than a lock in the cache folder.
    with tempfile.TemporaryDirectory() as cache:
        try:
            rows = ParquetDatasetReader(
                [str(path) for path in paths],
                columns=[text_column, label_column],
                cache_dir=cache,
                streaming=True,
            ).read()
            for batch in rows.iter(batch_size=4096):
                texts += batch[text_column]
                labels += batch[label_column]
        except pyarrow.ArrowException as error:
            raise _no_parquet(paths[0], error) from error
    feature = (rows.features or {}).get(label_column)
    names = feature.names if isinstance(feature, ClassLabel) else None
    return Table(texts, labels, tuple(names) if names else None)


def _read_delimited(text: str, columns: Columns, source: str, *, tabs_first: bool) -> Table:
    found = read_records(text, columns, tabs_first=tabs_first)
    if found is None:
        raise DataError(f"{source} is empty", "a CSV file needs a header and rows")
    at = [found.header.index(name) for name in columns.among(found.header, source)]
    remarks = []
    if found.delimiter != ("\t" if tabs_first else ","):
        remarks.append(f"its fields are separated by {SAID[found.delimiter]}")
    if found.unquoted:
        remarks.append("quotation marks in it were taken for letters: they quote nothing")
    texts, labels, places = [], [], []
    broken: list[Fault] = list(found.broken)
    for place, fields in found.rows:
        pair = [fields[number] for number in at]
        if any(map(BROKEN.search, pair)):
            broken.append((place, "has bytes that are no UTF-8"))
            continue
        texts.append(pair[0])
        labels.append(pair[1])
        places.append(place)
    return Table(
        texts,
        labels,
        places=places,
        unit="line",
        broken=tuple(broken),
        remarks=tuple(remarks),
        typed=False,
    )


def _no_parquet(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path.name} is not valid Parquet: {one_line(error)}",
        "check that the file is complete and its ending fits its content",
    )
