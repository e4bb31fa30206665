"""A label as the page lists it: the label's own figures, and none where there is none."""

import json
from pathlib import Path

import pytest
from support.labels import borderline, make_label, metered

from energylabel.paging.listed import listed
from energylabel.publishing import Stored
from energylabel.records import Finding, Label
from energylabel.records.setup import Setup

LABELS = Path(__file__).parents[2] / "labels"


def stored(label: Label, content: str | None = "a" * 64, **setup: object) -> Stored:
    return Stored(label, Setup(device="cpu", **setup), content, checked=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    sorted(p for p in LABELS.rglob("label.json") if "history" not in p.parts),
    ids=lambda path: path.parts[-4],
)
def test_figures_are_those_of_label_json(path: Path):
    record = json.loads(path.read_bytes())
    found = listed(stored(Label.from_dict(record)))
    metrics = record["metrics"]
    assert (found.id, found.accuracy) == (record["id"], metrics["accuracy"]["accuracy"]["value"])
    assert found.latency_p95_s == metrics["speed"]["latency_p95_s"]
    assert found.peak_memory_bytes == metrics["peak_memory_bytes"]
    assert found.energy_class == record["grades"]["energy"]["letter"]
    if record["provenance"] == "estimated":
        span = metrics["energy"]["modelled"]["wh_per_1000"]
        assert found.wh_per_1000 is None
        assert (found.wh_per_1000_low, found.wh_per_1000_high) == (span["low"], span["high"])
        assert (found.watts_per_core_low, found.watts_per_core_high) == (2, 15)


def test_counted_joules_are_one_figure_with_an_interval():
    label = metered()
    counted = label.metrics.energy.wh_per_1000
    assert counted is not None
    found = listed(stored(label))
    assert (found.wh_per_1000, found.wh_per_1000_low) == (counted.value, counted.low)
    assert found.watts_per_core_low is None


def test_a_borderline_class_is_told_with_both():
    label = borderline()
    open_ = listed(stored(label)).energy_open
    assert open_ == f"{label.grades.energy.touches[0]}–{label.grades.energy.touches[-1]}"


def test_an_invalid_measurement_has_no_index_and_a_quick_look_no_front():
    broken = Finding(name="drift", outcome="invalid", message="it drifted")
    found = listed(stored(make_label(findings=(broken,))))
    assert (found.energy_index, found.energy_open, found.comparable) == (None, "", None)
    assert found.remarks == ("it drifted",)
    label = make_label()
    quick = label.model_copy(
        update={"conditions": label.conditions.model_copy(update={"protocol": "quick"})}
    )
    assert listed(stored(quick)).comparable is None


def test_fronts_are_per_workload_hardware_and_provenance_and_not_per_setup():
    def key(label: Label, content: str = "a" * 64, **setup: object) -> str | None:
        return listed(stored(label, content, **setup)).comparable

    label = make_label()
    hardware = label.hardware.model_copy(update={"physical_cores": 64})
    other = label.model_copy(
        update={"workload": label.workload.model_copy(update={"name": "sst2-v1"})}
    )
    assert key(label) == key(label, precision="int8", batch_size=8)
    assert key(label) not in {
        key(label.model_copy(update={"hardware": hardware})),
        key(other),
        key(metered().model_copy(update={"provenance": "part-metered"})),
    }
    # A name without a version tells nothing of the rows.
    mine = label.model_copy(update={"workload": label.workload.model_copy(update={"name": "test"})})
    assert key(mine, "a" * 64) != key(mine, "b" * 64)
    assert key(label, "a" * 64) == key(label, "b" * 64)


def test_names_lose_what_could_deceive_and_addresses_that_are_none():
    label = make_label(evidence_url="javascript:alert(1)")
    subject = label.subject.model_copy(update={"name": "a\u202eb\n\x00c"})
    found = listed(stored(label.model_copy(update={"subject": subject})), "beside/evidence.json")
    assert (found.name, found.evidence) == ("ab c", "beside/evidence.json")
