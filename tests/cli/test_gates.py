"""Policy gates: a limit is met only by what is surely within."""

import inspect
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support import labels
from support.label_parts import make_energy, make_label, make_metrics, make_modelled

import energylabel
from energylabel.cli.app import app
from energylabel.cli.output import Output
from energylabel.errors import UsageError
from energylabel.gating import GATES, broken, gated, verdicts
from energylabel.records import Estimate, Label, Range

DEMO = next((Path(__file__).parents[2] / "labels/energylabel/demo").rglob("label.json")).parent

LOW, HIGH = 0.0081, 7.5 * 0.0081
"""Wh per 1,000 texts of the estimate in support."""


def faults(label: Any, limit: float) -> list[str]:
    return broken(label, {"fail_below_energy": None, "fail_below_accuracy": None, "max_wh": limit})


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (0.0080, "takes ≈ 0.0081–0.061 Wh per 1,000 texts (the whole range of an estimate"),
        (LOW, "may take more than was asked for: ≈ 0.0081–0.061 Wh per 1,000 texts"),
        (0.03, "whose whole range has to be within), at most 0.03 was asked for"),
        (0.999 * HIGH, "only energy counters can tell"),
    ],
)
def test_an_estimate_is_within_only_with_its_whole_range(limit: float, words: str):
    (fault,) = faults(make_label(), limit)
    assert fault.startswith("acme/minilm-l6-agnews ")
    assert words in fault
    assert "\n" not in fault


def test_a_range_that_ends_at_the_limit_is_within():
    assert faults(make_label(), HIGH) == []
    exact = make_modelled(wh_per_1000=Range(low=0.01, high=0.02))
    label = make_label(metrics=make_metrics(energy=make_energy(modelled=exact)))
    assert faults(label, 0.02) == []


def test_what_was_counted_is_compared_as_it_is():
    assert faults(labels.metered(), 0.0713) == []
    (fault,) = faults(labels.metered(), 0.0712)
    assert "takes 0.0713 Wh per 1,000 texts, at most 0.0712 was asked for" in fault


def test_without_a_figure_nothing_is_within():
    (fault,) = faults(labels.withheld(), 1e9)
    assert "has no figure in Wh per 1,000 texts" in fault


def accurate(value: float, low: float, high: float) -> Label:
    metrics = make_metrics()
    accuracy = Estimate(value=value, low=low, high=high, count=metrics.accuracy.rows)
    changed = metrics.accuracy.model_copy(update={"accuracy": accuracy})
    return make_label(metrics=metrics.model_copy(update={"accuracy": changed}))


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (0.90, ""),
        (0.901, "may have a lower accuracy than was asked for: 92.0 % (95 %: 90.0–94.0 %)"),
        (0.94, "may have a lower accuracy than was asked for"),
        (0.941, "has an accuracy of 92.0 % (95 %: 90.0–94.0 %), at least 94.1 % was asked for"),
    ],
)
def test_the_whole_interval_of_the_accuracy_has_to_be_within(limit: float, words: str):
    (verdict,) = verdicts(accurate(0.92, 0.90, 0.94), {"min_accuracy": limit})
    assert verdict.met is (words == "")
    assert verdict.words.startswith(words)
    assert (verdict.value, verdict.low, verdict.high) == (0.92, 0.90, 0.94)


def test_what_has_no_interval_is_compared_as_it_is():
    label = make_label()
    f1, p95 = label.metrics.accuracy.macro_f1, label.metrics.speed.latency_p95_s
    memory = label.metrics.peak_memory_bytes
    within = {"min_macro_f1": f1, "max_p95": p95, "max_memory": memory}
    assert [each.met for each in verdicts(label, within)] == [True] * 3
    beyond = {"min_macro_f1": f1 + 1e-9, "max_p95": p95 - 1e-9, "max_memory": memory - 1}
    assert [each.met for each in verdicts(label, beyond)] == [False] * 3
    assert len(broken(label, beyond)) == 3


def gate(*words: str, form: str = "json") -> tuple[int, str]:
    told: list[int] = []
    command = ["gate", str(DEMO), *words, "--format", form]
    done = CliRunner().invoke(app, command, obj=Output(), standalone_mode=False)
    assert done.exception is None, done.exception
    told.append(done.return_value)
    return told[0], done.stdout


