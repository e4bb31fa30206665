"""Make the demo workload: write its texts, then train its tokenizer and model.

Run ``python -m energylabel.workloads.demo.make`` to write everything anew in
this folder, or add ``--out DIR`` to write elsewhere. All randomness is seeded.
The texts come out the same on every machine; the trained weights come out the
same on one machine, since another processor may round sums differently.

The training and test texts are made of different sentences (``phrases.toml``),
so the accuracy on ``test.jsonl`` is a held-out figure, though not a blind one:
it was looked at while sentences and settings were still being changed, to land
at a middling accuracy. The last epoch is kept; no epoch is chosen by the test.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

HERE = Path(__file__).resolve().parent
SEED = 20
SIDES = ("train", "test")

# Shape of a text, in words and in odds of its optional parts.
MIN_WORDS, MAX_WORDS = 8, 40
ODDS_OPENER, ODDS_SECOND, ODDS_THIRD, ODDS_CLOSER = 0.4, 0.5, 0.15, 0.4
# These stay the same within one text, or it would jump from thing to thing.
STEADY_SLOTS = ("item", "gadget")

VOCAB_SIZE = 1000
MAX_TOKENS = 128
WIDTH, LAYERS, HEADS, INNER = 96, 2, 4, 256
EPOCHS, BATCH, RATE, DROPOUT = 14, 32, 1e-3, 0.1
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


def fill(
    sentence: str, slots: dict[str, list[str]], used: dict[str, list[str]], rng: random.Random
) -> str:
    """Settle the wording of a sentence, noting in ``used`` the words it took."""

    def word(match: re.Match[str]) -> str:
        name = match[1]
        taken = used.setdefault(name, [])
        if taken and name in STEADY_SLOTS:
            return taken[0]
        free = [choice for choice in slots[name] if choice not in taken]
        taken.append(pick(rng, free or slots[name]))
        return taken[-1]

    chosen = re.sub(r"\[(.+?)\]", lambda match: pick(rng, match[1].split("|")), sentence)
    filled = re.sub(r"\{(\w+)\}", word, chosen)
    return filled[0].upper() + filled[1:]


def write_text(phrases: dict[str, Any], desk: str, side: str, rng: random.Random) -> str:
    """Compose one text for a desk: one to three sentences, often with small talk."""
    sentences = phrases["desks"][desk][side]
    parts = [pick(rng, sentences)]
    parts += [pick(rng, sentences) for odds in (ODDS_SECOND, ODDS_THIRD) if rng.random() < odds]
    if rng.random() < ODDS_OPENER:
        parts.insert(0, pick(rng, phrases["openers"][side]))
    if rng.random() < ODDS_CLOSER:
        parts.append(pick(rng, phrases["closers"][side]))
    used: dict[str, list[str]] = {}
    unique = list(dict.fromkeys(parts))
    return " ".join(fill(part, phrases["slots"][side], used, rng) for part in unique)


def make_rows(phrases: dict[str, Any], side: str) -> list[Row]:
    """Compose all rows of one side, no text twice, in mixed order."""
    rng = random.Random(SEED + SIDES.index(side))  # noqa: S311 - no secret hangs on it
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


def learn_vocabulary(texts: Sequence[str]) -> list[str]:
    """Learn word pieces by joining the most frequent neighbours over and over.

    The trainer of the tokenizers library does the same, but settles ties by
    chance, which would give another model each time.
    """
    words: dict[str, int] = {}
    for word in re.findall(r"[a-z0-9]+", " ".join(texts).lower()):
        words[word] = words.get(word, 0) + 1
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    # Every plain sign gets a piece, so that unseen words can be spelt out.
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"!\"#$%&'()*+,-./:;<=>?@_"]
    pieces += [*letters, *(f"##{letter}" for letter in letters)]
    known = set(pieces)
    spelt = {word: [word[0], *(f"##{letter}" for letter in word[1:])] for word in words}
    while len(pieces) < VOCAB_SIZE:
        counts: dict[tuple[str, str], int] = {}
        for word, parts in spelt.items():
            for pair in pairwise(parts):
                counts[pair] = counts.get(pair, 0) + words[word]
        if not counts:
            break
        left, right = min(counts, key=lambda pair: (-counts[pair], pair))
        joined = left + right[2:]
        if joined not in known:
            known.add(joined)
            pieces.append(joined)
        for parts in spelt.values():
            at = 0
            while at < len(parts) - 1:
                if (parts[at], parts[at + 1]) == (left, right):
                    parts[at : at + 2] = [joined]
                at += 1
    return pieces


def make_tokenizer(texts: Sequence[str]) -> Any:
    """Build a lower-casing BERT tokenizer with a vocabulary learned from texts."""
    from transformers import BertTokenizerFast

    vocabulary = {piece: number for number, piece in enumerate(learn_vocabulary(texts))}
    return BertTokenizerFast(vocab=vocabulary, do_lower_case=True, model_max_length=MAX_TOKENS)


def train_model(rows: Sequence[Row], tokenizer: Any, desks: Sequence[str]) -> Any:
    """Train a small BERT classifier from scratch on the rows."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.use_deterministic_algorithms(True)
    # One thread, so that sums are taken in the same order on any core count.
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=INNER,
        max_position_embeddings=MAX_TOKENS,
        id2label=dict(enumerate(desks)),
        label2id={desk: number for number, desk in enumerate(desks)},
        hidden_dropout_prob=DROPOUT,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = BertForSequenceClassification(config)
    model.train()
    data = tokenizer([row["text"] for row in rows], truncation=True)["input_ids"]
    labels = torch.tensor([desks.index(row["label"]) for row in rows])
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    steps = EPOCHS * -(-len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for epoch in range(EPOCHS):
        total = 0.0
        for picked in torch.randperm(len(rows)).split(BATCH):
            batch = tokenizer.pad({"input_ids": [data[i] for i in picked]}, return_tensors="pt")
            ids = batch["input_ids"]
            # The special tokens are the first five pieces; they stay in sight.
            hide = (torch.rand(ids.shape) < ODDS_HIDE) & (ids > tokenizer.mask_token_id)
            batch["input_ids"] = ids.masked_fill(hide, tokenizer.mask_token_id)
            loss = model(**batch, labels=labels[picked]).loss
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach()) * len(picked)
        click.echo(f"epoch {epoch + 1:2d} of {EPOCHS}: loss {total / len(rows):.3f}")
    return model.eval()


