"""The machine at rest: what the meters read while nothing of the rating runs."""

from typing import Any

from energylabel.records import IdleRun, Moment
from energylabel.running.rating import Rating
from energylabel.standard import PROCEDURE

KIND = "idle"
"""Journal entry of the machine at rest."""


def rest(rating: Rating, moment: Moment) -> None:
    """Meter the idle machine once for this moment of the rating, and record it.

    Nothing happens where the protocol has no such pause, or an earlier session took it.
    """
    seconds = rating.plan.protocol.idle_s
    if not seconds or any(entry["moment"] == moment for entry in rating.of(KIND)):
        return
    rating.tell("measuring", f"the machine at rest, {moment} the windows")
    place: dict[str, Any] = {"moment": moment, "session": rating.session}
    before = rating.plan.protocol.settle_s
    if rating.plan.hardware.gpus:
        before *= PROCEDURE.windows.gpu_rest
    run = IdleRun.from_dict(place | rating.worker.ask("idle", seconds=seconds, before=before))
    rating.record(KIND, run.model_dump(mode="json"))
    rating.rests.append(run)


def rests(rating: Rating) -> tuple[IdleRun, ...]:
    """All such readings, those of earlier sessions first."""
    return (*(IdleRun.from_dict(entry) for entry in rating.of(KIND)), *rating.rests)
