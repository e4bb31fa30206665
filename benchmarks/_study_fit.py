"""A straight line through energy and run time, with the band in which a further point may lie."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Line:
    """Least squares, y = ``slope``·x + ``intercept``.

    ``slope_se`` and ``intercept_se`` are standard errors, ``residual`` is the residuals' standard
    deviation with n-2 degrees of freedom, ``r2`` the coefficient of determination. ``mean_x`` and
    ``spread_x``, the sum of squared deviations of x, serve the band.
    """

    slope: float
    intercept: float
    slope_se: float
    intercept_se: float
    residual: float
    r2: float
    count: int
    mean_x: float
    spread_x: float

    def at(self, x: float) -> float:
        """The line's y."""
        return self.slope * x + self.intercept

    def margin(self, x: float, level: float = LEVEL) -> float:
        """Half the width of the prediction interval for one further point at x."""
        from scipy.stats import t

        quantile = float(t.ppf(0.5 + level / 2, self.count - 2))
        off = (x - self.mean_x) ** 2 / self.spread_x
        return quantile * self.residual * math.sqrt(1 + 1 / self.count + off)


def fit(xs: Sequence[float], ys: Sequence[float]) -> Line | None:
    """The line through the points; None for fewer than three, or where x does not vary."""
    count = len(xs)
    if count != len(ys):
        raise ValueError("as many x as y are needed")
    if count < 3:
        return None
    mean_x, mean_y = math.fsum(xs) / count, math.fsum(ys) / count
    spread_x = math.fsum((x - mean_x) ** 2 for x in xs)
    spread_y = math.fsum((y - mean_y) ** 2 for y in ys)
    if spread_x <= 1e-24 * max(1e-300, mean_x**2):
        return None
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread_x
    intercept = mean_y - slope * mean_x
    left = math.fsum((y - slope * x - intercept) ** 2 for x, y in zip(xs, ys, strict=True))
    residual = math.sqrt(left / (count - 2))
    return Line(
        slope=slope,
        intercept=intercept,
        slope_se=residual / math.sqrt(spread_x),
        intercept_se=residual * math.sqrt(1 / count + mean_x**2 / spread_x),
        residual=residual,
        r2=1 - left / spread_y if spread_y > 0 else 1.0,
        count=count,
        mean_x=mean_x,
        spread_x=spread_x,
    )


def log_fit(xs: Sequence[float], ys: Sequence[float]) -> Line | None:
    """The line through the natural logarithms; None also where a value is not above zero."""
    if min((*xs, *ys), default=0.0) <= 0:
        return None
    return fit([math.log(x) for x in xs], [math.log(y) for y in ys])


def factor(line: Line, xs: Sequence[float]) -> float:
    """Of a line through logarithms: by what a further point anywhere among ``xs`` may be off.

    1.1 means between 1.1 times less and 1.1 times more than the line says (95 %). ``xs`` are the
    points' own, no logarithms; the band is widest at one of its ends.
    """
    return math.exp(max(line.margin(math.log(x)) for x in (min(xs), max(xs))))


def worst_ratio(line: Line, xs: Sequence[float], ys: Sequence[float]) -> float:
    """The line's y ÷ the true y, where the two differ most; at or below zero it is -infinity.

    A line whose constant outweighs what a small model takes says nothing of it.
    """
    ratios = [line.at(x) / y for x, y in zip(xs, ys, strict=True)]
    if min(ratios) <= 0:
        return -math.inf
    return max(ratios, key=lambda ratio: abs(math.log(ratio)))
