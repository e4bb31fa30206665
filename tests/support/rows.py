"""Rows for sampling, written in each format, and their order worked out another way."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = [{"text": f"text {n}", "label": ("no", "yes", "maybe")[n % 3]} for n in range(50)]


def json_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def parquet(rows: dict[str, list[Any]], names: list[str] | None = None) -> bytes:
    """A Parquet file as `datasets` writes it, with or without class names."""
    table = pa.table(rows)
    if names is not None:
        label: dict[str, Any] = {"names": names, "_type": "ClassLabel"}
        text = {"dtype": "string", "_type": "Value"}
        features = {key: label if key == "label" else text for key in rows}
        info = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": info})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def independent_order(seed: int, rows: int) -> list[int]:
    keys = [hashlib.sha256(f"{seed}:{row}".encode("ascii")).hexdigest() for row in range(rows)]
    return [row for _, row in sorted(zip(keys, range(rows), strict=True))]
