"""Tiny language models that really answer: trained in seconds on prompts of the demo's texts.

They know three of the demo's desks and their training texts; what is asked are the demo's test
texts, which are made of other sentences.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.parallel import Once

from energylabel import workloads
from energylabel.records.workload import Task

DESKS = ("praise", "fault", "delivery")
TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] | trim }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
SPECIAL = ("<pad>", "</s>", "<unk>", "<|user|>", "<|assistant|>", "<|end|>")


def rows(side: str, desks: Sequence[str] = DESKS) -> list[tuple[str, int]]:
    """Texts with the places of their labels, of one side of the demo."""
    definition = workloads.load(workloads.DEMO)
    path = workloads.data_folder(definition) / f"{side}.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [(each["text"], desks.index(each["label"])) for each in lines if each["label"] in desks]


def make_task(mode: str = "score", language: str = "en", **values: Any) -> Task:
    """What a model is told of the desks."""
    given: dict[str, Any] = {
        "labels": DESKS,
        "wording": workloads.wording(language),
        "mode": mode,
    }
    return Task(**given | values)


def make_tokenizer(folder: Path, texts: Sequence[str], *, trail: bool) -> Any:
    """A byte-level BPE tokenizer learned from texts; ``trail``: it ends a text with ``</s>``."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    if trail:
        made.post_processor = processors.TemplateProcessing(
            single="$A </s>", special_tokens=[("</s>", 1)]
        )
    named = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, **named, extra_special_tokens=list(SPECIAL[3:])
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def prompt(text: str, answer: str = "") -> str:
    """The question as it was worked out by hand from the wording."""
    listed = "\n".join(f"- {desk}" for desk in DESKS)
    asked = f"Classify the text as one of the following categories:\n{listed}\n\n"
    return f"{asked}Text: {text}\nCategory:{answer}"


def chat(text: str, answer: str | None = None) -> str:
    """The same as a chat in the words of :data:`TEMPLATE`."""
    said = "" if answer is None else f"{answer}<|end|>"
    return f"<|user|>\n{prompt(text)}<|end|>\n<|assistant|>\n{said}"


@contextmanager
def one_thread() -> Iterator[None]:
    """So small a network is slower on two, and waits for neighbours."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def train_on(model: Any, loss: Callable[[Sequence[int]], Any], rows: int, steps: int) -> None:
    """Steps of AdamW over 16 rows each, drawn by seed; ``loss`` is that of some rows."""
    import torch

    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    order = random.Random(0)
    model.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1.0, (steps - step) / (steps / 2))
        optimizer.zero_grad()
        loss(order.sample(range(rows), 16)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()


@one_thread()
def train_causal(folder: Path, *, with_chat: bool, steps: int = 120) -> Path:
    """A Llama of two layers that goes on with the label."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    train = rows("train")
    tokenizer = make_tokenizer(
        folder, [prompt(text, " " + DESKS[label]) for text, label in train[:300]], trail=False
    )
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)
    asked, said = [], []
    for text, label in train:
        if with_chat:
            asked.append(chat(text))
            said.append(f"{DESKS[label]}<|end|>")
        else:
            asked.append(prompt(text))
            said.append(f" {DESKS[label]}\n\n")
    before = tokenizer(asked, add_special_tokens=False)["input_ids"]
    after = tokenizer(said, add_special_tokens=False)["input_ids"]

    def loss(picked: Sequence[int]) -> Any:
        width = max(len(before[i]) + len(after[i]) for i in picked)
        ids, targets = torch.zeros(16, width, dtype=torch.long), torch.full((16, width), -100)
        for at, i in enumerate(picked):
            whole = before[i] + after[i]
            ids[at, : len(whole)] = torch.tensor(whole)
            targets[at, len(before[i]) : len(whole)] = torch.tensor(after[i])
        return model(input_ids=ids, labels=targets).loss

    train_on(model, loss, len(train), steps)
    model.eval().save_pretrained(folder)
    if with_chat:
        (folder / "chat_template.jinja").write_text(TEMPLATE, "utf-8")
    return folder


@one_thread()
def train_t5(folder: Path, steps: int = 140) -> Path:
    """A T5 of two layers on each side that answers with the label."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    train = rows("train")
    tokenizer = make_tokenizer(
        folder, [prompt(text, " " + DESKS[label]) for text, label in train[:300]], trail=True
    )
    torch.manual_seed(1)
    model = T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=64,
            d_kv=16,
            d_ff=128,
            num_layers=2,
            num_heads=4,
            dropout_rate=0.0,
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
        )
    )
    asked = tokenizer([prompt(text) for text, _ in train])["input_ids"]
    said = tokenizer([DESKS[label] for _, label in train])["input_ids"]

    def loss(picked: Sequence[int]) -> Any:
        batch = tokenizer.pad({"input_ids": [asked[i] for i in picked]}, return_tensors="pt")
        width = max(len(said[i]) for i in picked)
        targets = torch.full((16, width), -100)
        for at, i in enumerate(picked):
            targets[at, : len(said[i])] = torch.tensor(said[i])
        return model(**batch, labels=targets).loss

    train_on(model, loss, len(train), steps)
    model.eval().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_lm(once: Once) -> Path:
    """A plain causal model; read-only."""
    return once("tiny-lm", partial(train_causal, with_chat=False))


@pytest.fixture(scope="session")
def tiny_chat(once: Once) -> Path:
    """A causal model with a chat template; read-only."""
    return once("tiny-chat", partial(train_causal, with_chat=True))


@pytest.fixture(scope="session")
def tiny_t5(once: Once) -> Path:
    """An encoder-decoder; read-only."""
    return once("tiny-t5", train_t5)
