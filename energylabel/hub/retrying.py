"""A question to the Hub that failed for a passing reason is asked again, within limits.

``huggingface_hub`` asks once for metadata. Here a refusal that may pass (408, 429, 5xx, a broken
connection) is waited out: as long as ``Retry-After`` says, else 1, 2, 4 … seconds with jitter.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from energylabel.errors import NetworkError
from energylabel.events import Event, Observer
from energylabel.hub.explaining import Passing, explained, passing

T = TypeVar("T")

TIMEOUT_S = 30.0
"""For an answer about a repository or a file; the content has a longer one of its own."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a question is repeated, in attempts and seconds; the clocks are for tests.

    ``deadline_s`` bounds the waiting of one question in all: the Hub counts requests over five
    minutes, so a longer pause than that is nothing to wait for.
    """

    attempts: int = 6
    connections: int = 3
    deadline_s: float = 330.0
    first_s: float = 1.0
    longest_s: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random


PATIENCE = Patience()


def patiently(
    ask: Callable[[], T], where: str, observer: Observer, *, connections: int | None = None
) -> T:
    """The answer to a question to the Hub.

    Args:
        ask: Asks once; raises what ``huggingface_hub`` raises.
        where: What is asked about, as the user named it.
        observer: Hears of pauses (stage ``waiting``).
        connections: Attempts where no answer came at all; None: as many as PATIENCE says.

    Raises:
        EnergyLabelError: As :func:`energylabel.hub.explaining.explained` says, of the last attempt.
    """
    patience = PATIENCE
    end = patience.clock() + patience.deadline_s
    attempt = silent = 0
    while True:
        attempt += 1
        try:
            with explained(where):
                return ask()
        except NetworkError as error:
            found = passing(error)
            if found is None:
                raise
            silent += found.status is None
            pause = _pause(found, attempt, patience)
            if (
                attempt >= patience.attempts
                or silent >= (patience.connections if connections is None else connections)
                or patience.clock() + pause > end
            ):
                raise
        observer(Event("waiting", f"{found.words}; trying again in {pause:.0f} s"))
        patience.sleep(pause)


def _pause(found: Passing, attempt: int, patience: Patience) -> float:
    """Seconds to wait: what was asked for, or twice as long each time, by up to a half more."""
    spread = 1 + patience.jitter() / 2
    if found.retry_after_s is not None:
        # Not all that were refused together come back in the same moment.
        return found.retry_after_s + spread
    doubled: float = patience.first_s * 2 ** (attempt - 1)
    return min(patience.longest_s, doubled) * spread
