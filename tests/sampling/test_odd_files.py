"""Files as people have them: other delimiters, encodings, endings; rows that cannot be used."""

import gzip
import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from support.rows import json_lines

from energylabel.errors import DataError
from energylabel.events import Event
from energylabel.records import Samples, WorkloadDefinition
from energylabel.sampling import decoding
from energylabel.sampling.samples import sample, sample_file
from energylabel.sampling.training import train_file

PAIRS = [("größer, als", "gut"), ('sie sagte "nein"', "schlecht"), ("été", "gut"), ("x", "mäßig")]


def own(path: Path, **options: Any) -> Samples:
    return sample_file(path, text_column="text", label_column="label", **options)


def pairs(samples: Samples) -> set[tuple[str, str]]:
    names = samples.workload.labels
    return {(t, names[n]) for t, n in zip(samples.texts, samples.gold, strict=True)}


def delimited(sign: str, header: str = "text,label") -> str:
    lines = [header.replace(",", sign)]
    for text, label in PAIRS:
        quoted = '"' + text.replace('"', '""') + '"'
        lines.append(f"{quoted}{sign}{label}")
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.csv.gz", "a.CSV"])
def test_any_delimiter(tmp_path: Path, sign: str, name: str) -> None:
    content = delimited(sign).encode()
    (tmp_path / name).write_bytes(
        gzip.compress(content, mtime=0) if name.endswith(".gz") else content
    )
    samples = own(tmp_path / name)
    assert pairs(samples) == set(PAIRS)
    assert samples.workload.name == f"own-a-{samples.workload.content_sha256[:8]}"
    assert samples.workload.title == "a"


def test_a_delimiter_that_is_not_the_usual_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(delimited(";"), encoding="utf-8-sig")
    told: list[Event] = []
    own(tmp_path / "a.csv", observer=told.append)
    assert "a.csv: its fields are separated by semicolons" in [each.message for each in told]


def test_the_line_that_names_the_delimiter_is_none_of_the_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\r\n" + delimited(";") + ";\r\n;;\r\n")
    assert pairs(own(tmp_path / "a.csv")) == set(PAIRS)
    (tmp_path / "a.csv").write_text("sep=;\ntext;label\na;b\nc;\n")
    with pytest.raises(DataError, match=r"line 4 of a\.csv has no label"):
        own(tmp_path / "a.csv")


def test_quotation_marks_that_quote_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('text\tlabel\n"A great film\tpos\nbad"\tneg\n"" \tneg\n')
    samples = own(tmp_path / "a.tsv")
    assert pairs(samples) == {('"A great film', "pos"), ('bad"', "neg"), ('"" ', "neg")}


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("latin-1", "Windows-1252"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "jsonl", "json"])
def test_encodings_are_found_and_told(
    tmp_path: Path, encoding: str, said: str | None, form: str
) -> None:
    rows = [{"text": text, "label": label} for text, label in PAIRS]
    text = {
        "csv": delimited(","),
        "jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in rows),
        "json": json.dumps(rows, ensure_ascii=False, indent=1),
    }[form]
    path = tmp_path / f"a.{form}"
    path.write_bytes(text.encode(encoding))
    told: list[Event] = []
    samples = own(path, observer=told.append)
    assert pairs(samples) == set(PAIRS)
    assert samples.workload.encoding == said
    messages = [each.message for each in told if each.stage == "noticed"]
    assert messages == ([f"a.{form}: it was read as {said}"] if said else [])


def test_bytes_that_windows_1252_lacks_are_latin_1(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"text,label\n\xe4\x81,a\nc,b\n")
    assert own(tmp_path / "a.csv").workload.encoding == "Latin-1"
    (tmp_path / "a.csv").write_bytes(b"text,label\n\x80 5,a\nc,b\n")
    assert ("€ 5", "a") in pairs(own(tmp_path / "a.csv"))


