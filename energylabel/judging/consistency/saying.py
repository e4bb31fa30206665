"""How a contradiction is said: both places, with what stands there."""

from collections.abc import Callable, Iterator

from energylabel.records import Evidence
from energylabel.standard import DEFAULT, load_scale

_COUNTING_S = 0.5
"""For counting processor time, which a run has in it: all processes are looked through."""

Check = Callable[[Evidence], Iterator[str]]


def unequal(place: str, found: object, other: str, expected: object) -> Iterator[str]:
    """A line where two things that are the same in every rating are not."""
    if found != expected:
        yield f"{place} is {_short(found)}, but {other} is {_short(expected)}"


def above(place: str, found: float, other: str, limit: float) -> Iterator[str]:
    """A line where something is greater than it can be."""
    if found > limit:
        yield f"{place} is {found:.12g}, more than {other}, {limit:.12g}"


def below(place: str, found: float, other: str, limit: float) -> Iterator[str]:
    """A line where something is less than it can be."""
    if found < limit:
        yield f"{place} is {found:.12g}, less than {other}, {limit:.12g}"


def cpu_seconds_in(evidence: Evidence, seconds: float) -> float:
    """The most CPU-seconds that so many seconds of this machine hold."""
    excess = load_scale(DEFAULT).cpu_seconds_excess
    return excess * evidence.hardware.machine_cpus * seconds + _COUNTING_S


def uninterrupted(evidence: Evidence) -> bool:
    """Whether nothing was taken over from an earlier session, whose peak and clock may differ."""
    return evidence.sessions == 1 and len(evidence.warm_up) <= 2


def interleaved(evidence: Evidence) -> bool:
    """Whether the models of a block took turns batch by batch, as the first window says."""
    return any(window.interleaved for window in evidence.windows[:1])


def _short(value: object) -> str:
    return f"{value!r:.120}"
