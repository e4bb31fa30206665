"""Blocks whose models take turns batch by batch, against blocks of whole windows (R C C R).

    python benchmarks/interleaving.py MODEL TEXTS.jsonl [--rounds 3]

Both kinds by turns on each of the six slices of 1,000 texts, by the code that a rating runs in its
worker, in an order that alternates. Prints Markdown: seconds of a block, spread of the log ratio
within slices, the seconds of blocks until ± 2 % (from spread and t-quantile, at least two rounds),
the index, and the ratio of the two indexes with its 95 % interval over neighbouring blocks.
``--family`` rates a family without files (``tfidf-linear``), fitted on the file's first rows.
"""

import argparse
import math
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from _process import become_worker, read_texts
from scipy.special import stdtrit

from energylabel.devices import detect
from energylabel.meters import choose_meters
from energylabel.records import (
    CompareAnswers,
    CountTokens,
    FitModel,
    Hello,
    InterleaveWindows,
    MeasureWindow,
    OpenMeters,
    OpenModel,
    Role,
    RunPasses,
    SizeBatches,
    TakeTexts,
    Task,
    WindowMeasured,
    Wording,
)
from energylabel.resolving import parse_model, resolve
from energylabel.running.slices import deal, middle, telling
from energylabel.standard import PROTOCOLS
from energylabel.worker.sandbox import Seclusion
from energylabel.worker.server import Server

