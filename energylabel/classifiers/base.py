"""What a loaded model is to the rest of the program.

A family loads a model; the loaded model answers texts. What a family says about itself
is in :mod:`energylabel.classifiers._family`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from energylabel.records import Agreement, Device, Exported
from energylabel.runtimes import Facts, Graph
from energylabel.standard import PROCEDURE

TOKEN_LIMIT = PROCEDURE.texts.tokens
"""Longest text that is asked, in tokens."""

UNPADDED = PROCEDURE.batches.unpadded_texts
"""Texts at a time of a model that pads nothing."""

TRAINING_ROWS = PROCEDURE.fitting.rows
"""Most rows that a family without files of its own is fitted on."""

_EVERYDAY_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Placement:
    """Where and how a model is loaded. ``dtype`` is ``auto`` or a torch dtype's name.

    ``graph`` and ``facts`` are there for a family that says that another runtime than PyTorch may
    execute its networks, where one does: no weights are loaded then, and ``dtype`` says in which
    precision the graph runs.
    """

    device: Device
    dtype: str
    threads: int
    graph: Graph | None = None
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Batching:
    """How texts are grouped: sorted by token count, up to ``size`` at a time.

    ``tokens`` bounds what a batch holds with its padding; one text is always allowed.
    ``equal_lengths``: only texts of as many tokens share a batch, so that nothing is padded. It is
    so until somebody has seen that padding changes no answer of this model, as a rating does.
    """

    size: int
    tokens: int | None = None
    equal_lengths: bool = True

    def rows(self, longest: int) -> int:
        """Texts of a batch whose longest has so many tokens."""
        return self.size if self.tokens is None else max(1, min(self.size, self.tokens // longest))

    def end(self, lengths: Sequence[int], start: int) -> int:
        """Where the batch ends that begins at ``start``; ``lengths``, in tokens, descend."""
        end = min(len(lengths), start + self.rows(max(1, lengths[start])))
        while self.equal_lengths and lengths[end - 1] != lengths[start]:
            end -= 1
        return end

    @property
    def unpadded(self) -> int:
        """Texts of a batch in which nothing is padded; one at a time is one at a time."""
        return 1 if self.size == 1 else UNPADDED

    @property
    def texts(self) -> int:
        """About how many texts of everyday length make one batch."""
        return self.rows(_EVERYDAY_TOKENS)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Answers in the order of the texts. ``labels`` are ids of the model's labels.

    ``tokens`` is the number of tokens after truncation, without padding, over all texts;
    ``truncated`` the number of cut texts and ``uncut_tokens`` the tokens that there would be
    without cutting, both None where they were not asked for.
    ``finite`` is False when any score was NaN or infinite. For a model that is told the question in
    words, ``framing`` is how many of the tokens are not the texts', and ``generated`` counts those
    that it wrote, if it wrote any; ``tied`` counts texts with several labels of the same score,
    where labels are scored, of which the first is the answer; ``reread`` those whose prompt was
    read once for each label.
    """

    labels: tuple[int, ...]
    tokens: int
    truncated: int | None
    finite: bool
    uncut_tokens: int | None = None
    generated: int | None = None
    framing: int | None = None
    tied: int | None = None
    reread: int | None = None


class Restorable(Protocol):
    """What a model holds besides its weights, which its own calls may change."""

    def restore(self) -> None:
        """Put it back as it was before the model was asked anything."""

    def restore_always(self, on: bool) -> None:
        """Whether to do so before every call of its network; it is done until told otherwise."""


@dataclass(frozen=True, slots=True)
class Departures:
    """What of a model's files is not taken as it stands there; empty as a rule.

    ``dropped_settings`` are names of its tokenizer's settings that were not passed on, though the
    tokenizer's class reads them, ``unread_settings`` those that it does not read.
    ``saved_dtypes`` are the number formats of the weights in its files, where there are several,
    that of most numbers first: they are computed in one.
    """

    dropped_settings: tuple[str, ...] = ()
    unread_settings: tuple[str, ...] = ()
    saved_dtypes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scaled:
    """What a model whose runtime scales numbers by batch says to a sample, each text alone.

    ``agreement`` is that of its network in float32, with the grouping that it has to be asked in.
    """

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    agreement: Agreement


class LoadedModel(ABC):
    """A loaded model.

    ``parameters`` counts its numbers, ``dtype`` is their type, ``max_tokens`` the longest text in
    its own tokens, ``attention`` how it is computed (``none`` without one). ``batch`` is its own
    number of texts at a time; None: what it is told. ``rows_per_text``: rows that a text makes in
    a batch. ``divisible``: a call's batches, of texts by their tokens, share nothing, so that they
    cost the same in calls of their own. ``parts``: loaded models by name that do a part of its
    work, to be metered apart. ``state``: what its calls may change; None: nothing that could be put
    back. ``departures``: what of its files was not taken as it stands there. ``exported``: what
    became of its network where another runtime than PyTorch executes it, and ``scaled`` its answers
    alone where that runtime scales numbers by batch.
    """

    parameters: int
    dtype: str
    max_tokens: int
    attention: str

    batch: int | None = None
    rows_per_text: int = 1
    divisible: bool = False
    parts: Mapping[str, "LoadedModel"] = MappingProxyType({})
    state: Restorable | None = None
    departures: Departures = Departures()
    exported: Exported | None = None
    scaled: Scaled | None = None

    @abstractmethod
    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens per text after truncation; raises :class:`NotRatableError` on an id too high."""

    @abstractmethod
    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """Texts in memory to labels in memory: tokenise, collate, move, forward, decide."""

    def scores(self, texts: Sequence[str], batching: Batching) -> Any:
        """The numbers whose largest is the answer, to compare two ways of asking.

        Returns:
            An array of shape (texts, labels) in float32, or None where a model has labels alone.
        """
        del texts, batching


class Fittable(LoadedModel):
    """A loaded model that has to be fitted before it answers."""

    @abstractmethod
    def fit(self, texts: Sequence[str], gold: Sequence[int]) -> None:
        """Learn from texts and their workload label ids."""
