"""Functions of a Python program are rated in it, beside a worker that has the reference."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import energylabel
from energylabel.errors import NotRatableError, UsageError
from energylabel.meters import ActiveCpuTime
from energylabel.records import Reading
from energylabel.worker.in_memory import functions

ROWS = [("good" if i % 2 else "bad", "pos" if i % 2 else "neg") for i in range(40)]
ROWS = [(f"{text} text {i}", label) for i, (text, label) in enumerate(ROWS)]


def rules(texts: list[str]) -> list[str]:
    sum(range(20_000 * len(texts)))
    return ["pos" if text.startswith("good") else "neg" for text in texts]


@pytest.mark.slow
@pytest.mark.alone
def test_a_function_is_rated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
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
@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda _: ["pos"], "the function returns 1 answers to"),
        (lambda texts: ["good"] * len(texts), "answers 'good', which is none of the labels"),
        (lambda texts: time.sleep(0.02 * len(texts)) or rules(texts), "waits for something else"),
    ],
)
def test_a_bad_function_ends_in_one_line(
    function: Any, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
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
