"""The definitions that come with the package, and those of users."""

import json
from pathlib import Path

import pytest
from support.shared import SHARED, needs_shared

from energylabel import workloads
from energylabel.errors import UsageError
from energylabel.workloads.naming import Names, generic_ids

SHIPPED = [name for name in workloads.names() if name != workloads.DEMO]

MINIMAL = """
name = "mine-v1"
title = "Mine"
file = "mine.jsonl"
text_column = "text"
label_column = "label"
labels = ["no", "yes"]
language = "en"
licence = "CC0-1.0"
seed = 7
"""


def test_the_promised_workloads_are_there() -> None:
    assert set(workloads.names()) == {
        "ag-news-v1",
        "banking77-v1",
        "clinc150-v1",
        "demo-v1",
        "emotion-v1",
        "gnad10-v1",
        "imdb-v1",
        "massive-intent-de-v1",
        "massive-intent-en-v1",
        "massive-intent-es-v1",
        "massive-intent-fr-v1",
        "massive-intent-ja-v1",
        "massive-intent-zh-v1",
        "rotten-tomatoes-v1",
        "sst2-v1",
        "trec-v1",
        "tweet-sentiment-v1",
        "yelp-full-v1",
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_a_definition_names_one_split_at_a_full_commit(name: str) -> None:
    definition = workloads.load(name)
    assert definition.name == name
    assert definition.dataset is not None
    assert all(definition.dataset.split in file for file in definition.dataset.files)
    assert definition.dataset.repository.casefold() in {
        alias.casefold() for alias in definition.aliases
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_labels_and_synonyms_find_their_label_and_no_other(name: str) -> None:
    definition = workloads.load(name)
    known = Names.of(definition.labels, definition.synonyms)
    for number, label in enumerate(definition.labels):
        spellings = (
            label,
            label.upper(),
            f" {label.lower()} ",
            *definition.synonyms.get(label, ()),
        )
        assert {known.find(spelling) for spelling in spellings} == {number}


@pytest.mark.parametrize(
    ("name", "error_percent"),
    [("ag-news-v1", 5.25), ("imdb-v1", 5.40), ("yelp-full-v1", 30.06), ("trec-v1", 2.80)],
)
def test_reference_accuracies_are_one_minus_the_printed_error(
    name: str, error_percent: float
) -> None:
    reference = workloads.load(name).reference_accuracy
    assert reference is not None
    assert reference.value == pytest.approx(1 - error_percent / 100)
    assert "arXiv:1905.05583" in reference.source
    assert f"{error_percent:.2f} %" in reference.source


def test_a_figure_without_a_source_is_absent() -> None:
    without = {name for name in SHIPPED if workloads.load(name).reference_accuracy is None}
    massive = {name for name in SHIPPED if name.startswith("massive-intent-")}
    assert without - massive == {
        "banking77-v1",
        "clinc150-v1",
        "emotion-v1",
        "gnad10-v1",
        "tweet-sentiment-v1",
    }
    assert massive < without


@needs_shared
def test_banking77_names_and_majority_are_those_of_the_original_release() -> None:
    rows = [
        json.loads(line)
        for line in (SHARED / "data" / "banking77" / "test.jsonl").read_text().splitlines()
    ]
    definition = workloads.load("banking77-v1")
    names = [row["label_name"] for row in rows]
    assert set(names) == set(definition.labels)
    assert definition.majority_share == max(map(names.count, set(names))) / len(names)


@needs_shared
def test_tweet_sentiment_majority_is_counted() -> None:
    text = (SHARED / "data" / "tweeteval_sentiment" / "test.jsonl").read_text()
    names = [json.loads(line)["label_name"] for line in text.splitlines()]
    definition = workloads.load("tweet-sentiment-v1")
    assert definition.majority_share == names.count("neutral") / len(names)


def test_an_unknown_name_gets_a_guess() -> None:
    with pytest.raises(UsageError, match="no workload 'sst-2'") as caught:
        workloads.load("sst-2")
    assert "did you mean sst2-v1?" in caught.value.hint


def test_a_file_of_the_user_is_read(tmp_path: Path) -> None:
    path = tmp_path / "anything.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode())
    definition = workloads.load_file(path)
    assert (definition.name, definition.labels, definition.seed) == ("mine-v1", ("no", "yes"), 7)
    with pytest.raises(UsageError, match="folder of the texts"):
        workloads.data_folder(definition)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name = ", "not valid TOML"),
        (b"\xff\xfe", "not valid TOML"),
        (
            b"",
            "does not fit the schema: name: Field required; title: Field required; text_column: ",
        ),
        (
            b'labels = ["a"]\nseed = "x"\nspeed = 1\n',
            r"labels: Tuple should have .*; language: .*; seed: Input .*; speed: Extra inputs",
        ),
        (b"x" * (1 << 20) + b"xx", "larger than 1 MB"),
        (MINIMAL.replace("seed = 7", "seed = 7\nextra = 1").encode(), "extra: Extra inputs"),
        (MINIMAL.replace("seed = 7", "seed = nan").encode(), "seed"),
        (MINIMAL.replace("seed = 7", "seed = 2026-01-01").encode(), "seed"),
        (MINIMAL.replace('"no", "yes"', '"no", "no"').encode(), "labels are not distinct"),
        (MINIMAL.replace('"no", "yes"', '"no", "No "').encode(), "'No ' in two spellings"),
        (MINIMAL.replace('file = "mine.jsonl"', "").encode(), r"give either \[dataset\] or file"),
        (MINIMAL.replace("mine-v1", "mine").encode(), "name: String should match"),
        (MINIMAL.replace('"en"', '"English, mostly"').encode(), "language: String should match"),
        (b"a = " + b"[" * 5000, "not valid TOML"),
    ],
)
def test_a_broken_file_is_one_clear_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        workloads.load_file(path)
    assert "\n" not in caught.value.message
    assert caught.value.message.startswith("the workload file broken.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml cannot be read"):
        workloads.load_file(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("labels", "ids"),
    [
        (("LABEL_0", "LABEL_1"), (0, 1)),
        (("label 1", "Label-0"), (1, 0)),
        (("0", "1", "2"), (0, 1, 2)),
        (("LABEL_1", "LABEL_2"), None),
        (("LABEL_0", "LABEL_0"), None),
        (("LABEL_0", "positive"), None),
        (("①", "0"), (1, 0)),
        (("0.0", "1.0"), (0, 1)),
        (("LABEL_٠", "LABEL_１"), (0, 1)),
        (("0", "-1"), None),
        (("LABEL_0", "LABEL_-1"), None),
        (("#0", "#1"), None),
    ],
)
def test_numbers_alone_are_recognised(labels: tuple[str, ...], ids: tuple[int, ...] | None) -> None:
    assert generic_ids(labels) == ids
