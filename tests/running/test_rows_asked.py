"""What the evidence says of the rows that a rating asked."""

import dataclasses

from support.fake_worker import FakeWorker
from support.rated import Rate

from energylabel.planning.planner import Plan


def test_empty_and_repeated_rows_are_counted(rate: Rate, plan: Plan):
    samples = plan.samples
    texts = tuple(f"text {n}" for n in range(len(samples.texts) - 5))
    more = ("", "\u200b ", "text 0", "Text  0 ", "text 1")
    gold = (0, 1, *samples.gold[2:-5], 1, 0, 0, 1, 1)
    odd = samples.model_copy(update={"texts": texts + more, "gold": gold})
    options = dataclasses.replace(plan.options, accuracy_rows="all")
    made = dataclasses.replace(plan, samples=odd, options=options)
    answers = rate(FakeWorker(), of=made).answers
    assert len(answers.gold) == len(samples.texts)
    assert (answers.empty, answers.repeated, answers.contradicting) == (2, 3, 1)
