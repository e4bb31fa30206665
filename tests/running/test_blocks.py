"""What a rating does step by step, with a worker that answers at once."""

import dataclasses
import json
from itertools import pairwise

import pytest
from support.fake_worker import FakeWorker
from support.rated import Rate, kinds, places, rounds

from energylabel.classifiers.base import Batching
from energylabel.errors import MeasurementError, NotRatableError, SchemaError
from energylabel.events import Event
from energylabel.planning.planner import Plan
from energylabel.records import (
    AnsweredSingly,
    AnswersGiven,
    AnswerSingly,
    MeasureRest,
    MeasureWindow,
    RatingBegun,
    RatingFailed,
    RestTaken,
    RunPasses,
    SizeBatches,
    TakeAnswers,
    Window,
    WindowTaken,
)
from energylabel.running import steps as running
from energylabel.storing.journal import Journal

R_C_C_R = ("reference", "candidate", "candidate", "reference")


def test_blocks_are_r_c_c_r_on_successive_slices(rate: Rate, book: Journal):
    worker = FakeWorker()
    evidence = rate(worker)
    assert [w.role for w in evidence.windows] == [*R_C_C_R * 3]
    assert [w.slice for w in evidence.windows] == [0] * 4 + [1] * 4 + [2] * 4
    assert places(evidence.windows) == [(b, p) for b in range(3) for p in range(4)]
    asked = worker.of(MeasureWindow)
    per_block = [{each.indices for each in asked[4 * b : 4 * b + 4]} for b in range(3)]
    assert all(len(slices) == 1 for slices in per_block)
    (first,), (second,), (third,) = per_block
    assert sorted((*first, *second, *third)) == list(range(24))
    assert evidence.settings.slices == (8, 8, 8)
    assert evidence.sessions == 1


def test_a_switch_of_model_settles_on_another_slice(rate: Rate):
    worker = FakeWorker()
    rate(worker)
    for before, each in pairwise(worker.asked):
        if isinstance(each, MeasureWindow):
            assert isinstance(before, MeasureWindow | RunPasses)
            assert before.role == each.role  # settled, or the same model goes on
            if isinstance(before, RunPasses):
                assert not set(before.indices) & set(each.indices)
    assert len(worker.of(RunPasses)) > len(worker.of(MeasureWindow)) / 2


def test_every_window_is_on_the_disk_before_the_next_begins(rate: Rate, book: Journal):
    seen = []
    rate(FakeWorker(before_window=lambda _: seen.append(kinds(book).count(WindowTaken))))
    assert seen == list(range(12))
    assert kinds(book)[0] is RatingBegun


@pytest.mark.slow
def test_resumed_after_any_line_nothing_is_measured_twice(rate: Rate, book: Journal):
    whole = rate(FakeWorker())
    lines = book.path.read_bytes().splitlines(keepends=True)
    recorded = kinds(book)
    assert recorded.count(WindowTaken) == 12
    for cut in range(1, len(lines)):
        for torn in (b"", lines[cut][:-9]):
            book.path.write_bytes(b"".join(lines[:cut]) + torn)
            worker = FakeWorker()
            evidence = rate(worker, resume=True)
            had = recorded[:cut].count(WindowTaken)
            assert len(worker.of(MeasureWindow)) == 12 - had
            assert places(evidence.windows) == places(whole.windows)
            assert evidence.windows[:had] == whole.windows[:had]
            assert {w.session for w in evidence.windows[had:]} <= {int(had > 0)}
            assert evidence.sessions == 1 + (0 < had < 12)  # only one that measured counts
            assert evidence.started_at == whole.started_at
            assert bool(worker.of(TakeAnswers)) == (AnswersGiven not in recorded[:cut])
            assert bool(worker.of(AnswerSingly)) == (AnsweredSingly not in recorded[:cut])
            assert evidence.answers.predicted == whole.answers.predicted


