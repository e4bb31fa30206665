"""Ratings by a worker that answers at once: what is planned, the journal, and how to start one."""

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from support.fake_worker import FakeWorker
from support.workers import make_plan

from energylabel.events import silent
from energylabel.planning.planner import PROTOCOLS, Plan
from energylabel.records import Entry, Evidence, Window
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


def places(windows: Iterable[Window]) -> list[tuple[int, int]]:
    """Block and position of each window that was kept."""
    return [(window.block, window.position) for window in windows if window.kept]


def kinds(book: Journal) -> list[type[Entry]]:
    """Of the journal's lines."""
    return [type(entry) for entry in book.read()]


def rounds(plan: Plan, **changes: Any) -> Plan:
    """The plan with the standard's rounds, in moments."""
    short = {
        "warm_up_s": 0.02,
        "warm_up_limit_s": 0.2,
        "settle_s": 0.0,
        "idle_s": 0.01,
        "min_window_s": 0.05,
        "min_estimated_window_s": 0.05,
    }
    settings = PROTOCOLS["standard"].model_copy(update=short | changes)
    return dataclasses.replace(plan, protocol=settings)
