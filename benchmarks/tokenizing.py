"""What a tokenizer's own memory of words saves where the same texts are read again and again.

    python benchmarks/tokenizing.py MODEL_FOLDER TEXTS.jsonl [--texts 167] [--rounds 10]

Each round has texts of its own: tokenised with an empty memory (``empty``), and again five times,
of which the fastest counts (``again``). One thread. Prints Markdown: median CPU-milliseconds of a
round, and the ratio to ``again`` round by round.
"""

import argparse
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _process import read_texts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--texts", type=int, default=167)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(
        options.model, local_files_only=True, trust_remote_code=False
    )
    texts = read_texts(options.data, options.texts * options.rounds)
    rounds = [texts[n * options.texts :][: options.texts] for n in range(options.rounds)]
    taken: dict[str, list[float]] = {"empty": [], "again": []}
    for some in rounds:
        forget(tokenizer)
        taken["empty"].append(seconds(tokenizer, some))
        taken["again"].append(min(seconds(tokenizer, some) for _ in range(5)))
    kind = type(tokenizer.backend_tokenizer.model).__name__
    print(f"### {options.model.name} ({kind}), {options.rounds} rounds of {options.texts} texts\n")
    print("| memory | CPU-ms | ÷ again: median | least | most |\n|---|---|---|---|---|")
    for name, values in taken.items():
        ratios = [a / b for a, b in zip(values, taken["again"], strict=True)]
        cells = [f"{f(ratios):.2f}" for f in (statistics.median, min, max)]
        print(f"| {name} | {1000 * statistics.median(values):.1f} | {' | '.join(cells)} |")


def forget(tokenizer: Any) -> None:
    """Empty the memory, where the tokenizer has one: WordPiece has none."""
    clear = getattr(tokenizer.backend_tokenizer.model, "_clear_cache", None)
    if clear is not None:
        clear()


def seconds(tokenizer: Any, texts: Sequence[str]) -> float:
    """CPU-seconds of tokenising them."""
    before = time.process_time()
    tokenizer(list(texts), truncation=True, max_length=512)
    return time.process_time() - before


if __name__ == "__main__":
    main()
