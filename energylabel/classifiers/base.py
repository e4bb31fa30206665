"""What a classifier is to the rest of the program.

A plug-in file ends in ``PLUGIN: Classifier = …`` and adds one family. Importing it is cheap:
heavy libraries are imported in ``open``.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from energylabel.classifiers._features.scripts import unspaced
from energylabel.errors import UsageError
from energylabel.records import Device, ResolvedModel, Task
from energylabel.registry import plugins
from energylabel.standard import PROCEDURE

REFERENCE = "reference"
"""Family of the reference classifier."""

MAJORITY = "majority"
"""Family of the constant answer."""

TOKEN_LIMIT = PROCEDURE.texts.tokens
"""Longest text that is asked, in tokens."""

UNPADDED = PROCEDURE.batches.unpadded_texts
"""Texts at a time of a session that pads nothing."""

TRAINING_ROWS = PROCEDURE.fitting.rows
"""Most rows that a family without files of its own is fitted on."""

_EVERYDAY_TOKENS = 64


def baselines(texts: Sequence[str]) -> tuple[str, ...]:
    """Families to measure beside every model that is asked these texts (standard, section 5.13).

    Words cannot be told apart in every script.
    """
    limits = PROCEDURE.baselines
    some = texts[: limits.script_texts]
    spaced = sum(map(unspaced, some)) <= limits.script_share * len(some)
    return (MAJORITY, "tfidf-linear" if spaced else "char-tfidf-linear")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where and how a model is loaded. ``dtype`` is ``auto`` or a torch dtype's name."""

    device: Device
    dtype: str
    threads: int


@dataclass(frozen=True, slots=True)
class Batching:
    """How texts are grouped: sorted by token count, up to ``size`` at a time.

    ``tokens`` bounds what a batch holds with its padding; one text is always allowed.
    """

    size: int
    tokens: int | None = None

    def rows(self, longest: int) -> int:
        """Texts of a batch whose longest has so many tokens."""
        return self.size if self.tokens is None else max(1, min(self.size, self.tokens // longest))

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


class Session(Protocol):
    """A loaded model. ``batch`` is its own number of texts at a time; None: what it is told.

    A session may have ``parts``: sessions by name that do a part of its work, to be metered apart;
    and ``rows_per_text`` where a text makes several rows of a batch.
    """

    batch: int | None

    parameters: int
    dtype: str
    max_tokens: int
    attention: str

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens per text after truncation; raises :class:`NotRatableError` on an id too high."""
        ...

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """Texts in memory to labels in memory: tokenise, collate, move, forward, decide."""
        ...


@runtime_checkable
class Fittable(Session, Protocol):
    """A session that has to be fitted before it answers."""

    def fit(self, texts: Sequence[str], gold: Sequence[int]) -> None:
        """Learn from texts and their workload label ids."""
        ...


class Classifier(Protocol):
    """A family of models.

    What a family may have besides: ``recipe``, a text that changes with whatever changes its
    answers, makes a family without files of its own, whose one model is rated by the family's
    name. ``training_rows`` is how many rows its models are fitted on at most; without it they
    come fitted. ``cpu_only``: its models never compute on a GPU; ``beside_only``: they are
    measured beside others, as baselines (opened without ``model``), and get no label of their
    own. ``modes`` are its ways to get an answer from a model that is told the question in
    words, the usual one first; ``few_shot``: such a question may hold worked examples.
    ``generating`` are those of the modes in which the answer is written: it may be none of the
    labels (its id is then their number), and the session has a part ``prefill``.
    """

    family: str

    def open(
        self, model: ResolvedModel, placement: Placement, task: Task | None = None
    ) -> AbstractContextManager[Session]:
        """Load the model from its folder; raises :class:`NotRatableError`."""
        ...


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a family before a model of it is loaded; see :class:`Classifier`."""

    recipe: str | None
    training_rows: int
    modes: tuple[str, ...]
    few_shot: bool
    cpu_only: bool
    beside_only: bool
    generating: tuple[str, ...]

    def writes(self, mode: str | None) -> bool:
        """Whether answers are written in a mode; None: the family's usual one."""
        return (mode or (*self.modes, None)[0]) in self.generating


def families() -> dict[str, Classifier]:
    """All families by name, but for the reference, which nobody rates."""
    found = plugins("classifiers").found.values()
    return {each.family: each for each in found if each.family != REFERENCE}


def traits(family: str) -> Traits:
    """Of a family; what a plug-in says nothing about, it has not.

    Raises:
        UsageError: There is no such family.
    """
    known = families()
    if family not in known:
        # Those without files are rated by name, not given to another model.
        given = sorted(name for name, each in known.items() if not hasattr(each, "recipe"))
        raise UsageError(f"there is no family {family!r:.60}", f"there are: {', '.join(given)}")
    classifier = known[family]
    return Traits(
        recipe=getattr(classifier, "recipe", None),
        training_rows=getattr(classifier, "training_rows", 0),
        modes=tuple(getattr(classifier, "modes", ())),
        few_shot=getattr(classifier, "few_shot", False),
        cpu_only=getattr(classifier, "cpu_only", False),
        beside_only=getattr(classifier, "beside_only", False),
        generating=tuple(getattr(classifier, "generating", ())),
    )
