"""An encoder-decoder over a batch of prompts: each is encoded once, whatever is asked after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class State:
    """A batch behind its prompts: what the encoder says of them, and the decoder's cache."""

    encoded: Any
    mask: Any
    cache: Any


class Seq2SeqRunner:
    """Runs a network of ``AutoModelForSeq2SeqLM``; see :class:`CausalRunner` for the rest.

    Args:
        network: In evaluation mode, on its device.
        continuations: The labels' tokens.
        pad_id: Fills short rows, masked.
        name: The model's, for messages.
    """

    def __init__(
        self, network: Any, continuations: Sequence[Sequence[int]], pad_id: int, name: str
    ) -> None:
        self.network = network
        self._device = network.device
        self.labels = tuple(tuple(each) for each in continuations)
        self._pad = pad_id
        start = getattr(network.config, "decoder_start_token_id", None)
        if start is None:
            start = getattr(network.config, "bos_token_id", None)
        if start is None:
            raise NotRatableError(
                f"{name}: config.json does not say what an answer starts with",
                "add decoder_start_token_id to config.json",
            )
        self._start = int(start)
        self.shares = True
        """Whether the labels share what was read of their prompt; see ``_trying``."""

    def alone(self, longest: int, behind: int) -> bool:
        """Never: an encoder knows about padding."""
        del longest, behind
        return False

    def prefix(self, rows: Sequence[Sequence[int]]) -> None:
        """Nothing: in an encoder each token sees those after it too."""
        del rows

    def start(self, rows: Sequence[Sequence[int]], prefix: None = None) -> tuple[State, Any]:
        """Encode prompts; the logits of the answer's first token: (prompts, vocabulary)."""
        import torch
        from transformers import DynamicCache, EncoderDecoderCache

        del prefix
        longest = max(map(len, rows))
        ids = np.full((len(rows), longest), self._pad, dtype=np.int64)
        mask = np.zeros((len(rows), longest), dtype=np.int64)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        seen = torch.from_numpy(mask).to(self._device)
        said = self.network(
            input_ids=torch.from_numpy(ids).to(self._device),
            attention_mask=seen,
            decoder_input_ids=torch.full((len(rows), 1), self._start, device=self._device),
            # Of plain layers, also where the decoder's attention has a window: the network's own
            # would count tokens that are taken back.
            past_key_values=EncoderDecoderCache(DynamicCache(), DynamicCache()),
            use_cache=True,
        )
        encoded = said.encoder_last_hidden_state
        return State(encoded, seen, said.past_key_values), said.logits[:, -1]

    def _forward(self, state: State, ids: Any) -> Any:
        from transformers.modeling_outputs import BaseModelOutput

        said = self.network(
            encoder_outputs=BaseModelOutput(last_hidden_state=state.encoded),
            attention_mask=state.mask,
            decoder_input_ids=ids,
            past_key_values=state.cache,
            use_cache=True,
        )
        return said.logits

    def step(self, state: State, tokens: Any) -> Any:
        """Write a token in each row; the logits of the next one."""
        return self._forward(state, tokens[:, None])[:, -1]

    def keep(self, state: State, rows: Sequence[int]) -> None:
        """Go on with some rows alone."""
        import torch

        kept = torch.tensor(list(rows), device=self._device)
        state.cache.batch_select_indices(kept)
        state.encoded, state.mask = state.encoded[kept], state.mask[kept]

    def scores(self, state: State, logits: Any, only: Sequence[int] | None = None) -> Any:
        """Log-likelihood of each label after each prompt: (prompts, labels), float32.

        ``only`` these labels are scored to their end, for a trial.

        Decoders with relative positions number tokens by their place, so labels do not share a
        row here; each is read on top of the same cache.
        """
        import torch

        wide = logits.float()
        first = [label[0] for label in self.labels]
        found = wide[:, first] - wide.logsumexp(-1, keepdim=True)
        own = state.cache.self_attention_cache
        before = [(layer.keys, layer.values) for layer in own.layers]
        for label, tokens in enumerate(self.labels):
            if len(tokens) == 1 or (only is not None and label not in only):
                continue
            ids = torch.tensor(tokens[:-1], device=self._device).expand(len(state.mask), -1)
            logits = self._forward(state, ids)
            said = logits.float().log_softmax(-1)
            places = range(len(tokens) - 1)
            found[:, label] += said[:, list(places), list(tokens[1:])].sum(-1)
            for layer, (keys, values) in zip(own.layers, before, strict=True):
                layer.keys, layer.values = keys, values
        return found

    def reread(self, row: Sequence[int], labels: Sequence[int], at_once: int) -> Any:
        """The same for one prompt without any cache, all labels as one batch: (labels,)."""
        import torch

        found = []
        for start in range(0, len(labels), at_once):
            some = [self.labels[label] for label in labels[start : start + at_once]]
            most = max(map(len, some))
            ids = np.full((len(some), most), self._pad, dtype=np.int64)
            for at, label in enumerate(some):
                ids[at, : len(label)] = [self._start, *label[:-1]]
            said = self.network(
                input_ids=torch.tensor([list(row)] * len(some), device=self._device),
                decoder_input_ids=torch.from_numpy(ids).to(self._device),
                use_cache=False,
            )
            logits = said.logits.float().log_softmax(-1)
            for at, label in enumerate(some):
                found.append(logits[at, list(range(len(label))), list(label)].sum())
        return torch.stack(found)

    def plain(self, row: Sequence[int], tokens: Sequence[int]) -> Any:
        """Logits of an answer's first token and after each of its tokens, without any cache.

        Returns:
            (1 + tokens, vocabulary)
        """
        import torch

        said = self.network(
            input_ids=torch.tensor([list(row)], device=self._device),
            decoder_input_ids=torch.tensor([[self._start, *tokens]], device=self._device),
            use_cache=False,
        )
        return said.logits[0]
