"""What the steps of a rating share: plan, worker, journal, clock, and places of measurements."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from energylabel.events import Event, Observer, Stage, Stopwatch
from energylabel.planning import Plan
from energylabel.records import (
    AnyEntry,
    BaselineWindowTaken,
    Entry,
    Fitting,
    IdleRun,
    MeteredPasses,
    MeteredRest,
    ModelFitted,
    Moment,
    Role,
    SliceRun,
    Training,
    Window,
    WindowMeasured,
    WindowTaken,
)
from energylabel.storing import Journal
from energylabel.worker import Worker

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating under way.

    ``past`` holds the journal's entries when it is resumed, else nothing; ``rests`` the machine
    at rest and ``strangers`` the counts of other processes on the GPU of this session. ``watch``
    is turned to what takes the time.
    """

    plan: Plan
    worker: Worker
    journal: Journal
    observe: Observer
    past: list[AnyEntry]
    began: float = field(default_factory=time.monotonic)
    rests: list[IdleRun] = field(default_factory=list)
    strangers: list[int] = field(default_factory=list)
    watch: Stopwatch = field(default_factory=Stopwatch)

    @property
    def session(self) -> int:
        """Number of sessions before this one that measured anything."""
        measured = {entry.window.session for entry in self.of(WindowTaken)}
        return len(measured | {entry.run.session for entry in self.of(BaselineWindowTaken)})

    def of(self, kind: type[E]) -> Iterator[E]:
        """What earlier sessions recorded of a kind."""
        return (entry for entry in self.past if isinstance(entry, kind))

    def first(self, kind: type[E]) -> E | None:
        """The first such entry, or None."""
        return next(self.of(kind), None)

    def record(self, entry: AnyEntry) -> None:
        """Write an entry to the journal; it is on the disk when this returns."""
        self.journal.append(entry)

    def left(self) -> float | None:
        """Seconds that the time limit leaves; None without a limit."""
        limit = self.plan.options.time_limit_s
        return None if limit is None else limit - (time.monotonic() - self.began)

    def tell(
        self,
        stage: Stage,
        message: str,
        *,
        done: float | None = None,
        total: float | None = None,
        remaining_s: float | None = None,
        most_s: float | None = None,
    ) -> None:
        """Report progress."""
        self.observe(Event(stage, message, done, total, remaining_s, most_s))


def slice_run(measured: MeteredPasses, *, session: int, part: int) -> SliceRun:
    """Passes over the slice with the number ``part``."""
    return SliceRun(session=session, slice=part, **dict(measured))


def window(
    reply: WindowMeasured,
    *,
    session: int,
    part: int,
    block: int,
    position: int,
    role: Role,
    interleaved: bool = False,
) -> Window:
    """A window of a block, over the slice with the number ``part``, whose passes were timed."""
    return Window(
        **dict(slice_run(reply.measured, session=session, part=part)),
        block=block,
        position=position,
        role=role,
        kept=True,
        pass_cpu_seconds=reply.pass_cpu_seconds or (),
        interleaved=interleaved,
    )


def idle_run(measured: MeteredRest, *, session: int, moment: Moment) -> IdleRun:
    """The machine at rest at one moment of the rating."""
    return IdleRun(
        moment=moment,
        session=session,
        started_at=measured.started_at,
        seconds=measured.seconds,
        busy_seconds=measured.busy_seconds,
        energy=measured.energy,
    )


def fitting(reply: ModelFitted, training: Training, *, rows: int, classes: int) -> Fitting:
    """What fitting took on the first ``rows`` of the rows, where there are so many classes."""
    return Fitting(
        rows=rows,
        content_sha256=training.content_sha256,
        own_rows=training.own,
        asked_rows=training.asked,
        unlearnt=training.unlearnt(rows, classes),
        seconds=reply.seconds,
        cpu_seconds=reply.cpu_seconds,
        energy=reply.energy,
    )
