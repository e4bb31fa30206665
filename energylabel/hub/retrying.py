"""A question to the Hub that failed for a passing reason is asked again, within limits.

``huggingface_hub`` asks once for metadata. Here a refusal that may pass (408, 429, 5xx, a broken
connection) is waited out: as long as ``Retry-After`` says, else 1, 2, 4 … seconds with jitter.
Nor does the library ever give up on a Hub that is silent or drips, so somebody watches.
"""

import random
import threading
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

    ``deadline_s`` bounds the waiting of one question in all, and for one answer: the Hub counts
    requests over five minutes, so a longer pause than that is nothing to wait for.
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
        # Waits are spread, so that clients that were refused together do not return together.
        return found.retry_after_s + spread
    doubled: float = patience.first_s * 2 ** (attempt - 1)
    return min(patience.longest_s, doubled) * spread


class SilenceTimeoutError(TimeoutError):
    """Nothing came for too long."""


class Beat:
    """When something last came."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    def tell(self) -> None:
        """Something came."""
        self.at = time.monotonic()


def answered(ask: Callable[[], T]) -> T:
    """The answer to a question, which must come as soon as :data:`PATIENCE` says.

    Raises:
        SilenceTimeoutError: It did not.
    """
    return watched(ask, Beat(), PATIENCE.deadline_s)


def watched(work: Callable[[], T], beat: Beat, longest_s: float) -> T:
    """The result of ``work`` in a thread, which is left to itself when nothing comes any more.

    Args:
        work: What may take for ever; what it raises is raised here.
        beat: Told whenever something comes.
        longest_s: Longest silence, in seconds.

    Raises:
        SilenceTimeoutError: It was silent for longer.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name="energylabel-hub", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(min(1.0, longest_s / 4))
        if thread.is_alive() and time.monotonic() - beat.at > longest_s:
            raise SilenceTimeoutError(f"nothing came for {longest_s:.0f} s")
    if errors:
        raise errors[0]
    return results[0]
