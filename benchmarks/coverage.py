"""How often the interval of repeatability holds the true index: simulated ratings.

    python benchmarks/coverage.py [--ratings 2000] [--seed 20261121]

Each simulated rating draws blocks of six slices, round by round, and stops by the program's own
rule. Noise of a block: normal with the given coefficient of variation, independent or AR(1) with
ρ = 0.5; slices that differ in the true ratio by 0 or 3 %; or 5 % of the blocks raised by an
exponential outlier of 15 % on average (the true index is then that of the undisturbed blocks).
Prints Markdown: coverage of the 95 % interval with its standard error, mean number of rounds, and
the share of ratings that reached ± 2 %. A second table is about drift: ratings whose index moves
evenly by so much from first to last block, and how many of them are withheld for it, by the size of
the change alone and by the program's rule.
"""

import argparse
import math
import random
import statistics
from dataclasses import dataclass

from energylabel.reckoning.ratios import Ratios, drifted, settled, should_stop
from energylabel.standard import DEFAULT, PROTOCOLS, load_scale

SETTINGS = PROTOCOLS["standard"]
SLICES = SETTINGS.min_slices
DRIFT_LIMIT = load_scale(DEFAULT).drift


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--ratings", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311
    print("| CV of a block | noise | slices differ by | coverage | rounds | reached ± 2 % |")
    print("|---|---|---|---|---|---|")
    cases = [
        Case(cv, correlation, slices)
        for cv in (0.01, 0.02, 0.03, 0.06)
        for correlation in (0.0, 0.5)
        for slices in (0.0, 0.03)
    ]
    for case in (*cases, Case(0.02, slices=0.03, outliers=0.05)):
        print(row(rng, options.ratings, case), flush=True)
    print("\n| CV of a block | true drift | rounds | repeatability | > 5 % | by the rule |")
    print("|---|---|---|---|---|---|")
    for cv in (0.01, 0.03, 0.06, 0.12):
        for drift in (0.0, 0.05, 0.1, 0.2):
            print(drift_row(rng, options.ratings, cv, drift), flush=True)


@dataclass(frozen=True, slots=True)
class Case:
    """Shares: noise of a block, its correlation with the next, spread of slices, outliers."""

    cv: float
    correlation: float = 0.0
    slices: float = 0.0
    outliers: float = 0.0


def row(rng: random.Random, ratings: int, case: Case) -> str:
    """One line of the table."""
    held = rounds = reached = 0
    for _ in range(ratings):
        levels = [rng.gauss(0, case.slices) for _ in range(SLICES)]
        truth = sum(levels) / SLICES
        noise = draw(rng, case)
        for done in range(1, SETTINGS.max_rounds + 1):
            ratios = series([levels[n % SLICES] + noise[n] for n in range(done * SLICES)])
            if should_stop(ratios, done, SETTINGS, None):
                break
        mean, half = ratios.interval()
        held += half is not None and abs(mean - truth) <= half
        reached += settled(half, SETTINGS.target_half_width)
        rounds += done
    share = held / ratings
    error = math.sqrt(share * (1 - share) / ratings)
    kind = "AR(1), ρ = 0.5" if case.correlation else "independent"
    if case.outliers:
        kind = f"{case.outliers:.0%} outliers"
    return (
        f"| {case.cv:.0%} | {kind} | {case.slices:.0%} | {share:.1%} ± {error:.1%} "
        f"| {rounds / ratings:.2f} | {reached / ratings:.0%} |"
    )


def drift_row(rng: random.Random, ratings: int, cv: float, drift: float) -> str:
    """One line of the table about drift; slices differ by 3 %."""
    rounds = large = withheld = 0
    halves = []
    for _ in range(ratings):
        levels = [rng.gauss(0, 0.03) for _ in range(SLICES)]
        noise = draw(rng, Case(cv))
        for done in range(1, SETTINGS.max_rounds + 1):
            blocks = range(done * SLICES)
            # A change over the run that is, so that longer runs do not drift by more.
            moved = [math.log1p(drift) * n / (done * SLICES) for n in blocks]
            ratios = series([levels[n % SLICES] + noise[n] + moved[n] for n in blocks])
            if should_stop(ratios, done, SETTINGS, ratios.drift()):
                break
        change, half = ratios.drift(), ratios.interval()[1]
        halves.append(half or math.inf)
        large += change is not None and abs(change.value) > DRIFT_LIMIT
        withheld += change is not None and drifted(change, DRIFT_LIMIT)
        rounds += done
    return (
        f"| {cv:.0%} | {drift:.0%} | {rounds / ratings:.2f} | ± {statistics.median(halves):.1%} "
        f"| {large / ratings:.0%} | {withheld / ratings:.0%} |"
    )


def draw(rng: random.Random, case: Case) -> list[float]:
    """Noise of each block of a whole rating, in log units."""
    count = SETTINGS.blocks_per_round * SETTINGS.max_rounds
    values = [rng.gauss(0, case.cv)]
    for _ in range(count - 1):
        fresh = rng.gauss(0, case.cv * math.sqrt(1 - case.correlation**2))
        values.append(case.correlation * values[-1] + fresh)
    return [v + rng.expovariate(1 / 0.15) if rng.random() < case.outliers else v for v in values]


def series(values: list[float]) -> Ratios:
    """The values as blocks on successive slices."""
    return Ratios(
        values=tuple(values),
        slices=tuple(n % SLICES for n in range(len(values))),
        times=tuple(map(float, range(len(values)))),
        span_s=float(len(values)),
        dealt=SLICES,
    )


if __name__ == "__main__":
    main()
