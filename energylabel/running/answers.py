"""After the windows, of the candidate alone: prefill apart, accuracy, one query at a time."""

from collections.abc import Iterable, Sequence

from energylabel.reckoning import shortest_window_s
from energylabel.records import (
    AnsweredSingly,
    Answers,
    AnswersGiven,
    AnswerSingly,
    AnswersTaken,
    MeasureWindow,
    MeterRecord,
    Prefill,
    PrefillTaken,
    RunPasses,
    SingleRun,
    SliceRun,
    TakeAnswers,
)
from energylabel.running.rating import Rating, slice_run
from energylabel.sampling import count_rows
from energylabel.standard import PROCEDURE

_CHUNK = 256


def answer(rating: Rating, budget_s: float, reserve_s: float = 0.0) -> Answers:
    """Ask the queries, then further rows as the option and the time allow.

    Args:
        rating: The rating under way.
        budget_s: Seconds that further rows may take: what the energy measurement took.
        reserve_s: Seconds of the time limit that are for what comes after.
    """
    before = rating.first(AnswersGiven)
    if before is not None:
        return before.answers
    plan = rating.plan
    rows = len(plan.samples.texts)
    labels: list[int] = []
    chunks: list[AnswersTaken] = []
    seconds = 0.0
    while len(labels) < rows:
        wanted = plan.samples.queries - len(labels)
        if wanted <= 0 and _out_of_time(rating, seconds, len(labels), budget_s, reserve_s):
            break
        doing = f"asking for accuracy, {len(labels):,} of {rows:,}"
        rating.tell("answering", doing, done=len(labels), total=rows)
        stop = min(rows, len(labels) + (min(wanted, _CHUNK) if wanted > 0 else _CHUNK))
        said = rating.worker.ask(TakeAnswers(role="candidate", start=len(labels), stop=stop))
        labels += said.labels
        seconds += said.seconds
        chunks.append(said)
    texts, gold = plan.samples.texts[: len(labels)], plan.samples.gold[: len(labels)]
    counts = count_rows(texts, gold)
    answers = Answers(
        predicted=tuple(labels),
        gold=gold,
        tokens=sum(said.tokens for said in chunks),
        uncut_tokens=sum(said.uncut_tokens for said in chunks),
        truncated=sum(said.truncated for said in chunks),
        generated=_sum(said.generated for said in chunks),
        framing=_sum(said.framing for said in chunks),
        tied=_sum(said.tied for said in chunks),
        reread=_sum(said.reread for said in chunks),
        empty=counts.empty,
        repeated=counts.repeated,
        contradicting=counts.contradicting,
        copies={str(size): texts for size, texts in counts.copies.items()},
        seconds=seconds,
    )
    rating.record(AnswersGiven(answers=answers))
    return answers


def _sum(counts: Iterable[int | None]) -> int | None:
    """Of those that are there; None where none is."""
    found = [count for count in counts if count is not None]
    return sum(found) if found else None


def _out_of_time(
    rating: Rating, seconds: float, asked: int, budget_s: float, reserve_s: float
) -> bool:
    """Whether no further chunk fits; ``all`` and a number are bound by the time limit alone."""
    left = rating.left()
    if left is not None and left - reserve_s < seconds / asked * _CHUNK:
        return True
    return rating.plan.options.accuracy_rows == "auto" and seconds >= budget_s


def single(rating: Rating) -> SingleRun:
    """Scenario ``single``: the first queries one at a time."""
    before = rating.first(AnsweredSingly)
    if before is not None:
        return before.run
    rating.tell("answering", "one query at a time")
    count = min(rating.plan.protocol.single_queries, rating.plan.samples.queries)
    run = rating.worker.ask(AnswerSingly(count=count)).run
    rating.record(AnsweredSingly(run=run))
    return run


def split_s(rating: Rating, window_s: float) -> float:
    """Seconds that it takes, about; 0 for models whose answers are not written."""
    if not rating.plan.unanswered:
        return 0.0
    return rating.plan.protocol.settle_s + 2 * PROCEDURE.prompts.prefill_pairs * window_s


def split(
    rating: Rating, indices: tuple[int, ...], meters: Sequence[MeterRecord]
) -> tuple[Prefill, ...]:
    """Windows of the prefill alone and of the whole answer in turn; nothing for other models.

    Args:
        rating: The rating under way.
        indices: The queries of the first slice.
        meters: Those that take part, which decide how long a window is.
    """
    plan = rating.plan
    least_s = shortest_window_s(plan.protocol, meters, plan.hardware.device)
    pairs = PROCEDURE.prompts.prefill_pairs
    found = [entry.pair for entry in rating.of(PrefillTaken)]
    if not plan.unanswered:
        return ()
    if len(found) < pairs and plan.protocol.settle_s:
        settle_s = plan.protocol.settle_s
        rating.worker.ask(RunPasses(role="candidate", indices=indices[:1], min_seconds=settle_s))
    while len(found) < pairs:
        left = rating.left()
        # A pair is two windows; as much time again is kept for the answers that come after it.
        if left is not None and found and left < 4 * found[-1].whole.seconds:
            break
        rating.tell("measuring", "prefill and answers apart", done=len(found), total=pairs)
        pair = Prefill(
            alone=_prefill_run(rating, "candidate:prefill", indices, least_s),
            whole=_prefill_run(rating, "candidate", indices, least_s),
        )
        rating.record(PrefillTaken(pair=pair))
        found.append(pair)
    return tuple(found)


def _prefill_run(rating: Rating, role: str, indices: tuple[int, ...], least_s: float) -> SliceRun:
    reply = rating.worker.ask(
        MeasureWindow(role=role, indices=indices, min_seconds=least_s, each_pass=False)
    )
    return slice_run(reply.measured, session=rating.session, part=0)
