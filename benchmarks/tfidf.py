"""``tfidf-linear`` as a rating runs it against scikit-learn's own ``predict`` on the same texts.

    python benchmarks/tfidf.py TEXTS.jsonl TRAIN.jsonl --label-column label [--rounds 30]

Both are fitted on the same rows. Sides, in turn within each round, in an order that rotates:

* ``ours``: the loaded model of a rating, from text to label, over the texts of one window's slice;
* ``sklearn``: ``make_pipeline(TfidfVectorizer(), LogisticRegression()).predict``.

Prints Markdown: median milliseconds, and the ratio ours ÷ scikit-learn round by round (median,
least and greatest) for slices of three sizes. Below 1, ours is faster. The goal is 1.2.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from _process import become_worker, read_texts

from energylabel.classifiers.base import Batching, Placement
from energylabel.devices.machine import detect

SLICES = (50, 167, 1000)
"""Texts of a quick look's slice, of a standard one, and of all of them."""

_AT_LEAST_S = 0.05


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("train", type=Path)
    parser.add_argument("--label-column", default="label")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    cores = detect("cpu").physical_cores
    become_worker(cores)
    texts = read_texts(options.data, max(SLICES))
    with options.train.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:10_000]
    names = sorted({str(row[options.label_column]) for row in rows})
    gold = [names.index(str(row[options.label_column])) for row in rows]
    ours, theirs = build([row["text"] for row in rows], gold, cores)
    print(f"### {len(rows):,} rows to fit on, {len(names)} classes, {options.rounds} rounds\n")
    print("| texts | ours ms | scikit-learn ms | ours ÷ scikit-learn: median | least | greatest |")
    print("|---|---|---|---|---|---|")
    for count in SLICES:
        print(line(ours, theirs, texts[:count], options.rounds))
    same = sum(a == b for a, b in zip(ours(texts), theirs(texts), strict=True))
    print(f"\n{same} of {len(texts)} answers are scikit-learn's.")


Side = Callable[[list[str]], list[int]]


def build(texts: list[str], gold: list[int], cores: int) -> tuple[Side, Side]:
    """Both sides, fitted: functions from texts to label ids."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from energylabel.classifiers._features.linear import LoadedLinear
    from energylabel.classifiers._features.logistic import MAX_ITERATIONS
    from energylabel.classifiers.tfidf_linear import PLUGIN
    from energylabel.resolving.models import parse_model, resolve

    model = resolve(parse_model("tfidf-linear"))
    loaded = PLUGIN.open(model, Placement("cpu", "auto", cores), None).__enter__()
    if not isinstance(loaded, LoadedLinear):
        raise TypeError(type(loaded).__name__)
    loaded.fit(texts, gold)
    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=MAX_ITERATIONS))
    pipeline.fit(texts, gold)

    def ours(asked: list[str]) -> list[int]:
        return list(loaded.predict(asked, Batching(32)).labels)

    def theirs(asked: list[str]) -> list[int]:
        labels: list[int] = pipeline.predict(asked).tolist()
        return labels

    return ours, theirs


def line(ours: Side, theirs: Side, texts: list[str], rounds: int) -> str:
    """A row of the table; each side runs for at least a twentieth of a second in each round."""
    sides = (ours, theirs)
    seconds: tuple[list[float], list[float]] = ([], [])
    for side in sides:
        side(texts)
    for number in range(rounds):
        for turn in (0, 1):
            which = (number + turn) % 2
            began, passes = time.perf_counter(), 0
            while time.perf_counter() - began < _AT_LEAST_S:
                sides[which](texts)
                passes += 1
            seconds[which].append((time.perf_counter() - began) / passes)
    ratios = [own / other for own, other in zip(*seconds, strict=True)]
    medians = [1000 * statistics.median(values) for values in seconds]
    return (
        f"| {len(texts)} | {medians[0]:.2f} | {medians[1]:.2f} | {statistics.median(ratios):.2f} "
        f"| {min(ratios):.2f} | {max(ratios):.2f} |"
    )


if __name__ == "__main__":
    main()
