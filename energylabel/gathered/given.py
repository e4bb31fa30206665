"""What a Python program gives in the place of files: rows, and a model that is loaded already."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from energylabel.classifiers import Function
from energylabel.errors import NotRatableError, UsageError, one_line


def rows_file(rows: object, text_column: str, label_column: str, folder: Path) -> Path:
    """Rows written as a file of JSON lines.

    Args:
        rows: A pandas or Polars data frame, a ``datasets.Dataset``, or an iterable of mappings
            with these two columns or of pairs (text, label).
        text_column: Column with the texts.
        label_column: Column with the labels.
        folder: Where the file is written.

    Raises:
        UsageError: It is none of these, or a row lacks a column.
    """
    path = folder / "rows.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number, row in enumerate(_rows(rows), 1):
            text, label = _pair(row, number, text_column, label_column)
            try:
                line = json.dumps({text_column: text, label_column: label})
            except (TypeError, ValueError) as error:
                raise UsageError(
                    f"row {number} of data has a text or label that JSON cannot hold:"
                    f" {one_line(error)}",
                    "give texts, and labels that are texts or numbers",
                ) from error
            file.write(f"{line}\n")
    return path


def _rows(rows: Any) -> Iterable[object]:
    if callable(getattr(rows, "iter_rows", None)):  # Polars
        rows = rows.iter_rows(named=True)
    elif callable(getattr(rows, "to_dict", None)) and hasattr(rows, "columns"):  # pandas
        rows = rows.to_dict("records")
    if isinstance(rows, Mapping) or not isinstance(rows, Iterable):
        raise UsageError(
            f"data is {type(rows).__name__}, neither a file nor rows",
            "give a path, a data frame, or a list of (text, label)",
        )
    found: Iterable[object] = rows
    return found


def _pair(row: object, number: int, text: str, label: str) -> tuple[object, object]:
    if isinstance(row, Mapping):
        lacking = [name for name in (text, label) if name not in row]
        if lacking:
            raise UsageError(
                f"row {number} of data has no column {lacking[0]!r}, but "
                f"{', '.join(map(str, row))}",
                "name the columns with text_column and label_column",
            )
        return _plain(row[text]), _plain(row[label])
    if isinstance(row, tuple | list) and len(row) == 2:
        return _plain(row[0]), _plain(row[1])
    raise UsageError(
        f"row {number} of data is {type(row).__name__}, neither a mapping nor (text, label)",
        "give a path, a data frame, or a list of (text, label)",
    )


def _plain(value: Any) -> object:
    """A value of NumPy as one of Python; None for what pandas has in the place of a missing one."""
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    return value.item() if callable(getattr(value, "item", None)) else value


def is_function(model: object) -> TypeGuard[Function]:
    """Whether it is neither a name nor a model that can be saved, but can be called."""
    return callable(model) and not callable(getattr(model, "save_pretrained", None))


def function_name(function: object) -> str:
    """What a function is called that nobody named; one without a name of its own, as its kind."""
    name = getattr(function, "__name__", "") or type(function).__name__
    return re.sub(r"\W+", "", str(name)) or "function"


def model_folder(model: Any, tokenizer: Any, folder: Path) -> Path:
    """A loaded model of transformers with its tokenizer, saved as a folder to rate.

    Args:
        model: A ``PreTrainedModel``; it is copied to the disk as it is now.
        tokenizer: Its tokenizer.
        folder: Where its folder is made; named after the model.

    Raises:
        UsageError: It is no model of transformers, or comes without a tokenizer.
        NotRatableError: It cannot be saved.
    """
    if not callable(getattr(model, "save_pretrained", None)):
        raise UsageError(
            f"model is {type(model).__name__}, neither a name, a path, a model of transformers nor"
            " a function",
            "give org/name, a folder, a loaded PreTrainedModel with its tokenizer, or a function",
        )
    if not callable(getattr(tokenizer, "save_pretrained", None)):
        raise UsageError("a loaded model needs its tokenizer", "give tokenizer=… beside it")
    name = str(getattr(model, "name_or_path", "") or type(model).__name__).rstrip("/")
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name.rpartition("/")[2]).strip("-.") or "model"
    path = folder / plain[:96]
    try:
        model.save_pretrained(path, safe_serialization=True)
        tokenizer.save_pretrained(path)
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise NotRatableError(
            f"the model cannot be saved: {one_line(error, 200)}",
            "see whether save_pretrained() works, and rate the folder that it makes",
        ) from error
    return path
