"""Blocks, sessions and slices: which window comes after which, and where measuring ends."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from energylabel.errors import MeasurementError
from energylabel.judging.consistency.saying import Check, above, interleaved, unequal
from energylabel.reckoning import (
    block_ratios,
    foreign_part,
    interleaves,
    provenance_of,
    reference_drift,
    should_stop,
    statistic,
    telling_drift,
)
from energylabel.records import Evidence, Moment, Role, Window
from energylabel.standard import DEFAULT, load_scale

_BLOCK: tuple[Role, ...] = ("reference", "candidate", "candidate", "reference")
_MOMENTS: tuple[Moment, ...] = ("before", "halfway", "after")


def blocks(evidence: Evidence) -> Iterator[str]:
    """Windows come in fours, R C C R, or interleaved in twos, each block on the slice of its turn.

    One that is not kept is followed by the same block again, unless the time was over; so the
    number of a block tells how many were kept before it.
    """
    windows, slices = evidence.windows, len(evidence.settings.slices)
    settings, turns = evidence.settings, interleaved(evidence)
    if turns and not interleaves(settings.protocol, evidence.meters, settings.device):
        yield "windows are interleaved, but not in such a rating"
    length = len(_BLOCK) // 2 if turns else len(_BLOCK)
    expected = 0
    for start in range(0, len(windows), length):
        block = windows[start : start + length]
        if len(block) < length:
            yield f"windows: {len(windows)} of them, but a block has {length}"
        for position, window in enumerate(block):
            place = f"windows[{start + position}]"
            yield from unequal(
                f"{place}.interleaved", window.interleaved, "windows[0].interleaved", turns
            )
            yield from unequal(f"{place}.block", window.block, "that of its turn", expected)
            yield from unequal(f"{place}.position", window.position, "that of its turn", position)
            yield from unequal(
                f"{place}.role", window.role, "that of its position", _BLOCK[position]
            )
            yield from unequal(
                f"{place}.slice", window.slice, "that of its block's turn", window.block % slices
            )
            kept = block[0].kept
            yield from unequal(f"{place}.kept", window.kept, f"windows[{start}].kept", kept)
        expected += block[0].kept


def taken_again(evidence: Evidence) -> Iterator[str]:
    """A block is given up for others' joules in it alone, and only where joules are counted."""
    counted = provenance_of(evidence.meters, evidence.settings.device) != "estimated"
    limit = load_scale(DEFAULT).foreign_cpu_share
    length = len(_BLOCK) // 2 if interleaved(evidence) else len(_BLOCK)
    for start in range(0, len(evidence.windows), length):
        block = evidence.windows[start : start + length]
        loud = any(foreign_part(window) > limit for window in block)
        if not block[0].kept and not (counted and loud):
            yield f"windows[{start}].kept is false, but nobody else computed in that block"


def sessions(evidence: Evidence) -> Iterator[str]:
    """Sessions are numbered as they come, and each measured something."""
    fitted = [[run.session for run in each.windows] for each in evidence.baselines]
    runs = [window.session for window in evidence.windows]
    last = evidence.sessions - 1
    seen = {*runs, *(session for each in fitted for session in each)}
    yield from unequal(
        "sessions", evidence.sessions, "1 + the last session of a window", 1 + max(seen, default=-1)
    )
    yield from unequal(
        "the sessions of windows", sorted(seen), "those there were", [*range(evidence.sessions)]
    )
    warm = [run.session for run in evidence.warm_up]
    split = [run.session for pair in evidence.prefill for run in (pair.alone, pair.whole)]
    rests = [run.session for run in evidence.idle]
    for place, listed in {
        "windows": runs,
        "warm_up": warm,
        "prefill": split,
        "idle": rests,
    }.items():
        if listed != sorted(listed):
            yield f"the sessions of {place} are {listed}, not in order"
        # A session that found all windows measured has the next number, and is not counted.
        yield from above(
            f"the session of {place}", max(listed, default=0), "the last one", last + 1
        )
    ended = [(run.role, run.session) for run in evidence.warm_up[-2:]]
    end = warm[-1] if warm else last
    if ended != [(role, end) for role in _BLOCK[:2]] or end < last:
        yield f"warm_up ends with {ended}, not with both models in the last session, {last}"
    roles = [run.role for run in evidence.warm_up]
    for first, second in pairwise(roles):
        if first == second == "candidate":
            yield f"warm_up has {roles}, but the reference comes before the candidate"


def rounds(evidence: Evidence) -> Iterator[str]:
    """Measuring ends after the round that the stopping rule says, or when the time is over."""
    settings = evidence.settings
    rules, in_round = settings.protocol, settings.protocol.blocks_per_round
    kept = [window for window in evidence.windows if window.kept]
    count = len({window.block for window in kept})
    most = in_round * rules.max_rounds
    yield from above("the blocks of windows", count, "the protocol's most", most)
    try:
        unlimited = settings.time_limit_s is None
        if unlimited and (count % in_round or not _enough(evidence, kept, count)):
            yield f"windows end after {count} blocks, where the stopping rule goes on"
        for done in range(in_round, count, in_round):
            if _enough(evidence, [window for window in kept if window.block < done], done):
                yield f"windows go on after {done} blocks, where the stopping rule ends"
    except MeasurementError as error:
        yield f"windows and meters: {error.message}"


def rests(evidence: Evidence) -> Iterator[str]:
    """The machine at rest is metered before, halfway and after, where joules are counted."""
    rules = evidence.settings.protocol
    counted = provenance_of(evidence.meters, evidence.settings.device) != "estimated"
    blocks_met = len({window.block for window in evidence.windows})
    halfway = blocks_met > rules.blocks_per_round // 2
    wanted = tuple(moment for moment in _MOMENTS if moment != "halfway" or halfway)
    wanted = wanted if counted and rules.idle_s else ()
    found = tuple(run.moment for run in evidence.idle)
    yield from unequal("the moments of idle", found, "those of such a rating", wanted)


def _enough(evidence: Evidence, windows: Sequence[Window], blocks_done: int) -> bool:
    """What the rating asked itself after so many whole rounds."""
    settings = evidence.settings
    provenance = provenance_of(evidence.meters, settings.device)
    quantity = statistic(provenance, windows)
    ratios = block_ratios(windows, quantity, len(settings.slices))
    drift = telling_drift(provenance, reference_drift(windows, quantity), ratios.drift())
    return should_stop(
        ratios, blocks_done // settings.protocol.blocks_per_round, settings.protocol, drift
    )


ORDER: tuple[Check, ...] = (blocks, taken_again, sessions, rounds, rests)
