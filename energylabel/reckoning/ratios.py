"""Windows → ratios: blocks of reference and candidate, how they drift, and when to stop.

A *quantity* takes a run to its joules, CPU-seconds or seconds.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import fmean

from energylabel.reckoning.intervals import finite_exp, interval, ratio_estimate, relative, slope
from energylabel.records import Estimate, ProtocolSettings, Role, SliceRun, Window
from energylabel.standard import DEFAULT, PROCEDURE, load_scale

Quantity = Callable[[SliceRun], float]


@dataclass(frozen=True, slots=True)
class Block:
    """A complete block on one slice, each model's windows in order: two, or one interleaved."""

    reference: tuple[Window, ...]
    candidate: tuple[Window, ...]

    @property
    def windows(self) -> tuple[Window, ...]:
        """All, those of the reference first."""
        return (*self.reference, *self.candidate)


@dataclass(frozen=True, slots=True)
class Ratios:
    """log(mean C ÷ mean R) of a quantity per query, one value for each usable block, in order.

    ``slices`` are the blocks' slices of the ``dealt`` there are, ``times`` the blocks' middles in
    seconds, ``span_s`` the time from the first window to the end of the last.
    """

    values: tuple[float, ...]
    slices: tuple[int, ...]
    times: tuple[float, ...]
    span_s: float
    dealt: int

    @property
    def recurring(self) -> tuple[int, ...]:
        """The slices, once each of those dealt was measured twice or more; else nothing."""
        counts = Counter(self.slices)
        whole = len(counts) == self.dealt and min(counts.values()) > 1
        return self.slices if whole else ()

    def interval(self) -> tuple[float, float | None]:
        """Mean and half-width, see :func:`energylabel.reckoning.intervals.interval`."""
        return interval(self.values, self.recurring)

    def estimate(self) -> Estimate:
        """100 × the ratio, with its interval."""
        return ratio_estimate(self.values, self.recurring)

    def drift(self) -> Estimate | None:
        """Relative change of the ratio over the run: exp(slope × duration) − 1.

        The slope is taken within slices; None while they do not recur.
        """
        found = slope(self.times, self.values, self.recurring) if self.recurring else None
        if found is None:
            return None
        half = found.half_width
        bounds = () if half is None else (found.value - half, found.value + half)
        value, *ends = (finite_exp(each * self.span_s) - 1 for each in (found.value, *bounds))
        low, high = ends or (None, None)
        return Estimate(value=value, low=low, high=high, count=len(self.values))


def complete_blocks(windows: Iterable[Window]) -> tuple[Block, ...]:
    """The blocks whose windows were all kept, in the order in which they were measured.

    A block that an interruption cut short is completed by the next session.
    """
    grouped: defaultdict[int, list[Window]] = defaultdict(list)
    for window in windows:
        if window.kept:
            grouped[window.block].append(window)
    blocks = []
    for number in sorted(grouped):
        by_role: dict[Role, list[Window]] = {"reference": [], "candidate": []}
        for window in sorted(grouped[number], key=lambda w: w.position):
            by_role[window.role].append(window)
        whole = 1 if grouped[number][0].interleaved else 2
        if all(len(found) == whole for found in by_role.values()):
            blocks.append(Block(tuple(by_role["reference"]), tuple(by_role["candidate"])))
    return tuple(blocks)


def per_query(run: SliceRun, quantity: Quantity) -> float:
    """The quantity for one query of the run."""
    return quantity(run) / run.queries


def queries_in(windows: Iterable[Window], slice_: int) -> int:
    """Queries in one pass over a slice, as the windows themselves say."""
    return next(w.queries // w.passes for w in windows if w.slice == slice_)


def block_ratios(windows: Iterable[Window], quantity: Quantity, dealt: int) -> Ratios:
    """The ratios of the complete blocks.

    A block in which the quantity is not positive and finite in every window has no ratio and is
    left out; it is for the checks to say so.

    Args:
        windows: Windows of any number of blocks.
        quantity: What is compared.
        dealt: Number of slices that the queries were dealt into.
    """
    usable: list[tuple[Block, float]] = []
    for block in complete_blocks(windows):
        reference = [per_query(window, quantity) for window in block.reference]
        candidate = [per_query(window, quantity) for window in block.candidate]
        if all(math.isfinite(value) and value > 0 for value in (*reference, *candidate)):
            usable.append((block, math.log(fmean(candidate) / fmean(reference))))
    return Ratios(
        values=tuple(ratio for _, ratio in usable),
        slices=tuple(block.reference[0].slice for block, _ in usable),
        times=tuple(fmean(map(_middle, block.windows)) for block, _ in usable),
        span_s=_span([window for block, _ in usable for window in block.windows]),
        dealt=dealt,
    )


def reference_drift(windows: Iterable[Window], quantity: Quantity) -> Estimate | None:
    """Relative change of the reference over the run: exp(slope × duration) − 1.

    The slope is the least-squares line through log(quantity per token) of the kept reference
    windows against the middle of each. Per token, because a slice whose texts are longer costs
    more per query; effects of slices fitted from the data would leave one round with nothing but
    the two ends of each block. It has no interval, as windows on different slices are no
    repetitions of each other. None for fewer than four usable windows.
    """
    usable = [
        window
        for window in windows
        if window.kept and window.role == "reference" and window.tokens and quantity(window) > 0
    ]
    if len(usable) < PROCEDURE.windows.drift_windows:
        return None
    costs = [math.log(quantity(window) / window.tokens) for window in usable]
    found = slope([_middle(window) for window in usable], costs, [0] * len(usable))
    if found is None:
        return None
    change = finite_exp(found.value * _span(usable)) - 1
    return Estimate(value=change, low=None, high=None, count=len(usable))


def settled(log_half_width: float | None, target: float) -> bool:
    """Whether the half-width is known and, as a relative deviation, at most ``target``."""
    return log_half_width is not None and relative(log_half_width) <= target


def drifted(change: Estimate, limit: float) -> bool:
    """Whether a change over the run is larger than the limit, and than scatter makes it look.

    Where its interval holds zero it is scatter, which the interval of repeatability has in it. A
    change without an interval is taken as it is.
    """
    scatter = change.low is not None and change.high is not None and change.low <= 0 <= change.high
    return abs(change.value) > limit and not scatter


def should_stop(
    ratios: Ratios, rounds_done: int, settings: ProtocolSettings, drift: Estimate | None
) -> bool:
    """Whether the measurement ends here. Ask only after whole rounds.

    It ends after the last round, or when the interval is as narrow as was asked for and nothing
    has drifted (unknown drift holds nothing up).
    """
    if rounds_done >= settings.max_rounds:
        return True
    if rounds_done < 1 or not ratios.values:
        return False
    steady = drift is None or not drifted(drift, load_scale(DEFAULT).drift)
    return steady and settled(ratios.interval()[1], settings.target_half_width)


def _middle(window: Window) -> float:
    return window.started_at + window.seconds / 2


def _span(windows: Iterable[Window]) -> float:
    """Seconds from the first start to the last end."""
    kept = list(windows)
    if not kept:
        return 0.0
    return max(w.started_at + w.seconds for w in kept) - min(w.started_at for w in kept)
