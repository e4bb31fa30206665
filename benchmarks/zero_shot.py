"""The zero-shot family's window against transformers' zero-shot pipeline on the same model.

    python benchmarks/zero_shot.py ENCODER_FOLDER TRAIN.jsonl TEXTS.jsonl [--texts 200] [--rounds 5]

A model of inference is made of the encoder first (``--steps`` of training on rows of
``TRAIN.jsonl``; ``--model FOLDER`` keeps it, or takes it from there). ``--workload`` gives labels
and wording (ag-news-v1). Sides, in turn within each round, in an order that rotates:

* ``ours``: the session that a rating uses, from text to label, batches of 32 pairs;
* ``bare``: its forward passes alone, over batches that were made beforehand;
* ``pipeline1`` … ``pipeline32``: ``transformers.pipeline("zero-shot-classification")`` at batch
  sizes 1, 8, 16 and 32.

Prints Markdown, by the clock and by CPU-seconds (which hold beside a busy neighbour): the median,
the ratio other ÷ ours round by round (median, least and greatest), how many answers are the same,
and the accuracy.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _nli import fine_tune
from _process import become_worker, read_texts
from throughput import table

from energylabel import workloads
from energylabel.devices.machine import detect
from energylabel.records.workload import Task

BATCH = 32
SIZES = (1, 8, 16, 32)


def main() -> None:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("train", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--workload", default="ag-news-v1")
    options = parser.parse_args()
    cores = detect("cpu").physical_cores
    become_worker(cores)
    definition = workloads.load(options.workload)
    wording = workloads.wording(definition.language, definition.wording)
    task = Task(labels=definition.labels, wording=wording)
    texts = read_texts(options.data, options.texts)
    with tempfile.TemporaryDirectory() as made:
        folder = options.model or Path(made)
        if not (folder / "model.safetensors").is_file():
            fine_tune(
                *(options.encoder, options.train, folder),
                hypothesis=wording.hypothesis,
                labels=wording.words_of(task.labels),
                steps=options.steps,
            )
        sides = build(folder, texts, task, cores)
        answers, wall, cpu = measure(sides, options.rounds)
    name = f"{options.encoder.name} as a model of inference, {definition.name}"
    print(table(f"{name}, by the clock", len(texts), wall))
    print(f"\n{table(f'{name}, by CPU time', len(texts), cpu)}\n")
    for name, said in answers.items():
        if name.startswith("pipeline"):
            same = sum(a == b for a, b in zip(answers["ours"], said, strict=True))
            print(f"{same} of {len(texts)} answers are those of `{name}`.")
    with options.data.open(encoding="utf-8") as lines:
        gold = [int(json.loads(line)["label"]) for line in lines][: len(texts)]
    right = sum(a == b for a, b in zip(answers["ours"], gold, strict=True))
    print(f"Accuracy {right / len(gold):.1%}.")


def build(
    folder: Path, texts: list[str], task: Task, cores: int
) -> dict[str, Callable[[], list[int]]]:
    """The sides, each a function from nothing to label ids in the order of the texts."""
    import torch
    from transformers import pipeline

    from energylabel.classifiers.base import Batching, Placement
    from energylabel.classifiers.zero_shot_nli import PLUGIN
    from energylabel.resolving.models import parse_model, resolve

    torch.set_num_threads(cores)
    model = resolve(parse_model(str(folder)))
    session: Any = PLUGIN.open(model, Placement("cpu", "auto", cores), task).__enter__()
    judge = pipeline("zero-shot-classification", model=str(folder), device="cpu")
    words = list(task.wording.words_of(task.labels))
    template = task.wording.hypothesis

    def ours() -> list[int]:
        return list(session.predict(texts, Batching(size=BATCH, equal_lengths=False)).labels)

    batches: list[dict[str, torch.Tensor]] = []
    network = session._scorer

    def recorded(**inputs: torch.Tensor) -> Any:
        batches.append(inputs)
        return network(**inputs)

    session._scorer = recorded
    ours()
    session._scorer = network

    def bare() -> list[int]:
        with torch.inference_mode():
            for batch in batches:
                network(**batch)
        return []

    def piped(size: int) -> Callable[[], list[int]]:
        def ask() -> list[int]:
            said = judge(
                texts, candidate_labels=words, hypothesis_template=template, batch_size=size
            )
            return [words.index(each["labels"][0]) for each in said]

        return ask

    return {"ours": ours, "bare": bare, **{f"pipeline{size}": piped(size) for size in SIZES}}


def measure(
    sides: dict[str, Callable[[], list[int]]], rounds: int
) -> tuple[dict[str, list[int]], dict[str, list[float]], dict[str, list[float]]]:
    """Answers of each side, and its seconds and CPU-seconds in each round."""
    # The first pass warms up and is not counted.
    answers = {name: side() for name, side in sides.items()}
    wall: dict[str, list[float]] = {name: [] for name in sides}
    cpu: dict[str, list[float]] = {name: [] for name in sides}
    order = list(sides)
    for number in range(rounds):
        for name in order[number % len(order) :] + order[: number % len(order)]:
            began, cpu_began = time.perf_counter(), time.process_time()
            sides[name]()
            wall[name].append(time.perf_counter() - began)
            cpu[name].append(time.process_time() - cpu_began)
            took = f"{wall[name][-1]:.2f} s, {cpu[name][-1]:.2f} CPU-s"
            print(f"round {number + 1}: {name} {took}", file=sys.stderr)
    return answers, wall, cpu


if __name__ == "__main__":
    main()
