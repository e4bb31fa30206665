"""The architectures of the scale table, with random weights, and what they cost on a CPU.

``cpu_index`` is the index by CPU-seconds that each had on two cores of an EPYC (192 AG News texts,
batches of 16, the reference's own token ids), ``millions`` its parameters.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Architecture:
    """A row of the table. ``config`` names a class of transformers, ``options`` its arguments."""

    name: str
    millions: float
    cpu_index: float
    config: str
    options: dict[str, Any]
    dtype: str = "float32"

    def build(self, device: str) -> Any:
        """The model with random weights on a torch device."""
        import torch
        import transformers

        config = getattr(transformers, self.config)(num_labels=2, **self.options)
        if config.pad_token_id is None:
            config.pad_token_id = 0
        torch.manual_seed(0)
        with torch.device(device):
            model = transformers.AutoModelForSequenceClassification.from_config(
                config, dtype=getattr(torch, self.dtype)
            )
        return model.eval()


def _bert(layers: int, width: int, heads: int) -> dict[str, Any]:
    return {
        "num_hidden_layers": layers,
        "hidden_size": width,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
    }


_ROBERTA = {"max_position_embeddings": 514, "type_vocab_size": 1}
_DEBERTA = {
    **_bert(12, 768, 12),
    "vocab_size": 128_100,
    "relative_attention": True,
    "position_buckets": 256,
    "pos_att_type": ["p2c", "c2p"],
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "position_biased_input": False,
    "max_relative_positions": -1,
    "type_vocab_size": 0,
}
_ALBERT = {
    "hidden_size": 768,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "embedding_size": 128,
}
_SMOLLM = {
    "vocab_size": 49_152,
    "hidden_size": 576,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "intermediate_size": 1536,
    "tie_word_embeddings": True,
}

DISTILBERT = Architecture("DistilBERT", 67.0, 49.6, "DistilBertConfig", {})
SMALLEST = Architecture("BERT 2×128", 4.4, 0.74, "BertConfig", _bert(2, 128, 2))

ARCHITECTURES = (
    SMALLEST,
    Architecture("BERT 4×256", 11.2, 4.3, "BertConfig", _bert(4, 256, 4)),
    Architecture("MiniLM 3×384", 17.4, 6.9, "BertConfig", _bert(3, 384, 12)),
    Architecture("ELECTRA-small 12×256", 13.5, 13.0, "ElectraConfig", {}),
    Architecture("MiniLM 6×384", 22.7, 13.7, "BertConfig", _bert(6, 384, 12)),
    Architecture("BERT 4×512", 28.8, 15.4, "BertConfig", _bert(4, 512, 8)),
    Architecture("MiniLM 12×384", 33.4, 27.1, "BertConfig", _bert(12, 384, 12)),
    Architecture("BERT 8×512", 41.4, 30.4, "BertConfig", _bert(8, 512, 8)),
    DISTILBERT,
    Architecture("BERT-base in bf16", 109.5, 51.6, "BertConfig", {}, "bfloat16"),
    Architecture("BERT-base", 109.5, 99.1, "BertConfig", {}),
    Architecture(
        "XLM-R base", 278.0, 99.7, "XLMRobertaConfig", {"vocab_size": 250_002, **_ROBERTA}
    ),
    Architecture("RoBERTa-base", 124.6, 100.6, "RobertaConfig", {"vocab_size": 50_265, **_ROBERTA}),
    Architecture("ALBERT-base", 11.7, 111.0, "AlbertConfig", _ALBERT),
    Architecture("SmolLM2-135M with a head", 134.5, 135.1, "LlamaConfig", _SMOLLM),
    Architecture("ModernBERT-base", 149.6, 136.1, "ModernBertConfig", {}),
    Architecture("DeBERTa-v3-base", 184.4, 159.4, "DebertaV2Config", _DEBERTA),
    Architecture("BERT-large", 335.1, 356.3, "BertConfig", _bert(24, 1024, 16)),
)
