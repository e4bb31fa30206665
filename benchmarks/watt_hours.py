"""Watt-hours of one model, quiet and beside busy neighbours, under three names of its processor.

    sudo python benchmarks/watt_hours.py MODEL DATA.jsonl --label-column label_name [--rounds 2]

Quick looks, every combination once in each round, the rounds in turn forwards and backwards. A
name is given to the processor in a mount namespace of the rating's own, over ``/proc/cpuinfo``,
which needs the right to mount (root, on most machines). Prints Markdown: the range of Wh per 1,000
texts, the index, and what CodeCarbon says of the same windows with the power that it assumes;
then the largest ratio of two ratings in each of the three.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from _process import model_and_data

from energylabel import storing
from energylabel.formatting import energy_span, significant
from energylabel.records import Label, ModelledEnergy

NAMES = ("", "AMD EPYC 7543 32-Core Processor", "Some Processor")
"""This machine's own, one with a thermal design power of 225 W, and one that nobody knows."""

_SPIN = "while True: pass"
_MOUNTED = 'mount --bind "$1" /proc/cpuinfo && shift && exec "$@"'


def main() -> None:
    """Rate and print."""
    parser = model_and_data(__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    print(
        "| busy neighbours | processor's name | Wh per 1,000 texts | index | foreign "
        "| CodeCarbon, Wh | its power |\n|---|---|---|---|---|---|---|"
    )
    found: list[tuple[float, float, float]] = []
    every = list(product((0, 1, 2), NAMES))
    for number in range(options.rounds):
        for neighbours, name in every[:: -1 if number % 2 else 1]:
            with neighbourhood(neighbours):
                label = rate(options, name)
            energy, modelled = label.metrics.energy, modelled_of(label)
            said = modelled.load_model
            print(
                f"| {neighbours} | {name or label.hardware.cpu_model}"
                f" | ≈ {energy_span(modelled.wh_per_1000)} | {energy.index.value:.2f}"
                f" | {100 * (label.metrics.foreign_cpu_share or 0):.0f} %"
                + (
                    f" | {significant(said.wh_per_1000.value, 2)} | {said.tdp_watts:g} W |"
                    if said
                    else " | – | – |"
                ),
                flush=True,
            )
            carbon = said.wh_per_1000.value if said else 0.0
            found.append((modelled.wh_per_1000.high, energy.index.value, carbon))
    for kind, values in zip(("Wh", "index", "CodeCarbon"), zip(*found, strict=True), strict=True):
        print(f"\n{kind}: largest ÷ least of {len(values)}: {max(values) / min(values):.2f}")


@contextmanager
def neighbourhood(count: int) -> Iterator[None]:
    """So many processes that keep a core busy each."""
    busy = [subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def rate(options: argparse.Namespace, name: str) -> Label:
    """A quick look at the model, on a processor of this name (empty: its own)."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        command = [
            *(sys.executable, "-m", "energylabel", "rate", options.model, "--data", options.data),
            *("--text-column", options.text_column, "--label-column", options.label_column),
            *("--protocol", "quick", "--out", str(folder / "labels"), "--format", "json"),
        ]
        if name:
            named = folder / "cpuinfo"
            text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
            named.write_text(re.sub(r"(?m)^(model name\s*:).*$", rf"\1 {name}", text))
            command = ["unshare", "--mount", "sh", "-c", _MOUNTED, "sh", str(named), *command]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        if done.returncode not in (0, 4):
            raise SystemExit(json.loads(done.stdout)["message"] if done.stdout else "not rated")
        (leaf,) = (path.parent for path in folder.rglob("label.json"))
        return storing.read_label(leaf)


def modelled_of(label: Label) -> ModelledEnergy:
    """The range of an estimate; ends the program where counters were read."""
    found = label.metrics.energy.modelled
    if found is None:
        raise SystemExit("counters were read here: there is nothing to estimate")
    return found


if __name__ == "__main__":
    main()