def test_a_stored_label_is_held_against_limits():
    code, text = gate("--min-accuracy", "10%", "--max-p95", "1ms", "--max-memory", "900GB")
    assert code == 1
    found = json.loads(text)
    assert found["model"] == "energylabel/demo"
    assert [(each["gate"], each["limit"], each["met"]) for each in found["gates"]] == [
        ("min-accuracy", 0.1, True),
        ("max-p95", 0.001, False),
        ("max-memory", 900_000_000_000, True),
    ]
    assert gate("--min-accuracy", "0.1")[0] == 0
    assert gate("--max-p95", "0.001s", form="human") == (1, "not met  max-p95 0.001\n")


@pytest.mark.parametrize(
    "words", [[], ["--max-p95", "50"], ["--min-accuracy", "90"], ["--max-p95", "0ms"]]
)
def test_limits_that_say_nothing_are_refused(words: list[str]):
    done = CliRunner().invoke(app, ["gate", str(DEMO), *words], obj=Output())
    assert done.exit_code == 2


def of_estimate(low: float, high: float) -> Label:
    energy = make_energy()
    modelled = energy.modelled.model_copy(update={"wh_per_1000": Range(low=low, high=high)})
    return make_label(metrics=make_metrics(energy=energy.model_copy(update={"modelled": modelled})))


@pytest.mark.parametrize("limit", [0.03, 0.031, 0.0313, 0.031399, 0.0313999999, 0.005])
def test_a_gate_that_is_not_met_is_seen_not_to_be(limit: float):
    """What the refusal prints as the upper end lies above the limit that stands beside it."""
    (fault,) = faults(of_estimate(0.00419, 0.0314), limit)
    shown = re.search(r"–([\d.]+) Wh .* at most ([\d.]+) was asked for", fault)
    assert float(shown[1]) > float(shown[2]) == limit
    assert faults(of_estimate(0.00419, 0.0314), 0.0314) == []


def test_python_gives_the_verdicts_of_the_command():
    limits = {"min_accuracy": 0.99, "max_wh": 1e-9, "max_p95": 10.0, "max_memory": 1}
    label = energylabel.load_label(DEMO)
    found = label.gate(**limits, fail_below_energy="g")  # type: ignore[attr-defined]
    assert found == energylabel.gate(DEMO, **limits, fail_below_energy="g")
    arguments = ["gate", str(DEMO), "--min-accuracy", "0.99", "--max-wh", "1e-9", "--max-p95"]
    arguments += ["10s", "--max-memory", "1", "--fail-below-energy", "g", "--format", "json"]
    shown = json.loads(CliRunner().invoke(app, arguments, obj=Output()).stdout)["gates"]
    assert [asdict(each) for each in found] == shown
    assert [each.met for each in found] == [True, False, False, True, False]
    assert all(isinstance(each, energylabel.Verdict) for each in found)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({}, "no limit is given"),
        ({"max_p95": None}, "no limit is given"),
        ({"min_accuracy": 93}, "min_accuracy is 93, no share between 0 and 1"),
        ({"min_accuracy": True}, "min_accuracy is True, no share"),
        ({"max_p95": "50ms"}, "max_p95 is '50ms', no positive number of seconds"),
        ({"max_memory": float("nan")}, "max_memory is nan, no positive number of bytes"),
        ({"max_wh": -1}, "max_wh is -1, no positive number of Wh"),
        ({"fail_below_energy": "H"}, "fail_below_energy is 'H', no class"),
        ({"fail_below_accuracy": ""}, "fail_below_accuracy is '', no class"),
    ],
)
def test_limits_that_are_none_are_named(limits: dict[str, Any], message: str):
    with pytest.raises(UsageError, match=message):
        energylabel.gate(make_label(), **limits)
    with pytest.raises(UsageError, match="there is no gate 'max_p59'"):
        gated(make_label(), {"max_p59": 1})


def test_every_gate_is_in_python_and_on_the_command_line():
    arguments = inspect.signature(energylabel.gate).parameters.keys() - {"label"}
    flags = {each.name for each in app.commands["gate"].params}
    assert arguments == GATES.keys()
    assert flags >= GATES.keys()