@pytest.mark.parametrize(
    "value",
    [
        [{"text": t, "label": n} for t, n in PAIRS],
        {"version": 1, "data": [{"text": t, "label": n} for t, n in PAIRS]},
        {"text": [t for t, _ in PAIRS], "label": [n for _, n in PAIRS]},
        {
            "text": {str(k): t for k, (t, _) in enumerate(PAIRS)},
            "label": {str(k): n for k, (_, n) in enumerate(PAIRS)},
        },
    ],
    ids=["array", "inside", "columns", "data frame"],
)
def test_json_in_each_way(tmp_path: Path, value: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps(value))
    assert pairs(own(tmp_path / "a.json")) == set(PAIRS)
    packed = tmp_path / "b.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(value, indent=2).encode()))
    assert pairs(own(packed)) == set(PAIRS)


def test_json_that_is_one_object_a_line(tmp_path: Path) -> None:
    rows = [{"text": t, "label": n} for t, n in PAIRS]
    assert pairs(own(json_lines(tmp_path / "a.json", rows))) == set(PAIRS)


@pytest.mark.parametrize("value", [[], [1, 2], {"a": 1}, 5, {"a": [], "b": []}])
def test_json_without_rows(tmp_path: Path, value: Any) -> None:
    (tmp_path / "a.json").write_text(json.dumps(value))
    with pytest.raises(DataError, match=r"a\.json (has|holds) no"):
        own(tmp_path / "a.json")


@pytest.mark.parametrize("header", ["Text,LABEL", " text , Label"])
def test_columns_in_any_case(tmp_path: Path, header: str) -> None:
    (tmp_path / "a.csv").write_text(delimited(",", header), encoding="utf-8-sig")
    assert pairs(own(tmp_path / "a.csv")) == set(PAIRS)
    (tmp_path / "b.csv").write_text("Text,TEXT,label\na,b,c\n")
    with pytest.raises(DataError, match="2 columns named 'Text', 'TEXT'"):
        own(tmp_path / "b.csv")
    (tmp_path / "c.csv").write_text("Text,text,label\nA,a,c\nB,b,d\n")
    assert pairs(own(tmp_path / "c.csv")) == {("a", "c"), ("b", "d")}


