"""The baselines of a rating step by step, with a worker that answers at once."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from support.fake_worker import FakeWorker
from support.rated import Rate
from support.workers import make_plan

from energylabel.classifiers import baselines
from energylabel.errors import EnergyLabelError, MeasurementError, NotRatableError, OutputError
from energylabel.events import Event
from energylabel.planning.planner import Plan
from energylabel.records import (
    AnsweredSingly,
    AnswerSingly,
    BaselineDone,
    BaselineFitted,
    BaselineWindowTaken,
    Evidence,
    FitModel,
    InterleaveWindows,
    MeasureWindow,
    OpenModel,
    Request,
    RunPasses,
    TakeAnswers,
    Training,
)
from energylabel.running import steps as running
from energylabel.running.rating import Rating
from energylabel.storing.journal import Journal

Q = TypeVar("Q", OpenModel, FitModel, RunPasses, MeasureWindow, TakeAnswers)

BOTH = ("majority", "tfidf-linear")
TRAINING = Training(
    texts=tuple(f"row {n}" for n in range(40)),
    gold=tuple(n % 2 for n in range(40)),
    content_sha256="34" * 32,
)


def trained(plan: Plan) -> Plan:
    samples = plan.samples.model_copy(update={"training": TRAINING})
    return dataclasses.replace(plan, samples=samples)


@pytest.fixture
def plan(tiny_bert: Path) -> Plan:
    return trained(make_plan(tiny_bert))


def beside(worker: FakeWorker, kind: type[Q]) -> list[Q]:
    return [each for each in worker.of(kind) if each.role in BOTH]


def test_both_are_fitted_measured_and_asked_after_everything_else(rate: Rate):
    worker = FakeWorker()
    evidence = rate(worker)
    assert tuple(each.family for each in evidence.baselines) == BOTH
    ops = [(type(each), getattr(each, "role", None)) for each in worker.asked]
    first = ops.index((OpenModel, "majority"))
    assert {role for _, role in ops[:first]}.isdisjoint(BOTH)
    assert ops[first:] == [
        step
        for family in BOTH
        for step in [
            (OpenModel, family),
            (FitModel, family),
            (RunPasses, family),
            *[(MeasureWindow, family)] * 3,
            (TakeAnswers, family),
        ]
    ]
    for each in evidence.baselines:
        assert [run.slice for run in each.windows] == [0, 1, 2]
        assert len(each.predicted) == len(evidence.answers.gold) == 60
        assert (each.fitting.rows, each.fitting.content_sha256) == (40, "34" * 32)
    slices = [each.indices for each in worker.of(MeasureWindow) if each.role == "candidate"]
    assert [each.indices for each in beside(worker, MeasureWindow)[:3]] == slices[::2]
    (settled,) = (each for each in worker.of(RunPasses) if each.role == "majority")
    assert not set(settled.indices) & set(slices[0])
    assert all(each.device == "cpu" for each in beside(worker, OpenModel))
    assert all(each.each_pass is False for each in beside(worker, MeasureWindow))
    assert Evidence.from_json(evidence.canonical()) == evidence


def test_fewer_slices_are_gone_over_again(rate: Rate, plan: Plan):
    settings = plan.protocol.model_copy(update={"min_slices": 2})
    evidence = rate(FakeWorker(), of=dataclasses.replace(plan, protocol=settings))
    assert [run.slice for run in evidence.baselines[0].windows] == [0, 1, 0]


def test_none_without_rows_or_when_not_asked_for(rate: Rate, plan: Plan, tiny_bert: Path):
    for of in (make_plan(tiny_bert), trained(make_plan(tiny_bert, options={"baselines": False}))):
        worker = FakeWorker()
        evidence = rate(worker, of=of)
        assert (evidence.baselines, evidence.baselines_left_out) == ((), {})
        assert not beside(worker, OpenModel)
        assert b"baselines" not in evidence.canonical()
        assert of.is_that_of(evidence)
        assert not plan.is_that_of(evidence)
        assert of.signature != plan.signature


def test_words_are_told_apart_only_where_blanks_are_between_them():
    """By the texts themselves: nobody has to say what language they are in."""
    words, signs = ("majority", "tfidf-linear"), ("majority", "char-tfidf-linear")
    chinese, thai, korean = "这部电影很好", "หนัง", "영화가 좋다"
    assert baselines(["good film"] * 3 + [chinese] * 3) == words
    assert baselines(["good film"] * 3 + [chinese] * 4) == signs
    assert baselines([thai]) == signs
    assert baselines([korean, "déjà vu"]) == words


def test_the_rated_model_is_not_its_own_baseline(plan: Plan):
    model = plan.model.model_copy(update={"family": "tfidf-linear"})
    assert dataclasses.replace(plan, model=model).baselines == ("majority",)


def test_resumed_after_any_line_no_window_is_lost(rate: Rate, book: Journal):
    whole = rate(FakeWorker())
    lines = book.path.read_bytes().splitlines(keepends=True)
    recorded = [type(entry) for entry in book.read()]
    assert recorded.count(BaselineWindowTaken) == 6
    for cut in range(recorded.index(AnsweredSingly), len(lines)):
        book.path.write_bytes(b"".join(lines[:cut]) + lines[cut][:-9])
        worker = FakeWorker()
        evidence = rate(worker, resume=True)
        had, finished = (recorded[:cut].count(k) for k in (BaselineWindowTaken, BaselineDone))
        assert len(beside(worker, MeasureWindow)) == 6 - had
        assert len(beside(worker, FitModel)) == 2 - finished
        assert evidence.baselines[:finished] == whole.baselines[:finished]
        runs = [run for each in evidence.baselines for run in each.windows]
        before = [run for each in whole.baselines for run in each.windows]
        assert runs[:had] == before[:had]
        assert {run.session for run in runs[had:]} <= {1}
        assert evidence.sessions == 1 + (had < 6)
        fitted = recorded[:cut].count(BaselineFitted)
        assert all(
            one.fitting == other.fitting
            for one, other in zip(evidence.baselines[:fitted], whole.baselines, strict=False)
        )


FAULTS = [
    (NotRatableError("finds no words", ""), "finds no words"),
    (MeasurementError("the worker was killed", ""), "the worker was killed"),
    (EnergyLabelError("the worker ended: /home/someone/x.py", ""), "the worker ended in the mid"),
]


@pytest.mark.parametrize(("fault", "said"), FAULTS, ids=["unfit", "killed", "bug"])
def test_what_goes_wrong_with_one_costs_only_that_one(
    rate: Rate, plan: Plan, fault: EnergyLabelError, said: str
):
    evidence = rate(FakeWorker(faults={"tfidf-linear": fault}))
    assert [each.family for each in evidence.baselines] == ["majority"]
    assert list(evidence.baselines_left_out) == ["tfidf-linear"]
    assert evidence.baselines_left_out["tfidf-linear"].startswith(said)
    assert "someone" not in evidence.canonical().decode()
    assert plan.is_that_of(evidence)


def test_a_journal_that_cannot_be_written_ends_the_rating(rate: Rate):
    with pytest.raises(OutputError):
        rate(FakeWorker(faults={"majority": OutputError("disk full", "")}))


def clocked(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, limit_s: float, single_s: float = 0.0
) -> tuple[Plan, FakeWorker]:
    """A rating by a clock on which each window takes what the protocol asks, no more."""
    now = [0.0]
    monkeypatch.setattr(
        "energylabel.running.warm_up.time", SimpleNamespace(monotonic=lambda: now[0])
    )
    monkeypatch.setattr(Rating, "left", lambda _: limit_s - now[0])

    class Clocked(FakeWorker):
        def _exchange(self, seconds: float | None, request: Request[Any]) -> str:
            if isinstance(request, RunPasses | MeasureWindow):
                now[0] += request.min_seconds
            if isinstance(request, InterleaveWindows):
                now[0] += 2 * request.min_seconds
            now[0] += single_s * isinstance(request, AnswerSingly)
            return super()._exchange(seconds, request)

    settings = plan.protocol.model_copy(
        update={"min_estimated_window_s": 2.0, "settle_s": 1.0, "warm_up_s": 2.0, "max_rounds": 5}
    )
    options = dataclasses.replace(plan.options, time_limit_s=limit_s)
    return dataclasses.replace(plan, protocol=settings, options=options), Clocked()


def test_the_time_limit_keeps_room_for_them(
    rate: Rate, plan: Plan, monkeypatch: pytest.MonkeyPatch
):
    of, worker = clocked(plan, monkeypatch, 26.0)
    evidence = rate(worker, of=of)
    assert len(evidence.windows) == 4  # a third block would have fitted without them
    assert [each.family for each in evidence.baselines] == list(BOTH)


def test_without_time_they_are_left_out_and_the_rating_stands(
    rate: Rate, plan: Plan, monkeypatch: pytest.MonkeyPatch
):
    of, worker = clocked(plan, monkeypatch, 50.0, single_s=40.0)
    evidence = rate(worker, of=of)
    assert len(evidence.windows) >= 4
    assert set(evidence.baselines_left_out) == set(BOTH)
    assert "time limit" in evidence.baselines_left_out["majority"]


def test_progress_counts_them(
    plan: Plan, book: Journal, monkeypatch: pytest.MonkeyPatch, tiny_bert: Path
):
    """Two of them: three windows of two seconds and one to settle; one learns, 2 ms a row of 40."""
    remaining = []
    for of in (plan, make_plan(tiny_bert)):
        clocked_plan, worker = clocked(of, monkeypatch, 1000.0)
        monkeypatch.setattr(running, "Worker", worker)
        events: list[Event] = []
        running.run(clocked_plan, book, events.append, resume=False)
        told = [each.remaining_s for each in events if each.remaining_s is not None]
        remaining.append(told[0])
    assert remaining[0] - remaining[1] == pytest.approx(2 * (3 * 2.0 + 1.0) + 0.08)
