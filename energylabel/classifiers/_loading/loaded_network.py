"""A network that reads token ids, as a loaded model: what heads and probes have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from energylabel.classifiers._batches.padding import Padding
from energylabel.classifiers._batches.state import State
from energylabel.classifiers._loading.ends import scorer
from energylabel.classifiers._loading.forward import Rows, classify, forward
from energylabel.classifiers._loading.limits import (
    embedded_ids,
    longest_text,
    refuse_unknown_ids,
)
from energylabel.classifiers.base import TOKEN_LIMIT, LoadedModel, Predictions
from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from energylabel.classifiers.base import Batching
    from energylabel.records import ResolvedModel


class LoadedNetwork(LoadedModel):
    """A loaded network with its tokenizer.

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
        self._scorer: Any = scorer(network)
        self._tokenizer = tokenizer
        self._name = model.name
        self._device = device
        self.parameters = sum(p.numel() for p in network.parameters())
        self.dtype = str(network.dtype).removeprefix("torch.")
        self.attention = str(getattr(network.config, "_attn_implementation", None) or "eager")
        self.max_tokens = _token_limit(tokenizer, model, limit)
        self._rows = embedded_ids(network)
        self._token_types = "token_type_ids" in tokenizer.model_input_names
        self._padding = Padding(network.config, tokenizer, self._rows)
        self.state = State(network)

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
