"""Files and rows that cannot be used: each one clear error."""

import math
from pathlib import Path
from typing import Any

import pytest
from support.rows import json_lines, parquet

from energylabel.errors import DataError
from energylabel.records.workload import Samples
from energylabel.sampling.samples import sample_file


def own(path: Path) -> Samples:
    return sample_file(path, text_column="text", label_column="label")


GOOD = {"text": "a", "label": "x"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "bad.jsonl has no rows"),
        ([GOOD, GOOD], "all 2 rows of bad.jsonl have the label 'x'"),
        ([GOOD, {"text": None, "label": "y"}], "line 2 .* has no text"),
        ([GOOD, {"label": "y"}], "line 2 .* has no text"),
        ([GOOD, {"text": 5, "label": "y"}], "line 2 .* has int instead of text"),
        ([GOOD, {"text": "b", "label": None}], "line 2 .* has no label"),
        ([GOOD, {"text": "b", "label": ""}], "line 2 .* has no label"),
        ([GOOD, {"text": "b", "label": math.nan}], "line 2 .* has no label"),
        ([GOOD, {"text": "b", "label": 0.5}], "line 2 .* has the label 0.5"),
        ([GOOD, {"text": "b", "label": ["y"]}], r"line 2 .* has the label \['y'\]"),
        ([{"txt": "a", "label": 1}], "no column 'text'; it has 'txt', 'label'"),
        ([{"text": "a", "class": 1}], "no column 'label'; it has 'text', 'class'"),
        ([{"text": "a", "label": f"l{n}"} for n in range(1001)], "1001 different labels"),
    ],
)
def test_unusable_rows_are_refused(
    tmp_path: Path, rows: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        own(json_lines(tmp_path / "bad.jsonl", rows))
    assert caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b'{"text": "a"', "line 1 of a.jsonl is not valid JSON"),
        ("a.jsonl", '{"text": "äöü'.encode() + b'\xff"}', "line 1 .* has bytes that are no UTF-8"),
        ("a.jsonl", b"[1]\n", "line 1 of a.jsonl is no JSON object"),
        ("a.jsonl", b"[" * 100_000, "line 1 of a.jsonl is not valid JSON"),
        ("a.jsonl", b"\xef\xbb\xbf\n", "no rows"),
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b"text,label\n", "no rows"),
        ("a.csv", b"text,label\na,b,c\n", "line 2 of a.csv has 3 fields, the header 2"),
        ("a.csv", "text,label\näöü".encode() + b"\xff,b\n", "line 2 .* bytes that are no UTF-8"),
        ("a.csv", b'text,label\na,b\n"c,d\n', "line 3 .* opens a quotation that never closes"),
        ("a.csv", b'text,label\n"a,b\nc,d\n"e",f\n', r"line 2 .* quotation ends .*\(up to line 4"),
        ("a.csv", b"text,text,label\na,b,c\n", "2 columns named 'text'"),
        ("a.csv", b"text,label\na,\n", "line 2 .* has no label"),
        ("a.csv", b"txt,label\na,b\n", "no column 'text'; it has 'txt', 'label'"),
        ("a.parquet", b"", "a.parquet is not valid Parquet"),
        ("a.parquet", b"PAR1 nonsense", "a.parquet is not valid Parquet"),
        ("a.parquet", parquet({"text": ["a", None], "label": [0, 1]}), "row 1 .* has no text"),
        ("a.parquet", parquet({"text": ["a"], "lab": [0]}), "no column 'label'"),
        ("a.xlsx", b"", "a.xlsx has no known ending"),
    ],
)
def test_unreadable_files_are_refused(
    tmp_path: Path, name: str, content: bytes, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        own(path)
    assert "\n" not in caught.value.message
    assert capfd.readouterr() == ("", "")


def test_missing_files_folders_and_equal_columns(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.jsonl cannot be read"):
        own(tmp_path / "none.jsonl")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match=r"folder\.csv"):
        own(tmp_path / "folder.csv")
    with pytest.raises(DataError, match="the same column"):
        sample_file(tmp_path / "a.jsonl", text_column="a", label_column="a")
