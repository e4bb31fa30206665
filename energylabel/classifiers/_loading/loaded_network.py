"""A network that reads token ids, as a loaded model: what heads and probes have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._batches.padding import Padding
from energylabel.classifiers._batches.state import State
from energylabel.classifiers._loading.ends import scorer
from energylabel.classifiers._loading.forward import Rows, batches, classify, forward
from energylabel.classifiers._loading.limits import (
    embedded_ids,
    longest_text,
    refuse_unknown_ids,
)
from energylabel.classifiers.base import TOKEN_LIMIT, Batching, LoadedModel, Predictions
from energylabel.errors import NotRatableError
from energylabel.runtimes import Facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from energylabel.classifiers._batches.padding import Masked
    from energylabel.records import ResolvedModel

_EXAMPLES = 3
"""Texts of the batch that a network is exported with: one or two might be taken for fixed."""


@dataclass(frozen=True, slots=True)
class Reads:
    """What a network is to its batches, besides a function of them.

    ``padding`` fills short rows; ``rows`` are ids that have an embedding; ``token_types``: it takes
    ``token_type_ids``.
    """

    padding: Padding | Masked
    rows: int
    token_types: bool


class NetworkModel(LoadedModel):
    """A function of token ids with its tokenizer; who makes one says its size and precision.

    Args:
        scorer: Takes a batch's tensors by name and gives an output with ``logits``.
        reads: What it takes.
        tokenizer: Of transformers.
        model: Whose name and positions are told.
        device: Torch device name.
        limit: Tokens that the model's other files allow, None: any.
    """

    divisible = True

    def __init__(
        self,
        scorer: Any,
        reads: Reads,
        tokenizer: Any,
        model: ResolvedModel,
        device: str,
        *,
        limit: int | None = None,
    ) -> None:
        self._scorer = scorer
        self._tokenizer = tokenizer
        self._name = model.name
        self._device = device
        self.max_tokens = _token_limit(tokenizer, model, limit)
        self._rows = reads.rows
        self._token_types = reads.token_types
        self._padding = reads.padding

    def _prepare(self, texts: Sequence[str]) -> list[str]:
        """The texts as the tokenizer gets them."""
        return list(texts)

    def _encode(self, texts: list[str]) -> Any:
        return self._tokenizer(
            texts,
            truncation=True,
            max_length=self.max_tokens,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=False,
        )

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens per text after truncation; refuses ids without an embedding."""
        encoded = self._encode(self._prepare(texts))["input_ids"]
        refuse_unknown_ids(encoded, self._rows, self._name)
        return tuple(len(row) for row in encoded)

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """See :class:`energylabel.classifiers.base.LoadedModel`."""
        prepared = self._prepare(texts)
        encoding = self._encode(prepared)
        encoded = encoding["input_ids"]
        labels, finite = classify(
            self._scorer,
            encoded,
            padding=self._padding,
            batching=batching,
            device=self._device,
            token_types=self._token_types,
        )
        tokens = sum(map(len, encoded))
        cut, lost = self._truncated(prepared, encoded) if count_truncated else (None, 0)
        return Predictions(
            labels=labels,
            tokens=tokens,
            truncated=cut,
            finite=finite,
            uncut_tokens=None if cut is None else tokens + lost,
        )

    def scores(self, texts: Sequence[str], batching: Batching) -> Any:
        """See :class:`energylabel.classifiers.base.LoadedModel`: the logits."""
        logits, _ = forward(
            self._scorer,
            Rows.of(self._encode(self._prepare(texts))["input_ids"]),
            lambda found: found.float(),  # NumPy has no bfloat16
            padding=self._padding,
            batching=batching,
            device=self._device,
            token_types=self._token_types,
        )
        return logits

    def _truncated(self, texts: Sequence[str], encoded: Sequence[Sequence[int]]) -> tuple[int, int]:
        """How many texts are longer than the limit, and by how many tokens in all."""
        limit = self.max_tokens
        # Only texts that fill the limit can have been cut; they are counted again without it.
        full = [text for text, row in zip(texts, encoded, strict=True) if len(row) == limit]
        if not full:
            return 0, 0
        whole = self._tokenizer(full, truncation=False, padding=False, verbose=False)["input_ids"]
        return sum(len(row) > limit for row in whole), sum(len(row) - limit for row in whole)


class LoadedNetwork(NetworkModel):
    """A loaded network of PyTorch with its tokenizer.

    Args:
        network: Whose outputs have ``logits``; a subclass may set another scorer.
        tokenizer: Of transformers.
        model: Whose name and positions are told.
        device: Torch device name.
        limit: Tokens that the model's other files allow, None: any.
    """

    def __init__(
        self,
        network: Any,
        tokenizer: Any,
        model: ResolvedModel,
        device: str,
        limit: int | None = None,
    ) -> None:
        rows = embedded_ids(network)
        types = "token_type_ids" in tokenizer.model_input_names
        reads = Reads(Padding(network.config, tokenizer, rows), rows, types)
        super().__init__(scorer(network), reads, tokenizer, model, device, limit=limit)
        self.network = network
        self.parameters = sum(p.numel() for p in network.parameters())
        self.dtype = str(network.dtype).removeprefix("torch.")
        self.attention = str(getattr(network.config, "_attn_implementation", None) or "eager")
        self.state = State(network)

    def facts(self) -> Facts:
        """What an exported graph of the network does not tell.

        Raises:
            NotRatableError: It answers in a way that no graph has.
        """
        hint = "rate it with PyTorch: leave out --runtime"
        if getattr(self.network.config, "is_encoder_decoder", False):
            raise NotRatableError("an encoder with a decoder runs on PyTorch alone", hint)
        pad = self._padding.fixed
        if pad is None:
            lacking = "its configuration has no pad_token_id, which an exported network needs"
            raise NotRatableError(lacking, hint)
        found = self.departures
        return Facts(
            parameters=self.parameters,
            rows=self._rows,
            pad=pad,
            dropped_settings=found.dropped_settings,
            unread_settings=found.unread_settings,
            saved_dtypes=found.saved_dtypes,
        )

    def example(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """One batch of texts of middling length; each tensor is of shape (batch, tokens)."""
        order = sorted(range(len(texts)), key=self.count_tokens(texts).__getitem__)
        start = max(0, min(len(order) // 2 - 1, len(order) - _EXAMPLES))
        chosen = [texts[place] for place in order[start:][:_EXAMPLES]]
        chosen = (chosen * _EXAMPLES)[:_EXAMPLES]
        _, inputs = next(
            batches(
                Rows.of(self._encode(self._prepare(chosen))["input_ids"]),
                padding=self._padding,
                batching=Batching(size=_EXAMPLES, equal_lengths=False),
                device=self._device,
                token_types=self._token_types,
            )
        )
        return inputs


def _token_limit(tokenizer: Any, model: ResolvedModel, limit: int | None) -> int:
    """The smallest of the tokenizer's limit, the usable positions, the standard's and a given."""
    stated = int(min(longest_text(tokenizer, model.name), TOKEN_LIMIT))
    limits = [TOKEN_LIMIT, stated, model.max_positions, limit]
    least = min(each for each in limits if each is not None)
    if least <= tokenizer.num_special_tokens_to_add():
        raise NotRatableError(
            f"{model.name}: at most {least} tokens fit, which leaves no room for text",
            "correct model_max_length in tokenizer_config.json or the positions in config.json",
        )
    return least