class Standard:
    """Standard input that is a pipe with this content."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)

    def isatty(self) -> bool:
        return False


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "gzip"])
def test_standard_input(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"text": text, "label": label} for text, label in PAIRS]
    content = {
        "csv": delimited(";").encode(),
        "jsonl": "\n".join(map(json.dumps, rows)).encode(),
        "json": json.dumps(rows).encode(),
        "gzip": gzip.compress(delimited("\t").encode()),
    }[form]
    decoding._standard_input.cache_clear()
    monkeypatch.setattr("sys.stdin", Standard(content))
    first, again = own(Path("-")), own(Path("-"), name="Meine Fälle")
    decoding._standard_input.cache_clear()
    assert pairs(first) == pairs(again) == set(PAIRS)
    assert first.workload.name.startswith("own-stdin-")
    assert again.workload.name.startswith("own-meine-falle-")
    assert again.workload.title == "Meine Fälle"


def test_a_pipe_of_the_shell(tmp_path: Path) -> None:
    pipe = tmp_path / "63"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(delimited(",")))
    writer.start()
    assert pairs(own(pipe)) == set(PAIRS)
    writer.join()


def test_all_bad_rows_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,label\n"two\nlines",a\nb\nc,\nd,b\ne,,\n,\nf,b,x\n')
    with pytest.raises(DataError) as caught:
        own(path)
    assert caught.value.message == (
        "4 of the 6 rows of a.csv cannot be used: line 4 has 1 field, the header 2; lines 5, 7 "
        "have no label; line 9 has 3 fields, the header 2"
    )
    assert "--skip-bad-rows" in caught.value.hint
    samples = own(path, skip_bad_rows=True)
    assert pairs(samples) == {("two\nlines", "a"), ("d", "b")}
    assert (samples.workload.bad_rows, samples.workload.rows) == (4, 2)


def test_what_is_told_of_bad_rows_is_bounded(tmp_path: Path) -> None:
    rows = [{"text": "a", "label": "x"}] + [{"text": None, "label": "y"}] * 5000
    rows += [{"text": "b", "label": n / 7} for n in range(1, 60) if n % 7]
    with pytest.raises(DataError) as caught:
        own(json_lines(tmp_path / "a.jsonl", rows))
    assert "lines 2, 3, 4, 5, 6, 7, 8, 9 and 4,992 more have no text" in caught.value.message
    assert caught.value.message.endswith("; and 44 more")
    assert len(caught.value.message) < 1500


def test_nothing_left_is_no_data(tmp_path: Path) -> None:
    rows = [{"text": 5, "label": "x"}] * 3
    with pytest.raises(DataError, match=r"a\.jsonl has no rows"):
        own(json_lines(tmp_path / "a.jsonl", rows), skip_bad_rows=True)


def test_unknown_labels_are_told_with_their_counts(tmp_path: Path) -> None:
    table = {
        "name": "mine-v1",
        "title": "Mine",
        "file": "data.jsonl",
        "text_column": "text",
        "label_column": "label",
        "labels": ["no", "yes", "maybe"],
        "language": "en",
        "licence": "CC0-1.0",
        "seed": 7,
    }
    defined = WorkloadDefinition.from_json(json.dumps(table))
    rows = [{"text": f"t{n}", "label": label} for n, label in enumerate(["no", "yes", "?", "?", 9])]
    json_lines(tmp_path / "data.jsonl", rows)
    with pytest.raises(DataError) as caught:
        sample(defined, folder=tmp_path)
    assert caught.value.message == (
        "3 rows of data.jsonl have labels, '?' (2, from line 3 on), 9 (1, from line 5 on), which "
        "mine-v1 lacks"
    )
    assert "--drop-unknown" in caught.value.hint
    samples = sample(defined, folder=tmp_path, drop_unknown=True)
    assert samples.workload.rows == 2
    assert samples.workload.unknown_rows == {"?": 2, "9": 1}

    asked = own(json_lines(tmp_path / "asked.jsonl", rows[:2]))
    train = [{"text": f"u{n}", "label": label} for n, label in enumerate(["no", "yes", "?"])]
    path = json_lines(tmp_path / "train.jsonl", train)
    columns = {"text_column": "text", "label_column": "label"}
    with pytest.raises(DataError, match=r"line 3 of train\.jsonl has the label '\?', which the"):
        train_file(path, asked, **columns)
    assert len(train_file(path, asked, drop_unknown=True, **columns).texts) == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "a.csv",
            b"PK\x03\x04 and more",
            "is a ZIP archive, as a spreadsheet's .xlsx is, not text",
        ),
        ("a.csv", b"PAR1....", "is Parquet, not text"),
        ("a.csv.gz", b"text,label\na,b\n", "is not valid gzip"),
        ("a.csv.gz", gzip.compress(b"text,label\na,b\n" * 99, mtime=0)[:-9], "is not valid gzip"),
        (
            "a.csv.gz",
            gzip.compress(b"text,label\na,b\n", mtime=0)[:-4] + b"0000",
            "is not valid gzip",
        ),
        ("a.csv.gz", b"", "is not valid gzip"),
        ("a.json", b"", "is empty"),
        ("a.csv", b" \r\n\r\n", "is empty"),
        ("a.csv", bytes(range(256)) * 40, "is no text"),
    ],
)
def test_files_of_other_formats(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        own(tmp_path / name)


def test_a_cell_of_five_megabytes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'text;label\n"{"word; " * 900_000}";1\nb;2\n')
    assert max(map(len, own(tmp_path / "a.csv").texts)) == 5_400_000
