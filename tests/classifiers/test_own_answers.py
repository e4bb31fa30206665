"""Networks whose batches, or earlier calls, change their answers, against plain transformers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.tiny_models import _tokenizer
from support.tiny_zoo import asked, opened, plain, save, some_texts

from energylabel.classifiers import Batching
from energylabel.errors import NotRatableError

pytestmark = pytest.mark.slow

TEXTS = some_texts(30)
ONE = Batching(1)
WORDS = 106
SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "vocab_size": WORDS,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
REFORMER = {
    "vocab_size": WORDS,
    "attn_layers": ["local", "lsh"],
    "attention_head_size": 16,
    "hidden_size": 32,
    "num_attention_heads": 2,
    "feed_forward_size": 64,
    "axial_pos_shape": [8, 8],
    "axial_pos_embds_dim": [16, 16],
    "local_attn_chunk_length": 8,
    "lsh_attn_chunk_length": 8,
    "is_decoder": False,
    "max_position_embeddings": 64,
}
BART = {
    "vocab_size": WORDS,
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "max_position_embeddings": 64,
    "bos_token_id": 2,
    "eos_token_id": 3,
    "decoder_start_token_id": 3,
}
LEAKING = [
    ("bert", SMALL, "any-lengths", False),
    ("fnet", SMALL, "equal-lengths", False),
    ("convbert", SMALL | {"embedding_size": 32, "head_ratio": 1}, "equal-lengths", False),
    ("xlnet", {"vocab_size": WORDS, "d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 48},
     "equal-lengths", False),
    ("bart", BART | {"pad_token_id": 3}, "any-lengths", False),
    ("reformer", REFORMER | {"num_buckets": 4, "hash_seed": 0}, "equal-lengths", False),
    # The number of buckets is that of the first text, for good.
    ("reformer", REFORMER | {"num_buckets": None, "hash_seed": 0}, "equal-lengths", True),
    # After one short text the attention to blocks is replaced by that to all, for good.
    ("big_bird", SMALL | {"attention_type": "block_sparse", "block_size": 4,
                          "num_random_blocks": 1}, "equal-lengths", True),
]  # fmt: skip


def config_of(kind: str, **settings: Any) -> Any:
    from transformers import AutoConfig

    return AutoConfig.for_model(kind, **settings)


def near(one: Any, other: Any) -> bool:
    return bool(np.abs(one - other).max() < 1e-3 * np.abs(other).max())


@pytest.mark.parametrize(("kind", "settings", "grouping", "restored"), LEAKING)
def test_answers_are_those_of_plain_transformers(
    tmp_path: Path, kind: str, settings: dict[str, Any], grouping: str, restored: bool
):
    folder = save(tmp_path / kind, config_of(kind, **settings))
    expected = plain(folder, TEXTS, anew=True)
    with opened(folder) as model:
        agreement, passes = asked(model, TEXTS, 8)
    assert all(near(scores, expected) for scores in passes)
    assert (agreement.grouping, agreement.restored) == (grouping, restored)


def test_random_answers_are_refused(tmp_path: Path):
    settings = REFORMER | {"num_buckets": 4, "hash_seed": None}
    folder = save(tmp_path / "m", config_of("reformer", **settings))
    with opened(folder) as model, pytest.raises(NotRatableError, match="when it is asked again"):
        asked(model, TEXTS, 8)


END, PAD = "<|endoftext|>", "<|pad|>"
ENDING = (
    *some_texts(12),
    *(f"{text}{END}" for text in some_texts(5)),
    *(f"{text}{PAD}" for text in some_texts(5)),
    *(f"{text}{END}{PAD}" for text in some_texts(3)),
)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@pytest.mark.parametrize("config_pad", [None, 0, 1, -1])
@pytest.mark.parametrize(("pad", "side"), [(None, "right"), (END, "left"), (PAD, "right")])
def test_the_head_of_a_decoder_reads_what_it_reads_alone(
    tmp_path: Path, kind: str, config_pad: int | None, pad: str | None, side: str
):
    tokenizer = _tokenizer("bytes", "gpt2", None)
    tokenizer.pad_token, tokenizer.padding_side = pad, side
    settings = {
        "vocab_size": len(tokenizer),
        "pad_token_id": config_pad,
        "bos_token_id": 0,
        "eos_token_id": 0,
    }
    if kind == "llama":
        settings = SMALL | settings
    else:
        settings |= {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 64}
    folder = save(tmp_path / "m", config_of(kind, **settings), tokenizer)
    expected = plain(folder, ENDING)
    with opened(folder) as model:
        agreement, passes = asked(model, ENDING, 8)
        again = model.scores(ENDING[-1:], ONE)
    assert agreement.grouping == "any-lengths"
    assert all(near(scores, expected) for scores in passes)
    assert near(again, expected[-1:])


def test_a_text_without_tokens_has_one_answer(tmp_path: Path):
    tokenizer = _tokenizer("bytes", "gpt2-nopad", None)
    settings = {"vocab_size": len(tokenizer), "n_embd": 32, "n_layer": 2, "n_head": 2}
    folder = save(tmp_path / "m", config_of("gpt2", n_positions=64, **settings), tokenizer)
    with opened(folder) as model:
        alone = model.scores([""], ONE)
        _, passes = asked(model, ["", *ENDING], 8)
    assert all(near(scores[:1], alone) for scores in passes)
