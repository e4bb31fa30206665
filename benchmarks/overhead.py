"""What metering costs: throughput of a window with all meters on against none.

    python benchmarks/overhead.py MODEL_FOLDER TEXTS.jsonl [--texts 500] [--rounds 9]

Windows of whole passes for 2 s, in turn with and without the meters that a rating would use here
(those that poll do so in the same process), in an order that alternates. Prints Markdown: median
seconds per pass, and the ratio with ÷ without round by round (median, least, greatest).
"""

import argparse
import statistics
import time
from contextlib import ExitStack
from pathlib import Path

from _process import become_worker, read_texts

from energylabel.classifiers.base import Batching, Placement
from energylabel.classifiers.sequence_head import PLUGIN
from energylabel.devices.machine import detect
from energylabel.meters import METERS
from energylabel.meters._choosing import choose_meters
from energylabel.resolving.models import parse_model, resolve
from energylabel.worker.windows import Meters

_WINDOW_S = 2.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    hardware = detect("cpu")
    become_worker(hardware.physical_cores)
    import torch

    torch.set_num_threads(hardware.physical_cores)
    texts = read_texts(options.data, options.texts)
    names = choose_meters(hardware)
    with ExitStack() as stack:
        placement = Placement("cpu", "auto", hardware.physical_cores)
        model = resolve(parse_model(str(options.model)))
        session = stack.enter_context(PLUGIN.open(model, placement, None))
        meters = Meters([stack.enter_context(METERS.get(n).open(hardware)) for n in names])

        def window() -> float:
            """Seconds per pass."""
            began, passes = time.perf_counter(), 0
            while time.perf_counter() - began < _WINDOW_S:
                session.predict(texts, Batching(size=32, equal_lengths=False))
                passes += 1
            return (time.perf_counter() - began) / passes

        def metered() -> float:
            return meters.around(window, lambda: None).result

        window()
        found: dict[str, list[float]] = {"with": [], "without": []}
        for number in range(options.rounds):
            order = ("with", "without") if number % 2 else ("without", "with")
            for side in order:
                found[side].append(metered() if side == "with" else window())
    ratios = [a / b for a, b in zip(found["with"], found["without"], strict=True)]
    print(f"{options.model.name}, meters {', '.join(names)}, {options.rounds} rounds:")
    print(
        f"with ÷ without {statistics.median(ratios):.4f} "
        f"({min(ratios):.4f}–{max(ratios):.4f}); median seconds a pass "
        f"{statistics.median(found['with']):.3f} and {statistics.median(found['without']):.3f}"
    )


if __name__ == "__main__":
    main()
