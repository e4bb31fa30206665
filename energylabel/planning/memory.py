"""How much memory a rating may take, so that a hostile model cannot take the machine."""

from collections.abc import Sequence

from energylabel.classifiers import find_family
from energylabel.records import ResolvedModel

REFERENCE_BYTES = 438_000_000
_ROOM_BYTES = 6_000_000_000
_ROOM_PER_TEXT_BYTES = 150_000_000
"""Of a batch: six times what attention of 24 heads over 512 tokens takes in float32."""

_CACHE_PER_TEXT_BYTES = 300_000_000
"""Keys and values of 1,000 tokens, twice while they grow: those of 7 B parameters take 0.5 GB in
float16, which six times their weights has room for."""

_LOGITS_PER_TEXT = 128
"""Tokens of a text whose logits a language model has at a time, with the copies of them."""

_THREAD_BYTES = 64_000_000
_TEXT_BYTES, _CHARACTER_BYTES = 50_000, 100
"""What the tokenizer notes of a text and of each of its characters, several times over."""


def memory_limit(
    model: ResolvedModel,
    texts: Sequence[str],
    batches: tuple[int, int],
    threads: int,
    machine_bytes: int,
) -> int:
    """What the worker may allocate: several times what a rating takes, bytes.

    Weights as they are read, widened to float32, and twice that to spare. Large batches may
    have the whole machine: they are halved where they do not fit.

    Args:
        model: What is rated.
        texts: All that are asked.
        batches: Texts of the usual batch, and of the one asked for.
        threads: For computing.
        machine_bytes: The machine's memory.
    """
    weights = 6 * (model.weight_bytes + REFERENCE_BYTES) + _ROOM_BYTES
    room = _ROOM_PER_TEXT_BYTES
    if find_family(model.family).few_shot:
        room += _CACHE_PER_TEXT_BYTES + 4 * _LOGITS_PER_TEXT * model.vocabulary_size
    usual, asked = (weights + size * room for size in batches)
    for_texts = sum(_TEXT_BYTES + _CHARACTER_BYTES * len(text) for text in texts)
    return min(asked, max(usual, machine_bytes)) + for_texts + threads * _THREAD_BYTES
