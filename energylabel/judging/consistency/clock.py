"""Moments: what ran one after the other does not overlap, within the time of the rating."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from energylabel.judging.consistency.saying import (
    Check,
    above,
    below,
    cpu_seconds_in,
    interleaved,
    unequal,
    uninterrupted,
)
from energylabel.judging.consistency.sums import runs_of
from energylabel.reckoning import steady
from energylabel.records import Evidence, IdleRun, SliceRun
from energylabel.standard import PROCEDURE

_PARTS_S = 1e-3
_CLOCK_S, _CLOCK_SHARE = 0.5, 0.01
"""What the wall's clock may differ from the monotonic one in a window that counts."""


def moments(evidence: Evidence) -> Iterator[str]:
    """Runs follow one another within a session; the clock may be set between two."""
    runs: list[tuple[str, SliceRun | IdleRun]] = [*_in_order(evidence)]
    idle = [(f"idle[{number}]", run) for number, run in enumerate(evidence.idle)]
    if idle and idle[0][1].moment == "before":
        runs.insert(0, idle.pop(0))
    for rest in idle:
        later = [n for n, run in enumerate(runs) if run[1].started_at > rest[1].started_at]
        runs.insert(later[0] if later else len(runs), rest)
    for (before, first), (after, second) in pairwise(runs):
        if first.session == second.session:
            end = first.started_at + first.seconds - _slack(first.seconds)
            yield from below(f"{after}.started_at", second.started_at, f"the end of {before}", end)
    for place, run in runs:
        end = run.started_at + run.seconds - _slack(run.seconds)
        if run.session == 0:
            yield from below(
                f"{place}.started_at", run.started_at, "started_at", evidence.started_at
            )
        if run.session >= evidence.sessions - 1:
            yield from above(f"the end of {place}", end, "finished_at", evidence.finished_at)
    yield from below("finished_at", evidence.finished_at, "started_at", evidence.started_at)


def _in_order(evidence: Evidence) -> Iterator[tuple[str, SliceRun]]:
    """Each run over a slice; the windows of an interleaved block as the one run that they are."""
    runs = [(place, run) for place, _, run in runs_of(evidence)]
    turns = len(evidence.windows) // 2 if interleaved(evidence) else 0
    for number in range(turns):
        (place, first), (_, second) = runs[2 * number : 2 * number + 2]
        began = min(first.started_at, second.started_at)
        update = {"started_at": began, "seconds": first.seconds + second.seconds}
        yield place, first.model_copy(update=update)
    yield from runs[2 * turns :]


def turns(evidence: Evidence) -> Iterator[str]:
    """Each window of an interleaved block begins before the other ends."""
    windows = evidence.windows if interleaved(evidence) else ()
    for number in range(0, len(windows) - 1, 2):
        first, second = windows[number : number + 2]
        for place, one, other in ((number, first, second), (number + 1, second, first)):
            yield from above(
                f"windows[{place}].started_at",
                one.started_at,
                "the end of the block's other window",
                other.started_at + other.seconds + _slack(other.seconds),
            )


def rests(evidence: Evidence) -> Iterator[str]:
    """Before, halfway and after stand where their names say; the machine rests long enough."""
    rules, windows = evidence.settings.protocol, evidence.windows
    half = [window for window in windows if window.block >= rules.blocks_per_round // 2]
    sides = {"before": windows[:1], "halfway": half[:1]}
    for number, run in enumerate(evidence.idle):
        place = f"idle[{number}]"
        yield from below(f"{place}.seconds", run.seconds, "the protocol's idle_s", rules.idle_s)
        busy = run.busy_seconds or 0.0
        most = cpu_seconds_in(evidence, run.seconds)
        yield from above(f"{place}.busy_seconds", busy, "what its seconds hold", most)
        for window in sides.get(run.moment, ()):
            if window.session == run.session:
                start = window.started_at
                yield from above(
                    f"{place}.started_at", run.started_at, "that of the window after it", start
                )
        if run.moment == "after" and windows and windows[-1].session == run.session:
            start = windows[-1].started_at
            yield from below(
                f"{place}.started_at", run.started_at, "that of the last window", start
            )


def whole(evidence: Evidence) -> Iterator[str]:
    """All that was timed apart fits into the time of the rating."""
    if not uninterrupted(evidence):
        return
    timed = [run.seconds for _, _, run in runs_of(evidence)]
    timed += [run.seconds for run in evidence.idle]
    timed += [run.seconds for run in evidence.warm_up]
    timed += [run.seconds for run in evidence.fittings]
    timed += [evidence.single.seconds, evidence.answers.seconds]
    took = evidence.finished_at - evidence.started_at
    yield from above(
        "all seconds together", sum(timed), "finished_at − started_at", took + _slack(took)
    )


def time_spent(evidence: Evidence) -> Iterator[str]:
    """The parts of the time are the whole, and each window is in one of them."""
    found = evidence.time_spent
    if found is None:
        return
    parts = found.parts_s
    together = sum(parts.values())
    if abs(together - found.total_s) > _PARTS_S:
        yield from unequal("time_spent.total_s", found.total_s, "the sum of its parts", together)
    if not uninterrupted(evidence):
        return
    for role, place in (("reference", parts.get("reference")), ("candidate", parts.get("model"))):
        least = sum(window.seconds for window in evidence.windows if window.role == role)
        name = f"the part of time_spent with the {role}'s windows"
        yield from below(name, (place or 0.0) + _slack(least), "their seconds", least)


def warm_up(evidence: Evidence) -> Iterator[str]:
    """Warm-up ends when its trend is gone or its time is over, and says which."""
    rules, limits = evidence.settings.protocol, PROCEDURE.warm_up
    for number, run in enumerate(evidence.warm_up):
        place, each = f"warm_up[{number}]", run.cpu_seconds_per_query
        settled = steady(each, run.rule)
        yield from unequal(f"{place}.steady", run.steady, "what its last runs say", settled)
        fewest = limits.runs if run.rule else limits.earlier.runs
        least = (rules.warm_up_s if settled else rules.warm_up_limit_s) / 2
        yield from below(f"{place}.seconds", run.seconds, "that of the protocol", least)
        yield from below(f"the runs of {place}", len(each), "those of the standard", fewest)


def attempts(evidence: Evidence) -> Iterator[str]:
    """Earlier attempts were earlier, and a failed one alone has a reason."""
    starts: Sequence[float] = [each.started_at for each in evidence.attempts]
    for number, each in enumerate(evidence.attempts):
        place = f"attempts[{number}]"
        yield from above(f"{place}.started_at", each.started_at, "started_at", evidence.started_at)
        if each.reason is not None and each.outcome != "failed":
            yield f"{place}.reason is there, but its outcome is {each.outcome!r}"
    if list(starts) != sorted(starts):
        yield f"attempts started at {starts}, not in order"


def _slack(seconds: float) -> float:
    return _CLOCK_S + _CLOCK_SHARE * seconds


CLOCK: tuple[Check, ...] = (moments, turns, rests, whole, time_spent, warm_up, attempts)
