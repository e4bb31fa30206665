"""Static embeddings: a table with a vector for each token, whose mean is the vector of a text.

The layout and its meaning are model2vec's (version 0.10, ``model.py`` and ``persistence``):
``embeddings`` holds the vectors; ``mapping``, where it is there, the row of each token, since
tokens may share one; ``weights`` a factor for each token. Unknown tokens are left out, special
ones are not added, a text without tokens is the zero vector. sentence-transformers' own tables
(``embedding.weight``) keep the unknown tokens. Unlike there, no text is cut by its characters
before it is cut by its tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._embedding.pooling import LinearProbe, later_steps
from energylabel.classifiers._embedding.sentence import STATIC_TABLES
from energylabel.classifiers._loading.limits import refuse_unknown_ids
from energylabel.classifiers.base import (
    TOKEN_LIMIT,
    UNPADDED,
    Batching,
    Fittable,
    Placement,
    Predictions,
)
from energylabel.errors import NotRatableError, one_line
from energylabel.untrusted import read_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from energylabel.classifiers._embedding.sentence import Steps
    from energylabel.records import ResolvedModel

_CONFIG = "config.json"
_TOKENIZER = "tokenizer.json"
_MAX_CONFIG = 1024 * 1024
_MAX_TOKENIZER = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Table:
    """A loaded model. ``unknown`` is the id that is left out, None: none is.

    ``vectors`` is of shape (rows, width); ``mapping`` and ``weights`` have a value per token.
    """

    vectors: Tensor
    mapping: Tensor | None
    weights: Tensor | None
    tokenizer: Any
    unknown: int | None
    normalize: bool
    max_tokens: int


def load_table(model: ResolvedModel, placement: Placement) -> Table:
    """Read the folder of static embeddings; nothing of it is executed.

    Raises:
        NotRatableError: A file that cannot be read, rows that do not exist, NaN weights.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = Path(model.folder)
    try:
        held = load_file(folder / "model.safetensors")
    except (SafetensorError, OSError) as error:
        raise NotRatableError(
            f"its weights cannot be read: {one_line(error, 200)}", "download the model again"
        ) from error
    name = next((name for name in STATIC_TABLES if name in held), None)
    if name is None:
        raise NotRatableError("has no table of embeddings", "give a model of model2vec's layout")
    vectors, mapping, weights = held[name], held.get("mapping"), held.get("weights")
    if placement.dtype != "auto":
        vectors = vectors.to(getattr(torch, placement.dtype))
    for key, tensor in ((name, vectors), ("weights", weights)):
        if tensor is not None and not bool(torch.isfinite(tensor).all()):
            raise NotRatableError(f"{key} holds NaN or infinite values", "upload the model again")
    if mapping is not None and not 0 <= int(mapping.min()) <= int(mapping.max()) < len(vectors):
        raise NotRatableError(
            f"mapping names rows that the {len(vectors)} embeddings lack", "upload the model again"
        )
    config = read_object(folder / _CONFIG, _MAX_CONFIG)
    tokenizer, unknown = _tokenizer(folder / _TOKENIZER)
    device = placement.device
    return Table(
        vectors=vectors.to(device),
        mapping=None if mapping is None else mapping.long().to(device),
        weights=None if weights is None else weights.to(device, vectors.dtype),
        tokenizer=tokenizer,
        unknown=unknown if name == "embeddings" else None,
        normalize=config.get("normalize") is True,
        max_tokens=_limit(config),
    )


def _tokenizer(path: Path) -> tuple[Any, int | None]:
    """The tokenizer, and the id of what it does not know."""
    from tokenizers import Tokenizer

    model = read_object(path, _MAX_TOKENIZER).get("model")
    try:
        made = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise NotRatableError(
            f"{path.name} is no tokenizer: {one_line(error, 200)}", "download the model again"
        ) from error
    made.no_padding()
    made.no_truncation()
    given = model if isinstance(model, dict) else {}
    token, number = given.get("unk_token"), given.get("unk_id")
    if isinstance(token, str):
        return made, made.token_to_id(token)
    return made, number if type(number) is int else None


def _limit(config: dict[str, Any]) -> int:
    """Tokens that are read: the standard's limit, or less where the folder says so."""
    stated = config.get("max_length", TOKEN_LIMIT)
    if stated is None:
        return TOKEN_LIMIT
    if type(stated) is not int or stated < 1:
        raise NotRatableError(
            f"config.json gives max_length {stated!r:.40}", "it must be a positive number"
        )
    return min(TOKEN_LIMIT, stated)


