"""Exports of a metered and of an estimated label: valid by the makers' own schemas, and committed.

``UPDATE_EXPORTS=1 python -m pytest tests/exporting/test_examples.py`` writes the examples anew.
"""

import os
from functools import cache
from pathlib import Path

import pytest
from exporting.official import CHECKS

from energylabel import storing
from energylabel.errors import EnergyLabelError, UsageError
from energylabel.exporting import EXPORTERS, Additions, export
from energylabel.judging import judge
from energylabel.records import CarbonIntensity, Evidence, Label

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HISTORIC = ROOT / "tests" / "historic" / "schema-2"
LABELS = {"metered": HISTORIC / "two-gpus", "estimated": HISTORIC / "processor"}
GRID = CarbonIntensity(country="FRA", grams_per_kwh=60.0, source="by hand")
SAID = {
    "carbon": GRID,
    "evaluator": "third_party",
    "infrastructure": "onPremise",
    "organization": "Example Lab",
    "released": "2026-01-02",
    "task_id": "topic",
}
ENDS = {"codecarbon-csv": "csv", "eval-results": "yaml"}
NO_RANGE = {"boamps", "codecarbon-csv"}
"""They have room for one number alone."""


@cache
def judged(folder: Path) -> tuple[Evidence, Label]:
    evidence = storing.read_evidence(folder)
    return evidence, judge(evidence)


def exported(folder: Path, name: str) -> bytes:
    wanted = {key: SAID[key] for key in EXPORTERS.get(name).takes}
    return export(name, *judged(folder), Additions(**wanted))


def test_every_format_is_checked():
    assert set(EXPORTERS.found) == set(CHECKS)


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("name", sorted(CHECKS))
def test_an_export_is_valid_and_as_it_was(name: str, kind: str):
    if kind == "estimated" and name in NO_RANGE:
        with pytest.raises(UsageError, match="takes one number for the energy"):
            exported(LABELS[kind], name)
        return
    content = exported(LABELS[kind], name)
    CHECKS[name](content)
    example = HERE / "examples" / kind / f"{name}.{ENDS.get(name, 'json')}"
    if os.environ.get("UPDATE_EXPORTS") == "1":
        example.parent.mkdir(parents=True, exist_ok=True)
        example.write_bytes(content)
    assert example.read_bytes() == content, f"{example.name} changed"


def test_the_examples_are_of_these_labels_alone():
    there = {path.relative_to(HERE / "examples").as_posix() for path in HERE.glob("examples/*/*")}
    assert there == {
        f"{kind}/{name}.{ENDS.get(name, 'json')}"
        for kind in LABELS
        for name in CHECKS
        if kind == "metered" or name not in NO_RANGE
    }


@pytest.mark.parametrize("name", sorted(set(CHECKS) - {"boamps", "eval-results"}))
def test_without_anything_said_it_is_valid_or_asks(name: str):
    evidence, label = judged(LABELS["metered"])
    if name == "every-eval-ever":
        with pytest.raises(UsageError, match="what whoever rated is to the model"):
            export(name, evidence, label)
        return
    CHECKS[name](export(name, evidence, label))


@pytest.mark.slow
@pytest.mark.parametrize(
    "folder",
    [
        path.parent
        for path in sorted(ROOT.glob("labels/**/evidence.json"))
        if "history" not in path.parts
    ],
    ids=lambda path: "-".join(path.parts[-4:]),
)
def test_every_committed_label_can_be_exported(folder: Path):
    evidence, label = judged(folder)
    invalid = [each for each in label.findings if each.outcome == "invalid"]
    for name in sorted(set(CHECKS) - NO_RANGE):
        if label.quick_look:
            reason: str | None = "a quick look is never published"
        elif name == "eval-results":
            reason = "was fitted here" if evidence.fitting else "are of datasets on the Hub"
        else:
            reason = "the measurement is invalid" if invalid else None
        if reason is None:
            CHECKS[name](exported(folder, name))
        else:
            with pytest.raises(EnergyLabelError, match=reason):
                exported(folder, name)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_schemas_are_there_with_their_licences(name: str):
    folder = HERE / "schemas" / name
    if folder.is_dir():
        assert list(folder.glob("LICENSE*"))
    else:
        assert name in {"codecarbon-csv", "eval-results", "sci"}
