"""Confusion matrices: counts as scikit-learn counts them, rows, pictures, and what verify says."""

import json
import random
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix as yardstick
from support.evidence import make_answers, make_evidence

import energylabel
from energylabel import pipeline
from energylabel.judging import judge
from energylabel.reckoning import confusion_matrix
from energylabel.records import ConfusionMatrix, Label
from energylabel.rendering import draw_matrix, files_of

ROOT = Path(__file__).parents[2]
(DEMO,) = (ROOT / "labels").glob("energylabel/demo/*/demo-v1/*")


def made(classes: int, rows: int = 400, *, others: bool = False) -> ConfusionMatrix:
    """Random answers of a model whose labels are the workload's in another order, and one more."""
    pick = random.Random(5)
    labels = tuple(f"class {number} of them" for number in range(classes))
    order = [*range(classes)]
    pick.shuffle(order)
    answers = make_answers(1).model_copy(
        update={
            "predicted": tuple(pick.randrange(classes + others) for _ in range(rows)),
            "gold": tuple(pick.randrange(classes) for _ in range(rows)),
        }
    )
    found = confusion_matrix(answers, (*order, None), labels)
    said = [order[each] if each < classes else -1 for each in answers.predicted]
    # Scikit-learn leaves out what is none of the labels that it is given.
    square = yardstick(answers.gold, said, labels=range(classes))
    assert found.matrix() == tuple(map(tuple, square.tolist()))
    wrong = [gold for gold, each in zip(answers.gold, said, strict=True) if each == -1]
    assert found.others == {labels[c]: wrong.count(c) for c in sorted(set(wrong))}
    return found


@pytest.mark.parametrize("others", [False, True])
@pytest.mark.parametrize("classes", [2, 4, 20, 77])
def test_counts_are_those_of_scikit_learn(classes: int, others: bool):
    found = made(classes, others=others)
    rows = found.to_rows()
    assert sum(int(row["rows"] or 0) for row in rows) == 400
    assert ConfusionMatrix.from_json(found.model_dump_json()) == found
    table = pd.DataFrame([row for row in rows if row["answered"] is not None])
    square = table.pivot(index="true", columns="answered", values="rows")
    square = square.loc[list(found.labels), list(found.labels)]
    assert tuple(map(tuple, square.to_numpy().tolist())) == found.matrix()
    worst = found.worst(10**6)
    assert [count for *_, count in worst] == sorted((c for *_, c in worst), reverse=True)
    right = sum(found.matrix()[place][place] for place in range(classes))
    assert sum(count for *_, count in worst) == 400 - right
    assert all(true != said for true, said, _ in worst)


@pytest.mark.parametrize("classes", [2, 4, 20, 21, 77])
def test_a_square_for_up_to_twenty_classes_and_the_errors_for_all(classes: int):
    found = made(classes, 4000, others=True)
    drawn = ET.fromstring(draw_matrix(found, "org/model", "work-v1"))  # noqa: S314
    cells = drawn.findall("{*}rect")[1:-1]
    assert len(cells) == (classes * (classes + 1) if classes <= 20 else 0)
    assert drawn.findtext("{*}title") == "Confusion matrix of org/model on work-v1"
    true, said, count = found.worst(1)[0]
    of = f"{true} taken for {said or 'none of the classes'}, {count:,} of {found.size(true):,}"
    assert of in str(drawn.findtext("{*}desc"))
    assert not drawn.findall(".//{*}text")  # outlines alone, as in every picture


def test_names_of_strangers_are_escaped_and_shortened():
    label = "<script>alert(1)</script>&" * 20
    found = ConfusionMatrix(
        labels=(label, "b"), counts={label: {"b": 3}, "b": {"b": 2}}, others={"b": 1}
    )
    drawn = draw_matrix(found, label, label)
    assert b"<script>" not in drawn
    ET.fromstring(drawn)  # noqa: S314
    assert energylabel.load_label(DEMO).confusion is not None
    shown = found._repr_html_()  # type: ignore[attr-defined]
    assert "<script>" not in shown
    assert "data:image/svg+xml;base64," in shown


def test_a_matrix_counts_its_own_labels():
    with pytest.raises(ValueError, match="its own labels"):
        ConfusionMatrix(labels=("a", "b"), counts={"a": {"c": 1}})


def test_what_is_stored_follows_from_the_answers(tmp_path: Path):
    folder = tmp_path / "label"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("history"))
    label = energylabel.load_label(folder)
    assert label.confusion is not None
    rows = label.confusion.to_rows()
    assert sum(int(row["rows"] or 0) for row in rows) == label.metrics.accuracy.rows
    assert (folder / "confusion.svg").read_bytes() == files_of(label)["confusion.svg"]
    assert "](confusion.svg)" in (folder / "card.md").read_text()
    written = json.loads((folder / "label.json").read_text())
    line = next(iter(written["confusion"]["counts"].values()))
    line[next(iter(line))] += 1
    (folder / "label.json").write_text(json.dumps(written))
    told = pipeline.differences(folder)
    assert any(each.startswith("label.confusion.counts") for each in told)


def test_a_label_of_earlier_versions_has_none_and_still_follows(tmp_path: Path):
    evidence = make_evidence()
    label = judge(evidence).model_copy(update={"confusion": None})
    files = files_of(label)
    assert "confusion.svg" not in files
    assert b"onfusion" not in files["card.md"] + files["label.json"]
    for name, content in (files | {"evidence.json": evidence.canonical()}).items():
        (tmp_path / name).write_bytes(content)
    assert pipeline.differences(tmp_path) == ()
    assert Label.from_json(files["label.json"]).confusion is None