class LoadedStatic(Fittable):
    """Texts → token ids → mean of their vectors → logits.

    Nothing is padded, so it takes many texts at a time; one at a time is one at a time.
    """

    batch: int | None = UNPADDED
    attention = "none"

    def __init__(self, table: Table, model: ResolvedModel, device: str, steps: Steps) -> None:
        self._table = table
        self._name = model.name
        self._device = device
        self._prompt = steps.prompt
        self._later, more = later_steps(Path(model.folder), steps, device)
        self._probe = LinearProbe(device)
        weights = 0 if table.weights is None else table.weights.numel()
        self._unfitted = table.vectors.numel() + weights + more
        self.parameters = self._unfitted
        self.dtype = str(table.vectors.dtype).removeprefix("torch.")
        self.max_tokens = table.max_tokens
        self._tokens = len(table.vectors if table.mapping is None else table.mapping)
        if table.weights is not None and len(table.weights) != self._tokens:
            raise NotRatableError(
                f"has weights for {len(table.weights)} tokens, and vectors for {self._tokens}",
                "upload the model again",
            )

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids, not cut."""
        given = [self._prompt + text for text in texts] if self._prompt else list(texts)
        try:
            found = self._table.tokenizer.encode_batch_fast(given, add_special_tokens=False)
        except Exception as error:  # the library raises nothing narrower
            raise NotRatableError(
                f"the tokenizer of {self._name} fails on a text: {one_line(error, 200)}",
                "check that it tokenizes any text",
            ) from error
        return [each.ids for each in found]

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens per text after truncation, unknown ones among them."""
        encoded = self._encode(texts)
        refuse_unknown_ids(encoded, self._tokens, self._name)
        return tuple(min(len(ids), self.max_tokens) for ids in encoded)

    def fit(self, texts: Sequence[str], gold: Sequence[int]) -> None:
        """See :class:`energylabel.classifiers.base.Fittable`."""
        self._probe.fit(self.embed(texts), gold, self._name)
        self.parameters = self._unfitted + self._probe.parameters

    def embed(self, texts: Sequence[str]) -> Any:
        """The texts' vectors, in their order: an array of shape (texts, width), float32."""
        import torch

        encoded = self._encode(texts)
        refuse_unknown_ids(encoded, self._tokens, self._name)
        with torch.inference_mode():
            return self._vectors(encoded).cpu().numpy()

    def scores(self, texts: Sequence[str], batching: Batching) -> Any:
        """See :class:`energylabel.classifiers.base.LoadedModel`: the logits."""
        import torch

        size = batching.unpadded
        parts = [texts[start : start + size] for start in range(0, len(texts), size)]
        with torch.inference_mode():
            found = [self._probe.logits(self._vectors(self._encode(part))) for part in parts]
            return torch.cat(found).cpu().numpy()

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """See :class:`energylabel.classifiers.base.LoadedModel`."""
        import torch

        size = batching.unpadded
        answers: list[Tensor] = []
        lengths: list[int] = []
        finite = torch.ones((), dtype=torch.bool, device=self._device)
        with torch.inference_mode():
            for start in range(0, len(texts), size):
                encoded = self._encode(texts[start : start + size])
                logits = self._probe.logits(self._vectors(encoded))
                finite &= torch.isfinite(logits).all()
                answers.append(logits.argmax(-1))
                lengths += [len(ids) for ids in encoded]
            labels = torch.cat(answers).tolist()
        limit = self.max_tokens
        return Predictions(
            labels=tuple(labels),
            tokens=sum(min(length, limit) for length in lengths),
            truncated=sum(length > limit for length in lengths) if count_truncated else None,
            finite=bool(finite.item()),
            uncut_tokens=sum(lengths) if count_truncated else None,
        )

    def _vectors(self, encoded: Sequence[list[int]]) -> Tensor:
        """Of shape (texts, width), in float32."""
        import numpy as np
        import torch
        from torch.nn import functional

        table = self._table
        cut = [ids[: self.max_tokens] for ids in encoded]
        counts = np.fromiter(map(len, cut), np.int64, len(cut))
        flat = np.fromiter(chain.from_iterable(cut), np.int64, int(counts.sum()))
        if table.unknown is not None:
            known = flat != table.unknown
            place = np.repeat(np.arange(len(cut)), counts)
            flat, counts = flat[known], np.bincount(place[known], minlength=len(cut))
        ids = torch.from_numpy(flat).to(self._device)
        offsets = torch.from_numpy(np.cumsum(counts) - counts).to(self._device)
        summed = functional.embedding_bag(
            ids if table.mapping is None else table.mapping[ids],
            table.vectors,
            offsets,
            mode="sum",
            per_sample_weights=None if table.weights is None else table.weights[ids],
        ).float()
        total = torch.from_numpy(counts).to(self._device, torch.float32).clamp(min=1)
        vectors = summed / total.unsqueeze(-1)
        if table.normalize:
            vectors = functional.normalize(vectors)
        for step in self._later:
            vectors = step(vectors)
        return vectors
