"""Data files → columns: JSON Lines, CSV and Parquet, with one clear error for what is broken.

The files of a data set on the Hub are Parquet or JSON Lines, which may be packed with gzip.

Rows are counted from 0. Values are handed on as they are; :mod:`energylabel.sampling.samples`
judges them.
"""

import gzip
import io
import json
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from energylabel.errors import DataError, one_line

JSON_LINES: Final = (".jsonl", ".json-lines", ".ndjson")
SUFFIXES: Final = (*JSON_LINES, ".csv", ".parquet")

_PACKED: Final = (".json.gz", ".jsonl.gz")
_SPLIT_LINES: Final = (*JSON_LINES, *_PACKED)

_MAX_CSV_BLOCK: Final = 2**31 - 1
_MAX_UNPACKED: Final = 2**30
"""Bytes: a small packed file can hold more than any memory."""


@dataclass(frozen=True, slots=True)
class Table:
    """Two columns of equal length.

    ``names`` are the class names that the file itself gives for integer labels, by id; None
    where it gives none.
    """

    texts: Sequence[object]
    labels: Sequence[object]
    names: tuple[str, ...] | None = None


def read_file(path: Path, text_column: str, label_column: str) -> Table:
    """The two columns of one file; its ending says the format (:data:`SUFFIXES`).

    Raises:
        DataError: The file cannot be read or parsed, or lacks a column.
    """
    if text_column == label_column:
        raise DataError(
            f"text and label are the same column, {text_column!r}",
            "give different names to --text-column and --label-column",
        )
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(
            f"{path.name} has no known ending",
            f"use one of {', '.join(SUFFIXES)}",
        )
    try:
        size = path.stat().st_size
        if suffix == ".parquet":
            return read_parquet([path], text_column, label_column)
        if suffix == ".csv":
            return _read_csv(path, size, text_column, label_column)
        return _read_json_lines(path, text_column, label_column)
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be read: {error.strerror or error}", "check the path"
        ) from error


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
    try:
        if not all(path.name.endswith(_SPLIT_LINES) for path in paths):
            return read_parquet(paths, text_column, label_column)
        tables = [_read_json_lines(path, text_column, label_column) for path in paths]
    except OSError as error:
        raise DataError(
            f"{source} cannot be read: {error.strerror or error}",
            "remove the dataset from the Hub's cache and run again",
        ) from error
    texts = [text for table in tables for text in table.texts]
    return Table(texts, [label for table in tables for label in table.labels])


def read_parquet(paths: Sequence[Path], text_column: str, label_column: str) -> Table:
    """The two columns of the files of one split, one after another, through ``datasets``.

    Raises:
        DataError: A file is no Parquet or lacks a column.
        OSError: A file cannot be read.
    """
    import pyarrow
    import pyarrow.parquet

    for path in paths:
        # The file is checked first, since `datasets` prints to stderr about a bad one.
        try:
            columns = pyarrow.parquet.read_schema(path).names
        except pyarrow.ArrowInvalid as error:
            raise _unreadable(path, "Parquet", error) from error
        _demand(columns, text_column, label_column, path)

    from datasets import ClassLabel
    from datasets.io.parquet import ParquetDatasetReader

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
            raise _unreadable(paths[0], "Parquet", error) from error
    feature = (rows.features or {}).get(label_column)
    names = feature.names if isinstance(feature, ClassLabel) else None
    return Table(texts, labels, tuple(names) if names else None)


def _read_csv(path: Path, size: int, text_column: str, label_column: str) -> Table:
    import pyarrow
    import pyarrow.csv

    if size == 0:
        raise DataError(f"{path.name} is empty", "a CSV file needs a header and rows")
    # A block holds whole rows: as large as the file, so that no text is too long for one.
    block = min(max(size + 1, 1 << 16), _MAX_CSV_BLOCK)
    try:
        table = pyarrow.csv.read_csv(
            path,
            read_options=pyarrow.csv.ReadOptions(block_size=block),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={
                    text_column: pyarrow.large_string(),
                    label_column: pyarrow.large_string(),
                },
                strings_can_be_null=False,
            ),
        )
    except pyarrow.ArrowException as error:
        if "UTF8" in str(error):
            raise DataError(f"{path.name} is not in UTF-8", "save it in UTF-8") from error
        raise _unreadable(path, "CSV", error) from error
    names = table.column_names
    other = next((sign for sign in ";\t|" if len(names) == 1 and sign in names[0]), None)
    if other is not None:
        raise DataError(
            f"the columns of {path.name} seem to be separated by {other!r}",
            "separate them by commas",
        )
    _demand(names, text_column, label_column, path)
    return Table(table.column(text_column).to_pylist(), table.column(label_column).to_pylist())


def _read_json_lines(path: Path, text_column: str, label_column: str) -> Table:
    texts: list[object] = []
    labels: list[object] = []
    columns: dict[str, None] = {}
    with path.open("rb") as stream:
        lines = _unpacked(stream, path) if path.name.endswith(_PACKED) else stream
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.strip() == b"\xef\xbb\xbf":
                continue
            row = _parse_line(line, number, path)
            columns.update(dict.fromkeys(row))
            texts.append(row.get(text_column))
            labels.append(row.get(label_column))
    if texts:
        _demand(list(columns), text_column, label_column, path)
    return Table(texts, labels)


def _unpacked(stream: IO[bytes], path: Path) -> Iterable[bytes]:
    """The lines of a gzip file, up to a bound."""
    try:
        with gzip.open(stream) as packed:
            content = packed.read(_MAX_UNPACKED + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _unreadable(path, "gzip", error) from error
    if len(content) > _MAX_UNPACKED:
        raise DataError(
            f"{path.name} unpacks to more than {_MAX_UNPACKED / 1e9:.1f} GB",
            "give a smaller file, or Parquet",
        )
    return io.BytesIO(content)


def _parse_line(line: bytes, number: int, path: Path) -> dict[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"line {number} of {path.name} is not valid JSON: {one_line(error)}",
            "JSON Lines holds one object a line, in UTF-8",
        ) from error
    if not isinstance(row, dict):
        raise DataError(
            f"line {number} of {path.name} is no JSON object",
            'JSON Lines holds one object a line, such as {"text": "…", "label": "…"}',
        )
    return row


def _demand(columns: Sequence[str], text_column: str, label_column: str, path: Path) -> None:
    for wanted, option in ((text_column, "--text-column"), (label_column, "--label-column")):
        if columns.count(wanted) > 1:
            raise DataError(
                f"{path.name} has {columns.count(wanted)} columns named {wanted!r}",
                "give each column a name of its own",
            )
        if wanted not in columns:
            shown = ", ".join(repr(column[:40]) for column in columns[:20])
            more = f" and {len(columns) - 20} more" if len(columns) > 20 else ""
            raise DataError(
                f"{path.name} has no column {wanted!r}; it has {shown or 'none'}{more}",
                f"name the column with {option} (in a workload's TOML: "
                f"{option[2:].replace('-', '_')})",
            )


def _unreadable(path: Path, form: str, error: Exception) -> DataError:
    return DataError(
        f"{path.name} is not valid {form}: {one_line(error)}",
        "check that the file is complete and its ending fits its content",
    )
