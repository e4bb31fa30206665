"""The way in which a model gives its own answers, found once and kept."""

from typing import Any

import pytest
from support.fake_worker import FakeWorker
from support.rated import Rate

from energylabel.errors import MeasurementError
from energylabel.records import (
    Agreement,
    AnswersCompared,
    CompareAnswers,
    MeasureWindow,
    SizeBatches,
    TryTexts,
    WayFound,
)
from energylabel.running.slices import extremes, telling
from energylabel.storing.journal import Journal


class Leaking(FakeWorker):
    """A model that is asked in another way than planned."""

    grouping: Any = "equal-lengths"

    def compare_answers(self, request: CompareAnswers) -> AnswersCompared:
        found = Agreement(texts=8, scored=True, grouping=self.grouping, strays=5, flips=2)
        return AnswersCompared(agreement=request.known or found)


class Alone(Leaking):
    grouping = "one-by-one"


def test_texts_are_tried_and_compared_before_anything_is_measured(rate: Rate):
    worker = Leaking()
    evidence = rate(worker)
    kinds = [type(request) for request in worker.asked]
    first = kinds.index(MeasureWindow)
    assert kinds.index(TryTexts) < kinds.index(SizeBatches) < kinds.index(CompareAnswers) < first
    assert evidence.agreement == Agreement(
        texts=8, scored=True, grouping="equal-lengths", strays=5, flips=2
    )
    # The peak is measured again in the batches that there are then.
    sizes = [each.role for each in worker.of(SizeBatches)]
    assert sizes == ["candidate", "candidate", "reference"]
    assert (evidence.settings.batch_size, evidence.reference.batch_size) == (32, None)


def test_one_at_a_time_is_on_record_and_the_reference_keeps_its_batches(rate: Rate):
    evidence = rate(Alone())
    assert (evidence.settings.batch_size, evidence.reference.batch_size) == (1, 32)


def test_a_resumed_rating_takes_the_same_way(rate: Rate, book: Journal):
    def broken_off(windows: int) -> None:
        if windows == 5:
            raise MeasurementError("the machine slept", "resume")

    with pytest.raises(MeasurementError):
        rate(Leaking(before_window=broken_off))
    worker = Alone()  # what it would find now is not asked
    evidence = rate(worker, resume=True)
    (asked,) = worker.of(CompareAnswers)
    (entry,) = [each for each in book.read() if isinstance(each, WayFound)]
    assert asked.known == entry.agreement == evidence.agreement
    assert entry.agreement.grouping == "equal-lengths"


def test_the_texts_to_compare_on():
    tokens = (7, 9, 3, 9, 30, 3, 8, *range(10, 40))
    assert telling(tokens, 6) == (2, 36, 0, 1, 3, 4, 5)
    assert len(telling(tokens * 3, 100)) == 32
    assert telling((5,), 1) == (0,)


def test_the_texts_to_try_are_the_longest_and_some_short_ones():
    tokens = (7, 9, 3, 9, 30, 3, 8)
    assert extremes(tokens) == (2, 0, 6, 1, 4)
    assert len(extremes(tuple(range(100)))) == 9
