"""Labels → ``labels.json`` and ``labels.parquet``, for machines."""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from energylabel.errors import UsageError
from energylabel.paging.listed import Earlier, ListedLabel

_FIGURES = tuple(each for each in fields(ListedLabel) if each.name != "contender")
COLUMNS = tuple(each.name for each in _FIGURES)
SCHEMA = 1
"""Of ``labels.json``: raised when a field changes its meaning or goes."""


def as_values(label: ListedLabel) -> dict[str, Any]:
    """The figures of a label by name."""
    values = {name: getattr(label, name) for name in COLUMNS}
    return values | {"history": [asdict(each) for each in label.history]}


def to_json(labels: Sequence[ListedLabel], about: dict[str, Any]) -> bytes:
    """One object: what the file is, and a list with an object for each label."""
    whole = {"schema_version": SCHEMA, **about, "labels": [as_values(each) for each in labels]}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def to_parquet(labels: Sequence[ListedLabel]) -> bytes | None:
    """The same columns; earlier labels as JSON. None where pyarrow is not installed."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        return None
    columns: dict[str, Any] = {}
    for name, kind in _kinds(pa).items():
        values = [getattr(each, name) for each in labels]
        if name == "history":
            values = [json.dumps([asdict(each) for each in value]) for value in values]
        columns[name] = pa.array(values, kind)
    sink = io.BytesIO()
    parquet.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()


def to_frame(labels: Sequence[ListedLabel]) -> Any:
    """The same columns but the earlier labels, as a ``pandas.DataFrame``; a time is a time.

    Raises:
        UsageError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise UsageError(
            "pandas is not installed, and a DataFrame needs it", "pip install pandas"
        ) from None
    kinds = {"int": "int64", "int | None": "Int64", "bool": "bool"}
    columns: dict[str, Any] = {}
    for each in _FIGURES:
        name, kind = each.name, _name(each.type)
        values = [getattr(label, name) for label in labels]
        if name == "issued_at":
            columns[name] = pd.to_datetime(pd.Series(values, dtype="float64"), unit="s", utc=True)
        elif name != "history":
            kind = "float64" if kind.startswith("float") else kinds.get(kind, "object")
            columns[name] = pd.Series(values, dtype=kind)
    return pd.DataFrame(columns)


def _kinds(pa: Any) -> dict[str, Any]:
    """Types by column; told, so that a column without a value has the type of others."""
    kinds = {
        "str": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "tuple[str, ...]": pa.list_(pa.string()),
        "tuple[Earlier, ...]": pa.string(),
    }
    return {each.name: kinds[_name(each.type).removesuffix(" | None")] for each in _FIGURES}


def _name(kind: Any) -> str:
    """``str``, ``float | None``, ``tuple[Earlier, ...]``."""
    if isinstance(kind, type) and not hasattr(kind, "__origin__"):
        return kind.__name__
    return str(kind).replace(f"{Earlier.__module__}.", "")
