"""One's own data against a model: labels by other names, and labels that it lacks."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.matched import model, own
from support.rows import json_lines
from support.tiny_models import make_model

from energylabel.errors import NotRatableError, UsageError
from energylabel.events import Event, silent
from energylabel.options import Options
from energylabel.planning.inputs import choose, mapped_by
from energylabel.planning.matching import lacking, match_own
from energylabel.resolving import parse_model, resolve
from energylabel.workloads import same_meaning, well_known


@pytest.mark.parametrize(
    ("labels", "data", "expected"),
    [
        (("NEGATIVE", "POSITIVE"), ("neg", "pos"), (0, 1)),
        (("pos", "neg"), ("Negative", "Positive"), (1, 0)),
        (("👎", "👍"), ("bad", "good"), (0, 1)),
        (("neg", "neu", "pos"), ("negative", "neutral", "positive"), (0, 1, 2)),
        (("Tech", "Sport"), ("Sports", "Sci/Tech"), (1, 0)),
        (("angry", "sad", "mixed"), ("anger", "sadness"), (0, 1, None)),
        (("negative", "positive"), ("1", "2"), (0, 1)),
        (("LABEL_0", "LABEL_1"), ("neg", "pos"), (0, 1)),
        (("no", "yes"), ("False", "True"), (0, 1)),
        (("TRUE", "FALSE"), ("no", "yes"), (1, 0)),
        (("Yes", "No"), ("true", "false"), (0, 1)),
        # what is there by its own name comes before what is there by another
        (("joy", "happy"), ("happy", "joy"), (1, 0)),
        (("joy", "happy", "sad"), ("joy", "sad"), (0, None, 1)),
    ],
)
def test_well_known_names_find_labels_of_own_data(
    labels: tuple[str, ...], data: tuple[str, ...], expected: tuple[int | None, ...]
) -> None:
    assert match_own(labels, own(*data)) == expected


@pytest.mark.parametrize(
    ("labels", "data"),
    [
        (("negative", "positive"), ("neg", "pos", "neutral")),
        (("good", "positive"), ("neg", "pos")),  # both are pos
        (("cat", "dog"), ("neg", "pos")),
        (("negative", "positive"), ("false", "true")),  # of what, nothing says
        (("negative", "positive"), ("bad", "neg", "pos")),
    ],
)
def test_what_is_not_certain_is_refused(labels: tuple[str, ...], data: tuple[str, ...]) -> None:
    with pytest.raises(NotRatableError):
        match_own(labels, own(*data))


def test_numbers_are_no_well_known_names() -> None:
    assert well_known(["1", "2"]) == {}
    assert not any(name.isdecimal() for name in well_known(["1 star"])["1 star"])
    assert "positive" in well_known(["pos", "neg"])["pos"]
    assert well_known(["good", "positive", "neg"]).keys() == {"neg"}


@pytest.mark.parametrize(
    ("names", "alike"),
    [
        (("NEG", "negative", "positive"), [("NEG", "negative")]),
        (("False", "no", "true", "yes"), [("False", "no"), ("true", "yes")]),
        (("neg", "pos", "neutral"), []),
        (("cat", "dog"), []),
        (("1", "one"), []),  # what a number means, nobody knows
    ],
)
def test_two_names_of_one_class_are_known(
    names: tuple[str, ...], alike: list[tuple[str, ...]]
) -> None:
    assert same_meaning(names) == alike


@pytest.mark.parametrize(
    "labels", [("negative", "positive"), ("LABEL_0", "LABEL_1"), ("a", "b", "c")]
)
def test_two_names_of_one_class_are_told_and_not_merged(
    tmp_path: Path, labels: tuple[str, ...]
) -> None:
    path = json_lines(tmp_path / "d.jsonl", rows_of("NEG", "positive", "negative", "positive"))
    told: list[Event] = []
    with pytest.raises(NotRatableError) as caught:
        choose(Options(data=str(path), baselines=False), model(*labels), told.append)
    assert caught.value.hint.startswith("write 'NEG' and 'negative' alike in the file")
    (said,) = [event.message for event in told if event.stage == "noticed"]
    assert said == (
        "d.jsonl: the labels 'NEG' and 'negative' are known to mean the same, and are 2 classes"
        " here; where they are one, write them alike in the file"
    )


def test_rows_of_the_second_name_are_not_dropped_in_silence(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "d.jsonl", rows_of("NEG", "positive", "negative", "positive"))
    told: list[Event] = []
    options = Options(data=str(path), baselines=False, drop_unknown=True)
    samples, _ = choose(options, model("negative", "positive"), told.append)
    assert samples.workload.unknown_rows == {"NEG": 1}
    assert any("'NEG' and 'negative' are known to mean the same" in each.message for each in told)


def test_what_the_model_lacks() -> None:
    labels = ("negative", "positive")
    assert lacking(labels, ("neg", "neutral", "pos")) == ("neutral",)
    assert lacking(labels, ("neg", "pos")) == ()
    assert lacking(labels, ("1", "2", "3")) == ()  # numbers: nothing says which is which
    assert lacking(("A", "B"), ("x", "y", "z"), {"A": "x", "B": "z"}) == ("y",)


@pytest.mark.parametrize(
    ("labels", "data", "options", "said"),
    [
        (("neg", "pos"), ("NEG", "POS"), {}, "name"),
        (("negative", "positive"), ("neg", "pos"), {}, "well-known names"),
        (("negative", "positive"), ("1", "2"), {}, "order"),
        (("LABEL_0", "LABEL_1"), ("neg", "pos"), {}, "order"),
        (("a", "b"), ("neg", "pos"), {"label_map": "a=neg,b=pos"}, "label map"),
    ],
)
def test_how_it_is_known_is_told(labels: Any, data: Any, options: Any, said: str) -> None:
    assert mapped_by(model(*labels), own(*data), Options(**options)) == said


def rows_of(*labels: str) -> list[dict[str, str]]:
    return [{"text": f"text {n}", "label": label} for n, label in enumerate(labels)]


def test_labels_that_the_model_lacks_are_told_with_their_rows_or_dropped(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "d.jsonl", rows_of("neg", "pos", "neutral", "neutral", "neg"))
    options = Options(data=str(path), baselines=False)
    rated = model("negative", "positive")
    with pytest.raises(NotRatableError) as caught:
        choose(options, rated, silent)
    assert 'nothing in the model means "neutral"' in caught.value.message
    assert "The model lacks 'neutral' (2 rows)" in caught.value.message
    assert "--drop-unknown" in caught.value.hint
    wider = Options(data=str(path), baselines=False, drop_unknown=True)
    samples, label_map = choose(wider, rated, silent)
    assert label_map == (0, 1)
    assert samples.workload.labels == ("neg", "pos")
    assert samples.workload.unknown_rows == {"neutral": 2}
    assert sorted(samples.texts) == ["text 0", "text 1", "text 4"]
    assert "unknown_rows" in json.loads(samples.workload.canonical())


def test_one_class_alone_is_no_remedy(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "d.jsonl", rows_of("neg", "cat", "cat", "dog"))
    with pytest.raises(NotRatableError) as caught:
        choose(Options(data=str(path)), model("negative", "positive", "x"), silent)
    assert "--drop-unknown" not in caught.value.hint


def test_a_declared_accuracy_is_of_what_has_no_published_one(tmp_path: Path) -> None:
    path = json_lines(tmp_path / "d.jsonl", rows_of("neg", "pos"))
    options = Options(data=str(path), reference_accuracy=0.93)
    samples, _ = choose(options, model("neg", "pos"), silent)
    reference = samples.workload.reference_accuracy
    assert reference is not None
    assert (reference.value, reference.declared) == (0.93, True)
    with pytest.raises(UsageError, match="not for sst2-v1, which has a published one"):
        choose(Options(workload="sst2-v1", reference_accuracy=0.9), model("neg", "pos"), silent)


@pytest.mark.parametrize("value", [0.0, 1.0, 93, -0.5, True, "0.9"])
def test_no_share_is_no_accuracy(value: Any) -> None:
    with pytest.raises(UsageError, match="no share between 0 and 1"):
        Options(reference_accuracy=value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workload": "sst2-v1", "data_name": "x"}, "--data-name is of --data alone"),
        ({"workload": "sst2-v1", "skip_bad_rows": True}, "--skip-bad-rows is for data of your own"),
        ({"workload": "sst2-v1", "drop_unknown": True}, "--drop-unknown is for data of your own"),
        ({"data": "-", "train_data": "-"}, "both standard input"),
    ],
)
def test_options_that_would_do_nothing(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose(Options(**options), model("neg", "pos"), silent)


def test_a_folder_has_the_name_that_it_is_given(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "model")
    ref = parse_model(str(folder))
    assert resolve(ref).name == "local/model"
    named = resolve(ref, name="Support tickets / v2")
    assert named.name == "local/Support-tickets-v2"
    assert named.revision == resolve(ref).revision
    with pytest.raises(UsageError, match="--name is for a model in a folder"):
        resolve(parse_model("demo"), name="mine")
