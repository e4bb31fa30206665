"""Where the time of a rating goes: the parts are the whole, and each thing is in its own."""

import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.fake_worker import FakeWorker
from support.rated import Rate

from energylabel.cli import summary
from energylabel.cli.app import app
from energylabel.cli.output import Output
from energylabel.events import Stopwatch
from energylabel.judging import contradictions
from energylabel.records import Outcome, TimeSpent


def test_a_stopwatch_is_always_at_one_thing(monkeypatch: pytest.MonkeyPatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    watch = Stopwatch()
    for what, seconds in (("loading", 2.0), ("model", 3.0), ("reference", 4.0), ("model", 5.0)):
        now[0] += seconds
        watch.turn_to(what)  # type: ignore[arg-type]
    now[0] += 6.0
    assert watch.read() == (
        20.0,
        {"resolving": 2.0, "loading": 3.0, "model": 10.0, "reference": 5.0},
    )
    now[0] += 1.0
    assert watch.read()[1]["model"] == 11.0
    watch.give("reference", 4.0)  # of two that took turns
    assert watch.read()[1] == {"resolving": 2.0, "loading": 3.0, "model": 7.0, "reference": 9.0}
    watch.give("reference", 100.0)
    assert watch.read() == (
        21.0,
        {"resolving": 2.0, "loading": 3.0, "model": 0.0, "reference": 16.0},
    )


def test_the_parts_are_the_whole(rate: Rate):
    began = time.monotonic()
    evidence = rate(FakeWorker(before_window=lambda _: time.sleep(0.01)))
    took = time.monotonic() - began
    spent = evidence.time_spent
    assert spent is not None
    assert abs(sum(spent.parts_s.values()) - spent.total_s) < 1e-6
    assert spent.total_s <= took < spent.total_s + 1
    expected = {"resolving", "loading", "checking", "warming", "reference", "model", "answering"}
    assert spent.parts_s.keys() >= expected
    for role, part in (("reference", "reference"), ("candidate", "model")):
        windows = sum(window.role == role for window in evidence.windows)
        assert spent.parts_s[part] >= 0.01 * windows  # type: ignore[index]


def test_what_does_not_add_up_is_told(rate: Rate):
    evidence = rate(FakeWorker())
    spent = evidence.time_spent
    assert spent is not None
    wrong = spent.model_copy(update={"total_s": spent.total_s + 1})
    told = contradictions(evidence.model_copy(update={"time_spent": wrong}))
    assert any(line.startswith("time_spent.total_s is ") for line in told)
    without = contradictions(evidence.model_copy(update={"time_spent": None}))
    assert not any("time_spent" in line for line in without)


def test_it_is_told_line_by_line():
    time_spent = TimeSpent(total_s=75.25, parts_s={"loading": 5.25, "model": 70.0})
    assert summary.spent(time_spent) == [
        "     5.2 s  loading, sizing batches",
        "    70.0 s  measuring the model",
        "    75.2 s  in all",
    ]
    assert json.loads(Outcome(model="m", time=time_spent).model_dump_json())["time"] == {
        "total_s": 75.25,
        "parts_s": {"loading": 5.25, "model": 70.0},
    }
    assert "time" not in Outcome(model="m").model_dump(mode="json")


@pytest.mark.slow
@pytest.mark.alone
def test_verbose_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    arguments = ["rate", "demo", "--verbose", "--out", str(tmp_path)]
    told = CliRunner().invoke(app, arguments, obj=Output())
    lines = [line for line in told.stderr.splitlines() if line.endswith(" s  in all")]
    assert len(lines) == 1
    assert any(line.endswith("measuring the reference") for line in told.stderr.splitlines())
