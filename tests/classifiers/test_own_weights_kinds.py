"""What is inside and what is beside a network, of every class with a head that transformers lists.

Networks are laid out on PyTorch's meta device: only names and shapes are looked at.
"""

from functools import cache
from typing import Any

import pytest
from support.tiny_classes import tiny_config

from energylabel.classifiers._loading.heads import CLASSIFIERS, classes
from energylabel.classifiers._loading.own_weights import Held, refuse_foreign
from energylabel.errors import NotRatableError

KINDS = sorted(classes(CLASSIFIERS))
COMPANIONS = ("_scale", "_scale_inv", "_zero_point", ".absmax", ".quant_map")
BESIDE = ("qweight", "qzeros", "g_idx", "scales", "SCB", "input_scale", "lora_A.weight", "lora_B.x")


@cache
def laid_out(kind: str) -> Any:
    import torch
    from transformers import AutoModelForSequenceClassification

    try:
        with torch.device("meta"):
            return AutoModelForSequenceClassification.from_config(tiny_config(kind))
    except Exception as error:  # noqa: BLE001 - needs sizes or packages that are not there
        pytest.skip(f"{type(error).__name__}: {error}"[:200])


def held_by(network: Any) -> dict[str, Held]:
    kinds = {"torch.float32": "F32", "torch.bool": "BOOL", "torch.int64": "I64"}
    return {
        name: Held(kinds.get(str(tensor.dtype), "F32"), tuple(tensor.shape))
        for name, tensor in network.state_dict().items()
    }


def is_refused(network: Any, key: str, tensor: Held) -> bool:
    try:
        refuse_foreign(network, {key}, held_by(network) | {key: tensor})
    except NotRatableError:
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_half_a_weight_is_inside_of_every_network(kind: str):
    network = laid_out(kind)
    weights = [name for name, _ in network.named_parameters() if name.endswith(".weight")]
    some = {weights[0], weights[-1], *weights[:: max(1, len(weights) // 4)]}
    for name in sorted(some):
        owner = name.removesuffix("weight")
        keys = [name + end for end in COMPANIONS] + [owner + leaf for leaf in BESIDE]
        kept = [key for key in keys if not is_refused(network, key, Held("F32", (4, 4)))]
        assert kept == [], name


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_network_has_itself_is_none(kind: str):
    """Its whole state, the tables that it does not save, and the weights of another head."""
    network = laid_out(kind)
    held = held_by(network)
    refuse_foreign(network, set(), held)
    tables = {name for name, _ in network.named_buffers()} - held.keys()
    refuse_foreign(network, {*tables, "another_head.dense.weight", "another_head.bias"}, held)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_weight_may_be_integers(kind: str):
    network = laid_out(kind)
    held = held_by(network)
    for name, weight in list(network.named_parameters())[::7]:
        changed = held | {name: Held("I8", tuple(weight.shape))}
        with pytest.raises(NotRatableError, match="is saved in I8, no floating-point numbers"):
            refuse_foreign(network, set(), changed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "key", "tensor"),
    [
        ("gptj", "transformer.h.0.attn.bias", Held("BOOL", (1, 1, 128, 128))),
        ("gptj", "transformer.h.0.attn.masked_bias", Held("F32", ())),
        ("gpt_neo", "transformer.h.0.attn.attention.bias", Held("U8", (1, 1, 128, 128))),
        ("gpt_neo", "transformer.h.1.attn.attention.masked_bias", Held("F32", ())),
        ("llama", "model.layers.0.self_attn.rotary_emb.inv_freq", Held("F32", (8,))),
        ("llama", "model.layers.0.self_attn.rotary_emb.cos_cached", Held("F32", (1, 1, 64, 8))),
        ("roberta", "roberta.embeddings.position_ids", Held("I64", (1, 128))),
        ("roberta", "roberta.pooler.dense.weight", Held("F32", (32, 32))),
        ("distilbert", "vocab_projector.bias", Held("F32", (128,))),
        ("electra", "discriminator_predictions.dense.weight", Held("F32", (32, 32))),
        ("xlnet", "lm_loss.bias", Held("F32", (128,))),
    ],
)
def test_what_old_versions_saved_beside(kind: str, key: str, tensor: Held):
    assert not is_refused(laid_out(kind), key, tensor)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("bart", "model.decoder.layer_norm.weight"),  # mBART has it
        ("deberta-v2", "deberta.encoder.conv.conv.weight"),  # config.json says nothing of it
        ("roberta", "roberta.encoder.layer.0.crossattention.self.query.weight"),
        ("llama", "model.layers.0.self_attn.q_norm.weight"),
        ("llama", "model.layers.0.self_attn.q_proj.bias"),
        ("llama", "score.bias"),
        ("distilbert", "distilbert.embeddings.token_type_embeddings.weight"),
    ],
)
def test_what_another_network_of_the_kind_would_compute(kind: str, key: str):
    assert is_refused(laid_out(kind), key, Held("F32", (32,)))