def measure_accuracy(model: Any, tokenizer: Any, rows: Sequence[Row]) -> float:
    """Return the share of rows whose label the model gets right."""
    import torch

    right = 0
    with torch.inference_mode():
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            texts = [row["text"] for row in part]
            batch = tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
            best = model(**batch).logits.argmax(dim=-1).tolist()
            names = (model.config.id2label[number] for number in best)
            right += sum(name == row["label"] for name, row in zip(names, part, strict=True))
    return right / len(rows)


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=HERE, help="Folder to write in.")
@click.option("--texts-only", is_flag=True, help="Train no model.")
def main(out: Path, texts_only: bool) -> None:
    """Write the demo texts, then train and write the tokenizer and model."""
    out.mkdir(parents=True, exist_ok=True)
    made = write_texts(out)
    click.echo("rows: " + ", ".join(f"{len(rows)} {side}" for side, rows in made.items()))
    if texts_only:
        return
    folder = out / "model"
    tokenizer = make_tokenizer([row["text"] for row in made["train"]])
    # Written before use: a tokenizer also keeps how it was last called.
    tokenizer.save_pretrained(folder)
    model = train_model(made["train"], tokenizer, list(load_phrases()["desks"]))
    model.save_pretrained(folder)
    for file in folder.iterdir():
        # The libraries write some files for the owner alone.
        file.chmod(0o644)
    click.echo(f"parameters: {model.num_parameters()}")
    click.echo(f"accuracy on test.jsonl: {measure_accuracy(model, tokenizer, made['test']):.4f}")


if __name__ == "__main__":
    main()
