"""The batch loop that every torch classifier and the reference share.

Sorting by length is worth about twice the throughput of padding in text order; the whole loop
is part of a measured window, so it does nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch import Tensor
    from torch.nn import Module

    from energylabel.classifiers._batches.padding import Masked, Padding
    from energylabel.classifiers.base import Batching


@dataclass(frozen=True, slots=True)
class Rows:
    """Token ids on their way into a network, each row made when its batch is.

    ``lengths`` are those of all rows; ``ids`` gives the token ids of a row by its number and
    ``types`` its token types (None: all zero).
    """

    lengths: Sequence[int]
    ids: Callable[[int], Sequence[int]]
    types: Callable[[int], Sequence[int]] | None = None

    @classmethod
    def of(cls, encoded: Sequence[Sequence[int]]) -> Rows:
        """Rows that are made already."""
        return cls([len(row) for row in encoded], encoded.__getitem__)


@dataclass(frozen=True, slots=True)
class Scores:
    """What is read of a network's output: ``logits`` of shape (batch, labels), or vectors."""

    logits: Tensor


def classify(
    network: Callable[..., Any],
    encoded: Sequence[Sequence[int]],
    *,
    padding: Padding | Masked,
    batching: Batching,
    device: str,
    token_types: bool,
) -> tuple[tuple[int, ...], bool]:
    """Token ids to label ids.

    Args:
        network: Takes a batch's tensors by name and gives an output with ``logits`` of shape
            (batch, labels).
        encoded: Token ids of each text, truncated, not padded.
        padding: What fills short rows (masked in attention).
        batching: How many texts make a batch.
        device: Torch device name.
        token_types: Whether to pass ``token_type_ids`` (all zero).

    Returns:
        The label id with the largest logit for each text, in order, and whether all logits were
        finite.
    """
    labels, finite = forward(
        network,
        Rows.of(encoded),
        lambda logits: logits.argmax(-1),
        padding=padding,
        batching=batching,
        device=device,
        token_types=token_types,
    )
    return tuple(labels.tolist()), finite


def forward(
    network: Callable[..., Any],
    rows: Rows,
    pick: Callable[[Tensor], Tensor],
    *,
    padding: Padding | Masked,
    batching: Batching,
    device: str,
    token_types: bool,
) -> tuple[np.ndarray[Any, Any], bool]:
    """Token ids to one value each, or one vector.

    Args:
        network: Takes a batch's tensors by name and gives an output with ``logits`` of shape
            (batch, labels).
        rows: Truncated, not padded.
        pick: Logits of a batch to its values, of shape (batch, …).
        padding: What fills short rows (masked in attention).
        batching: How many rows make a batch.
        device: Torch device name.
        token_types: Whether to pass ``token_type_ids``.

    Returns:
        The values in the order of the rows, and whether all logits were finite.
    """
    import torch

    order: list[int] = []
    answers: list[Tensor] = []
    finite = torch.ones((), dtype=torch.bool, device=device)
    with torch.inference_mode():
        for batch, inputs in batches(
            rows, padding=padding, batching=batching, device=device, token_types=token_types
        ):
            order += batch
            logits = _logits(network(**inputs), len(batch))
            finite &= torch.isfinite(logits).all()
            answers.append(pick(logits))
        # Fetched at the end: a GPU goes on with the next batch meanwhile.
        sorted_values = torch.cat(answers).cpu().numpy()
    values = np.empty_like(sorted_values)
    values[order] = sorted_values
    return values, bool(finite.item())


def _logits(said: Any, rows: int) -> Tensor:
    """A network's logits, one row of them for each of the batch.

    Raises:
        NotRatableError: There are none, or of another shape.
    """
    logits = getattr(said, "logits", None)
    shape = tuple(getattr(logits, "shape", ()))
    if len(shape) != 2 or shape[0] != rows:
        raise NotRatableError(
            f"no logits of each label for each text, but {shape or type(said).__name__}",
            "its head does not classify texts",
        )
    found: Tensor = logits
    return found


def batches(
    rows: Rows, *, padding: Padding | Masked, batching: Batching, device: str, token_types: bool
) -> Iterator[tuple[list[int], dict[str, Tensor]]]:
    """The rows' numbers and a network's inputs, batch by batch, the longest rows first.

    Arguments are those of :func:`forward`; each tensor is of shape (batch, tokens), padded on
    the right.
    """
    import torch

    lengths = rows.lengths
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    descending = [lengths[row] for row in order]
    start = 0
    while start < len(order):
        longest = max(1, descending[start])
        end = batching.end(descending, start)
        batch, start = order[start:end], end
        # A text without any token still needs one position to attend to.
        written = [rows.ids(row) or [padding.blank] for row in batch]
        ids = np.full((len(batch), longest), padding.fill(written), dtype=np.int64)
        mask = np.zeros((len(batch), longest), dtype=np.int64)
        for at, content in enumerate(written):
            ids[at, : len(content)] = content
            mask[at, : len(content)] = 1
        inputs = {
            "input_ids": torch.from_numpy(ids).to(device),
            "attention_mask": torch.from_numpy(mask).to(device),
        }
        if token_types and rows.types is None:
            inputs["token_type_ids"] = torch.zeros_like(inputs["input_ids"])
        elif token_types and rows.types is not None:
            types = np.zeros_like(ids)
            for at, row in enumerate(batch):
                types[at, : lengths[row]] = rows.types(row)
            inputs["token_type_ids"] = torch.from_numpy(types).to(device)
        yield batch, inputs


def refuse_nonfinite(network: Module, name: str) -> None:
    """Raise :class:`NotRatableError` when a weight is NaN or infinite."""
    import torch

    for key, weight in network.named_parameters():
        if not bool(torch.isfinite(weight).all()):
            raise NotRatableError(
                f"{name}: weight {key} holds NaN or infinite values",
                "the checkpoint is broken; upload it again from a sound training state",
            )
