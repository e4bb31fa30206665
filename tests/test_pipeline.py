"""Whole ratings through Python, on tiny real models: what stops them, and what they leave."""

import json
from pathlib import Path

import pytest
from support.tiny_models import SENTENCES, edit_config, make_model
from support.workers import shorten_quick

import energylabel
from energylabel import errors
from energylabel.events import Event
from energylabel.storing import machine_lock

pytestmark = pytest.mark.slow

LABELS = ("sad", "glad")
SOME = SENTENCES[::7]
"""Few, since the reference reads them all over and over."""


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_quick(
        monkeypatch,
        tmp_path / "state",
        min_window_s=0.2,
        min_estimated_window_s=0.2,
        warm_up_s=0.5,
        warm_up_limit_s=2.0,
        settle_s=0.05,
    )


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the tiny model says to each sentence, found with plain transformers."""
    from transformers import pipeline

    folder = make_model(tmp_path_factory.mktemp("truth") / "tiny", labels=LABELS)
    judge = pipeline("text-classification", model=str(folder), device="cpu")
    return {text: judge(text)[0]["label"] for text in SOME}


def data(folder: Path, rows: list[tuple[str, str]]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps({"text": t, "label": n}) + "\n" for t, n in rows))
    return path


def quick(model: Path, path: Path, tmp_path: Path, **options: object) -> energylabel.Label:
    return energylabel.rate(
        model,
        data=path,
        protocol="quick",
        out=tmp_path / "labels",
        **options,  # type: ignore[arg-type]
    ).label


@pytest.mark.usefixtures("small_reference", "steady_machine")
def test_a_loaded_model_and_a_data_frame(tmp_path: Path, answers: dict[str, str]) -> None:
    import pandas as pd
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = make_model(tmp_path / "tiny", labels=LABELS)
    rated = energylabel.rate(
        AutoModelForSequenceClassification.from_pretrained(folder),
        tokenizer=AutoTokenizer.from_pretrained(folder),
        data=pd.DataFrame({"body": SOME, "mood": [answers[text] for text in SOME]}),
        text_column="body",
        label_column="mood",
        protocol="quick",
        out=tmp_path / "labels",
    )
    assert rated.label.subject.name == "local/tiny"
    assert rated.label.metrics.accuracy.accuracy.value == 1
    assert (rated.folder / "label.png").is_file()


@pytest.mark.usefixtures("small_reference", "steady_machine")
def test_a_folder_with_own_data(tmp_path: Path, answers: dict[str, str]) -> None:
    model = make_model(tmp_path / "tiny", labels=LABELS)
    rows = [(text, answers[text]) for text in SOME]
    flipped = {"sad": "glad", "glad": "sad"}
    rows[0] = (rows[0][0], flipped[rows[0][1]])
    seen: list[Event] = []
    label = quick(model, data(tmp_path, rows), tmp_path, observer=seen.append, country="FRA")
    assert label.metrics.accuracy.accuracy.value == pytest.approx(1 - 1 / len(rows))
    assert label.grades.accuracy.letter is None
    assert label.grades.energy.letter == "A"
    assert label.provenance == "estimated"
    energy = label.metrics.energy
    assert energy.index.low is not None
    assert energy.index.low < energy.index.value < (energy.index.high or 0)
    # CodeCarbon's table has 56.039 g/kWh for France.
    assert energy.modelled is not None
    grams, wh = energy.modelled.grams_co2e_per_1000, energy.modelled.wh_per_1000
    assert grams is not None
    assert grams.high == pytest.approx(wh.high * 0.056039, rel=1e-3)
    assert wh.high == pytest.approx(7.5 * wh.low)
    # Another rating on this machine would be waited for.
    stages = list(dict.fromkeys(event.stage for event in seen if event.stage != "waiting"))
    assert stages == [
        *("resolving", "sampling", "loading", "warming", "measuring", "answering", "writing")
    ]
    (folder,) = (path.parent for path in tmp_path.rglob("label.json"))
    assert energylabel.load_label(folder) == label
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert energylabel.relabel(folder).label == label
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    # A finished rating leaves nothing to resume; one with another setting is another.
    later: list[Event] = []
    resumed = {"resume": True, "observer": later.append}
    assert quick(model, data(tmp_path, rows), tmp_path, country="FRA", **resumed) == label
    assert "measuring" not in {event.stage for event in later}
    other = quick(model, data(tmp_path, rows), tmp_path, **resumed)
    assert other.id != label.id
    assert "measuring" in {event.stage for event in later}


@pytest.mark.usefixtures("small_reference")
def test_permuted_labels_stop_the_rating(tmp_path: Path, answers: dict[str, str]) -> None:
    model = make_model(tmp_path / "tiny", labels=("LABEL_0", "LABEL_1"))
    flipped = {"sad": 1, "glad": 0}
    rows = [(text, flipped[answers[text]]) for text in SOME]
    path = data(tmp_path, rows)  # type: ignore[arg-type]
    with pytest.raises(errors.NotRatableError, match=r"permut|order|exchang") as caught:
        quick(model, path, tmp_path)
    assert "--label-map" in caught.value.hint
    assert list(tmp_path.rglob("label.json")) == []


@pytest.mark.usefixtures("small_reference")
def test_a_constant_predictor_stops_the_rating(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    model = make_model(tmp_path / "tiny", labels=LABELS)
    weights = load_file(model / "model.safetensors")
    weights["classifier.weight"] = torch.zeros_like(weights["classifier.weight"])
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    rows = [(text, LABELS[number % 2]) for number, text in enumerate(SOME)]
    with pytest.raises(errors.NotRatableError, match=r"answered '.*' to each of the"):
        quick(model, data(tmp_path, rows), tmp_path)


@pytest.mark.usefixtures("small_reference")
def test_nan_weights_stop_the_rating(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    model = make_model(tmp_path / "tiny", labels=LABELS)
    weights = load_file(model / "model.safetensors")
    weights["classifier.weight"][0, 0] = float("nan")
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    rows = [(text, LABELS[number % 2]) for number, text in enumerate(SOME)]
    with pytest.raises(errors.NotRatableError, match="NaN"):
        quick(model, data(tmp_path, rows), tmp_path)


@pytest.mark.usefixtures("small_reference")
def test_labels_that_do_not_match_stop_before_anything_is_loaded(tmp_path: Path) -> None:
    model = make_model(tmp_path / "tiny", labels=LABELS)
    rows = [(text, ("up", "down")[number % 2]) for number, text in enumerate(SOME)]
    with pytest.raises(errors.NotRatableError, match=r"sad.*up|up.*sad") as caught:
        quick(model, data(tmp_path, rows), tmp_path)
    assert "--label-map" in caught.value.hint
    label = quick(model, data(tmp_path, rows), tmp_path, label_map="sad=down,glad=up")
    assert label.workload.labels == ("down", "up")


def test_head_and_names_that_disagree_are_refused(tmp_path: Path) -> None:
    model = make_model(tmp_path / "tiny", labels=LABELS)
    edit_config(model, id2label={"0": "a", "1": "b", "2": "c"}, label2id={"a": 0, "b": 1, "c": 2})
    rows = [(text, ("a", "b", "c")[number % 3]) for number, text in enumerate(SOME)]
    with pytest.raises(errors.NotRatableError):
        quick(model, data(tmp_path, rows), tmp_path)


@pytest.mark.usefixtures("small_reference")
def test_hostile_texts_are_rated(tmp_path: Path, answers: dict[str, str]) -> None:
    model = make_model(tmp_path / "tiny", labels=LABELS)
    rows = [(text, answers[text]) for text in SOME]
    rows += [("", "sad"), ("\0", "glad"), ("a " * 25_000, "sad"), ("\U0001f600", "glad")]
    path = data(tmp_path, rows)
    with path.open("a") as file:
        file.write('{"text": "lone \\ud800 surrogate", "label": "sad"}\n')
    label = quick(model, path, tmp_path, batch_size=4)  # few are padded to the longest
    assert label.metrics.accuracy.rows == len(SOME) + 5
    assert label.metrics.truncated_share == pytest.approx(1 / (len(SOME) + 5))
    (repaired,) = (each for each in label.findings if each.name == "repaired-texts")
    assert repaired.message.startswith("1 text")


@pytest.mark.usefixtures("small_reference")
def test_a_resumed_rating_needs_the_same_options(
    tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model(tmp_path / "tiny", labels=LABELS)
    path = data(tmp_path, [(text, answers[text]) for text in SOME])

    def stop(event: Event) -> None:
        if event.stage == "measuring" and event.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quick(model, path, tmp_path, observer=stop)
    with pytest.raises(errors.UsageError, match="other options"):
        quick(model, path, tmp_path, resume=True, country="FRA")
    label = quick(model, path, tmp_path)
    assert label.conditions.attempts == 2


@pytest.mark.usefixtures("small_reference")
def test_an_attempt_that_measured_nothing_is_not_counted(
    tmp_path: Path, answers: dict[str, str]
) -> None:
    model = make_model(tmp_path / "tiny", labels=LABELS)
    path = data(tmp_path, [(text, answers[text]) for text in SOME])

    def stop(event: Event) -> None:
        if event.stage == "warming":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quick(model, path, tmp_path, observer=stop)
    assert quick(model, path, tmp_path).conditions.attempts == 1


def test_a_hopeless_time_limit_is_refused_before_waiting(tmp_path: Path) -> None:
    model = make_model(tmp_path / "tiny", labels=LABELS)
    with (
        machine_lock(wait_s=None),
        pytest.raises(errors.MeasurementError, match="the time limit leaves 1"),
    ):
        quick(model, data(tmp_path, [(SOME[0], "sad")]), tmp_path, time_limit_s=1.0)
