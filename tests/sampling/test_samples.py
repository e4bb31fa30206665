"""Rows, their order, their digest and their labels."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.rows import ROWS, independent_order, json_lines, parquet
from support.shared import SHARED, needs_shared

from energylabel.errors import DataError, UsageError
from energylabel.records.workload import Samples, WorkloadDefinition
from energylabel.sampling.samples import content_digest, row_order, sample, sample_file


def own(path: Path, **options: Any) -> Samples:
    return sample_file(path, text_column="text", label_column="label", **options)


@given(st.integers(-(2**31), 2**31), st.integers(0, 300))
def test_rows_are_ordered_by_the_hash_of_seed_and_number(seed: int, rows: int) -> None:
    assert row_order(seed, rows) == independent_order(seed, rows)


@given(st.integers(0, 99), st.integers(1, 200), st.integers(0, 200))
def test_the_order_of_some_rows_does_not_depend_on_the_others(
    seed: int, rows: int, more: int
) -> None:
    longer = [row for row in row_order(seed, rows + more) if row < rows]
    assert longer == row_order(seed, rows)


def test_known_first_rows() -> None:
    # printf '0:%s' 0 1 2 … | sha256sum, worked out with coreutils
    assert row_order(0, 3) == [2, 0, 1]


@pytest.mark.parametrize(
    ("queries", "accuracy_rows", "asked", "used"),
    [
        (1000, "auto", 50, 50),
        (10, "auto", 10, 50),
        (10, "all", 10, 50),
        (10, 20, 10, 20),
        (30, 20, 30, 30),
        (10, 99, 10, 50),
    ],
)
def test_queries_come_first_and_are_never_more_than_the_rows(
    tmp_path: Path, queries: int, accuracy_rows: Any, asked: int, used: int
) -> None:
    path = json_lines(tmp_path / "Mein Dätensatz.jsonl", ROWS)
    samples = own(path, queries=queries, accuracy_rows=accuracy_rows)
    order = independent_order(0, 50)[:used]
    assert samples.queries == asked
    assert samples.texts == tuple(ROWS[row]["text"] for row in order)
    assert [samples.workload.labels[n] for n in samples.gold] == [
        ROWS[row]["label"] for row in order
    ]
    assert samples.workload.labels == ("maybe", "no", "yes")
    assert samples.workload.rows == 50
    assert samples.workload.majority_share == 17 / 50
    lines = "".join(f'["{ROWS[row]["text"]}","{ROWS[row]["label"]}"]\n' for row in order)
    assert samples.workload.content_sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert samples.workload.name == (f"own-mein-datensatz-{samples.workload.content_sha256[:8]}")
    assert (samples.workload.seed, samples.workload.licence) == (0, None)
    assert samples.workload.reference_accuracy is None


def test_auto_stops_at_ten_thousand(tmp_path: Path) -> None:
    rows = [{"text": str(n), "label": n % 2} for n in range(10_050)]
    path = json_lines(tmp_path / "many.jsonl", rows)
    assert len(own(path).texts) == 10_000
    assert len(own(path, accuracy_rows="all").texts) == 10_050
    assert own(path, queries=50).texts == own(path).texts


@pytest.mark.parametrize("option", [{"queries": 0}, {"accuracy_rows": 0}, {"accuracy_rows": -5}])
def test_counts_must_be_positive(tmp_path: Path, option: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="--"):
        own(json_lines(tmp_path / "a.jsonl", ROWS), **option)


def test_three_formats_give_the_same_samples(tmp_path: Path) -> None:
    texts = ["plain", "two\nlines", 'quo"te, comma', "", "nul\0byte", "x" * 1_000_000, "ünï 👍"]
    rows = [{"text": text, "label": n % 2} for n, text in enumerate(texts)]
    first = own(json_lines(tmp_path / "a.jsonl", rows))

    with (tmp_path / "a.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, ["text", "label"], lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
    columns = {"label": [row["label"] for row in rows], "text": texts, "more": [1.5] * len(rows)}
    (tmp_path / "a.parquet").write_bytes(parquet(columns))
    assert own(tmp_path / "a.csv") == first
    assert own(tmp_path / "a.parquet") == first
    assert set(first.texts) == set(texts)


def test_lone_surrogates_are_replaced_and_counted(tmp_path: Path) -> None:
    rows = [{"text": "a\ud800b", "label": "x\udfff"}, {"text": "\ud83d\ude00 fine", "label": "y"}]
    samples = own(json_lines(tmp_path / "s.jsonl", rows))
    assert sorted(samples.texts) == ["a\ufffdb", "😀 fine"]
    assert samples.workload.repaired_texts == 1
    assert samples.workload.labels == ("x\ufffd", "y")
    samples.workload.canonical()


def test_bom_and_crlf_and_blank_lines_in_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"text":"a\xe2\x80\xa8b","label":1}\r\n\r\n{"text":"c","label":0}\r\n'
    )
    samples = own(path)
    assert set(samples.texts) == {"a\u2028b", "c"}
    assert samples.workload.labels == ("0", "1")


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([10, 9, -1], ("-1", "9", "10")),
        (["10", "9", "b"], ("9", "10", "b")),
        ([1.0, 2.0, 1], ("1", "2")),
        ([True, False, True], ("false", "true")),
    ],
)
def test_own_labels_are_sorted_and_numbers_as_numbers(
    tmp_path: Path, labels: list[Any], names: tuple[str, ...]
) -> None:
    rows = [{"text": "t", "label": label} for label in labels]
    assert own(json_lines(tmp_path / "l.jsonl", rows)).workload.labels == names


def test_class_names_of_a_parquet_file_are_used(tmp_path: Path) -> None:
    path = tmp_path / "named.parquet"
    path.write_bytes(parquet({"text": ["a", "b", "c"], "label": [1, 0, 1]}, ["zebra", "ant"]))
    samples = own(path)
    assert samples.workload.labels == ("zebra", "ant")
    assert sorted(zip(samples.texts, samples.gold, strict=True)) == [("a", 1), ("b", 0), ("c", 1)]
    path.write_bytes(parquet({"text": ["a", "b", "c"], "label": [1, 0, -1]}, ["zebra", "ant"]))
    with pytest.raises(DataError, match=r"row 2 .* has the label -1, but the file names 2"):
        own(path)


@given(st.text(), st.text())
def test_the_digest_tells_rows_apart(one: str, two: str) -> None:
    if one != two:
        assert content_digest([one], ["x"]) != content_digest([two], ["x"])
        assert content_digest([one, two], ["x"] * 2) != content_digest([two, one], ["x"] * 2)


@needs_shared
def test_real_files_of_the_acceptance() -> None:
    path = SHARED / "data" / "sst2" / "test.jsonl"
    samples = sample_file(path, text_column="text", label_column="label_name", accuracy_rows="all")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert samples.workload.labels == ("negative", "positive")
    assert len(samples.texts) == samples.workload.rows == len(rows) == 1821
    row = independent_order(0, 1821)[0]
    assert samples.texts[0] == rows[row]["text"]


def defined(**changes: Any) -> WorkloadDefinition:
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
    return WorkloadDefinition.from_json(json.dumps(table | changes))


def test_a_definition_with_its_own_file(tmp_path: Path) -> None:
    json_lines(tmp_path / "data.jsonl", ROWS)
    samples = sample(defined(), folder=tmp_path, queries=5)
    order = independent_order(7, 50)
    assert samples.texts == tuple(ROWS[row]["text"] for row in order)
    assert samples.gold == tuple(row % 3 for row in order)
    assert (samples.workload.origin, samples.workload.name) == ("file", "mine-v1")
    with pytest.raises(UsageError, match="folder of the texts"):
        sample(defined())


@pytest.mark.parametrize("label", [3, -1, "else", "3"])
def test_labels_out_of_range_are_named_with_their_row(tmp_path: Path, label: Any) -> None:
    json_lines(tmp_path / "data.jsonl", [*ROWS, {"text": "t", "label": label}])
    with pytest.raises(DataError, match=r"line 51 .* which mine-v1 lacks"):
        sample(defined(), folder=tmp_path)
