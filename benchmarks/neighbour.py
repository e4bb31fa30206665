"""Several ratings of one model beside a busy neighbour: does the index hold?

    python benchmarks/neighbour.py MODEL DATA.jsonl --label-column label_name [--ratings 5]
        [--duty 1.0] [--time-limit 4m]

A process of its own burns one core for ``--duty`` of each tenth of a second while each rating
runs. Prints Markdown: for each rating the energy index (ratio of CPU-seconds) with its interval
and letter, and beside it what the same windows give by CodeCarbon's joules and by run time; then
mean, coefficient of variation and largest deviation of each.
"""

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from _process import model_and_data

from energylabel import storing
from energylabel.reckoning.ratios import block_ratios
from energylabel.records.evidence import SliceRun
from energylabel.records.label import Label

_BURN = """
import sys, time
duty = float(sys.argv[1])
while True:
    end = time.perf_counter() + 0.1 * duty
    while time.perf_counter() < end:
        pass
    time.sleep(0.1 * (1 - duty))
"""


def main() -> None:
    """Rate and print."""
    parser = model_and_data(__doc__)
    parser.add_argument("--ratings", type=int, default=5)
    parser.add_argument("--duty", type=float, default=1.0)
    parser.add_argument("--time-limit", default="10m")
    options = parser.parse_args()
    print(
        "| rating | index | repeatability | letter | CodeCarbon | run time | blocks | again "
        "| metered s | minutes | foreign |\n|---|---|---|---|---|---|---|---|---|---|---|"
    )
    rows = []
    for number in range(options.ratings):
        with tempfile.TemporaryDirectory() as folder:
            label, ratios, minutes = rate_beside(options, Path(folder))
        rows.append(ratios)
        energy = label.metrics.energy
        low, high = energy.repeatability.low or math.nan, energy.repeatability.high or math.nan
        print(
            f"| {number + 1} | {energy.index.value:.2f} | {low:.2f}–{high:.2f} "
            f"| {label.grades.energy.letter or '?'} | {ratios['codecarbon']:.2f} "
            f"| {ratios['run time']:.2f} | {energy.blocks} | {energy.retaken_blocks} "
            f"| {energy.seconds:.0f} | {minutes:.1f} "
            f"| {100 * (label.metrics.foreign_cpu_share or 0):.0f} % |",
            flush=True,
        )
    print(spread(rows))


@contextmanager
def beside(duty: float | None) -> Iterator[None]:
    """A process that keeps one core busy for so much of the time; None: nobody."""
    neighbour = None if duty is None else subprocess.Popen([sys.executable, "-c", _BURN, str(duty)])
    try:
        yield
    finally:
        if neighbour is not None:
            neighbour.kill()
            neighbour.wait()


def rate_beside(options: argparse.Namespace, folder: Path) -> tuple[Label, dict[str, float], float]:
    """One rating with the neighbour running: label, the windows' three indexes, minutes."""
    with beside(options.duty):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "energylabel", "rate", options.model),
                *("--data", options.data, "--text-column", options.text_column),
                *("--label-column", options.label_column, "--out", str(folder)),
                *("--time-limit", options.time_limit, "--format", "json"),
            ],
            stdout=subprocess.PIPE,
            check=False,
        )
    if done.returncode not in (0, 4):
        raise SystemExit(json.loads(done.stdout)["message"])
    (leaf,) = (path.parent for path in folder.rglob("evidence.json"))
    evidence = storing.read_evidence(leaf)
    windows, dealt = evidence.windows, len(evidence.settings.slices)
    quantities: dict[str, Callable[[SliceRun], float]] = {
        "index": lambda window: window.cpu_seconds,
        "codecarbon": lambda window: window.energy[0].joules["cpu"],
        "run time": lambda window: window.seconds,
    }
    indexes = {
        name: block_ratios(windows, quantity, dealt).estimate().value
        for name, quantity in quantities.items()
    }
    return storing.read_label(leaf), indexes, (evidence.finished_at - evidence.started_at) / 60


def spread(rows: list[dict[str, float]]) -> str:
    """Mean, coefficient of variation and largest deviation of each kind of ratio."""
    lines = ["", "| by | mean | CV | largest deviation |", "|---|---|---|---|"]
    for name in rows[0]:
        values = [row[name] for row in rows]
        mean = statistics.fmean(values)
        lines.append(
            f"| {name} | {mean:.2f} | {100 * statistics.stdev(values) / mean:.1f} % "
            f"| {100 * max(abs(value / mean - 1) for value in values):.1f} % |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
