"""How the library tells what it is doing: events to an observer, never text to a terminal."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal[
    "resolving",
    "sampling",
    "waiting",
    "renamed",
    "standing",
    "noticed",
    "loading",
    "warming",
    "measuring",
    "answering",
    "writing",
    "publishing",
    "reading",
]


@dataclass(frozen=True, slots=True)
class Event:
    """A piece of news. ``done`` of ``total`` in the unit of the stage.

    ``remaining_s`` is about how many seconds are left; ``most_s``: at most, where that hangs on
    how well the figures agree.
    """

    stage: Stage
    message: str
    done: float | None = None
    total: float | None = None
    remaining_s: float | None = None
    most_s: float | None = None


Observer = Callable[[Event], None]


def silent(event: Event) -> None:
    """The observer that takes no notice."""
    del event


Spent = Literal[
    "resolving",
    "waiting",
    "loading",
    "checking",
    "warming",
    "reference",
    "model",
    "resting",
    "answering",
    "baselines",
    "writing",
]
"""What a rating spends its time on.

``resolving``: model and data are looked for, downloaded and read; ``waiting``: for the machine;
``checking``: answers alone, in batches and again; ``reference`` and ``model``: windows of either,
with the passes that settle it; ``resting``: the machine idles; ``answering``: for accuracy, and one
text at a time.
"""


class Stopwatch:
    """Where the time goes. It is always at one thing, so that the parts are the whole."""

    def __init__(self) -> None:
        self._began = self._since = time.monotonic()
        self._at: Spent = "resolving"
        self._spent: dict[Spent, float] = {}

    def turn_to(self, what: Spent) -> None:
        """From now on it is this that takes the time."""
        now = time.monotonic()
        self._spent[self._at] = self._spent.get(self._at, 0.0) + now - self._since
        self._at, self._since = what, now

    def give(self, what: Spent, seconds: float) -> None:
        """So much of what the present thing took was this one's, at most all of it."""
        self.turn_to(self._at)
        seconds = min(seconds, self._spent[self._at])
        self._spent[self._at] -= seconds
        self._spent[what] = self._spent.get(what, 0.0) + seconds

    def read(self) -> tuple[float, dict[Spent, float]]:
        """Seconds in all, and of each thing so far, in the order in which they came."""
        self.turn_to(self._at)
        return self._since - self._began, dict(self._spent)
