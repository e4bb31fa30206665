"""How the library tells what it is doing: events to an observer, never text to a terminal."""

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
