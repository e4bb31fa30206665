"""Models with a classification head: any ``AutoModelForSequenceClassification`` checkpoint."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._forward import classify
from energylabel.classifiers._loading import load
from energylabel.classifiers.base import (
    TOKEN_LIMIT,
    Batching,
    Classifier,
    Placement,
    Predictions,
)
from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from energylabel.records.subject import ResolvedModel
    from energylabel.records.workload import Task


class SequenceHeadSession:
    """A loaded model with its tokenizer."""

    batch: int | None = None

    def __init__(self, network: Any, tokenizer: Any, model: ResolvedModel, device: str) -> None:
        self._network = network
        self._tokenizer = tokenizer
        self._name = model.name
        self._device = device
        self.parameters = sum(p.numel() for p in network.parameters())
        self.dtype = str(network.dtype).removeprefix("torch.")
        self.attention = str(getattr(network.config, "_attn_implementation", None) or "eager")
        self.max_tokens = _token_limit(tokenizer, model)
        self._rows = network.get_input_embeddings().weight.shape[0]
        self._token_types = "token_type_ids" in tokenizer.model_input_names
        self._pad_id, self._batches = _padding(network.config, tokenizer)

    def _encode(self, texts: Sequence[str]) -> Any:
        return self._tokenizer(
            list(texts),
            truncation=True,
            max_length=self.max_tokens,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=False,
        )

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens per text after truncation; refuses ids without an embedding."""
        encoded = self._encode(texts)["input_ids"]
        self._refuse_id(max((max(row, default=0) for row in encoded), default=0))
        return tuple(len(row) for row in encoded)

    def _refuse_id(self, highest: int) -> None:
        if highest >= self._rows:
            raise NotRatableError(
                f"{self._name}: the tokenizer makes id {highest}, the embeddings have "
                f"{self._rows} rows",
                "tokenizer and weights do not belong together; upload the matching tokenizer",
            )

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """See :class:`energylabel.classifiers.base.Session`."""
        encoding = self._encode(texts)
        encoded = encoding["input_ids"]
        labels, finite = classify(
            self._network,
            encoded,
            pad_id=self._pad_id,
            batching=batching if self._batches else Batching(size=1),
            device=self._device,
            token_types=self._token_types,
        )
        tokens = sum(map(len, encoded))
        cut, lost = self._truncated(texts, encoded) if count_truncated else (None, 0)
        return Predictions(
            labels=labels,
            tokens=tokens,
            truncated=cut,
            finite=finite,
            uncut_tokens=None if cut is None else tokens + lost,
        )

    def _truncated(self, texts: Sequence[str], encoded: Sequence[Sequence[int]]) -> tuple[int, int]:
        """How many texts are longer than the limit, and by how many tokens in all."""
        limit = self.max_tokens
        # Only a text that fills the limit can be longer.
        full = [text for text, row in zip(texts, encoded, strict=True) if len(row) == limit]
        if not full:
            return 0, 0
        whole = self._tokenizer(full, truncation=False, padding=False, verbose=False)["input_ids"]
        return sum(len(row) > limit for row in whole), sum(len(row) - limit for row in whole)


def _token_limit(tokenizer: Any, model: ResolvedModel) -> int:
    """The smallest of the tokenizer's limit, the usable positions and the standard's limit."""
    told = tokenizer.model_max_length
    if not isinstance(told, int | float) or math.isnan(told):
        raise NotRatableError(
            f"{model.name}: the tokenizer's model_max_length is {told!r}, which is no number",
            "correct model_max_length in tokenizer_config.json",
        )
    limits = [TOKEN_LIMIT, int(min(told, 10**9))]
    if model.max_positions is not None:
        limits.append(model.max_positions)
    limit = min(limits)
    if limit <= tokenizer.num_special_tokens_to_add():
        raise NotRatableError(
            f"{model.name}: at most {limit} tokens fit, which leaves no room for text",
            "correct model_max_length in tokenizer_config.json or the positions in config.json",
        )
    return limit


def _padding(config: Any, tokenizer: Any) -> tuple[int, bool]:
    """The id that pads, and whether batches are possible at all.

    Decoder classifiers find the last real token by comparing with ``config.pad_token_id``; id 0
    is as good as any. Without a pad token, a special token that the tokenizer does not put at the
    end of a text serves; without one of those the texts go one by one.
    """
    known = config.get_text_config() if hasattr(config, "get_text_config") else config
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else known.pad_token_id
    if pad is None:
        last = (tokenizer("a")["input_ids"] or [None])[-1]
        spare = (tokenizer.eos_token_id, tokenizer.bos_token_id, tokenizer.unk_token_id)
        pad = next((token for token in spare if token is not None and token != last), None)
    if pad is None:
        return 0, False
    config.pad_token_id = pad
    known.pad_token_id = pad
    return int(pad), True


class SequenceHead:
    """The ``sequence-classification`` family."""

    family = "sequence-classification"

    @contextmanager
    def open(
        self, model: ResolvedModel, placement: Placement, task: Task | None = None
    ) -> Iterator[SequenceHeadSession]:
        """Load weights and tokenizer of the model's folder, through one of allowed settings.

        Nothing of it is executed.

        Raises:
            NotRatableError: Weights missing or of another shape, NaN weights, no tokenizer.
        """
        del task  # the head knows its labels
        network, tokenizer = load(model, placement, "AutoModelForSequenceClassification")
        yield SequenceHeadSession(network, tokenizer, model, placement.device)


PLUGIN: Classifier = SequenceHead()
