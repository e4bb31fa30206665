"""The reference classifier: BERT-base's shape, seeded weights, no download.

Its answers mean nothing; its cost is 100 on every machine (standard, section 4).
"""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._batches.padding import Masked
from energylabel.classifiers._family import REFERENCE, Family
from energylabel.classifiers._loading.forward import classify
from energylabel.classifiers.base import Batching, LoadedModel, Placement, Predictions
from energylabel.standard import PROCEDURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from energylabel.records import ResolvedModel, Task

NAME = "bert-base-shape-v1"
SEED = 1810_04805
_PAD, _CLS, _SEP = 0, 101, 102
_FIRST_WORD = 1_000
_SHAPE = PROCEDURE.reference
_WORDS = _SHAPE.vocabulary - _FIRST_WORD


class ReferenceTokenizer:
    """Splits as BERT's basic tokenizer does, cuts words into chunks of 8, hashes each to an id.

    Lower case, accents stripped, punctuation and CJK characters apart. CRC-32 spreads the pieces
    over the ids that BERT's vocabulary uses for words. Only the first 16,384 characters are
    looked at: four times what 512 pieces of 8 characters hold.
    """

    def __init__(self) -> None:
        from tokenizers.normalizers import BertNormalizer
        from tokenizers.pre_tokenizers import BertPreTokenizer

        self._normalise = BertNormalizer(lowercase=True, strip_accents=True)
        self._split = BertPreTokenizer()

    def encode(self, text: str) -> list[int]:
        """Token ids of one text, ``[CLS] … [SEP]``, at most 512."""
        ids = [_CLS]
        most, size = _SHAPE.positions - 1, _SHAPE.piece_characters
        start = self._normalise.normalize_str(text[: _SHAPE.text_characters])
        for word, _ in self._split.pre_tokenize_str(start):
            for at in range(0, len(word), size):
                piece = zlib.crc32(word[at : at + size].encode())
                ids.append(_FIRST_WORD + piece % _WORDS)
            if len(ids) >= most:
                break
        return [*ids[:most], _SEP]


class LoadedReference(LoadedModel):
    """The reference with its weights in memory."""

    divisible = True

    def __init__(self, network: Any, device: str) -> None:
        self._network = network
        self._device = device
        self._tokenizer = ReferenceTokenizer()
        self.parameters = sum(p.numel() for p in network.parameters())
        self.dtype = "float32"
        self.attention = str(network.config._attn_implementation)
        self.max_tokens = _SHAPE.positions

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens per text after truncation."""
        return tuple(len(self._tokenizer.encode(text)) for text in texts)

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """See :class:`energylabel.classifiers.base.LoadedModel`; the labels mean nothing."""
        del count_truncated  # cut texts are counted for the candidate alone
        encoded = [self._tokenizer.encode(text) for text in texts]
        labels, finite = classify(
            self._network,
            encoded,
            padding=Masked(_PAD),
            batching=batching,
            device=self._device,
            token_types=True,
        )
        return Predictions(labels, tokens=sum(map(len, encoded)), truncated=None, finite=finite)


def _build(device: str) -> Any:
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=_SHAPE.vocabulary,
        hidden_size=_SHAPE.width,
        num_hidden_layers=_SHAPE.layers,
        num_attention_heads=_SHAPE.heads,
        max_position_embeddings=_SHAPE.positions,
        num_labels=2,
        attn_implementation="sdpa",
    )
    with torch.device("meta"):
        network = BertForSequenceClassification(config)
    network = network.to_empty(device="cpu")
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            weight.normal_(0.0, config.initializer_range, generator=generator)
            if name.endswith("LayerNorm.weight"):
                weight.add_(1.0)
        for name, buffer in network.named_buffers():
            # Buffers are not drawn from the seed; the meta device left them empty.
            buffer.copy_(torch.arange(_SHAPE.positions) if "position_ids" in name else 0 * buffer)
    return network.eval().to(device)


@contextmanager
def draw(
    model: ResolvedModel, placement: Placement, task: Task | None = None
) -> Iterator[LoadedReference]:
    """Draw the weights; ``placement.dtype`` is always float32."""
    del model, task
    yield LoadedReference(_build(placement.device), placement.device)


PLUGIN = Family(
    name=REFERENCE, help="the reference that all models are compared with", open=draw, recipe=NAME
)
