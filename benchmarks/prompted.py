"""``prompted-lm`` in mode ``score`` against the loop that reads the prompt again for each label.

    python benchmarks/prompted.py MODEL_FOLDER TEXTS.jsonl [--texts 32] [--rounds 7]
        [--workload ag-news-v1] [--dtype auto] [--device cpu] [--sides ours naive naive32]

Each round has so many texts of its own. Sides, in turn within it, in an order that rotates:

* ``ours``: the session that a rating uses, from text to label, batches of 32 sorted by length;
* ``naive``: for each text, one forward pass over prompt and label for each label, no batches;
* ``naive32``: the same, but a pass holds up to 32 pairs of prompt and label of like length, padded
  at the end, and makes logits where they are needed alone.

Prints Markdown: median seconds, the ratio other ÷ ours round by round (median, least and
greatest) in seconds and in this process's CPU-seconds, which hold beside neighbours; and how many
answers are the same. Above 1, ours is faster. ``naive`` is the loop that
the goal of 3 is about; ``naive32`` shows how much of it batches alone would give.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from _process import become_worker, read_texts

from energylabel.devices.machine import detect

BATCH = 32


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sides", nargs="+", default=["ours", "naive", "naive32"])
    parser.add_argument("--workload", default="ag-news-v1")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    options = parser.parse_args()
    cores = detect("cpu").physical_cores
    if options.device == "cpu":
        become_worker(cores)
    texts = read_texts(options.data, options.texts * options.rounds)
    sides = build(options, cores)
    order = [name for name in sides if name in {"ours", *options.sides}]
    seconds: dict[str, list[float]] = {name: [] for name in order}
    cpu: dict[str, list[float]] = {name: [] for name in order}
    answers: dict[str, list[int]] = {name: [] for name in order}
    for name in order:
        sides[name](texts[:4])  # warms up and is not counted
    for number in range(options.rounds):
        some = texts[number * options.texts :][: options.texts]
        for name in order[number % len(order) :] + order[: number % len(order)]:
            began, used = time.perf_counter(), time.process_time()
            answers[name] += sides[name](some)
            seconds[name].append(time.perf_counter() - began)
            cpu[name].append(time.process_time() - used)
            print(f"round {number + 1}: {name} {seconds[name][-1]:.2f} s", file=sys.stderr)
    print(table(options.model.name, options.texts, seconds, cpu))
    for name in order[1:]:
        same = sum(a == b for a, b in zip(answers["ours"], answers[name], strict=True))
        print(f"\n{same} of {len(texts)} answers are those of `{name}`.")


def build(options: argparse.Namespace, cores: int) -> dict[str, Callable[[list[str]], list[int]]]:
    """The three sides, each a function from texts to label ids in their order."""
    import torch

    from energylabel import workloads
    from energylabel.classifiers.base import Batching, Placement
    from energylabel.classifiers.prompted_lm import PLUGIN
    from energylabel.records.workload import Task
    from energylabel.resolving.models import parse_model, resolve

    torch.set_num_threads(cores)
    definition = workloads.load(options.workload)
    words = workloads.wording(definition.language, definition.wording)
    task = Task(
        labels=definition.labels,
        wording=words,
        mode="score",
    )
    model = resolve(parse_model(str(options.model)), family="prompted-lm")
    placement = Placement(options.device, options.dtype, cores)
    session: Any = PLUGIN.open(model, placement, task).__enter__()
    if not session.runner.shares:
        raise SystemExit("this model keeps no cache that labels can share")
    network, labels = session.runner.network, session.prompter.continuations

    def ours(texts: list[str]) -> list[int]:
        return list(session.predict(texts, Batching(size=BATCH, equal_lengths=False)).labels)

    def scored(pairs: Sequence[tuple[list[int], tuple[int, ...]]]) -> list[float]:
        """Log-likelihoods of labels behind prompts, read together."""
        rows = [[*ids, *label[:-1]] for ids, label in pairs]
        longest = max(map(len, rows))
        padded = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        most = longest - min(len(ids) for ids, _ in pairs) + 1
        logits = network(
            input_ids=padded.to(options.device), use_cache=False, logits_to_keep=most
        ).logits
        found = []
        for row, (ids, label) in zip(logits, pairs, strict=True):
            start = len(ids) - 1 - (longest - most)
            steps = row[start : start + len(label)].float().log_softmax(-1)
            found.append(sum(float(steps[at, token]) for at, token in enumerate(label)))
        return found

    def naive(texts: list[str]) -> list[int]:
        with torch.inference_mode():
            said = []
            for ids in session.prompter.prompts(texts).ids:
                values = [scored([(ids, label)])[0] for label in labels]
                said.append(values.index(max(values)))
        return said

    def naive32(texts: list[str]) -> list[int]:
        rows = session.prompter.prompts(texts).ids
        pairs = [(place, n) for place in range(len(rows)) for n in range(len(labels))]
        pairs.sort(key=lambda pair: -len(rows[pair[0]]) - len(labels[pair[1]]))
        values: dict[tuple[int, int], float] = {}
        with torch.inference_mode():
            for start in range(0, len(pairs), BATCH):
                some = pairs[start : start + BATCH]
                found = scored([(rows[place], labels[n]) for place, n in some])
                values |= zip(some, found, strict=True)
        ids = range(len(labels))
        return [max(ids, key=lambda n: values[place, n]) for place in range(len(rows))]

    return {"ours": ours, "naive": naive, "naive32": naive32}


def table(
    name: str, count: int, seconds: dict[str, list[float]], cpu: dict[str, list[float]]
) -> str:
    """Markdown: a row for each side."""
    lines = [
        f"### {name}, {len(seconds['ours'])} rounds of {count} texts",
        "",
        "| side | s | other ÷ ours: median | least | most | in CPU-s: median | least | most |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for side, values in seconds.items():
        cells = [f"{statistics.median(values):.2f}"]
        for taken in (seconds, cpu):
            ratios = [a / b for a, b in zip(taken[side], taken["ours"], strict=True)]
            cells += [f"{f(ratios):.2f}" for f in (statistics.median, min, max)]
        lines.append(f"| {side} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
