"""The prefill of a model that writes its answers, metered apart: what reading a prompt costs."""

from collections.abc import Sequence

from energylabel.reckoning import shortest_window_s
from energylabel.records import (
    MeasureWindow,
    MeterRecord,
    Prefill,
    PrefillTaken,
    RunPasses,
    SliceRun,
)
from energylabel.running.placing import slice_run
from energylabel.running.rating import Rating
from energylabel.standard import PROCEDURE


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
        # Twice as long as the last pair, if there was one: answers have to come after it.
        if left is not None and found and left < 4 * found[-1].whole.seconds:
            break
        rating.tell("measuring", "prefill and answers apart", done=len(found), total=pairs)
        pair = Prefill(
            alone=_run(rating, "candidate:prefill", indices, least_s),
            whole=_run(rating, "candidate", indices, least_s),
        )
        rating.record(PrefillTaken(pair=pair))
        found.append(pair)
    return tuple(found)


def _run(rating: Rating, role: str, indices: tuple[int, ...], least_s: float) -> SliceRun:
    told = rating.worker.ask(
        MeasureWindow(role=role, indices=indices, min_seconds=least_s, each_pass=False)
    )
    return slice_run(told.measured, session=rating.session, part=0)
