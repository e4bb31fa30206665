"""What no export says: quick looks, invalid measurements, what nobody knows."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from support.evidence import make_evidence, make_settings, quick_evidence

from energylabel import storing
from energylabel.errors import MeasurementError, SchemaError, UsageError
from energylabel.exporting import Additions, export
from energylabel.judging import judge
from energylabel.records import CarbonIntensity, Evidence

ROOT = Path(__file__).parents[2]
GRID = CarbonIntensity(country="POL", grams_per_kwh=600.0, source="by hand")


def metered() -> Evidence:
    return storing.read_evidence(ROOT / "tests" / "historic" / "schema-2" / "two-gpus")


REFUSED: list[tuple[str, Callable[[], Evidence], Additions, str]] = [
    ("sci", quick_evidence, Additions(), "a quick look is never published"),
    ("sbom", make_evidence, Additions(), "no plug-in sbom"),
    ("boamps", metered, Additions(), "demands the kind of infrastructure"),
    (
        "boamps",
        metered,
        Additions(infrastructure="shed"),
        "no infrastructure 'shed'",
    ),
    ("every-eval-ever", make_evidence, Additions(), "what whoever rated is to the model"),
    ("every-eval-ever", make_evidence, Additions(evaluator="me"), "knows no evaluator 'me'"),
    ("eval-results", make_evidence, Additions(), "demand the id of the task"),
    ("sci", make_evidence, Additions(task_id="x"), "has no field for --task-id"),
    ("spdx", make_evidence, Additions(carbon=GRID), "has no field for --country"),
    (
        "sci",
        lambda: make_evidence(
            carbon=GRID.model_copy(update={"country": "FRA"}), settings=make_settings(country="FRA")
        ),
        Additions(carbon=GRID),
        "was rated for the grid of FRA, not of POL",
    ),
]


@pytest.mark.parametrize(("name", "made", "more", "words"), REFUSED)
def test_what_cannot_be_said_is_refused_with_a_remedy(
    name: str, made: Callable[[], Evidence], more: Additions, words: str
):
    evidence = made()
    with pytest.raises(UsageError, match=re.escape(words)) as refused:
        export(name, evidence, judge(evidence), more)
    assert refused.value.hint
    assert "\n" not in refused.value.message


def test_the_grid_of_the_rating_is_taken():
    evidence = make_evidence(carbon=GRID, settings=make_settings(country="POL"))
    assert json.loads(export("sci", evidence, judge(evidence)))["I"]["value"] == 600


def test_an_invalid_measurement_has_no_energy_to_export_but_its_accuracy():
    evidence = metered()
    last = evidence.windows[-1]
    stuck = last.energy[1].model_copy(update={"joules": {"gpu": 0.0}})
    windows = (*evidence.windows[:-1], last.model_copy(update={"energy": (last.energy[0], stuck)}))
    evidence = evidence.model_copy(update={"windows": windows})
    label = judge(evidence)
    assert any(each.outcome == "invalid" for each in label.findings)
    with pytest.raises(MeasurementError, match="the measurement is invalid") as refused:
        export("cyclonedx", evidence, label, Additions())
    assert refused.value.exit_code == 4
    assert export("eval-results", evidence, label, Additions(task_id="topic"))


def test_a_model_that_was_fitted_here_has_no_result_for_a_repository():
    (folder,) = (ROOT / "labels/energylabel/tfidf-linear").glob("*/ag-news-heldout-v1/*")
    evidence = storing.read_evidence(folder)
    with pytest.raises(UsageError, match="was fitted here"):
        export("eval-results", evidence, judge(evidence), Additions(task_id="topic"))


def test_a_time_that_no_calendar_has_is_told():
    evidence = make_evidence(finished_at=1e300)
    with pytest.raises(SchemaError, match="no calendar"):
        export("sci", evidence, judge(evidence))
