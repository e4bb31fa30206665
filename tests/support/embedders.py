"""Folders of encoders and static embeddings, as the libraries that make them lay them out."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from support.tiny_models import SENTENCES, edit_config, make_model

from energylabel.records.subject import ResolvedModel
from energylabel.resolving.models import parse_model, resolve

STEP = "sentence_transformers.models."
MEAN = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}
STATIC_WORDS = ("[PAD]", "[UNK]", "film", "meal", "wonderful", "dreadful", "lovely", "dull", "the")


def opened(folder: Path) -> ResolvedModel:
    """The folder as resolving finds it."""
    return resolve(parse_model(str(folder)), family="embedding-probe")


def make_encoder(folder: Path, kind: str = "bert", **config: Any) -> Path:
    """A tiny encoder whose file has neither head nor pooler."""
    from safetensors.torch import load_file, save_file

    make_model(folder, kind, **config)
    file = folder / "model.safetensors"
    kept = {
        name.split(".", 1)[1]: tensor
        for name, tensor in load_file(file).items()
        if not name.startswith("classifier") and ".pooler." not in name
    }
    save_file(kept, file, metadata={"format": "pt"})
    return edit_config(folder, architectures=["BertModel"], id2label=..., label2id=...)


def write(path: Path, content: Any) -> None:
    """JSON into a file, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")


def steps(folder: Path, *kinds: str, pooling: dict[str, Any] | None = None) -> Path:
    """Add modules.json: an encoder, pooling, and the kinds in order."""
    names = ("Transformer", "Pooling", *kinds)
    modules = [
        {"idx": n, "name": str(n), "path": f"{n}_{kind}" if n else "", "type": f"{STEP}{kind}"}
        for n, kind in enumerate(names)
    ]
    write(folder / "modules.json", modules)
    write(folder / "1_Pooling" / "config.json", MEAN if pooling is None else pooling)
    return folder


def add_dense(folder: Path, place: str, inputs: int, outputs: int, **config: Any) -> Any:
    """Weights and settings of a Dense step; returns its tensors."""
    import torch
    from safetensors.torch import save_file

    made = torch.Generator().manual_seed(inputs + outputs)
    tensors = {
        "linear.weight": torch.randn(outputs, inputs, generator=made) / inputs**0.5,
        "linear.bias": torch.randn(outputs, generator=made),
    }
    if config.get("bias") is False:
        del tensors["linear.bias"]
    usual = {
        "in_features": inputs,
        "out_features": outputs,
        "bias": True,
        "activation_function": "torch.nn.modules.activation.Tanh",
    }
    write(folder / place / "config.json", usual | config)
    save_file(tensors, folder / place / "model.safetensors")
    return tensors


@cache
def _network(folder: Path) -> Any:
    import torch
    from transformers import AutoModel

    return AutoModel.from_pretrained(folder, dtype=torch.float32).eval()


def token_vectors(folder: Path, text: str, **options: Any) -> Any:
    """Plain transformers: the vectors of a text's tokens, of shape (tokens, width).

    The network is read once: the weights of the folder may not change.
    """
    import torch
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.no_grad():
        found = _network(folder)(**tokenizer(text, return_tensors="pt", truncation=True, **options))
    return found.last_hidden_state[0].numpy()


def make_static(folder: Path, *, tensors: dict[str, Any] | None = None, **config: Any) -> Path:
    """A folder as model2vec saves it: whole words, eight numbers for each."""
    import numpy as np
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    folder.mkdir(parents=True, exist_ok=True)
    words = {word: number for number, word in enumerate(STATIC_WORDS)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_padding()
    tokenizer.save(str(folder / "tokenizer.json"))
    if tensors is None:
        tensors = {"embeddings": np.random.default_rng(3).normal(size=(9, 8)).astype("float32")}
    save_file(tensors, folder / "model.safetensors")
    usual = {"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": False}
    write(folder / "config.json", usual | config)
    return folder


MOODS = ("wonderful", "dreadful", "lovely", "dull")
TEXTS = [text for text in SENTENCES if any(mood in text for mood in MOODS)]
GOLD = [int("wonderful" in text or "lovely" in text) for text in TEXTS]
"""Sentences with their mood: 1 is a good one."""
