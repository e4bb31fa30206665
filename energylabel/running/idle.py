"""The machine at rest: what the meters read while nothing of the rating runs."""

from energylabel.records import IdleRun, MeasureRest, Moment, RestTaken
from energylabel.running.rating import Rating, idle_run
from energylabel.standard import PROCEDURE


def rest(rating: Rating, moment: Moment) -> None:
    """Meter the idle machine once for this moment of the rating, and record it.

    Nothing happens where the protocol has no such pause, or an earlier session took it.
    """
    seconds = rating.plan.protocol.idle_s
    if not seconds or any(entry.run.moment == moment for entry in rating.of(RestTaken)):
        return
    rating.watch.turn_to("resting")
    rating.tell("measuring", f"the machine at rest, {moment} the windows")
    before = rating.plan.protocol.settle_s
    if rating.plan.hardware.gpus:
        before *= PROCEDURE.windows.gpu_rest
    reply = rating.worker.ask(MeasureRest(seconds=seconds, before=before))
    run = idle_run(reply.measured, session=rating.session, moment=moment)
    rating.record(RestTaken(run=run))
    rating.rests.append(run)


def rests(rating: Rating) -> tuple[IdleRun, ...]:
    """All such readings, those of earlier sessions first."""
    return (*(entry.run for entry in rating.of(RestTaken)), *rating.rests)
