"""Heads that read the last end of a text, where a text spells such an end."""

import pytest

from energylabel.classifiers._batches.padding import Masked
from energylabel.classifiers._loading.ends import scorer
from energylabel.classifiers._loading.forward import classify
from energylabel.classifiers.base import Batching

END = 2
ROWS = [
    [0, 5, 6, 7, END],
    [0, 8, END, 9, 5, 6, END],
    [0, 4, END],
    [0, END, END, 7, END],
    [0, 9, 9, 9, 9, 9, 9, END],
]


@pytest.mark.parametrize("kind", ["bart", "t5"])
def test_answers_are_those_of_one_at_a_time(kind: str):
    import torch
    from transformers import (
        BartConfig,
        BartForSequenceClassification,
        T5Config,
        T5ForSequenceClassification,
    )

    torch.manual_seed(4)
    if kind == "bart":
        sizes = {"encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 32}
        heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
        bart = BartConfig(
            vocab_size=12,
            d_model=16,
            decoder_ffn_dim=32,
            num_labels=7,
            init_std=1.0,
            **sizes,
            **heads,
        )
        network = BartForSequenceClassification(bart).eval()
    else:
        t5 = T5Config(
            vocab_size=12, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, num_labels=7,
            pad_token_id=1, eos_token_id=END, decoder_start_token_id=1, initializer_factor=3.0,
        )  # fmt: skip
        network = T5ForSequenceClassification(t5).eval()

    def ask(model: object, rows: list[list[int]], size: int) -> tuple[int, ...]:
        labels, finite = classify(
            model,  # type: ignore[arg-type]
            rows,
            padding=Masked(1),
            batching=Batching(size),
            device="cpu",
            token_types=False,
        )
        assert finite
        return labels

    alone = tuple(ask(network, [row], 1)[0] for row in ROWS)
    assert len(set(alone)) > 1
    assert ask(scorer(network), ROWS, 32) == ask(scorer(network), ROWS, 2) == alone
    with pytest.raises(ValueError, match="same number of <eos>"):
        ask(network, ROWS, 32)


def test_other_networks_are_left_as_they_are():
    from transformers import BartConfig, BartModel, BertConfig, BertForSequenceClassification

    small = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 9}
    bert = BertForSequenceClassification(BertConfig(**small, num_hidden_layers=1))
    assert scorer(bert) is bert
    sizes = {"encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 8, "decoder_ffn_dim": 8}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    bart = BartModel(BartConfig(vocab_size=9, d_model=8, **sizes, **heads))
    assert scorer(bart) is bart
