"""What a rating does when time runs out, by its limit or for a model that never ends loading."""

import dataclasses
import time
from typing import Any

import pytest
from support.fake_worker import FakeWorker
from support.rated import Rate

from energylabel.errors import MeasurementError, NotRatableError
from energylabel.planning.planner import Plan
from energylabel.records import CountTokens, MeasureWindow, OpenModel, Record, Request, RunPasses


def limited(plan: Plan, seconds: float) -> Plan:
    return dataclasses.replace(
        plan, options=dataclasses.replace(plan.options, time_limit_s=seconds)
    )


def test_a_hopeless_time_limit_is_refused_before_anything_is_loaded(rate: Rate, plan: Plan):
    worker = FakeWorker()
    with pytest.raises(MeasurementError, match="time limit leaves") as caught:
        rate(worker, of=limited(plan, 0.1))
    assert "--time-limit" in caught.value.hint
    assert not worker.asked


class Stuck(FakeWorker):
    """It never answers to one kind of request."""

    def __init__(self, kind: type[Record]) -> None:
        super().__init__()
        self._kind = kind
        self.waited: list[float] = []

    def _exchange(self, seconds: float | None, request: Request[Any]) -> str:
        if seconds is not None:
            self.waited.append(seconds)
        if isinstance(request, self._kind):
            raise TimeoutError
        return super()._exchange(seconds, request)


@pytest.mark.parametrize(
    ("kind", "doing"),
    [(OpenModel, "loading local/tiny"), (CountTokens, "tokenising the texts")],
)
def test_a_model_that_never_loads_is_given_up(
    rate: Rate, plan: Plan, kind: type[Record], doing: str
):
    worker = Stuck(kind)
    with pytest.raises(NotRatableError, match=f"{doing} took more than 3600 s"):
        rate(worker)
    assert worker.waited[-1] == 3600
    worker = Stuck(kind)
    with pytest.raises(MeasurementError, match=f"the time limit ended while {doing}"):
        rate(worker, of=limited(plan, 50))
    assert 0 < worker.waited[-1] < 50


def test_a_time_limit_that_the_pace_does_not_keep_is_refused_before_the_blocks(
    rate: Rate, plan: Plan
):
    # a block: 2 × (8 × 0.08 s + 8 × 0.02 s); three of them and the answers exceed 5 s
    worker = FakeWorker()
    with pytest.raises(MeasurementError, match="time limit leaves"):
        rate(worker, of=limited(plan, 5))
    assert worker.of(RunPasses)
    assert not worker.of(MeasureWindow)


class Clock:
    """What the time is, for a test to set; each look at it takes a millisecond."""

    def __init__(self) -> None:
        self._real = time.monotonic
        self.now = self.start()

    def start(self) -> float:
        """Go back to the real time, from which a rating counts."""
        self.now = self._real()
        return self.now

    def look(self) -> float:
        self.now += 0.001
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.look)
    return clock


def test_a_time_limit_that_runs_out_keeps_two_blocks(rate: Rate, plan: Plan, clock: Clock):
    def slow(n: int) -> None:
        clock.now += 100.0 if n == last else 0.0

    last = 7
    evidence = rate(FakeWorker(before_window=slow), of=limited(plan, 50))
    assert len(evidence.windows) == 8
    clock.start()
    last = 3
    with pytest.raises(MeasurementError, match="before two blocks"):
        rate(FakeWorker(before_window=slow), of=limited(plan, 50))


def test_blocks_that_take_longer_than_planned_leave_time_for_the_answers(
    rate: Rate, plan: Plan, clock: Clock
):
    # The warm-up's pace promises blocks of some 2 s; those of this machine take 10 s.
    def slow(n: int) -> None:
        clock.now += 10.0 * (n % 4 == 3)

    many = plan.protocol.model_copy(update={"max_rounds": 9, "target_half_width": 1e-9})
    for limit in range(30, 50, 3):
        began = clock.start()
        of = limited(dataclasses.replace(plan, protocol=many), limit)
        evidence = rate(FakeWorker(before_window=slow), of=of)
        took = clock.now - began
        assert 20 < took <= limit
        assert len(evidence.windows) == 4 * (took // 10)