def test_interrupted_again_and_again(rate: Rate):
    def stop(at: int) -> None:
        if at == 1:
            raise KeyboardInterrupt

    for _ in range(11):
        with pytest.raises(KeyboardInterrupt):
            rate(FakeWorker(before_window=stop), resume=True)
    evidence = rate(FakeWorker(), resume=True)
    assert places(evidence.windows) == [(b, p) for b in range(3) for p in range(4)]
    assert evidence.sessions == 12
    assert {w.session for w in evidence.windows if w.block == 0} == {0, 1, 2, 3}


def test_without_resume_the_journal_is_not_read(rate: Rate, book: Journal):
    rate(FakeWorker())
    book.path.unlink()
    worker = FakeWorker()
    assert rate(worker).sessions == 1
    assert len(worker.of(MeasureWindow)) == 12


def test_a_journal_of_another_version_is_one_clear_error(rate: Rate, book: Journal):
    rate(FakeWorker())
    lines = book.path.read_text().splitlines()
    at = kinds(book).index(WindowTaken)
    entry = json.loads(lines[at])
    entry["window"]["unheard_of"] = 1
    book.path.write_text("\n".join([*lines[:at], json.dumps(entry)]) + "\n")
    with pytest.raises(SchemaError, match="does not know"):
        rate(FakeWorker(), resume=True)


def test_it_stops_after_the_first_round_that_is_narrow_enough(rate: Rate, plan: Plan):
    evidence = rate(FakeWorker(), of=rounds(plan))
    assert len(evidence.windows) == 12
    hopeless = rounds(plan, target_half_width=1e-9, max_rounds=3)
    assert len(rate(FakeWorker(), of=hopeless).windows) == 36
    metered = FakeWorker(joules=True)
    assert len(rate(metered, of=rounds(plan)).windows) == 24


def test_a_resumed_rating_stops_where_the_whole_one_stopped(rate: Rate, plan: Plan, book: Journal):
    """Windows of a second round, once begun, have no say in whether the first was enough."""
    # log 2 and log 0.525 among the first six ratios: ± 68 %; with six more, within slices: ± 23 %
    noisy = {1: 2.0, 5: 0.525}

    class Noisy(FakeWorker):
        def _cpu(self, role: str, queries: int) -> float:
            return super()._cpu(role, queries) * noisy.get(self.windows - 1, 1.0)

    settings = rounds(plan, target_half_width=0.4, max_rounds=3)
    whole = rate(Noisy(), of=settings)
    assert len(whole.windows) == 24
    lines = book.path.read_bytes().splitlines(keepends=True)
    at = [n for n, kind in enumerate(kinds(book)) if kind is WindowTaken][21]
    book.path.write_bytes(b"".join(lines[:at]))
    assert len(rate(FakeWorker(), of=settings, resume=True).windows) == 24


@pytest.mark.slow
def test_metered_blocks_with_neighbours_are_taken_again(rate: Rate, book: Journal):
    worker = FakeWorker(joules=True, foreign=lambda n: 0.051 if n in (1, 6) else 0.05)
    evidence = rate(worker)
    # block 0 (window 1), its repetition (window 6), then three quiet blocks
    assert worker.windows == 20
    assert places(evidence.windows) == [(b, p) for b in range(3) for p in range(4)]
    assert [w.block for w in evidence.windows if not w.kept] == [0] * 8
    lines, recorded = book.path.read_bytes().splitlines(keepends=True), kinds(book)
    for cut in range(recorded.index(WindowTaken), len(lines)):
        book.path.write_bytes(b"".join(lines[:cut]))
        quiet = FakeWorker(joules=True)
        resumed = rate(quiet, resume=True)
        had = recorded[:cut].count(WindowTaken)
        assert len(resumed.windows) == had + quiet.windows
        assert places(resumed.windows) == places(evidence.windows)


