"""Make the demo workload: write its texts, then train its tokenizer and model.

Run ``python -m energylabel.workloads.demo.make`` to write everything anew in
this folder, or add ``--out DIR`` to write elsewhere. All randomness is seeded.
The texts come out the same on every machine; the trained weights come out the
same on one machine, since another processor may round sums differently.

The training and test texts are made of different sentences (``phrases.toml``),
so the accuracy on ``test.jsonl`` is a held-out figure. The settings below are
fixed beforehand and the last epoch is kept: nothing is selected on the test.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SEED = 20
SIDES = ("train", "test")

# Shape of a text, in words and in odds of its optional parts.
MIN_WORDS, MAX_WORDS = 8, 40
ODDS_OPENER, ODDS_SECOND, ODDS_THIRD, ODDS_CLOSER = 0.4, 0.5, 0.15, 0.4
# These stay the same within one text, or it would jump from thing to thing.
STEADY_SLOTS = ("item", "gadget")

VOCAB_SIZE = 1200
MAX_TOKENS = 128
WIDTH, LAYERS, HEADS, INNER = 96, 2, 4, 256
EPOCHS, BATCH, RATE = 14, 32, 1e-3
# Hiding some words keeps so small a model from leaning on single ones.
ODDS_HIDE = 0.15

Row = dict[str, str]


def load_phrases() -> dict[str, Any]:
    """Read the sentences, fillers and row counts the texts are made of."""
    with (HERE / "phrases.toml").open("rb") as file:
        return tomllib.load(file)


def pick(rng: random.Random, choices: Sequence[str]) -> str:
    """Draw one choice, in a way that is the same in every Python version."""
    # Only random() itself is promised to keep its sequence, choice() is not.
    return choices[int(rng.random() * len(choices))]


def fill(sentence: str, slots: dict[str, list[str]], used: dict[str, list[str]],
         rng: random.Random) -> str:
    """Put words in the slots of a sentence, noting in ``used`` what was taken."""

    def word(match: re.Match[str]) -> str:
        name = match[1]
        taken = used.setdefault(name, [])
        if taken and name in STEADY_SLOTS:
            return taken[0]
        free = [choice for choice in slots[name] if choice not in taken]
        taken.append(pick(rng, free or slots[name]))
        return taken[-1]

    filled = re.sub(r"\{(\w+)\}", word, sentence)
    return filled[0].upper() + filled[1:]


def write_text(phrases: dict[str, Any], desk: str, side: str, rng: random.Random) -> str:
    """Compose one text for a desk: one to three sentences, often with small talk."""
    parts = [pick(rng, phrases["desks"][desk][side])]
    for odds in (ODDS_SECOND, ODDS_THIRD):
        if rng.random() < odds:
            parts.append(pick(rng, phrases["desks"][desk][side]))
    if rng.random() < ODDS_OPENER:
        parts.insert(0, pick(rng, phrases["openers"][side]))
    if rng.random() < ODDS_CLOSER:
        parts.append(pick(rng, phrases["closers"][side]))
    used: dict[str, list[str]] = {}
    unique = list(dict.fromkeys(parts))
    return " ".join(fill(part, phrases["slots"][side], used, rng) for part in unique)


def make_rows(phrases: dict[str, Any], side: str) -> list[Row]:
    """Compose all rows of one side, no text twice, in mixed order."""
    rng = random.Random(SEED + SIDES.index(side))
    rows: list[Row] = []
    seen: set[str] = set()
    for desk, entry in phrases["desks"].items():
        wanted = len(rows) + entry[f"{side}_rows"]
        while len(rows) < wanted:
            text = write_text(phrases, desk, side, rng)
            if text not in seen and MIN_WORDS <= len(text.split()) <= MAX_WORDS:
                seen.add(text)
                rows.append({"text": text, "label": desk})
    # Sorting by drawn numbers shuffles with random() alone; see pick().
    order = sorted(range(len(rows)), key=[rng.random() for _ in rows].__getitem__)
    return [rows[index] for index in order]


def write_texts(out: Path) -> dict[str, list[Row]]:
    """Write ``train.jsonl`` and ``test.jsonl`` in ``out`` and return their rows."""
    phrases = load_phrases()
    made = {side: make_rows(phrases, side) for side in SIDES}
    for side, rows in made.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        # Bytes, so that no platform turns the line ends into its own.
        (out / f"{side}.jsonl").write_bytes(lines.encode("ascii"))
    return made
