"""Pure statistics: means, ratios, shares and percentiles with their intervals, all at 95 %."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean, variance
from typing import Any

from energylabel.records import Estimate
from energylabel.standard import PROCEDURE

_HALVINGS = 60
_UPPER = 0.5 + PROCEDURE.intervals.confidence / 2


@dataclass(frozen=True, slots=True)
class Slope:
    """Of a line; ``half_width`` is that of the 95 % t-interval, None without degrees of freedom."""

    value: float
    half_width: float | None


def slope(times: Sequence[float], values: Sequence[float], groups: Sequence[int]) -> Slope | None:
    """Slope of the values over the times, least squares with a level of its own for each group.

    Its standard error is √(Σ residuals² ÷ (n − S − 1) ÷ Σ (t − t̄ of the group)²) for n values in S
    groups. None where no group has values at different times.
    """
    members: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for group, time, value in zip(groups, times, values, strict=True):
        members[group].append((time, value))
    centred: list[tuple[float, float]] = []
    for pairs in members.values():
        middle, level = fmean(t for t, _ in pairs), fmean(v for _, v in pairs)
        centred += [(t - middle, v - level) for t, v in pairs]
    spread = math.fsum(t * t for t, _ in centred)
    if not spread:
        return None
    value = math.fsum(t * v for t, v in centred) / spread
    degrees = len(centred) - len(members) - 1
    if degrees < 1:
        return Slope(value, None)
    left = math.fsum((v - value * t) ** 2 for t, v in centred)
    return Slope(value, _t(degrees) * math.sqrt(left / degrees / spread))


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
    return min(max(corrected, 0.0), PROCEDURE.intervals.largest_correlation)


def interval(log_ratios: Sequence[float], slices: Sequence[int] = ()) -> tuple[float, float | None]:
    """Mean of the blocks' log ratios and half-width of its t-interval, both in log units.

    The standard error is multiplied by √((1 + r) ÷ (1 − r)) for autocorrelated blocks. The
    half-width is None where there is no spread to estimate it from.

    Args:
        log_ratios: One value for each block, in the order of measurement.
        slices: The slice of each block, when all slices are there and recur. The mean is then
            that of the slices' means, and the spread that within slices: how one slice differs
            from the next belongs to the workload and is the same in each repetition. The
            standard error is s·√(Σ 1 ÷ nₛ) ÷ S for S slices of nₛ blocks, with n − S degrees of
            freedom (one-way analysis of variance, fixed effects).

    Raises:
        ValueError: There is no value.
    """
    if not log_ratios:
        raise ValueError("no block to estimate from")
    groups: defaultdict[int, list[float]] = defaultdict(list)
    places = slices or [0] * len(log_ratios)
    for place, value in zip(places, log_ratios, strict=True):
        groups[place].append(value)
    means = {place: fmean(values) for place, values in groups.items()}
    mean = fmean(means.values())
    degrees = len(log_ratios) - len(groups)
    if degrees == 0:
        return mean, None
    residuals = [value - means[place] for place, value in zip(places, log_ratios, strict=True)]
    spread = math.fsum(e * e for e in residuals) / degrees
    weight = math.fsum(1 / len(values) for values in groups.values()) / len(groups) ** 2
    r = correlation(residuals)
    return mean, _t(degrees) * math.sqrt(spread * weight * (1 + r) / (1 - r))


def relative(log_half_width: float) -> float:
    """A half-width in log units as the larger relative deviation: exp(h) − 1."""
    return finite_exp(log_half_width) - 1


def ratio_estimate(
    log_ratios: Sequence[float], slices: Sequence[int] = (), *, scale: float = 100
) -> Estimate:
    """The ratio that the blocks agree on, times ``scale``, with its :func:`interval`."""
    mean, half = interval(log_ratios, slices)
    return Estimate(
        value=scale * finite_exp(mean),
        low=None if half is None else scale * finite_exp(mean - half),
        high=None if half is None else scale * finite_exp(mean + half),
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


def effective_size(sizes: Iterable[tuple[int, int]]) -> float:
    """How many independent observations a sample is worth in which some are copies of others.

    Kish's effective sample size (Survey Sampling, 1965): (Σ m)² ÷ Σ m², over groups of m copies
    that are answered alike. Without copies it is the number of observations; two copies of each
    of n texts are worth n.

    Args:
        sizes: Pairs of a size m and how many groups have it.
    """
    pairs = list(sizes)
    total = sum(size * count for size, count in pairs)
    return total * total / sum(size * size * count for size, count in pairs)


def wilson(successes: int, n: int, effective: float | None = None) -> Estimate:
    """A share with Wilson's score interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209–212).

    Args:
        successes: How many of them.
        n: All observations.
        effective: How many independent ones they are worth, for the interval; None: ``n``.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} of {n} is no share")
    z = NormalDist().inv_cdf(_UPPER)
    share = successes / n
    worth = n if effective is None else effective
    centre = (share + z * z / (2 * worth)) / (1 + z * z / worth)
    half = share * (1 - share) / worth + z * z / (4 * worth * worth)
    half = z / (1 + z * z / worth) * math.sqrt(half)
    low = 0.0 if successes == 0 else max(centre - half, 0.0)
    high = 1.0 if successes == n else min(centre + half, 1.0)
    return Estimate(value=share, low=low, high=high, count=n)


