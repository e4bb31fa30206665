"""What the model is asked: a workload is data, not code."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from energylabel.records.base import Absent, AbsentIfEmpty, Commit, Count, Record, Sha256, Share
from energylabel.records.subject import Labels

WorkloadName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
VersionedName = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*-v[0-9]+$", max_length=64)
]
"""A defined workload carries its version: ``ag-news-v1``."""
LANGUAGE_CODE = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}"
"""ISO 639 code of a language, perhaps with script and region (BCP 47): ``de``, ``pt-BR``."""


class ReferenceAccuracy(Record):
    """Published accuracy of a fine-tuned BERT-base on the workload's split, with its source.

    ``declared``: it is no published one, but what whoever rated gave as the accuracy to compare
    with, of whatever model.
    """

    value: Annotated[float, Field(gt=0, lt=1)]
    source: str
    declared: Annotated[bool, AbsentIfEmpty] = False


class HubDataset(Record):
    """A dataset at a pinned commit. ``files`` are the files of the one split that is needed.

    They are Parquet or JSON Lines; those may be packed with gzip.
    """

    repository: str
    commit: Commit
    configuration: str | None = None
    split: str
    files: Annotated[tuple[str, ...], Field(min_length=1)]


class TrainSplit(Record):
    """The files of the split that models may be fitted on, at the commit of the dataset."""

    split: str
    files: Annotated[tuple[str, ...], Field(min_length=1)]


class Wording(Record):
    """How a workload is put to models that are told the question in words.

    ``language`` is the ISO code of these words, ``hypothesis_language`` that of ``hypothesis``
    where it is another. ``hypothesis`` holds ``{}`` where a label's words
    stand. ``instruction`` holds ``{}`` where the list of them stands; ``text`` and ``answer`` are
    the marks before a text and before its answer. ``words`` gives the words of labels whose names
    say too little.
    """

    language: str
    hypothesis_language: Annotated[str | None, Absent] = None
    hypothesis: str
    instruction: str
    text: str
    answer: str
    words: dict[str, str] = {}

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, template in (("hypothesis", self.hypothesis), ("instruction", self.instruction)):
            if template.count("{}") != 1:
                raise ValueError(f"{name} must hold {{}} once")
        return self

    def words_of(self, labels: Sequence[str]) -> tuple[str, ...]:
        """What the labels are called in a question: their words, else the name without ``_``."""
        spoken = tuple(self.words.get(label, label.replace("_", " ")) for label in labels)
        if len(set(spoken)) == len(labels):
            return spoken
        return tuple(self.words.get(label, label) for label in labels)


class PartialWording(Record):
    """The parts of a :class:`Wording` that a workload says itself."""

    hypothesis: str | None = None
    instruction: str | None = None
    text: str | None = None
    answer: str | None = None
    words: dict[str, str] | None = None


class Asking(Record):
    """How a model was asked that is told the question in words.

    ``mode`` is the family's way to get an answer; ``shots`` counts the worked examples in each
    prompt, ``examples_sha256`` is over their texts and labels.
    """

    wording: Wording
    mode: str
    shots: Count = 0
    examples_sha256: Sha256 | None = None


class Task(Record):
    """What is to be told apart, for families whose models do not say it themselves. Never stored.

    ``labels`` are the workload's label names by id; ``examples`` are texts with their label ids.
    """

    labels: tuple[str, ...]
    wording: Wording
    mode: str | None = None
    examples: tuple[tuple[str, int], ...] = ()


class WorkloadDefinition(Record):
    """A workload as its TOML file defines it.

    ``train`` (of the dataset) or ``train_file`` (beside the TOML) holds rows to fit models on.
    The texts come from ``dataset`` (the Hub) or ``file`` (beside the TOML), never both.
    ``labels`` are the label names in the order of their ids; ``synonyms`` gives for a label the
    other names that models use for it. ``aliases`` are the dataset ids by which model cards name
    the data. ``majority_share`` is None when it is not known before the data are read.
    ``wording`` overrides parts of what the language gives.
    """

    name: VersionedName
    title: str
    description: str = ""
    dataset: HubDataset | None = None
    file: str | None = None
    train: TrainSplit | None = None
    train_file: str | None = None
    text_column: str
    label_column: str
    labels: Labels
    synonyms: dict[str, tuple[str, ...]] = {}
    aliases: tuple[str, ...] = ()
    language: Annotated[str, StringConstraints(pattern=f"^{LANGUAGE_CODE}$")]
    licence: str
    seed: int
    majority_share: Share | None = None
    reference_accuracy: ReferenceAccuracy | None = None
    wording: PartialWording | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.dataset is None) == (self.file is None):
            raise ValueError("give either [dataset] or file, not both and not neither")
        if (self.train is not None and self.dataset is None) or (
            self.train_file is not None and self.file is None
        ):
            raise ValueError("[train] belongs to [dataset], train_file to file")
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("labels are not distinct")
        unknown = set(self.synonyms) - set(self.labels)
        if unknown:
            raise ValueError(f"synonyms for unknown labels: {', '.join(sorted(unknown))}")
        spoken = self.wording.words if self.wording else None
        strange = set(spoken or ()) - set(self.labels)
        if strange:
            raise ValueError(f"words for unknown labels: {', '.join(sorted(strange))}")
        return self


OWN = "own-"
"""How the names of data without a definition begin."""


class Workload(Record):
    """A workload as it was used: the definition, and what the data turned out to be.

    ``rows`` counts the rows of the whole split; ``majority_share`` is counted over them.
    ``content_sha256`` is over the used rows, texts and labels, in workload order.
    ``repaired_texts`` counts used texts that held lone surrogates (replaced by U+FFFD).
    ``spellings`` gives for the name of a class that own data write in several ways all of them.
    Of a file of the user's, ``encoding`` is there where it is not UTF-8; ``bad_rows`` counts the
    rows that were left out since they had no text or label, ``unknown_rows`` those whose label
    model or workload lack, by label. They are not among ``rows``.
    """

    name: WorkloadName
    title: str
    origin: Literal["hub", "file", "embedded"]
    dataset: HubDataset | None
    labels: Labels
    language: str | None
    licence: str | None
    seed: int
    rows: Annotated[int, Field(ge=1)]
    majority_share: Share
    reference_accuracy: ReferenceAccuracy | None
    content_sha256: Sha256
    repaired_texts: Count
    spellings: Annotated[dict[str, tuple[str, ...]], AbsentIfEmpty] = {}
    encoding: Annotated[str | None, Absent] = None
    bad_rows: Annotated[Count, AbsentIfEmpty] = 0
    unknown_rows: Annotated[dict[str, Count], AbsentIfEmpty] = {}


class Training(Record):
    """Rows to fit a model on, in workload order; none of them is asked. Never stored.

    ``content_sha256`` is over texts and labels, as that of a workload is. ``own``: they are a
    file of the user's and not the workload's. ``asked`` counts the rows that were left out on
    the way since their texts are asked.
    """

    texts: tuple[str, ...]
    gold: tuple[int, ...]
    content_sha256: Sha256
    own: bool = False
    asked: int = 0

    def unlearnt(self, count: int, classes: int) -> tuple[int, ...]:
        """Label ids below ``classes`` that none of the first ``count`` rows has."""
        seen = set(self.gold[:count])
        return tuple(label for label in range(classes) if label not in seen)


class Samples(Record):
    """The rows that are asked, in workload order (SHA-256 of ``"<seed>:<row number>"``).

    The first ``queries`` of them are the queries for energy; all of them may be asked for
    accuracy. ``texts`` and ``gold`` (workload label ids) have the same length. Never stored.
    """

    workload: Workload
    queries: Annotated[int, Field(ge=1)]
    texts: tuple[str, ...]
    gold: tuple[int, ...]
    wording: Wording
    training: Training | None = None
