"""Where the time of a rating went."""

from energylabel.events import Spent, Stopwatch
from energylabel.records.base import NonNegative, Record


class TimeSpent(Record):
    """Seconds of a rating, in all and for each thing (:data:`energylabel.events.Spent`).

    Of a resumed rating those of the session that ended it.
    """

    total_s: NonNegative
    parts_s: dict[Spent, NonNegative]

    @classmethod
    def of(cls, watch: Stopwatch) -> "TimeSpent":
        """What a stopwatch shows now."""
        total, parts = watch.read()
        return cls(total_s=total, parts_s=parts)