SETTINGS = PROTOCOLS["standard"]
FLOOR_S, SETTLE_S = SETTINGS.min_estimated_window_s, SETTINGS.settle_s
SLICES = SETTINGS.min_slices
TASK = Task(
    labels=("a", "b"),
    wording=Wording(language="en", hypothesis="{}", instruction="{}", text="", answer=""),
)
ORDER: tuple[Role, ...] = ("reference", "candidate", "candidate", "reference")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("model")
    parser.add_argument("data", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--family", default=None)
    options = parser.parse_args()
    become_worker(detect("cpu").physical_cores)
    with ExitStack() as stack:
        blocks = Blocks(stack, options)
        found: dict[str, list[tuple[int, float, float]]] = {"whole windows": [], "interleaved": []}
        for turn in range(options.rounds * SLICES):
            kinds = list(found) if turn % 2 else list(found)[::-1]
            for kind in kinds:
                began = time.perf_counter()
                ratio = blocks.interleaved(turn) if kind == "interleaved" else blocks.whole(turn)
                found[kind].append((turn % SLICES, time.perf_counter() - began, ratio))
                print(f"{turn}: {kind} {found[kind][-1][1]:.1f} s", file=sys.stderr)
    name = options.family or Path(options.model).name
    print(f"{name}, {options.rounds} rounds of six blocks of each:\n")
    print("| blocks | seconds each | spread within slices | seconds to ± 2 % | index |")
    print("|---|---|---|---|---|")
    for kind, each in found.items():
        print(row(kind, each))
    pairs = [
        after[2] - before[2]
        for before, after in zip(found["whole windows"], found["interleaved"], strict=True)
    ]
    mean, error = statistics.fmean(pairs), statistics.stdev(pairs) / math.sqrt(len(pairs))
    half = float(stdtrit(len(pairs) - 1, 0.975)) * error
    print(
        f"\ninterleaved ÷ whole: {math.exp(mean):.4f}"
        f" ({math.exp(mean - half):.4f}–{math.exp(mean + half):.4f})"
    )


class Blocks:
    """The worker's end of a rating, with both models warm."""

    def __init__(self, stack: ExitStack, options: argparse.Namespace) -> None:
        hardware = detect("cpu")
        self.server = server = Server(stack, Seclusion(network_cut=False))
        server.hello(Hello(threads=hardware.physical_cores, device="cpu"))
        texts = read_texts(options.data, 1000)
        server.take_texts(TakeTexts(texts=tuple(texts)))
        server.open_meters(OpenMeters(hardware=hardware, names=choose_meters(hardware)))
        everything = tuple(range(len(texts)))
        for role in ORDER[:2]:
            candidate = role == "candidate"
            model, family = None, "reference" if not candidate else options.family
            if candidate and family is None:
                model = resolve(parse_model(options.model))
                family = "sequence-classification"
            server.open_model(
                OpenModel(
                    role=role,
                    family=family,
                    model=model,
                    device="cpu",
                    dtype="auto" if candidate else "float32",
                    threads=hardware.physical_cores,
                    task=TASK if candidate and options.family else None,
                )
            )
        if options.family:
            gold = tuple(n % 2 for n in everything)
            server.fit_model(FitModel(role="candidate", texts=tuple(texts), gold=gold))
        counted = server.count_tokens(CountTokens(role="reference", count=len(texts))).tokens
        for role in ORDER[:2]:
            some = everything[:64]
            server.size_batches(SizeBatches(role=role, indices=some, size=32, tokens=None))
        sample = telling(counted, len(texts))
        server.compare_answers(CompareAnswers(role="candidate", indices=sample, known=None))
        self.slices = deal(counted, SLICES)
        self.passes = {role: self._pace(role, middle(counted, 32)) for role in ORDER[:2]}

    def _pace(self, role: Role, indices: tuple[int, ...]) -> int:
        """Passes over a slice that last as long as a window, once the model is warm."""
        self.server.run_passes(RunPasses(role=role, indices=indices, min_seconds=5.0))
        ran = self.server.run_passes(
            RunPasses(role=role, indices=self.slices[0], min_seconds=FLOOR_S)
        )
        alone = ran.cpu_seconds / ran.passes / detect("cpu").physical_cores
        return max(1, math.ceil(1.15 * FLOOR_S / alone))

    def whole(self, turn: int) -> float:
        """log(C ÷ R) of four windows, with what settles before each change of model."""
        part = self.slices[turn % SLICES]
        other = self.slices[(turn - 1) % SLICES][:32]
        cost: dict[Role, list[float]] = {"reference": [], "candidate": []}
        last = None
        for role in ORDER:
            if role != last:
                settle = RunPasses(role=role, indices=other, min_seconds=SETTLE_S)
                self.server.run_passes(settle)
            asked = MeasureWindow(role=role, indices=part, min_seconds=FLOOR_S, each_pass=True)
            cost[role].append(per_query(self.server.measure_window(asked)))
            last = role
        return math.log(statistics.fmean(cost["candidate"]) / statistics.fmean(cost["reference"]))

    def interleaved(self, turn: int) -> float:
        """log(C ÷ R) of two windows in turns."""
        told = self.server.interleave_windows(
            InterleaveWindows(
                indices=self.slices[turn % SLICES],
                reference_passes=self.passes["reference"],
                candidate_passes=self.passes["candidate"],
                min_seconds=FLOOR_S,
                turn=turn + turn // SLICES,
            )
        )
        return math.log(per_query(told.candidate) / per_query(told.reference))


def per_query(told: WindowMeasured) -> float:
    """CPU-seconds."""
    return told.measured.cpu_seconds / told.measured.queries


def row(kind: str, blocks: list[tuple[int, float, float]]) -> str:
    """One line of the table."""
    means = {
        place: statistics.fmean(ratio for at, _, ratio in blocks if at == place)
        for place, _, _ in blocks
    }
    left = [ratio - means[place] for place, _, ratio in blocks]
    spread = math.sqrt(math.fsum(e * e for e in left) / (len(blocks) - len(means)))
    seconds = statistics.fmean(took for _, took, _ in blocks)
    needed = next(
        n
        for n in range(2 * SLICES, 10_000, SLICES)
        if float(stdtrit(n - SLICES, 0.975)) * spread / math.sqrt(n) <= math.log(1.02)
    )
    index = 100 * math.exp(statistics.fmean(means.values()))
    return f"| {kind} | {seconds:.1f} | {spread:.2%} | {needed * seconds:.0f} | {index:.4g} |"


if __name__ == "__main__":
    main()
