"""Of many architectures: the loader finds in the private folder the model that was saved."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from support.tiny_models import SENTENCES
from support.workers import resolved

from energylabel.classifiers._loading.own_weights import held_tensors
from energylabel.classifiers._loading.private import check_parameters, private_folder
from energylabel.classifiers.base import Batching, Placement
from energylabel.classifiers.sequence_head import PLUGIN

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
DECODER = {**SMALL, "num_key_value_heads": 1, "head_dim": 16}
START = {"decoder_start_token_id": 0, "eos_token_id": 2}
KINDS: dict[str, dict[str, Any]] = {
    "albert": {**SMALL, "embedding_size": 16},
    "bart": {
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "max_position_embeddings": 64,
    },
    "bloom": {"hidden_size": 32, "n_layer": 2, "n_head": 2, "pad_token_id": 0},
    "deberta": {**SMALL, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "deberta-v2": {
        **SMALL,
        "relative_attention": True,
        "pos_att_type": ["c2p", "p2c"],
        "share_att_key": True,
        "position_buckets": 8,
        "norm_rel_ebd": "layer_norm",
        "conv_kernel_size": 3,
        "conv_act": "gelu",
    },
    "falcon": {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "alibi": True,
        "pad_token_id": 0,
    },
    "gemma2": {**DECODER, "sliding_window": 8, "attn_logit_softcapping": 5.0},
    "gemma3_text": {**DECODER, "sliding_window": 8},
    "llama": {**DECODER, "rope_scaling": {"rope_type": "linear", "factor": 4.0}},
    "mistral": {**DECODER, "sliding_window": 8},
    "modernbert": {**SMALL, "global_attn_every_n_layers": 2, "local_attention": 8},
    "mpnet": SMALL,
    "phi3": DECODER,
    "qwen2": {**DECODER, "use_sliding_window": True, "sliding_window": 8, "max_window_layers": 1},
    "qwen3": DECODER,
    "t5": {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2, **START},
    "xlnet": {"d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 64},
}


def saved(kind: str, tiny_bert: Path, folder: Path) -> Path:
    """A model of random weights, large enough for answers to differ, with a tokenizer."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    labels = {0: "bad", 1: "so-so", 2: "good"}
    config = AutoConfig.for_model(kind, vocab_size=200, id2label=labels, **KINDS[kind])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        made = AutoModelForSequenceClassification.from_config(config)
        for weight in made.parameters():
            torch.nn.init.normal_(weight, std=0.3)
    made.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tiny_bert / name, folder / name)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_logits(kind: str, tiny_bert: Path, tmp_path: Path):
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = saved(kind, tiny_bert, tmp_path / kind)
    load = AutoModelForSequenceClassification.from_pretrained
    plain = load(folder, trust_remote_code=False, local_files_only=True).eval()
    with private_folder(resolved(folder)) as place:
        check_parameters(place, AutoModelForSequenceClassification, held_tensors(place))
        private = load(place, trust_remote_code=False, local_files_only=True).eval()
    ids = torch.arange(3, 43).reshape(2, 20)
    ids[:, -1] = getattr(plain.config, "eos_token_id", None) or 2
    mask = torch.ones_like(ids)
    with torch.inference_mode():
        expected = plain(input_ids=ids, attention_mask=mask).logits
        said = private(input_ids=ids, attention_mask=mask).logits
    assert expected.shape == (2, 3)
    assert torch.equal(said, expected)
    left = {"_name_or_path", "transformers_version"}
    one, other = plain.config.to_dict(), private.config.to_dict()
    assert {k: v for k, v in other.items() if k not in left} == {
        k: v for k, v in one.items() if k not in left
    }


@pytest.mark.parametrize("kind", ["albert", "deberta-v2", "mpnet", "qwen2"])
def test_logits_do_not_depend_on_the_batch(kind: str, tiny_bert: Path, tmp_path: Path):
    folder = saved(kind, tiny_bert, tmp_path / kind)
    found = []

    def kept(**inputs: Any) -> Any:
        output = network(**inputs)
        found.extend(output.logits.tolist())
        return output

    texts = sorted(SENTENCES[:24], key=len)
    with PLUGIN.open(resolved(folder), Placement("cpu", "auto", 1)) as opened:
        session: Any = opened
        network, session._scorer = session._scorer, kept
        session.predict(texts, Batching(size=1))
        alone, found = found, []
        session.predict(texts, Batching(size=8))
    assert len({round(row[0], 3) for row in alone}) > 12
    assert found == [pytest.approx(row, abs=1e-3) for row in alone]
