"""Our ``batch`` window against three other ways to run the same model over the same texts.

    python benchmarks/throughput.py MODEL_FOLDER TEXTS.jsonl [--texts 500] [--rounds 5]

Sides, in turn within each round, in an order that rotates:

* ``ours``: the session that a rating uses, from text to label, batches of 32 sorted by length;
* ``bare``: forward passes alone over batches that were tokenised, sorted and padded beforehand;
* ``pipeline32`` and ``pipeline1``: ``transformers.pipeline`` at batch size 32 and 1.

Prints Markdown: median seconds, and the ratio other ÷ ours round by round (median, least and
greatest). Above 1, ours is faster. Also whether ours and ``pipeline1`` answer the same.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from _process import become_worker, read_texts

from energylabel.devices.machine import detect

BATCH = 32


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    cores = detect("cpu").physical_cores
    become_worker(cores)
    texts = read_texts(options.data, options.texts)
    sides = build(options.model, texts, cores)
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    answers: dict[str, list[int]] = {}
    for name, side in sides.items():
        answers[name] = side()  # the first pass warms up and is not counted
    order = list(sides)
    for number in range(options.rounds):
        for name in order[number % len(order) :] + order[: number % len(order)]:
            began = time.perf_counter()
            sides[name]()
            seconds[name].append(time.perf_counter() - began)
            print(f"round {number + 1}: {name} {seconds[name][-1]:.2f} s", file=sys.stderr)
    same = sum(a == b for a, b in zip(answers["ours"], answers["pipeline1"], strict=True))
    print(table(options.model.name, len(texts), seconds))
    print(f"\n{same} of {len(texts)} answers are those of `pipeline1`.")


def build(folder: Path, texts: list[str], cores: int) -> dict[str, Callable[[], list[int]]]:
    """The four sides, each a function from nothing to label ids in the order of the texts."""
    import torch
    from transformers import pipeline

    from energylabel.classifiers.base import Batching, Placement
    from energylabel.classifiers.sequence_head import PLUGIN
    from energylabel.resolving.models import parse_model, resolve

    torch.set_num_threads(cores)
    model = resolve(parse_model(str(folder)))
    session = PLUGIN.open(model, Placement("cpu", "auto", cores), None).__enter__()
    judge = pipeline("text-classification", model=str(folder), device="cpu")
    network, tokenizer = judge.model, judge.tokenizer
    encoded = tokenizer(texts, truncation=True, max_length=session.max_tokens)["input_ids"]
    order = sorted(range(len(texts)), key=lambda i: -len(encoded[i]))
    batches = []
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        padded = tokenizer.pad({"input_ids": [encoded[i] for i in rows]}, return_tensors="pt")
        batches.append((rows, dict(padded)))

    def ours() -> list[int]:
        return list(session.predict(texts, Batching(size=BATCH, equal_lengths=False)).labels)

    def bare() -> list[int]:
        labels = [0] * len(texts)
        with torch.inference_mode():
            for rows, batch in batches:
                for row, label in zip(rows, network(**batch).logits.argmax(-1), strict=True):
                    labels[row] = int(label)
        return labels

    def piped(size: int) -> Callable[[], list[int]]:
        limits = {"truncation": True, "max_length": session.max_tokens}
        ids = network.config.label2id
        return lambda: [ids[said["label"]] for said in judge(texts, batch_size=size, **limits)]

    return {"ours": ours, "bare": bare, "pipeline32": piped(32), "pipeline1": piped(1)}


def table(name: str, count: int, seconds: dict[str, list[float]]) -> str:
    """Markdown: a row for each side."""
    rounds = len(seconds["ours"])
    lines = [
        f"### {name}, {count} texts, {rounds} rounds",
        "",
        "| side | median s | other ÷ ours: median | least | greatest |",
        "|---|---|---|---|---|",
    ]
    for side, values in seconds.items():
        ratios = [value / own for value, own in zip(values, seconds["ours"], strict=True)]
        lines.append(
            f"| {side} | {statistics.median(values):.2f} | {statistics.median(ratios):.2f} | "
            f"{min(ratios):.2f} | {max(ratios):.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