@pytest.mark.slow
def test_a_metered_rating_rests_before_halfway_and_after(rate: Rate, plan: Plan, book: Journal):
    metered = rounds(plan)
    worker = FakeWorker(joules=True)
    evidence = rate(worker, of=metered)
    order = [type(each) for each in worker.asked if isinstance(each, MeasureWindow | MeasureRest)]
    round_ = [MeasureWindow] * 12
    assert order == [MeasureRest, *round_, MeasureRest, *round_, MeasureRest]
    assert [run.moment for run in evidence.idle] == ["before", "halfway", "after"]
    lines, recorded = book.path.read_bytes().splitlines(keepends=True), kinds(book)
    for cut in range(recorded.index(RestTaken), len(lines)):
        book.path.write_bytes(b"".join(lines[:cut]))
        again = FakeWorker(joules=True)
        resumed = rate(again, of=metered, resume=True)
        assert len(again.of(MeasureRest)) == 3 - recorded[:cut].count(RestTaken)
        assert [run.moment for run in resumed.idle] == ["before", "halfway", "after"]
    estimated = FakeWorker()
    assert rate(estimated, of=metered).idle == ()
    assert estimated.of(MeasureRest) == []


def test_constant_noise_ends_all_the_same(rate: Rate):
    worker = FakeWorker(joules=True, foreign=lambda _: 2.0)
    evidence = rate(worker)
    assert places(evidence.windows) == [(b, p) for b in range(3) for p in range(4)]
    assert sum(not w.kept and w.position == 0 for w in evidence.windows) == 3


def test_estimated_blocks_are_kept_beside_neighbours(rate: Rate):
    worker = FakeWorker(foreign=lambda _: 2.0)
    assert all(w.kept for w in rate(worker).windows)
    assert worker.windows == 12


def test_the_reference_must_fit_too(rate: Rate):
    worker = FakeWorker(fits={"reference": 8})
    evidence = rate(worker)
    assert evidence.settings.batch_size == 8
    assert evidence.settings.batch_size_requested == 32
    assert evidence.model_peak_bytes == 1032  # the candidate's own
    longest = worker.of(SizeBatches)[0].indices
    assert len(longest) == 32
    assert {5 + n % 9 for n in longest[:6]} == {13}
    again = FakeWorker(fits={"reference": 8})
    assert rate(again, resume=True).settings.batch_size == 8
    with pytest.raises(MeasurementError, match="no longer fit"):
        rate(FakeWorker(fits={"candidate": 4}), resume=True)


class TakesMany(FakeWorker):
    """A candidate that pads nothing and takes many texts at a time."""

    def _batch(self, role: str) -> int | None:
        return 1024 if role == "candidate" else None


@pytest.mark.parametrize(
    ("asked", "taken"), [(Batching(32), 1024), (Batching(1), 1), (Batching(9, 9), 1024)]
)
def test_the_batch_on_record_is_the_candidate_s_own(
    rate: Rate, plan: Plan, asked: Batching, taken: int
):
    evidence = rate(TakesMany(), of=dataclasses.replace(plan, batching=asked))
    assert (evidence.settings.batch_size, evidence.settings.batch_tokens) == (taken, None)
    assert evidence.reference.batch_size == asked.size


def test_a_failure_is_noted_in_the_journal(rate: Rate, book: Journal):
    with pytest.raises(NotRatableError):
        rate(FakeWorker(error=NotRatableError("it is broken", "mend it")))
    assert book.read()[-1] == RatingFailed(message="it is broken")


def test_progress_says_how_far_and_how_sure(
    plan: Plan, book: Journal, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(running, "Worker", FakeWorker())
    news: list[Event] = []
    running.run(plan, book, news.append, resume=False)
    stages = [event.stage for event in news]
    assert stages == sorted(stages, key=["loading", "warming", "measuring", "answering"].index)
    blocks = [event for event in news if event.stage == "measuring"]
    assert [event.done for event in blocks] == [n / 4 for n in range(12)]
    assert {event.total for event in blocks} == {3}
    remaining = [event.remaining_s for event in blocks]
    assert all(a and b and a > b for a, b in pairwise(remaining))


def test_co2_and_rows(rate: Rate, plan: Plan):
    options = dataclasses.replace(plan.options, country="FRA", accuracy_rows="all")
    evidence = rate(FakeWorker(), of=dataclasses.replace(plan, options=options))
    assert evidence.carbon is not None
    assert evidence.settings.country == "FRA"
    assert len(evidence.answers.predicted) == 60
    assert evidence.answers.gold == plan.samples.gold
    assert isinstance(evidence.windows[0], Window)
