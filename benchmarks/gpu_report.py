"""Makes the page of one or several runs of ``gpu_check.py``, complete or cut off.

    python benchmarks/gpu_report.py FOLDER … > benchmarks/gpu.md

Each FOLDER is the ``--out`` of a run. Needs no GPU. Each number of the standard that a GPU may move
stands beside what was measured; nothing is filled in.
"""

import sys
from pathlib import Path

from gpu.page import page
from gpu.runs import Run


def main() -> None:
    """Print the page."""
    if len(sys.argv) < 2:
        sys.exit("usage: gpu_report.py FOLDER …")
    try:
        runs = [Run.of(Path(each)) for each in sys.argv[1:]]
    except FileNotFoundError as error:
        sys.exit(f"gpu_report.py: {error}")
    print(page(runs), end="")


if __name__ == "__main__":
    main()
