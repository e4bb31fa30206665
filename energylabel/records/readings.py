"""What meters say about a stretch of time, and what ran in it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from energylabel.events import Spent, Stopwatch
from energylabel.records.base import Absent, Count, NonNegative, Positive, Record

Role = Literal["reference", "candidate"]
WarmUpRule = Literal["trend"]
Component = Literal["cpu", "dram", "gpu"]
Method = Literal["hardware-counter", "sampled-power", "load-model", "cpu-time"]
"""How a reading was made; only the first two are measurements of energy."""


class CpuUsage(Record):
    """Processor time between two moments.

    ``own_seconds``: of this process and its children. ``busy_seconds``: of the whole machine,
    None where the system does not tell.
    """

    own_seconds: NonNegative
    busy_seconds: NonNegative | None


class Reading(Record):
    """What one meter says about one window. A component that it did not meter is absent."""

    meter: str
    method: Method
    joules: dict[Component, float] = {}
    usage: CpuUsage | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.joules and self.usage is None:
            raise ValueError("a reading holds joules or processor time")
        return self


class MeteredPasses(Record):
    """Whole passes over some of the queries, by one model, metered as one piece.

    ``started_at`` is Unix time; ``seconds`` is monotonic. ``foreign_cpu_share`` is other
    processes' CPU time over this run's own.
    """

    passes: Annotated[int, Field(ge=1)]
    queries: Annotated[int, Field(ge=1)]
    tokens: Count
    started_at: float
    seconds: Positive
    cpu_seconds: NonNegative
    foreign_cpu_share: NonNegative | None
    energy: tuple[Reading, ...]


class MeteredRest(Record):
    """The machine at rest, metered. ``started_at`` is Unix time; ``seconds`` is monotonic.

    ``busy_seconds`` is the CPU time that the whole machine worked meanwhile, None where the
    system does not tell.
    """

    started_at: float
    seconds: Positive
    busy_seconds: NonNegative | None
    energy: tuple[Reading, ...]


class WarmUp(Record):
    """The runs before the first window. ``cpu_seconds_per_query`` has one value per run.

    ``rule`` tells by what ``steady`` was decided; absent before decision 0014.
    """

    session: Count
    role: Role
    seconds: NonNegative
    cpu_seconds_per_query: tuple[NonNegative, ...]
    steady: bool
    rule: Annotated[WarmUpRule | None, Absent] = None


class CarbonIntensity(Record):
    """Yearly mean of a country's grid, from CodeCarbon's offline table (g CO2e per kWh)."""

    country: str
    grams_per_kwh: NonNegative
    source: str


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
