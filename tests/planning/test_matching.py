"""Label mapping and the choice of a workload."""

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.matched import model, own

from energylabel import workloads
from energylabel.errors import NotRatableError, UsageError
from energylabel.planning.matching import choose_workload, match_labels, parse_label_map
from energylabel.records.subject import ResolvedModel

SST2 = workloads.load("sst2-v1")
YELP = workloads.load("yelp-full-v1")
NEWS = workloads.load("ag-news-v1")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("NEGATIVE", "POSITIVE"), (0, 1)),
        (("pos", "neg"), (1, 0)),
        (("Positive ", "-negative-"), (1, 0)),
        (("LABEL_0", "LABEL_1"), (0, 1)),
        (("LABEL_1", "LABEL_0"), (1, 0)),
        (("0", "1"), (0, 1)),
        (("negative", "neutral", "positive"), (0, None, 1)),
    ],
)
def test_sentiment_labels(labels: tuple[str, ...], expected: tuple[int | None, ...]) -> None:
    assert match_labels(labels, SST2, SST2.synonyms) == expected


def test_spellings_of_topics_and_stars() -> None:
    topics = ("science/technology", "BUSINESS", "sport", "world")
    assert match_labels(topics, NEWS, NEWS.synonyms) == (3, 2, 1, 0)
    stars = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
    assert match_labels(stars, YELP, YELP.synonyms) == (0, 1, 2, 3, 4)
    assert match_labels(tuple("12345"), YELP, YELP.synonyms) == (0, 1, 2, 3, 4)
    assert match_labels(tuple("01234"), YELP, YELP.synonyms) == (0, 1, 2, 3, 4)


@pytest.mark.parametrize(
    "labels",
    [
        ("LABEL_0", "LABEL_1", "LABEL_2"),
        ("spam", "ham"),
        ("negative",),
        ("negative", "neg", "positive"),
        ("LABEL_1", "LABEL_2"),
        ("negative", "LABEL_1"),
    ],
)
def test_what_does_not_match_is_refused_with_both_sets(labels: tuple[str, ...]) -> None:
    with pytest.raises(NotRatableError) as caught:
        match_labels(labels, SST2, SST2.synonyms)
    for label in (*labels, *SST2.labels):
        assert f'"{label}"' in caught.value.message
    assert "--label-map" in caught.value.hint or "--workload" in caught.value.hint


def test_the_hint_is_an_option_that_works() -> None:
    labels = ("it's bad, really", "positive", "LABEL=3")
    with pytest.raises(NotRatableError) as caught:
        match_labels(labels, SST2, SST2.synonyms)
    words = shlex.split(caught.value.hint.partition("add ")[2])
    assert words[0] == "--label-map"
    overrides = parse_label_map(words[1])
    assert match_labels(labels, SST2, SST2.synonyms, overrides) == (0, 1, None)


def test_names_with_nothing_in_common_are_not_paired_by_place() -> None:
    with pytest.raises(NotRatableError) as caught:
        match_labels(("account", "billing", "delivery"), SST2, SST2.synonyms)
    assert "MODEL=WORKLOAD" in caught.value.hint
    assert "account" not in caught.value.hint


def test_many_labels_are_shortened() -> None:
    banking = workloads.load("banking77-v1")
    with pytest.raises(NotRatableError) as caught:
        match_labels([f"intent {n}" for n in range(90)], banking)
    assert "80 more (90 in all)" in caught.value.message
    assert "67 more (77 in all)" in caught.value.message
    assert len(caught.value.message) < 1600


def test_overrides_win_over_names() -> None:
    labels = ("negative", "positive", "LABEL_2")
    overrides = {"LABEL_2": "pos", "Negative": "negative"}
    assert match_labels(labels, SST2, SST2.synonyms, overrides) == (0, None, 1)
    assert match_labels(("LABEL_0", "LABEL_1"), SST2, {}, {"LABEL_0": "positive",
        "LABEL_1": "negative"}) == (1, 0)  # fmt: skip


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"nope": "positive"}, "which the model lacks"),
        ({"a": "nope"}, "which sst2-v1 lacks"),
        ({"a": "positive", "b": "pos"}, "more than once"),
    ],
)
def test_wrong_overrides_are_refused(overrides: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        match_labels(("a", "b"), SST2, SST2.synonyms, overrides)


def test_own_integer_labels_are_taken_in_order_when_the_counts_agree() -> None:
    assert match_labels(("ham", "spam"), own("0", "1")) == (0, 1)
    assert match_labels(("1", "0"), own("0", "1")) == (1, 0)
    assert match_labels(("LABEL_0", "LABEL_1"), own("-1", "1")) == (0, 1)
    with pytest.raises(NotRatableError):
        match_labels(("a", "b", "c"), own("0", "1"))
    with pytest.raises(NotRatableError):
        match_labels(("ham", "spam"), own("yes", "no"))


def test_labels_that_differ_in_punctuation_alone_stay_apart() -> None:
    assert match_labels(("C#", "C++"), own("C++", "C#")) == (1, 0)
    with pytest.raises(NotRatableError):
        match_labels(("c", "C++"), own("C++", "C#"))
    assert match_labels(("👎", "👍"), SST2, SST2.synonyms) == (0, 1)


@given(st.lists(st.text(min_size=1), min_size=2, max_size=8, unique=True), st.randoms())
def test_any_order_of_equal_names_is_found(labels: list[str], random: object) -> None:
    shuffled = list(labels)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = match_labels(shuffled, own(*labels))
    assert [labels[number] for number in found if number is not None] == shuffled


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", {"a": "b"}),
        (" LABEL_0 = negative , LABEL_1=x=y", {"LABEL_0": "negative", "LABEL_1": "x=y"}),
        ('{"a,b": "c=d"}', {"a,b": "c=d"}),
    ],
)
def test_label_maps_are_parsed(text: str, expected: dict[str, str]) -> None:
    assert parse_label_map(text) == expected


