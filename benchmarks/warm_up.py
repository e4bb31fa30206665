"""How long a warm-up takes by the rule for its trend, and by the one before (decision 0014).

    python benchmarks/warm_up.py [--draws 2000]

Simulated runs of a second, and the warm-ups of the committed labels, which had to agree.
"""

import argparse
import json
import math
import random
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from energylabel.reckoning import steady
from energylabel.records import WarmUpRule

LABELS = Path(__file__).parents[1] / "labels"
RULES: tuple[WarmUpRule | None, ...] = (None, "trend")
LEAST, MOST = 5, 30
"""Runs of a second that a model takes at least and at most."""


def first(runs: Sequence[float], rule: WarmUpRule | None, least: float) -> int | None:
    """After how many runs it is over; None where it is not."""
    counts = range(math.ceil(least), len(runs) + 1)
    return next((count for count in counts if steady(runs[:count], rule)), None)


def simulated(draws: int, amplitude: float, runs: float, scatter: float) -> str:
    """A row: mean runs, share that never ends, and what is left of the trend when it does."""
    cells = []
    for rule in RULES:
        counts, left = [], []
        for draw in range(draws):
            chance = random.Random(draw)  # noqa: S311 - a simulation
            trend = [1 + amplitude * math.exp(-n / runs) for n in range(1, MOST + 1)]
            taken = [each * chance.lognormvariate(0, scatter) for each in trend]
            count = first(taken, rule, LEAST)
            counts.append(count or MOST)
            left.append(trend[(count or MOST) - 1] - 1)
        never = sum(count == MOST for count in counts) / draws
        cells.append(f"{statistics.fmean(counts):.1f} | {never:.0%} | {statistics.fmean(left):.1%}")
    trend_words = f"−{amplitude:.0%}, by 1/e in {runs:g} runs" if amplitude else "none"
    return f"| {trend_words} | {scatter:.0%} | {' | '.join(cells)} |"


def recorded(tell: Callable[[str], None]) -> None:
    """The warm-ups on record, and what they would have taken."""
    took, would = 0.0, 0.0
    count = 0
    for path in sorted(LABELS.rglob("evidence.json")):
        for each in json.loads(path.read_bytes())["warm_up"]:
            runs = each["cpu_seconds_per_query"]
            one = each["seconds"] / len(runs)
            ended = first(runs, "trend", max(4.0, LEAST / one))
            took += each["seconds"]
            would += each["seconds"] if ended is None else ended * one
            count += 1
    tell(f"{count} warm-ups on record: {took:.0f} s, by the rule for the trend {would:.0f} s")


def main() -> None:
    """Print both."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--draws", type=int, default=2000)
    draws = options.parse_args().draws
    print("| trend | scatter | agree: runs | never | left | trend: runs | never | left |")
    print("|---|---|---|---|---|---|---|---|")
    for amplitude, runs in ((0.0, 1.0), (0.3, 2.0), (0.3, 5.0), (0.1, 5.0)):
        for scatter in (0.0, 0.01, 0.03, 0.06):
            print(simulated(draws, amplitude, runs, scatter))
    recorded(print)


if __name__ == "__main__":
    main()
