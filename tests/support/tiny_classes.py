"""Tiny configurations of all sequence-classification classes that transformers lists.

One set of small sizes is given to each configuration, as far as it knows their names; what needs
more has a line of its own.
"""

from typing import Any

WORDS = 128
SMALL: dict[str, Any] = {
    **dict.fromkeys(("hidden_size", "d_model", "n_embd", "dim", "emb_dim", "embedding_size"), 32),
    **dict.fromkeys(("word_embed_proj_dim", "attention_hidden_size", "d_latents"), 32),
    **dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers"), 2),
    **dict.fromkeys(("encoder_layers", "decoder_layers"), 1),
    **dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "num_heads"), 2),
    **dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads"), 2),
    **dict.fromkeys(("num_key_value_heads", "linear_num_key_heads", "linear_num_value_heads"), 2),
    **dict.fromkeys(("intermediate_size", "d_ff", "hidden_dim", "ffn_dim", "d_inner", "dff"), 48),
    **dict.fromkeys(("encoder_ffn_dim", "decoder_ffn_dim", "moe_intermediate_size"), 48),
    **dict.fromkeys(("shared_expert_intermediate_size", "num_hash_buckets"), 48),
    **dict.fromkeys(("head_dim", "d_kv", "d_head", "linear_key_head_dim"), 16),
    **dict.fromkeys(("linear_value_head_dim", "attention_head_dim", "kv_channels"), 16),
    **dict.fromkeys(("qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim", "rotary_dim"), 8),
    **dict.fromkeys(("kv_lora_rank", "q_lora_rank", "adapter_rank", "mamba_dt_rank"), 8),
    **dict.fromkeys(("n_routed_experts", "num_local_experts", "num_experts"), 4),
    **dict.fromkeys(("num_experts_per_tok", "moe_topk", "moe_k"), 2),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "max_seq_len"), 128),
    "vocab_size": WORDS,
    "pad_token_id": 0,
    "bos_token_id": 2,
    "eos_token_id": 3,
}
SIZES: dict[str, dict[str, Any]] = {
    "axk1": {"head_dim": 8, "n_group": 1, "topk_group": 1},
    "cohere_compass_text": {
        "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 100.0}},
        "layer_types": ["full_attention"] * 2,
    },
    "deepseek_v3": {"head_dim": 8},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]]},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1, "use_mamba_kernels": False},
    "layoutlmv3": {"coordinate_size": 6, "shape_size": 4, "visual_embed": False},
    "lilt": {"hidden_size": 48, "max_2d_position_embeddings": 64},
    "luke": {"entity_vocab_size": 16, "entity_emb_size": 16},
    "mra": {"num_block_per_row": 2},
    "reformer": {
        "attn_layers": ["local", "lsh"],
        "attention_head_size": 16,
        "feed_forward_size": 48,
        "axial_pos_shape": [8, 16],
        "axial_pos_embds_dim": [16, 16],
        "num_buckets": 4,
        "hash_seed": 0,
        "local_attn_chunk_length": 8,
        "lsh_attn_chunk_length": 8,
    },
    "roc_bert": {
        "pronunciation_vocab_size": WORDS,
        "pronunciation_embed_dim": 8,
        "shape_vocab_size": WORDS,
        "shape_embed_dim": 8,
    },
    "t5": {"decoder_start_token_id": 0},
    "xmod": {"languages": ["en_XX"], "default_language": "en_XX"},
    "zamba": {"num_hidden_layers": 6, "attn_layer_period": 3, "attn_layer_offset": 2,
              "attention_hidden_size": 64, "attention_head_dim": 32, "mamba_dt_rank": 8},
    "zamba2": {"layers_block_type": ["linear_attention", "hybrid"], "num_mem_blocks": 1,
               "attention_hidden_size": 64, "attention_head_dim": 32, "mamba_headdim": 16,
               "n_mamba_heads": 4, "mamba_ngroups": 1},
}  # fmt: skip
"""Where the small sizes alone do not fit together, or leave something large."""

MOST_PARAMETERS = 5_000_000


def tiny_config(kind: str) -> Any:
    """A small configuration of a model type, its parts small too."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    made = CONFIG_MAPPING[kind]
    return made(**(_fitting(made()) | SIZES.get(kind, {})))


def _fitting(config: Any) -> dict[str, Any]:
    known = {*config.to_dict(), *getattr(type(config), "attribute_map", {})}
    sizes = {name: size for name, size in SMALL.items() if name in known}
    if isinstance(vars(config).get("layer_types"), list):
        kinds = list(dict.fromkeys(config.layer_types))
        sizes["layer_types"] = (kinds * 2)[:2]
    parts = {name: part for name, part in vars(config).items() if hasattr(part, "to_dict")}
    return sizes | {name: _fitting(part) for name, part in parts.items()}


def parameters(config: Any) -> int:
    """How many numbers the network would have; nothing is allocated."""
    import torch
    from transformers import AutoModelForSequenceClassification

    with torch.device("meta"):
        network = AutoModelForSequenceClassification.from_config(config)
    return sum(weight.numel() for weight in network.parameters())
