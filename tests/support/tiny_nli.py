"""A tiny model of inference that was really trained: the demo's encoder, pairs of its train texts.

It learned for some seconds whether ``This text is about {desk}.`` holds of a text; it has not
seen the test texts. Labels: contradiction (0) and entailment (1).
"""

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.parallel import Once

from energylabel import workloads
from energylabel.records.workload import Task

_DEMO = Path(workloads.__file__).parent / "demo"
_STEPS, _PREMISES, _WRONG, _RATE = 150, 16, 2, 1e-3


def demo_rows(side: str) -> list[tuple[str, str]]:
    """Texts and labels of the demo's ``train`` or ``test`` side."""
    lines = (_DEMO / f"{side}.jsonl").read_text("utf-8").splitlines()
    return [(row["text"], row["label"]) for row in map(json.loads, lines)]


def demo_task(**changes: Any) -> Task:
    """What the demo asks, in English."""
    labels = workloads.load(workloads.DEMO).labels
    task = Task(labels=labels, wording=workloads.wording("en"))
    return task.model_copy(update=changes)


@contextmanager
def one_thread() -> Iterator[None]:
    """Models this small are faster on one thread, above all beside other work."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def train_nli(folder: Path) -> Path:
    """Train the model and save it with its tokenizer."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    labels, rows, rng = demo_task().labels, demo_rows("train"), random.Random(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tokenizer = AutoTokenizer.from_pretrained(_DEMO / "model")
        model = AutoModelForSequenceClassification.from_pretrained(
            _DEMO / "model",
            id2label={0: "contradiction", 1: "entailment"},
            label2id={"contradiction": 0, "entailment": 1},
            ignore_mismatched_sizes=True,
        ).train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=_RATE)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=_STEPS)
        for _ in range(_STEPS):
            texts, told, gold = [], [], []
            for text, label in rng.sample(rows, _PREMISES):
                wrong = rng.sample([other for other in labels if other != label], _WRONG)
                for claim in (label, *wrong):
                    texts.append(text)
                    told.append(f"This text is about {claim}.")
                    gold.append(int(claim == label))
            batch = tokenizer(texts, told, truncation=True, padding=True, return_tensors="pt")
            loss = model(**batch, labels=torch.tensor(gold)).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(_DEMO / "model" / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def tiny_nli(once: Once) -> Path:
    """A read-only model, trained once a run: copy it before changing it."""
    with one_thread():
        return once("tiny-nli", train_nli)
