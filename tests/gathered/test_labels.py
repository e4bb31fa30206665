"""Many labels in Python: over the committed ones, over broken ones, and over the loopback Hub."""

import json
import math
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest
from hub.fixtures import HubHome
from support.parcels import MODEL, published

import energylabel
from energylabel import Labels
from energylabel.errors import SchemaError, UsageError

ROOT = Path(__file__).parents[2]
LABELS = ROOT / "labels"
(DEMO,) = LABELS.glob("energylabel/demo/*/demo-v1/*")
(MINILM,) = LABELS.glob("local/minilm-l6-sst2/*/sst2-test-v1/cpu-amd-epyc-2")
RECORDS = {
    path.parent: json.loads(path.read_bytes())
    for path in sorted(LABELS.rglob("label.json"))
    if "history" not in path.parts
}


@pytest.fixture(autouse=True)
def _own_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path.with_suffix(".state")))


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Labels:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        return energylabel.load_labels(LABELS)


def test_a_sequence_of_every_label_each_once(committed: Labels):
    ids = [record["id"] for record in RECORDS.values()]
    assert sorted(label.id for label in committed) == sorted(ids)
    assert (len(committed), committed.left_out) == (len(ids), ())
    first, *_, last = committed
    assert (
        committed[0]
        == first
        == energylabel.load_label(
            next(folder for folder, record in RECORDS.items() if record["id"] == first.id)
        )
    )
    assert committed[-1] == last
    assert isinstance(committed[2:5], Labels)
    assert list(committed[2:5]) == list(committed)[2:5]
    assert first in committed
    assert committed.index(last) == len(committed) - 1
    assert committed[:] == committed != committed[1:]
    assert repr(committed[:1]) == "<1 label of 1 workload>"
    with pytest.raises(IndexError):
        committed[len(committed)]


def test_filters_go_by_a_function_and_by_columns(committed: Labels):
    some = committed.filter(workload="sst2-test-v1", family="tfidf-linear")
    expected = {
        record["id"]
        for record in RECORDS.values()
        if (record["workload"]["name"], record["subject"]["family"])
        == ("sst2-test-v1", "tfidf-linear")
    }
    assert {label.id for label in some} == expected != set()
    right = committed.filter(lambda label: label.metrics.accuracy.accuracy.value > 0.87)
    assert all(label.metrics.accuracy.accuracy.value > 0.87 for label in right)
    assert 0 < len(right) < len(committed)
    with pytest.raises(UsageError, match="no column colour") as told:
        committed.filter(colour="red")
    assert "workload" in told.value.hint


def test_a_table_has_the_records_figures_and_no_made_up_ones(committed: Labels):
    table = committed.to_dataframe()
    assert len(table) == len(committed)
    by_id = {record["id"]: record for record in RECORDS.values()}
    for row in table.to_dict("records"):
        record = by_id[row["id"]]
        metrics = record["metrics"]
        assert row["accuracy"] == metrics["accuracy"]["accuracy"]["value"]
        assert row["latency_p95_s"] == metrics["speed"]["latency_p95_s"]
        assert row["issued_at"].timestamp() == pytest.approx(record["issued_at"], abs=1e-3)
        modelled = metrics["energy"].get("modelled")
        if modelled:
            assert math.isnan(row["wh_per_1000"])
            assert row["wh_per_1000_high"] == modelled["wh_per_1000"]["high"]
        assert Path(row["evidence"]).read_bytes()
    kinds = table.dtypes.astype(str)
    assert kinds["accuracy"] == kinds["wh_per_1000"] == "float64"
    assert kinds["parameters"] == kinds["fitted_rows"] == "Int64"
    assert kinds["issued_at"] == "datetime64[ns, UTC]"
    assert list(committed[:0].to_dataframe().columns) == list(table.columns)


