"""Functions of a Python program are rated in it, beside a worker that has the reference."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from support.workers import shorten_quick

import energylabel
from energylabel.classifiers import Batching
from energylabel.errors import NotRatableError, UsageError
from energylabel.judging.consistency import choices
from energylabel.meters import ActiveCpuTime
from energylabel.planning import planner
from energylabel.records import (
    InterleaveWindows,
    MeasureWindow,
    MeteredPasses,
    MetersStarted,
    MetersStopped,
    OpenModel,
    Reading,
    StartMeters,
    TakeTexts,
    Task,
    WindowMeasured,
)
from energylabel.worker.in_memory import functions
from energylabel.worker.in_memory.elsewhere import Elsewhere
from energylabel.workloads import wording

ROWS = [("good" if i % 2 else "bad", "pos" if i % 2 else "neg") for i in range(40)]
ROWS = [(f"{text} text {i}", label) for i, (text, label) in enumerate(ROWS)]


def rules(texts: list[str]) -> list[str]:
    sum(range(20_000 * len(texts)))
    return ["pos" if text.startswith("good") else "neg" for text in texts]


@pytest.fixture
def _short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_quick(monkeypatch, tmp_path / "state")
    monkeypatch.setattr(choices, "PROTOCOLS", planner.PROTOCOLS)


@pytest.mark.slow
@pytest.mark.usefixtures("_short", "small_reference")
def test_a_function_is_rated(tmp_path: Path):
    before, began = threading.active_count(), time.monotonic()
    rated = energylabel.rate(
        model=rules, data=ROWS, name="my rules", protocol="quick", out=tmp_path / "labels"
    )
    took = time.monotonic() - began
    label = rated.label
    assert energylabel.verify(rated) == ()
    assert (label.subject.name, label.subject.family) == ("local/my-rules", "custom")
    assert label.metrics.accuracy.accuracy.value == 1.0
    assert label.metrics.energy.index.value > 0
    # Nothing is told of what nobody knows, in label nor evidence.
    assert label.subject.parameters is None
    for name in ("peak_memory_bytes", "tokens_per_query", "truncated_share", "read_share"):
        assert getattr(label.metrics, name) is None
    evidence = json.loads((rated.folder / "evidence.json").read_text())
    assert "model_peak_bytes" not in evidence
    assert not {"parameters", "max_tokens"} & evidence["subject"].keys()
    assert evidence["subject"]["files"] == []
    # The reference computed in the worker, the function here: each window is one process's.
    assert {window["role"] for window in evidence["windows"]} == {"reference", "candidate"}
    assert threading.active_count() == before
    # Where the time went is all of it.
    assert rated.time is not None
    assert abs(sum(rated.time.parts_s.values()) - rated.time.total_s) < 1
    assert abs(rated.time.total_s - took) < 1
    spent = evidence["time_spent"]
    assert abs(sum(spent["parts_s"].values()) - spent["total_s"]) < 1
    assert spent["parts_s"].keys() == rated.time.parts_s.keys() - {"writing"}
    with pytest.raises(UsageError, match="was a function of a Python program"):
        energylabel.card(rated, tmp_path / "README.md")
    assert not (tmp_path / "README.md").exists()
    with pytest.raises(UsageError, match="no model of the Hub"):
        energylabel.push(rated)
    picture = (rated.folder / "card.md").read_text()
    assert "a function of a Python program" in picture
    assert "| Peak memory | not known |" in picture


@pytest.mark.slow
@pytest.mark.usefixtures("_short", "small_reference")
@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda _: ["pos"], "the function returns 1 answers to"),
        (lambda texts: ["good"] * len(texts), "answers 'good', which is none of the labels"),
        (lambda texts: time.sleep(0.02 * len(texts)) or rules(texts), "waits for something else"),
    ],
)
def test_a_bad_function_ends_in_one_line(function: Any, message: str, tmp_path: Path):
    with pytest.raises(NotRatableError, match=message) as caught:
        energylabel.rate(model=function, data=ROWS, protocol="quick", out=tmp_path / "labels")
    assert "\n" not in caught.value.message
    assert not list((tmp_path / "labels").rglob("label.json"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "tfidf-linear"}, "family is not for a function"),
        ({"dtype": "float16"}, "dtype is not for a function"),
        ({"device": "cuda"}, "device is not for a function"),
        ({"resume": True}, "resume is not for a function"),
        ({"label_map": {"a": "pos"}}, "answers with the workload's own labels"),
        ({"tokenizer": object()}, "tokenizer is not for a function"),
    ],
)
def test_options_that_are_not_for_functions(options: dict[str, Any], message: str, tmp_path: Path):
    with pytest.raises(UsageError, match=message):
        energylabel.rate(model=rules, data=ROWS, out=tmp_path / "labels", **options)


def test_the_worker_beside_it_is_not_charged_to_it(monkeypatch: pytest.MonkeyPatch):
    import subprocess
    import sys

    busy = "import time\nwhile time.process_time() < 1: pass\ninput()"
    child = subprocess.Popen([sys.executable, "-c", busy], stdin=subprocess.PIPE)
    try:
        charged, spared = ActiveCpuTime(), ActiveCpuTime(without=child.pid)
        charged.start(), spared.start()
        end = time.monotonic() + 0.4
        while time.monotonic() < end:
            pass
        both, own = charged.stop().usage, spared.stop().usage
        assert both is not None
        assert own is not None
        assert both.own_seconds > own.own_seconds
    finally:
        child.communicate(b"\n")


def test_energy_is_the_workers_and_processor_time_this_processs():
    asked: list[str] = []
    energy = (Reading(meter="rapl", method="hardware-counter", joules={"cpu": 5.0}),)

    def far(request: Any) -> Any:
        asked.append(request.op)
        return functions.read_reply(
            request,
            json.dumps(
                {"reply": "meters-started"}
                if request.op == "start-meters"
                else {
                    "reply": "meters-stopped",
                    "energy": [each.model_dump(mode="json") for each in energy],
                }
            ),
        )

    meters = functions._FarMeters(far, worker=0)
    found = meters.around(lambda: sum(range(3_000_000)), lambda: None)
    assert asked == ["start-meters", "stop-meters"]
    assert found.energy == energy
    assert found.usage.own_seconds > 0


def test_two_models_that_take_turns_are_metered_each_in_its_process():
    """The pieces of both in their order, with the reference's figures as its worker told them."""
    calls: list[str] = []

    def function(texts: list[str]) -> list[str]:
        calls.append(f"function {len(texts)}")
        sum(range(200_000))
        return ["pos"] * len(texts)

    def far(request: Any) -> Any:
        if isinstance(request, MeasureWindow):
            calls.append(f"reference {len(request.indices)}")
            passes = 3 if request.min_seconds else 1
            measured = MeteredPasses(
                passes=passes,
                queries=passes * len(request.indices),
                tokens=passes * 10 * len(request.indices),
                started_at=time.time(),
                seconds=0.5 * passes,
                cpu_seconds=0.75 * passes,
                foreign_cpu_share=0.1,
                energy=(),
            )
            return WindowMeasured(measured=measured, pass_cpu_seconds=(0.75,) * passes)
        return MetersStarted() if isinstance(request, StartMeters) else MetersStopped(energy=())

    beside = functions._Beside(function, far, worker=0)
    beside.take_texts(TakeTexts(texts=tuple(f"text {i:03}" for i in range(64))))
    task = Task(labels=("neg", "pos"), wording=wording("en"))
    opening = {"family": "custom", "model": None, "device": "cpu", "dtype": "auto", "threads": 1}
    beside.open_model(OpenModel(role="candidate", task=task, **opening))
    beside.take_reference([5] * 64)
    beside.take_batches(Batching(32, equal_lengths=False))
    both = beside.interleave_windows(
        InterleaveWindows(
            indices=tuple(range(64)),
            reference_passes=1,
            candidate_passes=2,
            min_seconds=2.0,
            turn=0,
        )
    )
    # One pass of the reference and two of the function, in batches of 32, then as long as it lacks.
    turns = calls[:6]
    assert turns.count("reference 32") == 2
    assert turns.count("function 32") == 4
    assert turns not in (sorted(turns), sorted(turns, reverse=True))
    assert calls[-1] == "reference 64"
    reference, candidate = both.reference, both.candidate
    assert reference.pass_cpu_seconds == (1.5, 0.75, 0.75, 0.75)
    assert reference.measured.passes == 4
    assert reference.measured.cpu_seconds == 3.75
    assert reference.measured.seconds == 0.5 + 0.5 + 1.5
    assert reference.measured.tokens == 10 * 64 * 4
    assert reference.measured.foreign_cpu_share == pytest.approx(0.1)
    assert candidate.measured.seconds >= 2.0
    assert candidate.measured.queries == 64 * candidate.measured.passes
    assert candidate.measured.cpu_seconds >= sum(candidate.pass_cpu_seconds or ()) > 0


def test_a_function_that_waits_is_found_between_the_references_turns():
    with pytest.raises(NotRatableError, match="waits for something else"), Elsewhere(0) as watched:
        for _ in range(3):
            with watched.during():
                time.sleep(0.2)
            end = time.monotonic() + 0.2
            while time.monotonic() < end:
                pass  # the worker's turn
