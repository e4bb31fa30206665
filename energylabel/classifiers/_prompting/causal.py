"""A causal language model over a batch of prompts: what it says next, and how likely labels are.

The keys and values of what all prompts begin with are computed once for a call, those of a prompt
once for all labels. The labels' tokens stand behind each prompt in one row, as a tree: a token sees
the prompt and what comes before it in its own label, by an attention mask, and is numbered as if it
came right after that. Two labels with the same first tokens share them.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from energylabel.classifiers._loading.ids import common_beginning
from energylabel.classifiers._prompting.packing import Pack, packs

if TYPE_CHECKING:
    from collections.abc import Sequence

_WINDOWS = ("sliding_window", "window_size", "attention_chunk_size")
"""Fields of configurations that say how far back a token sees."""

_LOGITS_PER_TEXT = 1 << 22
"""How many logits one text may have at a time: 16 MB of float32."""


@dataclass(slots=True)
class State:
    """A batch behind its prompts. ``mask`` is 1 where a position of the cache is no padding.

    ``lengths`` are the prompts' tokens, and those written since.
    """

    cache: Any
    mask: Any
    lengths: Any


@dataclass(frozen=True, slots=True)
class Prefix:
    """Keys and values of what all prompts begin with, layer by layer."""

    length: int
    layers: tuple[tuple[Any, Any], ...]


class CausalRunner:
    """Runs a network of ``AutoModelForCausalLM``.

    Args:
        network: In evaluation mode, on its device.
        continuations: The labels' tokens.
        common: How many tokens prompts usually begin with in common.
    """

    def __init__(
        self, network: Any, continuations: Sequence[Sequence[int]], common: int, pad_id: int
    ) -> None:
        self.network = network
        self._device = network.device
        self.labels = tuple(tuple(each) for each in continuations)
        self._common = common
        self._pad = pad_id
        self._keeps = "logits_to_keep" in inspect.signature(network.forward).parameters
        config = network.config.get_text_config()
        nodes = max(1, _LOGITS_PER_TEXT // int(config.vocab_size))
        self._packs = packs(self.labels, nodes)
        self._behind = max((len(pack.tokens) for pack in self._packs), default=0)
        sizes = (getattr(config, name, None) for name in _WINDOWS)
        windows = [size for size in sizes if type(size) is int and size > 0]
        self._window = min(windows, default=None)
        self.shares = True
        """Whether prompts share their beginning, and labels their prompt; see ``_trying``."""

    def alone(self, longest: int, behind: int) -> bool:
        """Whether prompts go one by one: a window of attention does not know about padding."""
        return self._window is not None and longest + behind > self._window

    def prefix(self, rows: Sequence[Sequence[int]]) -> Prefix | None:
        """What all prompts begin with, if more than one of them is asked."""
        length = common_beginning(rows, self._common) if len(rows) > 1 else 0
        if length < 1 or not self.shares:
            return None
        state, _ = self._read([rows[0][:length]], None)
        return Prefix(length, tuple((each.keys, each.values) for each in state.cache.layers))

    def start(
        self, rows: Sequence[Sequence[int]], prefix: Prefix | None = None
    ) -> tuple[State, Any]:
        """Read prompts.

        Returns:
            The batch, and the logits of what comes next: (prompts, vocabulary).
        """
        return self._read(rows, prefix)

    def _read(self, rows: Sequence[Sequence[int]], prefix: Prefix | None) -> tuple[State, Any]:
        import torch
        from transformers import DynamicCache

        skip = 0 if prefix is None else prefix.length
        longest = max(map(len, rows))
        ids = np.full((len(rows), longest - skip), self._pad, dtype=np.int64)
        mask = np.ones((len(rows), longest), dtype=np.int64)
        # The padding stands between the common beginning and the rest: all prompts end in the
        # last column, whose logits are the only ones that are needed.
        for at, row in enumerate(rows):
            ids[at, longest - len(row) :] = row[skip:]
            mask[at, skip : skip + longest - len(row)] = 0
        positions = np.maximum(mask.cumsum(axis=1) - 1, 0)[:, skip:]
        cache = DynamicCache()
        for layer, (keys, values) in enumerate(prefix.layers if prefix is not None else ()):
            alike = (len(rows), -1, -1, -1)
            cache.update(keys.expand(alike), values.expand(alike), layer)
        state = State(
            cache,
            torch.from_numpy(mask).to(self._device),
            torch.tensor([len(row) for row in rows], device=self._device),
        )
        logits = self._forward(
            torch.from_numpy(ids).to(self._device),
            state.mask,
            torch.from_numpy(positions).to(self._device),
            cache,
            1,
        )
        return state, logits[:, -1]

    def _forward(self, ids: Any, mask: Any, positions: Any, cache: Any, keep: int) -> Any:
        given = {"logits_to_keep": keep} if self._keeps else {}
        said = self.network(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            **given,
        )
        return said.logits[:, -keep:]

    def step(self, state: State, tokens: Any) -> Any:
        """Write a token in each row; the logits of the next one."""
        import torch

        seen = torch.ones_like(state.mask[:, :1])
        state.mask = torch.cat([state.mask, seen], dim=1)
        positions = state.lengths[:, None]
        state.lengths = state.lengths + 1
        return self._forward(tokens[:, None], state.mask, positions, state.cache, 1)[:, -1]

    def keep(self, state: State, rows: Sequence[int]) -> None:
        """Go on with some rows alone."""
        import torch

        kept = torch.tensor(list(rows), device=self._device)
        state.cache.batch_select_indices(kept)
        state.mask, state.lengths = state.mask[kept], state.lengths[kept]

    def scores(self, state: State, logits: Any, only: Sequence[int] | None = None) -> Any:
        """Log-likelihood of each label behind each prompt: (prompts, labels), float32.

        ``only`` these labels are scored to their end, for a trial.
        """
        wide = logits.float()
        first = [label[0] for label in self.labels]
        found = wide[:, first] - wide.logsumexp(-1, keepdim=True)
        before = [(layer.keys, layer.values) for layer in state.cache.layers]
        trees = self._packs if only is None else packs(self.labels, self._behind or 1, only)
        for pack in trees:
            found = self._add(found, state, pack)
            for layer, (keys, values) in zip(state.cache.layers, before, strict=True):
                layer.keys, layer.values = keys, values
        return found

    def _add(self, found: Any, state: State, pack: Pack) -> Any:
        import torch

        rows, count = len(state.mask), len(pack.tokens)
        tree = torch.tensor(pack.sees, dtype=torch.bool, device=self._device)
        seen = torch.cat(
            [
                state.mask.bool()[:, None, :].expand(-1, count, -1),
                tree[None].expand(rows, -1, -1),
            ],
            dim=2,
        )
        dtype = self.network.dtype
        mask = torch.zeros(seen.shape, dtype=dtype, device=self._device)
        mask = mask.masked_fill(~seen, torch.finfo(dtype).min)[:, None]
        ids = torch.tensor(pack.tokens, device=self._device).expand(rows, -1)
        depths = torch.tensor(pack.depths, device=self._device)
        positions = state.lengths[:, None] + depths[None]
        logits = self._forward(ids, mask, positions, state.cache, count)
        total = torch.stack([logits[:, n].float().logsumexp(-1) for n in range(count)], dim=1)
        labels, nodes, tokens = (list(each) for each in zip(*pack.terms, strict=True))
        terms = logits[:, nodes, tokens].float() - total[:, nodes]
        return found.index_add(1, torch.tensor(labels, device=self._device), terms)

    def reread(self, row: Sequence[int], labels: Sequence[int], at_once: int) -> Any:
        """The same for one prompt by reading it again with each label: (labels,), float32.

        Nothing is assumed but that a token does not see what comes after it.
        """
        import torch

        found = []
        for start in range(0, len(labels), at_once):
            some = [self.labels[label] for label in labels[start : start + at_once]]
            most = max(map(len, some))
            ids = np.full((len(some), len(row) + most - 1), self._pad, dtype=np.int64)
            for at, label in enumerate(some):
                ids[at, : len(row) + len(label) - 1] = [*row, *label[:-1]]
            given = {"logits_to_keep": most} if self._keeps else {}
            said = self.network(
                input_ids=torch.from_numpy(ids).to(self._device), use_cache=False, **given
            )
            logits = said.logits[:, -most:].float().log_softmax(-1)
            for at, label in enumerate(some):
                steps = torch.arange(len(label), device=self._device)
                tokens = torch.tensor(label, device=self._device)
                found.append(logits[at, steps, tokens].sum())
        return torch.stack(found)

    def plain(self, row: Sequence[int], tokens: Sequence[int]) -> Any:
        """Logits behind a prompt and behind each token after it, without any cache or mask.

        Returns:
            (1 + tokens, vocabulary)
        """
        import torch

        ids = torch.tensor([[*row, *tokens]], device=self._device)
        said = self.network(input_ids=ids, use_cache=False)
        return said.logits[0, len(row) - 1 :]