@pytest.mark.parametrize(
    "text", ["", "a", "a=", "=b", "a=b,", "a=b,a=c", "{", '{"a": 1}', "{" + '"a":{' * 3000]
)
def test_broken_label_maps_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--label-map") as caught:
        parse_label_map(text)
    assert caught.value.hint
    assert "\n" not in caught.value.message


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1))
def test_label_maps_as_json_come_back(pairs: dict[str, str]) -> None:
    assert parse_label_map(json.dumps(pairs)) == pairs


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (model("World", "Sports", "Business", "Sci/Tech"), "ag-news-v1"),
        (model("neg", "pos", datasets=("imdb",)), "imdb-v1"),
        (model("NEGATIVE", "POSITIVE", datasets=("sst2", "glue")), "sst2-v1"),
        (model("NEGATIVE", "POSITIVE", datasets=("StanfordNLP/SST2",)), "sst2-v1"),
        (model("negative", "neutral", "positive"), "tweet-sentiment-v1"),
        (model("sadness", "joy", "love", "anger", "fear", "surprise"), "emotion-v1"),
        (model(*(f"LABEL_{n}" for n in range(6)), datasets=("dair-ai/emotion",)), "emotion-v1"),
        (model("LABEL_0", "LABEL_1", datasets=("rotten_tomatoes",)), "rotten-tomatoes-v1"),
        (model("whatever", "else", source="embedded"), "demo-v1"),
    ],
)
def test_the_workload_is_chosen(subject: ResolvedModel, name: str) -> None:
    assert choose_workload(subject).name == name


def test_several_candidates_are_listed_with_their_commands() -> None:
    with pytest.raises(UsageError, match="several workloads fit") as caught:
        choose_workload(model("negative", "positive"))
    for name in ("sst2-v1", "imdb-v1", "rotten-tomatoes-v1"):
        assert f"`energylabel rate org/model --workload {name}`" in caught.value.hint


@pytest.mark.parametrize(
    "subject",
    [
        model("toxic", "fine"),
        model("LABEL_0", "LABEL_1"),
        model("LABEL_0", "LABEL_1", datasets=("glue",)),
        model("LABEL_0", "LABEL_1", "LABEL_2", datasets=("imdb",)),
    ],
)
def test_no_candidate_leads_to_own_data(subject: ResolvedModel) -> None:
    with pytest.raises(UsageError, match="no workload is certain") as caught:
        choose_workload(subject)
    assert "--data FILE" in caught.value.hint


def test_a_folder_is_named_by_its_path() -> None:
    with pytest.raises(UsageError) as caught:
        choose_workload(model("neg", "pos", source="folder", name="local/model"))
    assert "energylabel rate '/some where/model' --workload imdb-v1" in caught.value.hint


@pytest.mark.parametrize(
    ("labels", "data", "expected"),
    [
        (tuple(f"LABEL_{n}" for n in range(12)), [f"class_{n}" for n in range(12)], range(12)),
        (tuple(map(str, range(12))), [f"{n}.0" for n in range(12)], range(12)),
        (("0", "1"), ["-1", "0"], (0, 1)),  # in order, and 1 is not -1
        (("1", "-1"), ["-1", "1"], (1, 0)),
        (("-1", "0", "1"), ["-1", "0", "+1"], (0, 1, 2)),
        (("neg", "pos"), ["1.0", "2.0"], (0, 1)),
        (("C#", "C", "C++"), ["c", "c#", "c++"], (1, 0, 2)),
        (("A\u2212", "A", "A+"), ["A", "A+", "A-"], (2, 0, 1)),
        (("-", "+"), ["+", "-"], (1, 0)),
        (("1", "#1"), ["#1", "1"], (1, 0)),
        (("cafe\u0301", "thé "), ["café", "thé"], (0, 1)),
        (("good!", "good"), ["good", "good!"], (1, 0)),
    ],
)
def test_signs_and_numbers_of_names_count(
    labels: tuple[str, ...], data: list[str], expected: range | tuple[int, ...]
) -> None:
    assert match_labels(labels, own(*data)) == tuple(expected)


@pytest.mark.parametrize(
    ("labels", "data"),
    [
        (("A", "B"), ("A+", "B")),
        (("C", "Java"), ("C++", "Java")),
        (("1", "10"), ("-1", "10")),
        (("5", "15"), ("5", "1.5")),
        (("rank 1", "rank 2"), ("rank #1", "rank #2")),
        (("pos", "neg"), ("+pos", "-neg")),
        (("good?", "bad"), ("good", "good!")),
    ],
)
def test_a_name_without_its_sign_is_another(labels: tuple[str, ...], data: tuple[str, ...]) -> None:
    with pytest.raises(NotRatableError, match="nothing in the model means"):
        match_labels(labels, own(*data))


def test_a_class_twice_in_the_model_is_refused_with_both_names() -> None:
    with pytest.raises(NotRatableError, match=r'"positive", "Positive " all mean') as caught:
        match_labels(("negative", "positive", "Positive "), SST2, SST2.synonyms)
    assert "--label-map" in caught.value.hint