def test_without_pandas_the_remedy_is_named(committed: Labels, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pandas is not installed") as told:
        committed.to_dataframe()
    assert told.value.hint == "pip install pandas"


@pytest.mark.slow
def test_the_front_is_what_comparing_each_pair_leaves(committed: Labels):
    groups = defaultdict(list)
    for label in committed:
        invalid = any(finding.outcome == "invalid" for finding in label.findings)
        if not label.quick_look and not invalid:
            groups[label.workload.name, label.hardware.slug, label.provenance].append(label.id)
    assert len(groups) >= 3
    expected = set()
    for ids in groups.values():
        beaten = set()
        for pair in combinations(ids, 2):
            two = committed.filter(lambda label, pair=pair: label.id in pair)
            (found,) = two.compare().differences
            if found.dominates is not None:
                beaten.add(two[1 - found.dominates].id)
        expected |= set(ids) - beaten
    front = committed.front()
    assert [label.id for label in front] == [x.id for x in committed if x.id in expected]
    assert len(front) < len(committed)
    # What dominated it is gone: then it is on the front.
    dominated = {each for ids in groups.values() for each in ids} - expected
    lone = next(label for label in committed if label.id in dominated)
    assert list(committed.filter(lambda label: label.id == lone.id).front()) == [lone]


def test_a_comparison_has_cost_and_refuses_too_many_or_too_few(committed: Labels):
    two = committed.filter(workload="sst2-test-v1", hardware="cpu-amd-epyc-2")[:2]
    found = two.compare(price_per_kwh=0.5, country="DEU")
    assert [each.id for each in found.labels] == [label.id for label in two]
    for short in found.labels:
        assert short.wh_per_1000 and short.cost_per_million  # 1 Wh a thousand: 1 kWh a million
        assert short.cost_per_million.high == pytest.approx(0.5 * short.wh_per_1000.high)
        assert short.kg_co2e_per_million is not None
    for labels in (committed[:1], Labels(101 * committed._stored[:1])):
        with pytest.raises(UsageError, match="cannot be compared pair by pair"):
            labels.compare()


def broken(folder: Path) -> Path:
    """One of the future, and one whose label was edited."""
    shutil.copytree(DEMO, folder / "future")
    (folder / "future" / "label.json").write_text('{"schema_version": 99}')
    shutil.copytree(MINILM, folder / "edited")
    record = json.loads((folder / "edited" / "label.json").read_text())
    record["metrics"]["accuracy"]["accuracy"]["value"] = 0.99
    (folder / "edited" / "label.json").write_text(json.dumps(record))
    return folder


def test_what_cannot_be_used_is_named_or_raises(tmp_path: Path):
    there = broken(tmp_path / "some")
    labels = energylabel.load_labels([there, str(DEMO), DEMO])
    assert [label.subject.name for label in labels] == ["energylabel/demo"]
    assert len(labels.left_out) == 2
    assert re.search(
        r"some/edited: the label does not follow from its evidence", labels.left_out[0]
    )
    assert "schema version 99" in labels.left_out[1]
    assert repr(labels).endswith("2 left out>")
    with pytest.raises(SchemaError, match="2 of the labels cannot be used"):
        energylabel.load_labels(there, strict=True)
    with pytest.raises(UsageError, match="nowhere"):
        energylabel.load_labels("./nowhere")
    (tmp_path / "empty").mkdir()
    assert list(energylabel.load_labels(tmp_path / "empty")) == []


def test_evidence_that_changed_since_is_not_compared(tmp_path: Path):
    shutil.copytree(MINILM, tmp_path / "one")
    labels = energylabel.load_labels([tmp_path / "one", DEMO])
    shutil.copy2(DEMO / "evidence.json", tmp_path / "one" / "evidence.json")
    with pytest.raises(SchemaError, match="does not follow"):
        labels.compare()


@pytest.mark.slow
def test_labels_on_the_hub(hub_home: HubHome, tmp_path: Path):
    from energylabel.publishing import delivering

    hub_home.sign_in("writer")
    folder = published(hub_home, tmp_path)
    delivering.push(folder, "commit")
    (label,) = labels = energylabel.load_labels(MODEL)
    assert label.id == energylabel.load_label(folder).id
    assert (label.evidence_url or "").startswith(f"{hub_home.hub.endpoint}/{MODEL}/resolve/main/")
    both = energylabel.load_labels([MODEL, DEMO])
    assert len(both) == 2
    assert both.compare().differences[0].energy_refused is not None
    assert list(labels.front()) == [label]


@pytest.mark.slow
def test_a_script_without_a_guard_is_run_once(tmp_path: Path):
    for number in range(110):
        shutil.copytree(DEMO, tmp_path / "many" / f"{number:03}")
    script = tmp_path / "script.py"
    script.write_text("import energylabel\nprint(len(energylabel.load_labels('many')))\n")
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


@pytest.mark.slow
def test_the_documented_example_runs(monkeypatch: pytest.MonkeyPatch, capsys, committed: Labels):
    text = (ROOT / "docs" / "how-to" / "python.md").read_text(encoding="utf-8")
    example = text.partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {"energylabel": energylabel}
    exec(compile(example, "docs/how-to/python.md", "exec"), names)  # noqa: S102 - our own text
    assert len(names["accurate"]) < len(names["sst2"]) == len(names["table"])  # type: ignore[arg-type]
    assert names["best"] == committed.front()
    assert capsys.readouterr().out.count("\n") == len(names["found"].differences)  # type: ignore[attr-defined]
