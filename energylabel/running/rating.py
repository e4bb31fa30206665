"""What the steps of one rating share: the plan, the worker, the journal and the clock."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from energylabel.events import Event, Observer, Stage
from energylabel.planning import Plan
from energylabel.records import AnyEntry, BaselineWindowTaken, Entry, IdleRun, WindowTaken
from energylabel.storing import Journal
from energylabel.worker import Worker

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True)
class Rating:
    """A rating under way.

    ``past`` holds the journal's entries when it is resumed, else nothing; ``rests`` the machine
    at rest and ``strangers`` the counts of other processes on the GPU of this session.
    """

    plan: Plan
    worker: Worker
    journal: Journal
    observe: Observer
    past: list[AnyEntry]
    began: float = field(default_factory=time.monotonic)
    rests: list[IdleRun] = field(default_factory=list)
    strangers: list[int] = field(default_factory=list)

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
    ) -> None:
        """Report progress."""
        self.observe(Event(stage, message, done=done, total=total, remaining_s=remaining_s))
