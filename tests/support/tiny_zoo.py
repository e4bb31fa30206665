"""Tiny folders of any sequence-classification class, and plain transformers as the yardstick."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from support.tiny_models import SENTENCES, _tokenizer

from energylabel.classifiers import Batching, LoadedModel, Placement, find_family
from energylabel.records import Agreement
from energylabel.resolving import parse_model, resolve
from energylabel.worker.comparing import compare, grouped

WORDS = sorted({word for text in SENTENCES for word in text.rstrip(".").split()})
LABELS = ("a", "b", "c")
LIMIT = 64
"""Tokens of a text."""


def some_texts(count: int = 40, least: int = 1, most: int = 40, seed: int = 5) -> list[str]:
    """Texts of very different lengths."""
    chance = Random(seed)
    return [" ".join(chance.choices(WORDS, k=chance.randint(least, most))) for _ in range(count)]


def save(folder: Path, config: Any, tokenizer: Any = None, *, spread: float = 0.3) -> Path:
    """Write a network with random weights, wide enough to answer differently, and its tokenizer.

    Args:
        folder: Made when missing.
        config: Of any class with a head; it gets three labels.
        tokenizer: None: words, as BERT's.
        spread: Standard deviation of all matrices.
    """
    import torch
    from transformers import AutoModelForSequenceClassification

    config.id2label = dict(enumerate(LABELS))
    config.label2id = {label: number for number, label in enumerate(LABELS)}
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        network = AutoModelForSequenceClassification.from_config(config).eval()
        for name, weight in network.named_parameters():
            if weight.dim() >= 2 and "norm" not in name.lower():
                weight.copy_(torch.randn_like(weight) * spread)
    network.save_pretrained(folder)
    (tokenizer or _tokenizer("wordpiece", "bert", None)).save_pretrained(folder)
    return folder


def plain(folder: Path, texts: Sequence[str], *, anew: bool = False, limit: int = LIMIT) -> Any:
    """Logits of plain transformers, one text at a time, loaded freshly (``anew``: for each)."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    def load() -> Any:
        return AutoModelForSequenceClassification.from_pretrained(folder).eval()

    tokenizer, network = AutoTokenizer.from_pretrained(folder), load()
    found = []
    with torch.inference_mode():
        for number, text in enumerate(texts):
            if anew and number:
                network = load()
            given = tokenizer(text, truncation=True, max_length=limit, return_tensors="pt")
            given = {key: given[key] for key in ("input_ids", "attention_mask")}
            found.append(network(**given).logits)
    return torch.cat(found).float().numpy()


@contextmanager
def opened(folder: Path, family: str | None = None) -> Iterator[LoadedModel]:
    """The folder's model, as a rating opens it."""
    model = resolve(parse_model(str(folder)))
    with find_family(family or model.family).open(model, Placement("cpu", "auto", 1), None) as made:
        yield made


def asked(model: LoadedModel, texts: Sequence[str], size: int) -> tuple[Agreement, list[Any]]:
    """What a comparison finds, and the scores of two passes over all texts in that way."""
    sample = sorted(texts, key=len)
    agreement = compare(model, [sample[0], sample[-1], *texts], Batching(size), "candidate")
    way = grouped(Batching(size), agreement.grouping)
    return agreement, [model.scores(texts, way), model.scores(texts[::-1], way)[::-1]]
