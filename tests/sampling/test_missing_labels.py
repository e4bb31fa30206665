"""Labels that are none: nulls, empty fields and words for them; and classes that are called so."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from energylabel.errors import DataError
from energylabel.events import Event
from energylabel.records import Samples, WorkloadDefinition
from energylabel.sampling.samples import sample, sample_file
from energylabel.sampling.training import train_file

LABELS = ["good", "bad"] * 6


def own(path: Path, **options: Any) -> Samples:
    return sample_file(path, text_column="text", label_column="label", **options)


def table(path: Path, extra: str, sign: str = ",") -> Path:
    """A CSV file whose line 14 has this label."""
    lines = ["text,label", *(f"some words {n},{label}" for n, label in enumerate(LABELS))]
    path.write_text("\n".join([*lines, f"one more,{extra}"]).replace(",", sign) + "\n")
    return path


@pytest.mark.parametrize(
    "word", ["", " ", "NaN", "nan", "NULL", "null", "<NA>", "#N/A", " NaN ", '"nan"']
)
def test_no_label_in_a_csv_file_is_a_bad_row(tmp_path: Path, word: str):
    for name, sign in (("rows.csv", ","), ("rows.tsv", "\t"), ("more.csv", ";")):
        path = table(tmp_path / name, word, sign)
        with pytest.raises(DataError, match=rf"line 14 of {name} has .*label") as told:
            own(path)
        assert "--skip-bad-rows" in str(told.value.hint)
        kept = own(path, skip_bad_rows=True)
        assert kept.workload.labels == ("bad", "good")
        assert kept.workload.bad_rows == 1


def rows(label: object) -> list[dict[str, object]]:
    known: list[dict[str, object]] = [
        {"text": f"some words {n}", "label": each} for n, each in enumerate(LABELS)
    ]
    return [*known, {"text": "one more", "label": label}]


@pytest.mark.parametrize("label", [None, float("nan"), "", "  "])
def test_no_label_in_json_is_a_bad_row(tmp_path: Path, label: object):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows(label)))
    array = tmp_path / "rows.json"
    array.write_text(json.dumps(rows(label)))
    for each in (path, array):
        with pytest.raises(DataError, match=r"(line|row) 13 of .* has no label"):
            own(each)
        assert own(each, skip_bad_rows=True).workload.labels == ("bad", "good")


@pytest.mark.parametrize("null", [None, float("nan")])
def test_no_label_in_parquet_is_a_bad_row(tmp_path: Path, null: object):
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "rows.parquet"
    numbers = [n % 2 for n in range(12)]
    labels = pa.array([*numbers, null], pa.float64()) if null else pa.array([*LABELS, None])
    texts = [f"some words {n}" for n in range(13)]
    parquet.write_table(pa.table({"text": texts, "label": labels}), path)
    with pytest.raises(DataError, match=r"row 12 of rows.parquet .* has no label"):
        own(path)
    assert len(own(path, skip_bad_rows=True).workload.labels) == 2


@pytest.mark.parametrize("word", ["none", "None", "NA", "n/a"])
def test_a_class_that_is_called_so_is_one_and_told(tmp_path: Path, word: str):
    path, told = table(tmp_path / "rows.csv", word), list[Event]()
    found = own(path, observer=told.append)
    assert set(found.workload.labels) == {"good", "bad", word}
    (said,) = [event.message for event in told if event.stage == "noticed"]
    assert said.startswith(f"rows.csv: 1 row has the label {word!r}, which was taken for the name")
    assert "--skip-bad-rows" in said


@pytest.mark.parametrize("word", ["NaN", "null", "NA", "none"])
def test_a_word_in_json_is_a_class(tmp_path: Path, word: str):
    path, told = tmp_path / "rows.jsonl", list[Event]()
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows(word)))
    assert word in own(path, observer=told.append).workload.labels
    assert any(f"the label {word!r}, which was taken for" in event.message for event in told)


def test_other_words_are_classes_without_a_remark(tmp_path: Path):
    for word in ("nano", "nulls", "nonesuch", "unknown", "-"):
        told = list[Event]()
        assert word in own(table(tmp_path / "rows.csv", word), observer=told.append).workload.labels
        assert [event for event in told if event.stage == "noticed"] == []


def test_a_class_of_the_workload_may_be_called_null(tmp_path: Path):
    definition = WorkloadDefinition.model_validate(
        {
            "name": "pointers-v1",
            "title": "Pointers",
            "file": "rows.csv",
            "text_column": "text",
            "label_column": "label",
            "labels": ("good", "bad", "null"),
            "synonyms": {},
            "language": "en",
            "licence": "CC0-1.0",
            "seed": 1,
        }
    )
    table(tmp_path / "rows.csv", "null")
    asked = sample(definition, folder=tmp_path)
    assert asked.workload.labels == ("good", "bad", "null")
    assert asked.workload.bad_rows == 0
    more = tmp_path / "train.csv"
    more.write_text("text,label\n" + "".join(f"other {n},null\nwords {n},bad\n" for n in range(4)))
    trained = train_file(more, asked, definition, text_column="text", label_column="label")
    assert sorted(set(trained.gold)) == [1, 2]
    with pytest.raises(DataError, match=r"lines 2, 4, 6, 8 have the label 'null'"):
        train_file(
            more, own(table(tmp_path / "own.csv", "good")), text_column="text", label_column="label"
        )


def test_a_missing_value_of_pandas(tmp_path: Path):
    from energylabel.errors import UsageError
    from energylabel.gathered.given import rows_file

    class NAType:
        """As pandas has it: no truth, and no JSON."""

        def __bool__(self) -> bool:
            raise TypeError("boolean value of NA is ambiguous")

    path = rows_file([*rows("good"), {"text": "a", "label": NAType()}], "text", "label", tmp_path)
    with pytest.raises(DataError, match=r"line 14 of rows.jsonl has no label"):
        own(path)
    with pytest.raises(UsageError, match=r"row 1 of data has a text or label that JSON"):
        rows_file([("a", io.StringIO())], "text", "label", tmp_path)