def paired_difference(gained: int, lost: int, n: int, effective: float | None = None) -> Estimate:
    """The difference of two shares over the same rows, with Tango's score interval.

    (Tango 1998, Statistics in Medicine 17, 891–908.) The ends are the differences d at which
    (gained − lost − n·d) ÷ √(n·(2q + d·(1 − d))) is ± z, where q is the likeliest share of the
    lost rows given d. It has an interval where no row differs, too.

    Args:
        gained: Rows that the first alone has right.
        lost: Rows that the second alone has right.
        n: All rows.
        effective: How many independent rows they are worth, to which all counts are scaled for
            the interval; None: ``n``.
    """
    if min(gained, lost) < 0 or gained + lost > n or n == 0:
        raise ValueError(f"{gained} gained and {lost} lost of {n} rows")
    z = NormalDist().inv_cdf(_UPPER)
    value = (gained - lost) / n
    worth = n if effective is None else effective
    plus, minus = (count * worth / n for count in (gained, lost))

    def score(d: float) -> float:
        b = -plus - minus + (2 * worth - plus + minus) * d
        c = -minus * d * (1 - d)
        q = (math.sqrt(max(b * b - 8 * worth * c, 0.0)) - b) / (4 * worth)
        spread, distance = worth * (2 * q + d * (1 - d)), plus - minus - worth * d
        return distance / math.sqrt(spread) if spread > 0 else math.copysign(math.inf, distance)

    low = _bisect(lambda d: score(d) > z, -1.0, value)
    high = _bisect(lambda d: score(d) > -z, value, 1.0)
    return Estimate(value=value, low=low, high=high, count=n)


def gains_at_least(gained: Any, lost: Any, n: int, bound: float) -> Any:
    """Whether the interval of :func:`paired_difference` begins at ``bound`` or above, for many.

    Its lower end is where the falling score crosses z, so that one look at ``bound`` tells.

    Args:
        gained: Rows that the first alone has right; an array of any shape.
        lost: Rows that the second alone has right; of the same shape.
        n: All rows.
        bound: A difference of shares, from −1 to 1.

    Returns:
        An array of booleans of that shape.
    """
    import numpy as np

    gained, lost = np.asarray(gained, np.float64), np.asarray(lost, np.float64)
    b = -gained - lost + (2 * n - gained + lost) * bound
    c = -lost * bound * (1 - bound)
    q = (np.sqrt(np.maximum(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
    spread, distance = n * (2 * q + bound * (1 - bound)), gained - lost - n * bound
    z = NormalDist().inv_cdf(_UPPER)
    return (distance > 0) & (distance * distance >= z * z * spread)


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


def hull(leading: Estimate, others: Sequence[Estimate], widen: float) -> Estimate:
    """What an estimate may claim: the intervals' hull, ×/÷ ``widen`` (standard, section 3).

    The value is ``leading``'s. Where one of them has no interval there is none.
    """
    low = high = None
    lows = [each.low for each in (leading, *others) if each.low is not None]
    highs = [each.high for each in (leading, *others) if each.high is not None]
    if len(lows) == len(highs) == 1 + len(others):
        low, high = min(lows) / widen, max(highs) * widen
    return Estimate(value=leading.value, low=low, high=high, count=leading.count)


def finite_exp(value: float) -> float:
    """The exponential, kept finite, as a record holds no infinity."""
    return math.exp(min(value, 700.0))


def _bisect(above: Callable[[float], bool], low: float, high: float) -> float:
    """Where a falling function's ``above`` turns from true to false; an end where it does not."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) else (low, middle)
    return (low + high) / 2


def _t(degrees: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, _UPPER))
