"""Warm-up: both models run until they are steady, which also tells their pace."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from energylabel.reckoning import steady
from energylabel.records import ModelWarmed, Role, RunPasses, SlicesDealt, WarmUp
from energylabel.running.rating import Rating
from energylabel.running.slices import deal, middle, slice_count, warm_up_texts
from energylabel.standard import PROCEDURE


@dataclass(frozen=True, slots=True)
class Warm:
    """What the warm-up found out.

    ``slices`` are the indices of the queries in each slice. ``reference_pass_s`` and
    ``candidate_pass_s`` are seconds of one pass over a slice, ``candidate_query_s`` of one query.
    The last two of ``runs`` are the reference's and the candidate's of this session.
    """

    runs: tuple[WarmUp, ...]
    slices: tuple[tuple[int, ...], ...]
    reference_pass_s: float
    candidate_pass_s: float
    candidate_query_s: float

    @property
    def queries(self) -> float:
        """Of a slice, on average."""
        return sum(map(len, self.slices)) / len(self.slices)


def warm_up(rating: Rating, tokens: Sequence[int]) -> Warm:
    """Warm the reference, then the candidate, and deal the slices.

    Args:
        rating: The rating under way.
        tokens: The reference's tokens of each query.
    """
    rating.watch.turn_to("warming")
    indices = middle(tokens, warm_up_texts(rating.plan.batching))
    first, pace = _warm(rating, "reference", indices)
    mean_tokens = max(1, sum(tokens[i] for i in indices)) / len(indices)
    dealt = rating.first(SlicesDealt)
    if dealt is None:
        # Processor time is used, so that a busy neighbour does not make the slices smaller.
        alone = min(first.cpu_seconds_per_query) / rating.plan.threads
        dealt = SlicesDealt(count=slice_count(tokens, alone / mean_tokens, rating.plan.protocol))
        rating.record(dealt)
    second, per_query = _warm(rating, "candidate", indices)
    return Warm(
        runs=(*(entry.run for entry in rating.of(ModelWarmed)), first, second),
        slices=deal(tokens, dealt.count),
        reference_pass_s=sum(tokens) / dealt.count * pace / mean_tokens,
        candidate_pass_s=len(tokens) / dealt.count * per_query,
        candidate_query_s=per_query,
    )


def _warm(rating: Rating, role: Role, indices: tuple[int, ...]) -> tuple[WarmUp, float]:
    """Run one model for half the time, and on until its trend is gone; seconds per query."""
    settings, limits = rating.plan.protocol, PROCEDURE.warm_up
    rating.tell("warming", f"warming up the {role}")
    runs: list[float] = []
    began = time.monotonic()
    while True:
        ran = rating.worker.ask(
            RunPasses(role=role, indices=indices, min_seconds=settings.warm_up_s / 10)
        )
        queries = ran.passes * len(indices)
        runs.append(ran.cpu_seconds / queries)
        elapsed = time.monotonic() - began
        settled = steady(runs, "trend")
        if settled and elapsed >= settings.warm_up_s / 2:
            break
        if elapsed >= settings.warm_up_limit_s / 2 and len(runs) >= limits.runs:
            break
    found = WarmUp(
        session=rating.session,
        role=role,
        seconds=elapsed,
        cpu_seconds_per_query=tuple(runs),
        steady=settled,
        rule="trend",
    )
    rating.record(ModelWarmed(run=found))
    return found, ran.seconds / queries
