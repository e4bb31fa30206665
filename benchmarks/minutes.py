"""From command to label: seconds of whole ratings, quiet and beside a busy neighbour.

    python benchmarks/minutes.py [--runs 5] [--duty 1.0] -- demo
    python benchmarks/minutes.py -- MODEL --data DATA.jsonl --label-column label_name

What follows ``--`` are the arguments of ``energylabel rate``. Runs without and with the neighbour
alternate; it keeps one core busy for ``--duty`` of each tenth of a second. Prints Markdown: seconds
of the process from its start to its end, seconds in windows, blocks, half-width of the interval of
repeatability, index and letter; then median, least and greatest of each kind.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from neighbour import beside

from energylabel import storing


def main() -> None:
    """Rate and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--duty", type=float, default=1.0)
    parser.add_argument("rated", nargs="+", help="arguments of energylabel rate")
    options = parser.parse_args()
    print("| run | beside | seconds | in windows | blocks | ± | index | letter |")
    print("|---|---|---|---|---|---|---|---|")
    took: dict[str, list[float]] = {"nobody": [], "a busy core": []}
    for number in range(options.runs):
        for company, seconds in took.items():
            duty = options.duty if company != "nobody" else None
            with tempfile.TemporaryDirectory() as folder:
                found, line = timed(options.rated, Path(folder), duty)
            seconds.append(found)
            print(f"| {number + 1} | {company} | {found:.0f} | {line}", flush=True)
    for company, seconds in took.items():
        middle = statistics.median(seconds)
        print(f"\n{company}: {middle:.0f} s ({min(seconds):.0f}–{max(seconds):.0f})")


def timed(rated: list[str], folder: Path, duty: float | None) -> tuple[float, str]:
    """Seconds of one rating, and the rest of its line."""
    with beside(duty):
        began = time.perf_counter()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "energylabel", "rate", *rated),
                *("--out", str(folder), "--format", "json"),
            ],
            stdout=subprocess.PIPE,
            check=False,
        )
        seconds = time.perf_counter() - began
    if done.returncode not in (0, 4):
        raise SystemExit(json.loads(done.stdout)["message"])
    (leaf,) = (path.parent for path in folder.rglob("evidence.json"))
    label = storing.read_label(leaf)
    energy = label.metrics.energy
    half = "–" if energy.half_width is None else f"{energy.half_width:.1%}"
    letter = label.grades.energy.letter or "?"
    told = (
        f"{energy.seconds:.0f} | {energy.blocks} | {half} | {energy.index.value:.3g} | {letter} |"
    )
    return seconds, told


if __name__ == "__main__":
    main()
