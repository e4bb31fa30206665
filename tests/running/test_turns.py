"""Blocks whose models take turns, with a worker that answers at once."""

import dataclasses
import json

import pytest
from support.fake_worker import FakeWorker
from support.rated import Rate, kinds, places, rounds

from energylabel.planning.planner import PROTOCOLS, Plan
from energylabel.records import InterleaveWindows, PassesRun, RunPasses, WindowTaken
from energylabel.storing.journal import Journal

R_C_C_R = ("reference", "candidate", "candidate", "reference")


def test_models_of_an_estimate_take_turns_within_a_block(rate: Rate, plan: Plan):
    worker = FakeWorker()
    evidence = rate(worker, of=rounds(plan))
    assert [w.role for w in evidence.windows] == ["reference", "candidate"] * 6
    assert places(evidence.windows) == [(b, p) for b in range(6) for p in range(2)]
    assert [w.slice for w in evidence.windows] == [n // 2 for n in range(12)]
    assert all(w.interleaved for w in evidence.windows)
    asked = worker.of(InterleaveWindows)
    assert sorted(n for each in asked for n in each.indices) == list(range(24))
    # Four texts of a slice take the reference 0.32 s, the candidate 0.08 s.
    longer = rounds(plan, min_estimated_window_s=0.2, target_half_width=1e-9, max_rounds=2)
    worker = FakeWorker()
    rate(worker, of=longer)
    asked = worker.of(InterleaveWindows)
    assert {(each.reference_passes, each.candidate_passes) for each in asked} == {(1, 3)}
    assert {each.min_seconds for each in asked} == {0.2}

    class Waits(FakeWorker):
        """Its processor rests while it answers, for 60 times as long as it works."""

        def run_passes(self, request: RunPasses) -> PassesRun:
            ran = super().run_passes(request)
            return ran.model_copy(update={"seconds": 60 * ran.cpu_seconds})

    waits = Waits()
    rate(waits, of=longer)
    counts = {
        (each.reference_passes, each.candidate_passes) for each in waits.of(InterleaveWindows)
    }
    assert counts == {(1, 1)}  # 4.8 s a pass of the candidate: no shorter than 1.2 s alone
    assert [each.turn % 2 for each in asked] == [0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0]


@pytest.mark.slow
def test_half_an_interleaved_block_is_measured_again(rate: Rate, plan: Plan, book: Journal):
    settings = rounds(plan)
    whole = rate(FakeWorker(), of=settings)
    lines, recorded = book.path.read_bytes().splitlines(keepends=True), kinds(book)
    for cut in range(1, len(lines)):
        book.path.write_bytes(b"".join(lines[:cut]))
        worker = FakeWorker()
        evidence = rate(worker, of=settings, resume=True)
        had = recorded[:cut].count(WindowTaken) // 2
        assert len(worker.of(InterleaveWindows)) == 6 - had
        assert places(evidence.windows) == places(whole.windows)
        assert evidence.windows[: 2 * had] == whole.windows[: 2 * had]


def test_a_rating_goes_on_as_it_began(rate: Rate, plan: Plan, book: Journal):
    """Windows of an earlier version of this program are none of turns, nor are those after it."""
    settings = rounds(plan, max_rounds=2, target_half_width=1e-9)
    rate(FakeWorker(), of=dataclasses.replace(settings, protocol=PROTOCOLS["quick"]))
    begun = next(line for line in book.path.read_text().splitlines() if '"window"' in line)
    rate(FakeWorker(), of=settings)
    lines = book.path.read_text().splitlines()
    at = kinds(book).index(WindowTaken)
    old = json.loads(begun)
    for name in ("slice", "queries"):
        old["window"][name] = json.loads(lines[at])["window"][name]
    book.path.write_text("\n".join([*lines[:at], json.dumps(old)]) + "\n")
    resumed = rate(FakeWorker(), of=settings, resume=True)
    assert [w.role for w in resumed.windows] == [*R_C_C_R * 12]
    assert not any(w.interleaved for w in resumed.windows)
