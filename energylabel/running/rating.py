"""What the steps of one rating share: the plan, the worker, the journal and the clock."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from energylabel.events import Event, Observer, Stage
from energylabel.planning import Plan
from energylabel.records import IdleRun
from energylabel.storing import Entry, Journal
from energylabel.worker import Worker

BASELINE_WINDOW = "baseline-window"
"""Journal entry of a baseline's window."""


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
    past: list[Entry]
    began: float = field(default_factory=time.monotonic)
    rests: list[IdleRun] = field(default_factory=list)
    strangers: list[int] = field(default_factory=list)

    @property
    def session(self) -> int:
        """Number of sessions before this one that measured anything."""
        windows = (*self.of("window"), *self.of(BASELINE_WINDOW))
        return len({window["session"] for window in windows})

    def of(self, kind: str) -> Iterator[Any]:
        """What earlier sessions recorded of a kind."""
        return (entry["content"] for entry in self.past if entry.get("kind") == kind)

    def first(self, kind: str) -> Any:
        """The first such entry, or None."""
        return next(self.of(kind), None)

    def record(self, kind: str, content: Any) -> None:
        """Write an entry to the journal; it is on the disk when this returns."""
        self.journal.append(kind, content)

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
