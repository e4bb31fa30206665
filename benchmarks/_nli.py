"""A model of inference of real size, made here: no checkpoint of one is to be had offline.

An encoder learns for a minute or two whether ``This text is about {topic}.`` holds of a news item.
"""

import json
import random
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

PREMISES = 8
RATE = 1e-4


def fine_tune(
    encoder: Path, data: Path, out: Path, *, hypothesis: str, labels: Sequence[str], steps: int
) -> Path:
    """Train a head and the encoder under it, and save them with the tokenizer.

    Args:
        encoder: Folder of a classifier; its head is thrown away.
        data: JSON lines with ``text`` and ``label_name``; no row that is asked later.
        out: Written to.
        hypothesis: Holds ``{}``.
        labels: The topics in words, by the order of ``label``.
        steps: Of so many premises, each with its topic and a wrong one.
    """
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    with data.open(encoding="utf-8") as lines:
        rows = [(row["text"], int(row["label"])) for row in map(json.loads, lines)]
    rng = random.Random(0)  # noqa: S311 - no secret hangs on it
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(
        encoder, trust_remote_code=False, local_files_only=True
    )
    model = AutoModelForSequenceClassification.from_pretrained(
        encoder,
        trust_remote_code=False,
        local_files_only=True,
        use_safetensors=True,
        id2label={0: "contradiction", 1: "entailment"},
        label2id={"contradiction": 0, "entailment": 1},
    )
    model.classifier.reset_parameters()
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for step in range(steps):
        texts: list[str] = []
        told: list[str] = []
        gold: list[int] = []
        for text, label in rng.sample(rows, PREMISES):
            wrong = rng.choice([other for other in range(len(labels)) if other != label])
            for claim in (label, wrong):
                texts.append(text)
                told.append(hypothesis.replace("{}", labels[claim]))
                gold.append(int(claim == label))
        batch = tokenizer(
            *(texts, told),
            truncation="only_first",
            max_length=128,
            padding=True,
            return_tensors="pt",
        )
        loss = model(**batch, labels=torch.tensor(gold)).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 25 == 24:
            print(f"step {step + 1} of {steps}: loss {float(loss.detach()):.3f}", file=sys.stderr)
    model.save_pretrained(out)
    for file in encoder.iterdir():
        if file.name.startswith(("tokenizer", "vocab", "special_tokens")):
            shutil.copy(file, out / file.name)
    return out
