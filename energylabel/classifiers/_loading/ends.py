"""Heads that read the last end of a text: BART's and T5's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from energylabel.classifiers._loading.forward import Scores

if TYPE_CHECKING:
    from torch import Tensor


class EqualEnds:
    """A network that takes only texts with equally many end tokens, for batches of any texts.

    A text may spell such a token (``</s>``); its batch is read in parts then.

    Args:
        network: Takes a batch's tensors by name and gives an output with ``logits``.
        end: The id of the end token.
    """

    def __init__(self, network: Any, end: int) -> None:
        self._network = network
        self._end = end

    def __call__(self, **inputs: Tensor) -> Any:
        """The logits of all rows, in their order."""
        import torch

        ends = (inputs["input_ids"] == self._end).sum(1)
        kinds = ends.unique()
        if len(kinds) == 1:
            return self._network(**inputs)
        order, logits = [], []
        for kind in kinds:
            rows = (ends == kind).nonzero()[:, 0]
            some = {name: tensor[rows] for name, tensor in inputs.items()}
            logits.append(self._network(**some).logits)
            order.append(rows)
        return Scores(torch.cat(logits)[torch.cat(order).argsort()])


def scorer(network: Any) -> Any:
    """The network itself, or with what lets it take any batch."""
    config = network.config
    end = getattr(config, "eos_token_id", None)
    headed = type(network).__name__.endswith("ForSequenceClassification")
    if headed and getattr(config, "is_encoder_decoder", False) and isinstance(end, int):
        return EqualEnds(network, end)
    return network
