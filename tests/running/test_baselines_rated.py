"""Baselines with a real worker, and the family that is one of them rated by itself."""

import dataclasses
import json
from pathlib import Path

import pytest
from support.tiny_models import SENTENCES
from support.workers import make_plan, make_samples

import energylabel
from energylabel import errors
from energylabel.events import silent
from energylabel.judging.consistency import choices
from energylabel.judging.judgement import judge
from energylabel.pipeline import differences
from energylabel.planning import planner as planning
from energylabel.planning.planner import Plan
from energylabel.publishing import delivering
from energylabel.records import BaselineWindowTaken
from energylabel.records.evidence import Evidence
from energylabel.records.workload import Training
from energylabel.resolving.models import parse_model, resolve
from energylabel.running.steps import run
from energylabel.storing.journal import Journal

pytestmark = pytest.mark.slow

MOODS = ("wonderful", "lovely", "worth")
ROWS = [text for text in SENTENCES if text not in make_samples().texts]


def mood(text: str) -> int:
    return int(any(word in text for word in MOODS))


def training() -> Training:
    gold = tuple(map(mood, ROWS))
    return Training(texts=tuple(ROWS), gold=gold, content_sha256="56" * 32)


def trained(of: Plan) -> Plan:
    gold = tuple(map(mood, of.samples.texts))
    samples = of.samples.model_copy(update={"training": training(), "gold": gold})
    return dataclasses.replace(of, samples=samples)


@pytest.fixture(scope="module")
def rated(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Journal, Evidence]:
    book = Journal("a" * 64, tmp_path_factory.mktemp("rated"))
    made = trained(make_plan(tiny_bert, options={"accuracy_rows": "all"}))
    return book, run(made, book, silent, resume=False)


def test_both_baselines_are_measured_beside_a_model(rated: tuple[Journal, Evidence]):
    evidence = rated[1]
    majority, linear = evidence.baselines
    texts = make_samples().texts
    frequent = max((0, 1), key=list(map(mood, ROWS)).count)
    assert majority.predicted == (frequent,) * len(texts)
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    plain = make_pipeline(TfidfVectorizer(), LogisticRegression())
    plain.fit(ROWS, list(map(mood, ROWS)))
    assert list(linear.predicted) == plain.predict(list(texts)).tolist()
    for each in evidence.baselines:
        assert len(each.windows) == 3
        assert all(run.seconds >= 0.03 and run.cpu_seconds > 0 for run in each.windows)
        assert each.fitting.rows == len(ROWS)
        assert each.fitting.seconds > 0
    assert all(run.tokens > 0 for run in linear.windows)
    assert evidence.sessions == 1
    assert "the film" not in evidence.canonical().decode()


def test_they_cost_far_less_than_the_reference_and_never_nothing(rated: tuple[Journal, Evidence]):
    label = judge(rated[1])
    majority, linear = label.metrics.baselines
    assert majority.index is not None
    assert linear.index is not None
    assert 0 < majority.index.value < linear.index.value < 2
    assert linear.accuracy.value > 0.9
    points = {point.name: point for point in label.baselines}
    assert points["TF-IDF + linear"].energy_index == linear.index.value
    assert points["majority"].energy_index == majority.index.value


@pytest.mark.usefixtures("small_reference")
def test_killed_between_their_windows_nothing_is_measured_twice(
    rated: tuple[Journal, Evidence], tiny_bert: Path, tmp_path: Path
):
    book, whole = rated
    found = [isinstance(entry, BaselineWindowTaken) for entry in book.read()]
    last = max(n for n, window in enumerate(found) if window)
    lines = book.path.read_bytes().splitlines(keepends=True)
    again = Journal(book.key, tmp_path)
    again.path.write_bytes(b"".join(lines[:last]) + lines[last][:50])
    made = trained(make_plan(tiny_bert, options={"accuracy_rows": "all"}))
    evidence = run(made, again, silent, resume=True)
    assert evidence.windows == whole.windows
    assert evidence.answers == whole.answers
    assert evidence.baselines[0] == whole.baselines[0]
    first, second = evidence.baselines[1], whole.baselines[1]
    assert first.windows[:2] == second.windows[:2]
    assert first.windows[2].session == 1
    assert first.predicted == second.predicted
    assert evidence.sessions == 2


@pytest.mark.usefixtures("small_reference")
def test_rows_without_words_leave_it_out(tiny_bert: Path, tmp_path: Path):
    made = trained(make_plan(tiny_bert))
    empty = Training(texts=("?", "!", "."), gold=(0, 1, 1), content_sha256="78" * 32)
    samples = made.samples.model_copy(update={"training": empty})
    made = dataclasses.replace(made, samples=samples)
    evidence = run(made, Journal("b" * 64, tmp_path), silent, resume=False)
    assert [each.family for each in evidence.baselines] == ["majority"]
    assert "finds no words" in evidence.baselines_left_out["tfidf-linear"]


@pytest.fixture
def _quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    shorter = planning.PROTOCOLS["quick"].model_copy(
        update={
            "min_estimated_window_s": 0.1,
            "max_slice_queries": 10,
            "warm_up_s": 0.2,
            "warm_up_limit_s": 0.5,
            "settle_s": 0.02,
        }
    )
    monkeypatch.setattr(planning, "PROTOCOLS", {"quick": shorter})
    monkeypatch.setattr(choices, "PROTOCOLS", {"quick": shorter})


@pytest.mark.usefixtures("_quick")
def test_tfidf_linear_gets_a_label_of_its_own(tmp_path: Path):
    label = energylabel.rate(
        "tfidf-linear",
        workload="demo-v1",
        protocol="quick",
        queries=30,
        out=tmp_path / "labels",
        accuracy_rows="all",
    ).label
    assert label.subject.name == "energylabel/tfidf-linear"
    assert (label.subject.source, label.subject.family) == ("embedded", "tfidf-linear")
    assert label.metrics.energy.index.value < 4.4
    assert label.metrics.accuracy.accuracy.value > 0.8
    assert [each.family for each in label.metrics.baselines] == ["majority"]
    assert label.conditions.native
    assert "batch-size" not in {finding.name for finding in label.findings}
    (stored,) = tmp_path.rglob("evidence.json")
    evidence = Evidence.from_json(stored.read_bytes())
    assert evidence.subject.files == ()
    assert evidence.fitting is not None
    assert evidence.fitting.rows == 1950
    assert differences(stored.parent) == ()
    with pytest.raises(errors.UsageError, match="no model of the Hub"):
        delivering.check_pushable(label)
    model = resolve(parse_model("tfidf-linear"))
    assert label.subject.revision == model.revision


@pytest.mark.usefixtures("_quick", "small_reference")
def test_own_rows_train_a_baseline_beside_a_model_of_ones_own(tiny_bert: Path, tmp_path: Path):
    for name, texts in (("rows", SENTENCES[:40]), ("train", SENTENCES)):
        lines = [
            json.dumps({"text": text, "label": ("negative", "positive")[mood(text)]})
            for text in texts
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    label = energylabel.rate(
        tiny_bert,
        data=tmp_path / "rows.jsonl",
        train_data=tmp_path / "train.jsonl",
        label_map={"negative": "positive", "positive": "negative"},  # as its weights fall
        protocol="quick",
        out=tmp_path / "labels",
    ).label
    majority, linear = label.metrics.baselines
    assert linear.training_rows == len(SENTENCES) - 40  # what is asked is not learnt from
    assert majority.family == "majority"
    assert linear.accuracy.value > 0.9
    ratio = linear.cost_ratio  # None where the machine was too noisy to tell
    assert linear.dominates == (ratio is not None and ratio.high < 1)
