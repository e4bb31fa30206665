"""The batch loop that every torch classifier and the reference share.

Sorting by length is worth about twice the throughput of padding in text order; the whole loop
is part of a measured window, so it does nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor

    from energylabel.classifiers.base import Batching


def classify(
    network: Callable[..., Any],
    encoded: Sequence[Sequence[int]],
    *,
    pad_id: int,
    batching: Batching,
    device: str,
    token_types: bool,
) -> tuple[tuple[int, ...], bool]:
    """Token ids to label ids.

    Args:
        network: Takes a batch's tensors by name and gives an output with ``logits`` of shape
            (batch, labels).
        encoded: Token ids of each text, truncated, not padded.
        pad_id: Id that fills short rows (masked in attention).
        batching: How many texts make a batch.
        device: Torch device name.
        token_types: Whether to pass ``token_type_ids`` (all zero).

    Returns:
        The label id with the largest logit for each text, in order, and whether all logits were
        finite.
    """
    import torch

    order: list[int] = []
    answers: list[torch.Tensor] = []
    finite = torch.ones((), dtype=torch.bool, device=device)
    with torch.inference_mode():
        for rows, inputs in batches(
            encoded, pad_id=pad_id, batching=batching, device=device, token_types=token_types
        ):
            order += rows
            logits = network(**inputs).logits
            finite &= torch.isfinite(logits).all()
            answers.append(logits.argmax(-1))
        # Fetched at the end: a GPU goes on with the next batch meanwhile.
        labels = np.empty(len(encoded), dtype=np.int64)
        labels[order] = torch.cat(answers).cpu().numpy()
    return tuple(labels.tolist()), bool(finite.item())


def batches(
    encoded: Sequence[Sequence[int]],
    *,
    pad_id: int,
    batching: Batching,
    device: str,
    token_types: bool,
) -> Iterator[tuple[list[int], dict[str, Tensor]]]:
    """The texts' numbers and a network's inputs, batch by batch, the longest texts first.

    Arguments are those of :func:`classify`; each tensor is of shape (batch, tokens), padded on
    the right.
    """
    import torch

    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i]), reverse=True)
    start = 0
    while start < len(order):
        longest = max(1, len(encoded[order[start]]))
        rows = order[start : start + batching.rows(longest)]
        start += len(rows)
        ids = np.full((len(rows), longest), pad_id, dtype=np.int64)
        mask = np.zeros((len(rows), longest), dtype=np.int64)
        for at, row in enumerate(rows):
            tokens = encoded[row]
            # A text without any token still needs one position to attend to.
            length = max(1, len(tokens))
            ids[at, : len(tokens)] = tokens
            mask[at, :length] = 1
        inputs = {
            "input_ids": torch.from_numpy(ids).to(device),
            "attention_mask": torch.from_numpy(mask).to(device),
        }
        if token_types:
            inputs["token_type_ids"] = torch.zeros_like(inputs["input_ids"])
        yield rows, inputs


def refuse_nonfinite(network: Any, name: str) -> None:
    """Raise :class:`NotRatableError` when a weight is NaN or infinite."""
    import torch

    for key, weight in network.named_parameters():
        if not bool(torch.isfinite(weight).all()):
            raise NotRatableError(
                f"{name}: weight {key} holds NaN or infinite values",
                "the checkpoint is broken; upload it again from a sound training state",
            )
