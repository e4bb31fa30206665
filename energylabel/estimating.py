"""Pure statistics: ratios of blocks, intervals, the stopping rule, drift.

All intervals are at 95 %. A *quantity* takes a window to its joules, CPU-seconds or seconds.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean, variance

from energylabel.records.base import Estimate
from energylabel.records.evidence import ProtocolSettings, Role, Window

Quantity = Callable[[Window], float]

CONFIDENCE = 0.95
DRIFT_LIMIT = 0.05
"""Change of the reference over the run that asks for another round (standard, section 5.8)."""

_MAX_CORRELATION = 0.8
_UPPER = 0.5 + CONFIDENCE / 2


@dataclass(frozen=True, slots=True)
class Block:
    """A complete block: two reference and two candidate windows on one slice, in order."""

    reference: tuple[Window, Window]
    candidate: tuple[Window, Window]


def complete_blocks(windows: Iterable[Window]) -> tuple[Block, ...]:
    """The blocks whose four windows were all kept, in the order in which they were measured.

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
        reference, candidate = by_role["reference"], by_role["candidate"]
        if len(reference) == len(candidate) == 2:
            blocks.append(
                Block((reference[0], reference[1]), (candidate[0], candidate[1])),
            )
    return tuple(blocks)


def per_query(window: Window, quantity: Quantity) -> float:
    """The quantity for one query of the window."""
    return quantity(window) / window.queries


def block_log_ratios(windows: Iterable[Window], quantity: Quantity) -> tuple[float, ...]:
    """log(mean C ÷ mean R) of the quantity per query, one value for each complete block.

    A block in which the quantity is not positive and finite in every window has no ratio and is
    left out; it is for the checks to say so.
    """
    ratios = []
    for block in complete_blocks(windows):
        values = [per_query(w, quantity) for w in (*block.reference, *block.candidate)]
        if all(math.isfinite(value) and value > 0 for value in values):
            ratios.append(math.log(fmean(values[2:]) / fmean(values[:2])))
    return tuple(ratios)


def lag1(values: Sequence[float]) -> float:
    """Lag-1 autocorrelation: Σ (xᵢ − m)(xᵢ₊₁ − m) ÷ Σ (xᵢ − m)²; 0 where nothing varies."""
    mean = fmean(values)
    deviations = [value - mean for value in values]
    total = math.fsum(d * d for d in deviations)
    if total == 0:
        return 0.0
    pairs = pairwise(deviations)
    return math.fsum(a * b for a, b in pairs) / total


def correlation(values: Sequence[float]) -> float:
    """The autocorrelation that widens the interval (standard, section 5.6).

    r₁ + (1 + 3·max(r₁, 0)) ÷ n, clipped to 0…0.8: r₁ of a short series is biased downward.
    """
    first = lag1(values)
    corrected = first + (1 + 3 * max(first, 0.0)) / len(values)
    return min(max(corrected, 0.0), _MAX_CORRELATION)


def interval(log_ratios: Sequence[float]) -> tuple[float, float | None]:
    """Mean of the blocks' log ratios and half-width of its t-interval, both in log units.

    The standard error is multiplied by √((1 + r) ÷ (1 − r)) for autocorrelated blocks. The
    half-width is None for a single block.

    Raises:
        ValueError: There is no value.
    """
    if not log_ratios:
        raise ValueError("no block to estimate from")
    mean = fmean(log_ratios)
    n = len(log_ratios)
    if n == 1:
        return mean, None
    r = correlation(log_ratios)
    error = math.sqrt(variance(log_ratios, mean) / n * (1 + r) / (1 - r))
    return mean, _t(n - 1) * error


def relative(log_half_width: float) -> float:
    """A half-width in log units as the larger relative deviation: exp(h) − 1."""
    return _exp(log_half_width) - 1


def ratio_estimate(log_ratios: Sequence[float], scale: float = 100) -> Estimate:
    """The ratio that the blocks agree on, times ``scale``, with its interval."""
    mean, half = interval(log_ratios)
    return Estimate(
        value=scale * _exp(mean),
        low=None if half is None else scale * _exp(mean - half),
        high=None if half is None else scale * _exp(mean + half),
        count=len(log_ratios),
    )


