"""Rows and loaded models instead of files, what ``rate()`` gives back, a notebook's progress."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.tiny_models import make_model

import energylabel
from energylabel import Rated, pipeline
from energylabel.errors import UsageError
from energylabel.events import Event, silent
from energylabel.gathered import model_folder, rows_file, usual_observer

ROOT = Path(__file__).parents[2]
(DEMO,) = (ROOT / "labels").glob("energylabel/demo/*/demo-v1/*")
ROWS = [{"text": "good", "label": 1}, {"text": "bad\n", "label": 0}]


def written(rows: object, folder: Path, text: str = "text", label: str = "label") -> list[Any]:
    lines = rows_file(rows, text, label, folder).read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_rows_of_every_kind_are_the_same_file(tmp_path: Path):
    import datasets
    import pandas as pd

    for rows in (
        ROWS,
        [("good", 1), ["bad\n", 0]],
        (row for row in ROWS),
        pd.DataFrame(ROWS),
        pd.DataFrame([{"more": None, **row} for row in ROWS]),
        datasets.Dataset.from_list(ROWS),
    ):
        assert written(rows, tmp_path) == ROWS
    other = [{"body": row["text"], "topic": row["label"]} for row in ROWS]
    assert written(pd.DataFrame(other), tmp_path, "body", "topic") == other


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"text": ["a"]}, "data is dict, neither a file nor rows"),
        (3, "data is int, neither a file nor rows"),
        ([{"text": "a"}], "row 1 of data has no column 'label', but text"),
        ([("a", 1), ("b",)], "row 2 of data is tuple, neither a mapping nor"),
        (["ab"], "row 1 of data is str, neither a mapping nor"),
    ],
)
def test_rows_that_are_none_are_named(rows: object, message: str, tmp_path: Path):
    with pytest.raises(UsageError, match=message):
        rows_file(rows, "text", "label", tmp_path)


def test_a_loaded_model_becomes_a_folder_of_its_name(tmp_path: Path):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    source = make_model(tmp_path / "tiny-one", labels=("sad", "glad"))
    model = AutoModelForSequenceClassification.from_pretrained(source)
    tokenizer = AutoTokenizer.from_pretrained(source)
    made = model_folder(model, tokenizer, tmp_path / "given")
    assert made.name == "tiny-one"
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {
        path.name for path in made.iterdir()
    }
    with pytest.raises(UsageError, match="needs its tokenizer"):
        energylabel.rate(model)
    with pytest.raises(UsageError, match="model is int, neither a name"):
        energylabel.rate(3)


def test_what_a_rating_gives_back_stands_for_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    label = energylabel.load_label(DEMO)
    rated = Rated(label, DEMO)
    assert energylabel.verify(rated) == ()
    assert energylabel.load_label(rated) == label
    row = rated.to_row()
    assert row == energylabel.load_labels(DEMO).to_rows()[0]
    assert (row["id"], row["energy_class"]) == (label.id, label.grades.energy.letter)
    assert row["accuracy"] == label.metrics.accuracy.accuracy.value
    assert "<img" in rated._repr_html_()
    assert energylabel.card(rated, tmp_path / "README.md") == "written"
    assert label.id in (tmp_path / "README.md").read_text()
    assert isinstance(rated, pipeline.Rated)


@pytest.mark.slow
def test_errors_and_the_machine_are_at_the_top_level():
    assert issubclass(energylabel.errors.UsageError, energylabel.errors.EnergyLabelError)
    assert energylabel.doctor().hardware.logical_cpus > 0
    assert set(energylabel.__all__) <= set(dir(energylabel)) | {*energylabel.__all__}
    for name in energylabel.__all__:
        assert getattr(energylabel, name)


def test_progress_shows_in_a_notebook_alone(monkeypatch: pytest.MonkeyPatch):
    assert usual_observer() is silent
    shown: list[str] = []

    class Handle:
        def update(self, content: dict[str, str], *, raw: bool) -> None:  # noqa: ARG002
            shown.append(content["text/plain"])

    class ZMQInteractiveShell: ...

    class Shell(ZMQInteractiveShell): ...  # as Colab's

    kernel, display = ModuleType("IPython"), ModuleType("IPython.display")
    vars(kernel)["get_ipython"] = ZMQInteractiveShell
    vars(display)["display"] = lambda *_, **__: Handle()
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    observe = usual_observer()
    observe(Event("loading", "loading\x1b[31m demo"))
    observe(Event("loading", "too soon"))
    observe(Event("writing", "drawing the label"))
    assert shown == ["loading: loading[31m demo", "writing: drawing the label"]
    vars(kernel)["get_ipython"] = Shell
    observe = usual_observer()
    observe(Event("sampling", "reading rows.jsonl"))
    observe(Event("noticed", "3 rows were left out"))
    observe(Event("waiting", "another rating is running"))  # a new stage is shown at once
    assert shown[2:] == [
        "sampling: reading rows.jsonl",
        "3 rows were left out",
        "3 rows were left out\nwaiting: another rating is running",
    ]
    vars(kernel)["get_ipython"] = lambda: None
    assert usual_observer() is silent
