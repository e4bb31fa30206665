"""Messages until a model stands ready: threads, texts, meters, loading, fitting, batches."""

from typing import Literal

from energylabel.records.agreement import Agreement
from energylabel.records.base import Count, NonNegative, Positive, Record
from energylabel.records.evidence import MeterRecord
from energylabel.records.exported import Exported
from energylabel.records.hardware import Device, Hardware
from energylabel.records.messages.base import AtLeastOne, Indices, Reply, Request
from energylabel.records.readings import Reading
from energylabel.records.subject import ResolvedModel
from energylabel.records.workload import Task


class Ready(Reply):
    """What runs, by package, and what was achieved.

    ``base_bytes`` is the memory that the process holds before a model is loaded; ``memory_bytes``
    the limit that holds now, None where there is none.
    """

    reply: Literal["ready"] = "ready"
    versions: dict[str, str]
    base_bytes: Count
    memory_bytes: Count | None
    network_cut: bool


class Hello(Request[Ready]):
    """Fix threads, device and memory; the first request."""

    op: Literal["hello"] = "hello"
    threads: AtLeastOne
    device: Device
    memory_bytes: Count | None = None


class TextsTaken(Reply):
    """How many texts there are now."""

    reply: Literal["texts-taken"] = "texts-taken"
    count: Count


class TakeTexts(Request[TextsTaken]):
    """All texts of the workload, in its order."""

    op: Literal["take-texts"] = "take-texts"
    texts: tuple[str, ...]


class MetersOpened(Reply):
    """What each meter says about itself, in the order in which they start."""

    reply: Literal["meters-opened"] = "meters-opened"
    meters: tuple[MeterRecord, ...]


class OpenMeters(Request[MetersOpened]):
    """Open meters by name, in the order in which they start."""

    op: Literal["open-meters"] = "open-meters"
    hardware: Hardware
    names: tuple[str, ...]


class ModelOpened(Reply):
    """A loaded model. ``batch`` is its own number of texts at a time; None: what it is told.

    ``saved_dtypes`` and the settings are those of the subject. ``exported`` and the ``versions`` of
    its packages are there for another runtime than PyTorch.
    """

    reply: Literal["model-opened"] = "model-opened"
    parameters: Count
    dtype: str
    max_tokens: AtLeastOne
    attention: str
    batch: AtLeastOne | None
    saved_dtypes: tuple[str, ...] = ()
    dropped_settings: tuple[str, ...] = ()
    unread_settings: tuple[str, ...] = ()
    exported: Exported | None = None
    versions: dict[str, str] = {}


class OpenModel(Request[ModelOpened]):
    """Load a model; one of a family without files has no ``model``.

    ``runtime`` executes its network. One other than PyTorch is held against PyTorch on the shortest
    text, the longest, and the first of the ``queries``.
    """

    op: Literal["open-model"] = "open-model"
    role: str
    family: str
    model: ResolvedModel | None
    device: Device
    dtype: str
    threads: AtLeastOne
    task: Task | None
    runtime: str = "pytorch"
    queries: Count = 0


class ModelFitted(Reply):
    """What fitting took, as one metered window, and the model that came of it."""

    reply: Literal["model-fitted"] = "model-fitted"
    seconds: Positive
    cpu_seconds: NonNegative
    energy: tuple[Reading, ...]
    opened: ModelOpened


class FitModel(Request[ModelFitted]):
    """Fit an opened model on texts and their workload label ids."""

    op: Literal["fit-model"] = "fit-model"
    role: str
    texts: tuple[str, ...]
    gold: tuple[Count, ...]


class TokensCounted(Reply):
    """Tokens of each text after truncation."""

    reply: Literal["tokens-counted"] = "tokens-counted"
    tokens: tuple[Count, ...]


class CountTokens(Request[TokensCounted]):
    """Count the tokens of each of the first ``count`` texts."""

    op: Literal["count-tokens"] = "count-tokens"
    role: str
    count: Count


class TextsTried(Reply):
    """The texts were answered. ``fails_on_empty``: an empty text, which was tried too, was not."""

    reply: Literal["texts-tried"] = "texts-tried"
    fails_on_empty: bool


class TryTexts(Request[TextsTried]):
    """Answer some texts and an empty one, each alone, to see whether the model can."""

    op: Literal["try-texts"] = "try-texts"
    role: str
    indices: Indices


class AnswersCompared(Reply):
    """What came of it; the role is asked in that way from now on."""

    reply: Literal["answers-compared"] = "answers-compared"
    agreement: Agreement


class CompareAnswers(Request[AnswersCompared]):
    """Find how texts are put together so that a model gives its own answers.

    ``indices`` are the texts to compare on, the first ones first where time is short. ``known`` is
    what an earlier session found: it is taken as it is.
    """

    op: Literal["compare-answers"] = "compare-answers"
    role: str
    indices: Indices
    known: Agreement | None = None


class Batches(Record):
    """Batches that fit into memory: up to ``size`` texts, and ``tokens`` tokens with their padding.

    ``peak_bytes`` is the highest memory that one of the longest texts took.
    """

    size: AtLeastOne
    tokens: AtLeastOne | None
    peak_bytes: Count


class BatchesSized(Reply):
    """The largest batches that fit."""

    reply: Literal["batches-sized"] = "batches-sized"
    batches: Batches


class SizeBatches(Request[BatchesSized]):
    """Find the largest batches, from these bounds down by halves, that the (longest) texts fit."""

    op: Literal["size-batches"] = "size-batches"
    role: str
    indices: Indices
    size: AtLeastOne
    tokens: AtLeastOne | None
