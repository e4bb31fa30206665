"""Ratings by a worker that answers at once: what is planned, the journal, and how to start one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_worker import FakeWorker
from support.workers import make_plan

from energylabel.events import silent
from energylabel.planning.planner import Plan
from energylabel.records.evidence import Evidence
from energylabel.running import steps as running
from energylabel.storing.journal import Journal

Rate = Callable[..., Evidence]


@pytest.fixture
def plan(tiny_bert: Path) -> Plan:
    """A quick look at a tiny model; a module may plan something else."""
    return make_plan(tiny_bert)


@pytest.fixture
def book(tmp_path: Path) -> Journal:
    return Journal("k" * 64, tmp_path)


@pytest.fixture
def rate(plan: Plan, book: Journal, monkeypatch: pytest.MonkeyPatch) -> Rate:
    """``rate(worker, resume=…, of=plan)``."""

    def call(worker: FakeWorker, *, resume: bool = False, of: Plan = plan) -> Evidence:
        monkeypatch.setattr(running, "Worker", worker)
        return running.run(of, book, silent, resume=resume)

    return call
