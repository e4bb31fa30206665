"""Rows to fit models on: their order, what is left out, and what is refused."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.rows import independent_order, json_lines, parquet

from energylabel.errors import DataError, UsageError
from energylabel.records.workload import Samples, Training, WorkloadDefinition
from energylabel.sampling import training
from energylabel.sampling.samples import sample, sample_file
from energylabel.sampling.training import examples, required, train, train_file

LABELS = ("no", "yes", "maybe")


def rows(count: int, word: str, labels: tuple[Any, ...] = LABELS) -> list[dict[str, Any]]:
    return [{"text": f"{word} {n}", "label": labels[n % len(labels)]} for n in range(count)]


@pytest.fixture
def asked(tmp_path: Path) -> Samples:
    """Nine rows of three classes; all are asked."""
    path = json_lines(tmp_path / "asked.jsonl", rows(9, "asked"))
    return sample_file(path, text_column="text", label_column="label")


def fitted_on(path: Path, asked: Samples) -> Training:
    return train_file(path, asked, text_column="text", label_column="label")


def definition(**changes: Any) -> WorkloadDefinition:
    return WorkloadDefinition(
        name="mine-v1",
        title="Mine",
        file="test.jsonl",
        text_column="text",
        label_column="label",
        labels=LABELS,
        language="en",
        licence="CC0-1.0",
        seed=3,
    ).model_copy(update=changes)


def test_rows_stand_in_hash_order_with_ids_by_name(tmp_path: Path, asked: Samples) -> None:
    given = fitted_on(json_lines(tmp_path / "train.jsonl", rows(30, "train")), asked)
    order = independent_order(0, 30)
    assert given.texts == tuple(f"train {row}" for row in order)
    # Own data sort their labels; the names of both files agree all the same.
    assert asked.workload.labels == ("maybe", "no", "yes")
    assert given.gold == tuple((1, 2, 0)[row % 3] for row in order)


def test_a_row_whose_text_is_asked_is_left_out_wherever_it_stands(
    tmp_path: Path, asked: Samples
) -> None:
    mixed = rows(12, "train") + rows(9, "asked")
    given = fitted_on(json_lines(tmp_path / "train.jsonl", mixed), asked)
    assert sorted(given.texts) == sorted(f"train {n}" for n in range(12))
    assert not set(given.texts) & set(asked.texts)
    assert given.asked == 9
    assert given.own
    assert given.unlearnt(12, 4) == (3,)
    first = set(given.gold[:1])
    assert given.unlearnt(1, 3) == tuple(label for label in range(3) if label not in first)


def test_a_file_of_asked_texts_alone_is_refused(tmp_path: Path, asked: Samples) -> None:
    with pytest.raises(DataError, match=r"all 9 rows of same\.jsonl have texts that are asked"):
        fitted_on(json_lines(tmp_path / "same.jsonl", rows(9, "asked")), asked)


def test_a_header_without_rows_is_refused(tmp_path: Path, asked: Samples) -> None:
    path = tmp_path / "train.csv"
    path.write_text("text,label\n")
    with pytest.raises(DataError, match=r"train\.csv has no rows"):
        fitted_on(path, asked)


def test_one_class_alone_is_refused(tmp_path: Path, asked: Samples) -> None:
    with pytest.raises(DataError, match=r"one\.jsonl has rows of fewer than two classes") as caught:
        fitted_on(json_lines(tmp_path / "one.jsonl", rows(5, "train", ("yes",))), asked)
    assert "other rows to train on" in caught.value.hint


def test_an_unknown_label_is_named_with_its_row(tmp_path: Path, asked: Samples) -> None:
    strange = [*rows(4, "train"), {"text": "odd", "label": "perhaps"}]
    with pytest.raises(DataError, match=r"line 5 of odd\.jsonl .* the label 'perhaps', which"):
        fitted_on(json_lines(tmp_path / "odd.jsonl", strange), asked)


@pytest.mark.parametrize(
    ("value", "message"),
    [(None, "line 2 .* has no text"), (5, "line 2 .* has int instead of text")],
)
def test_a_row_without_text_is_named(
    tmp_path: Path, asked: Samples, value: object, message: str
) -> None:
    bad = [{"text": "a", "label": "no"}, {"text": value, "label": "yes"}]
    with pytest.raises(DataError, match=message):
        fitted_on(json_lines(tmp_path / "bad.jsonl", bad), asked)


def test_labels_are_found_by_the_names_that_a_file_gives_its_numbers(
    tmp_path: Path, asked: Samples
) -> None:
    path = tmp_path / "train.parquet"
    values = {"text": [f"train {n}" for n in range(6)], "label": [0, 1, 2, 0, 1, 2]}
    path.write_bytes(parquet(values, ["YES", "Maybe", "no"]))
    given = fitted_on(path, asked)
    named = {
        text: asked.workload.labels[gold]
        for text, gold in zip(given.texts, given.gold, strict=True)
    }
    assert named == {
        "train 0": "yes",
        "train 1": "maybe",
        "train 2": "no",
        "train 3": "yes",
        "train 4": "maybe",
        "train 5": "no",
    }


def test_truth_values_are_labels_too(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "asked.jsonl", rows(4, "asked", (True, False)))
    asked = sample_file(path, text_column="text", label_column="label")
    given = fitted_on(json_lines(tmp_path / "t.jsonl", rows(6, "train", (True, False))), asked)
    assert asked.workload.labels == ("false", "true")
    assert dict(zip(given.texts, given.gold, strict=True)) == {
        f"train {n}": 1 - n % 2 for n in range(6)
    }


def test_lone_surrogates_are_repaired_before_texts_are_compared(tmp_path: Path) -> None:
    broken = [{"text": f"a {n} \ud800", "label": LABELS[n % 3]} for n in range(3)]
    asked = sample_file(
        json_lines(tmp_path / "asked.jsonl", broken), text_column="text", label_column="label"
    )
    more = [*broken, *({"text": f"b {n} \udfff", "label": LABELS[n % 3]} for n in range(3))]
    given = fitted_on(json_lines(tmp_path / "train.jsonl", more), asked)
    assert sorted(given.texts) == [f"b {n} \ufffd" for n in range(3)]


def test_no_more_rows_are_kept_than_anybody_takes(
    tmp_path: Path, asked: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "TRAINING_ROWS", 7)
    given = fitted_on(json_lines(tmp_path / "train.jsonl", rows(30, "train")), asked)
    assert given.texts == tuple(f"train {row}" for row in independent_order(0, 30)[:7])


def test_a_workload_of_a_file_has_its_rows_beside_it(tmp_path: Path) -> None:
    json_lines(tmp_path / "test.jsonl", rows(6, "asked"))
    json_lines(tmp_path / "train.jsonl", rows(20, "train"))
    mine = definition(train_file="train.jsonl")
    asked = sample(mine, folder=tmp_path)
    given = train(mine, asked, folder=tmp_path)
    assert given is not None
    assert given.texts == tuple(f"train {row}" for row in independent_order(3, 20))
    other = json_lines(tmp_path / "train.jsonl", [*rows(19, "train"), *rows(1, "new")])
    assert other.exists()
    again = train(mine, asked, folder=tmp_path)
    assert again is not None
    assert again.content_sha256 != given.content_sha256


def test_a_workload_without_a_train_split_has_none(tmp_path: Path) -> None:
    json_lines(tmp_path / "test.jsonl", rows(6, "asked"))
    mine = definition()
    assert train(mine, sample(mine, folder=tmp_path), folder=tmp_path) is None


def test_class_names_of_a_train_file_that_contradict_the_definition_are_refused(
    tmp_path: Path,
) -> None:
    json_lines(tmp_path / "test.jsonl", rows(6, "asked"))
    values = {"text": ["a", "b", "c"], "label": [0, 1, 2]}
    (tmp_path / "train.parquet").write_bytes(parquet(values, ["yes", "no", "maybe"]))
    mine = definition(train_file="train.parquet")
    with pytest.raises(DataError, match="names its classes yes, no, maybe, but mine-v1"):
        train(mine, sample(mine, folder=tmp_path), folder=tmp_path)


def test_what_has_to_be_fitted_needs_rows() -> None:
    with pytest.raises(UsageError, match="tfidf-linear has to be fitted") as caught:
        required(None, "tfidf-linear has to be fitted")
    assert "--train-data" in caught.value.hint


def made(gold: list[int]) -> Training:
    return Training(
        texts=tuple(f"t{n}" for n in range(len(gold))), gold=tuple(gold), content_sha256="0" * 64
    )


def test_examples_go_round_the_classes_in_hash_order() -> None:
    given = made([2, 2, 0, 2, 1, 0])
    # Which class comes first is the rows' order too: few examples are not always the same classes.
    assert examples(given, 5) == (("t0", 2), ("t2", 0), ("t4", 1), ("t1", 2), ("t5", 0))
    assert examples(given, 2) == (("t0", 2), ("t2", 0))


def test_fewer_examples_than_asked_for_where_the_rows_give_out() -> None:
    given = made([2, 0, 2])
    assert examples(given, 10) == (("t0", 2), ("t1", 0), ("t2", 2))
    assert Counter(gold for _, gold in examples(given, 10)) == {2: 2, 0: 1}
