"""Networks of one shape whose weights were trained, or drawn as the reference's are."""

from pathlib import Path
from typing import Any

from energylabel.classifiers.reference import SEED


def trained(folder: Path) -> Any:
    """The classifier of a folder in float32, whatever its file holds."""
    import torch
    from transformers import AutoModelForSequenceClassification

    return AutoModelForSequenceClassification.from_pretrained(
        folder,
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
    ).eval()


def seeded(network: Any) -> Any:
    """A network of the same shape, all parameters drawn as the reference's are."""
    import torch

    config = network.config
    made = type(network)(config)
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, weight in made.named_parameters():
            weight.normal_(0.0, config.initializer_range, generator=generator)
            if name.endswith("LayerNorm.weight"):
                weight.add_(1.0)
    return made.eval()


def base_of(network: Any) -> Any:
    """BERT-base's shape filled with the weights of a BERT of half its width, layers repeated.

    Stands in for a trained BERT-base. A vector [h, h] passes a matrix [[W, W], [W, W]] ÷ 2 as h
    passes W, and a LayerNorm as h does: what flows through the wider network is distributed like
    what flows through the trained one, but for attention, whose heads are divided otherwise.

    Raises:
        ValueError: It is not of half the width.
    """
    import torch
    from transformers import BertConfig

    kept = ("num_labels", "vocab_size", "type_vocab_size", "max_position_embeddings")
    alike = {name: getattr(network.config, name) for name in kept}
    config = BertConfig(attn_implementation="sdpa", **alike)
    if 2 * network.config.hidden_size != config.hidden_size:
        raise ValueError(f"a BERT of width {network.config.hidden_size} is not half of BERT-base")
    layers = network.config.num_hidden_layers
    given = network.state_dict()
    wide = type(network)(config)
    filled = {}
    for name, weight in wide.state_dict().items():
        parts = name.split(".")
        if "layer" in parts:
            at = parts.index("layer") + 1
            parts[at] = str(int(parts[at]) % layers)
        narrow = given[".".join(parts)]
        times = [had_wide // had for had_wide, had in zip(weight.shape, narrow.shape, strict=True)]
        # Halved where what it multiplies is there twice: the columns of a matrix, no embeddings.
        twice = narrow.dim() == 2 and times[1] == 2 and "embeddings" not in name
        filled[name] = narrow.tile(times) / (2 if twice else 1)
    with torch.no_grad():
        wide.load_state_dict(filled)
    return wide.eval()
