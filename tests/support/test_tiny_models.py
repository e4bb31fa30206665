"""The checkpoints that other tests stand on are real ones."""

from pathlib import Path

import pytest
from support.tiny_models import KINDS, SENTENCES, make_model


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_loads_offline_and_answers_differently(kind: str, tmp_path: Path):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = make_model(tmp_path / "model", kind, labels=("a", "b", "c"))
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True)
    assert model.config.id2label == {0: "a", 1: "b", 2: "c"}
    assert model.get_input_embeddings().weight.shape[0] == len(tokenizer)
    assert (tokenizer.pad_token is None) == (kind == "gpt2-nopad")
    rows = [tokenizer(text, return_tensors="pt")["input_ids"] for text in SENTENCES[:40]]
    with torch.inference_mode():
        answers = {int(model(input_ids=row).logits.argmax()) for row in rows}
    assert len(answers) > 1


def test_the_same_seed_gives_the_same_file(tmp_path: Path):
    first, again, other = (
        (make_model(tmp_path / name, seed=seed) / "model.safetensors").read_bytes()
        for name, seed in (("1", 0), ("2", 0), ("3", 1))
    )
    assert first == again != other