def mean_estimate(values: Sequence[float]) -> Estimate:
    """The mean with its plain (unpaired) t-interval; no interval for a single value."""
    mean = fmean(values)
    n = len(values)
    if n == 1:
        return Estimate(value=mean, low=None, high=None, count=1)
    half = _t(n - 1) * math.sqrt(variance(values, mean) / n)
    return Estimate(value=mean, low=mean - half, high=mean + half, count=n)


def wilson(successes: int, n: int) -> Estimate:
    """A share with Wilson's score interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209–212)."""
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} of {n} is no share")
    z = NormalDist().inv_cdf(_UPPER)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(centre - half, 0.0)
    high = 1.0 if successes == n else min(centre + half, 1.0)
    return Estimate(value=share, low=low, high=high, count=n)


def percentile(values: Sequence[float], p: float) -> float:
    """The ``p``-th percentile (0 to 100), linear between order statistics.

    Definition 7 of Hyndman and Fan (1996), NumPy's default: rank (n − 1)·p ÷ 100 from 0.
    """
    if not values or not 0 <= p <= 100:
        raise ValueError("a percentile needs values and p from 0 to 100")
    ordered = sorted(values)
    rank = (len(ordered) - 1) * p / 100
    below = math.floor(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (rank - below)


def settled(log_half_width: float | None, target: float) -> bool:
    """Whether the half-width is known and, as a relative deviation, at most ``target``."""
    return log_half_width is not None and relative(log_half_width) <= target


def should_stop(
    log_ratios: Sequence[float],
    rounds_done: int,
    settings: ProtocolSettings,
    drift: float | None,
    *,
    drift_limit: float = DRIFT_LIMIT,
) -> bool:
    """Whether the measurement ends here. Ask only after whole rounds.

    It ends after the last round, or when the interval is as narrow as was asked for and the
    reference has not drifted (unknown drift holds nothing up).
    """
    if rounds_done >= settings.max_rounds:
        return True
    if rounds_done < 1 or not log_ratios:
        return False
    steady = drift is None or abs(drift) <= drift_limit
    return steady and settled(interval(log_ratios)[1], settings.target_half_width)


def drift(windows: Iterable[Window], quantity: Quantity) -> float | None:
    """Relative change of the reference over the run: exp(slope × duration) − 1.

    The slope is the least-squares line through log(quantity per token) of the kept reference
    windows against the middle of each. Per token, because a slice whose texts are longer costs
    more per query; effects of slices fitted from the data would leave one round with nothing but
    the two ends of each block. None for fewer than four usable windows.
    """
    times: list[float] = []
    values: list[float] = []
    ends: list[float] = []
    for window in windows:
        usable = window.kept and window.role == "reference" and window.tokens > 0
        if usable and quantity(window) > 0:
            times.append(window.started_at + window.seconds / 2)
            values.append(math.log(quantity(window) / window.tokens))
            ends.extend((window.started_at, window.started_at + window.seconds))
    if len(times) < 4:
        return None
    middle, level = fmean(times), fmean(values)
    spread = math.fsum((t - middle) ** 2 for t in times)
    if spread == 0:
        return None
    slope = math.fsum((t - middle) * (v - level) for t, v in zip(times, values, strict=True))
    return _exp(slope / spread * (max(ends) - min(ends))) - 1


def hull(leading: Estimate, other: Estimate, widen: float) -> Estimate:
    """What an estimate may claim: both intervals' hull, ×/÷ ``widen`` (standard, section 3).

    The value is ``leading``'s. Without an interval on either side there is none.
    """
    low = high = None
    if leading.low is not None and other.low is not None:
        low = min(leading.low, other.low) / widen
    if leading.high is not None and other.high is not None:
        high = max(leading.high, other.high) * widen
    return Estimate(value=leading.value, low=low, high=high, count=leading.count)


def _exp(value: float) -> float:
    """The exponential, kept finite: a record holds no infinity."""
    return math.exp(min(value, 700.0))


def _t(degrees: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, _UPPER))
