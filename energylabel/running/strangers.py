"""Who else computes on the GPUs of a rating.

The driver tells how many processes do. In a container their ids are the host's, so that one's own
cannot be recognised: before the worker starts all are strangers, afterwards all but one.
"""

from energylabel.devices import computing
from energylabel.errors import MeasurementError
from energylabel.planning import Plan
from energylabel.records import StrangersCounted
from energylabel.running.rating import Rating


def refuse_strangers(plan: Plan) -> int | None:
    """Refuse to start on GPUs that others use, unless the user allows it.

    Returns:
        How many there are on the busiest; None where nobody tells, or there is no GPU.

    Raises:
        MeasurementError: Others compute there.
    """
    hardware = plan.hardware
    counts = computing(hardware.places)
    if not counts:
        return None
    found = max(counts)
    if found and not plan.options.allow_shared:
        others = "another process computes" if found == 1 else f"{found} other processes compute"
        raise MeasurementError(
            f"{others} on the {hardware.device_name}, whose energy would be the model's",
            "end them (nvidia-smi lists them), or rate with --allow-shared and say so on the label",
            retryable=True,
        )
    return found


def count_strangers(rating: Rating) -> None:
    """Put on record how many others compute on the rating's GPUs now, on the busiest.

    Where not even the worker is seen, nobody would be, and nothing is put on record.
    """
    counts = computing(rating.plan.hardware.places)
    if counts and min(counts):
        found = max(counts) - 1
        rating.record(StrangersCounted(count=found))
        rating.strangers.append(found)


def most_strangers(rating: Rating) -> int | None:
    """The most that were ever seen; None where nobody tells, or there is no GPU."""
    earlier = (entry.count for entry in rating.of(StrangersCounted))
    return max([*earlier, *rating.strangers], default=None)
