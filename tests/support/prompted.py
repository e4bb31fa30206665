"""Prompted language models, opened; and what a plain loop of transformers says beside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.tiny_lms import DESKS, chat, make_task, prompt
from support.workers import resolved

from energylabel.classifiers.base import Placement
from energylabel.classifiers.prompted_lm import PLUGIN, LoadedPrompted
from energylabel.records.subject import ResolvedModel


def model_at(folder: Path, **values: Any) -> ResolvedModel:
    kind = ("T5ForConditionalGeneration", "t5") if "t5" in folder.name else _LLAMA
    known = {"architecture": kind[0], "model_type": kind[1], "family": "prompted-lm"}
    return resolved(folder, **{"max_positions": None, "labels": None, **known, **values})


_LLAMA = ("LlamaForCausalLM", "llama")


@contextmanager
def opened(folder: Path, mode: str = "score", **task: Any) -> Iterator[LoadedPrompted]:
    with PLUGIN.open(
        model_at(folder), Placement("cpu", "auto", 1), make_task(mode, **task)
    ) as session:
        assert isinstance(session, LoadedPrompted)
        yield session


def loaded(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

    auto = AutoModelForSeq2SeqLM if "t5" in folder.name else AutoModelForCausalLM
    return auto.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def naive_scores(folder: Path, texts: list[str]) -> Any:
    """Log-likelihood of each label: the whole of prompt and label read anew for each."""
    import torch

    network, tokenizer = loaded(folder)
    found = []
    with torch.inference_mode():
        for text in texts:
            row = []
            for desk in DESKS:
                if "t5" in folder.name:
                    said = tokenizer(desk, add_special_tokens=False)["input_ids"]
                    before = tokenizer(prompt(text), return_tensors="pt")
                    start = torch.tensor([[0, *said[:-1]]])
                    logits = network(**before, decoder_input_ids=start).logits[0]
                else:
                    if "chat" in folder.name:
                        parts = chat(text), chat(text) + desk
                    else:
                        parts = prompt(text), prompt(text, f" {desk}")
                    start, whole = (tokenizer(part)["input_ids"] for part in parts)
                    said = whole[len(start) :]
                    logits = network(torch.tensor([whole])).logits[0, len(start) - 1 : -1]
                steps = logits.log_softmax(-1)
                row.append(sum(steps[at, token] for at, token in enumerate(said)))
            found.append(torch.stack(row))
    return torch.stack(found)
