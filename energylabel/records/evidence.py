"""What was observed in one rating. Nothing here is judged.

Joules and seconds throughout. No texts, no host or user names, no paths of the machine.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from energylabel.records import schema_one
from energylabel.records.agreement import Agreement
from energylabel.records.base import (
    Absent,
    AbsentIfEmpty,
    Count,
    NonNegative,
    Positive,
    Record,
    Sha256,
    Versioned,
)
from energylabel.records.exported import Exported
from energylabel.records.hardware import Device, Hardware
from energylabel.records.readings import (
    CarbonIntensity,
    Component,
    MeteredPasses,
    MeteredRest,
    Method,
    Reading,
    Role,
    TimeSpent,
    WarmUp,
)
from energylabel.records.setup import Setup
from energylabel.records.subject import UNANSWERED, Subject
from energylabel.records.workload import Asking, Workload

ProtocolName = Literal["standard", "quick"]
Moment = Literal["before", "halfway", "after"]


class SliceRun(MeteredPasses):
    """Whole passes over one slice of the queries, in the session of the rating with that number."""

    session: Count
    slice: Count


class Window(SliceRun):
    """A run in a block.

    ``position`` is the place in the block R C C R (0 to 3). ``pass_cpu_seconds`` holds each
    pass's own processor time. ``interleaved``: its batches took turns with those of the block's
    other window, R C (0 and 1), so that its seconds are those of its parts.
    """

    block: Count
    position: Annotated[int, Field(ge=0, le=3)]
    role: Role
    kept: bool
    pass_cpu_seconds: tuple[NonNegative, ...]
    interleaved: Annotated[bool, AbsentIfEmpty] = False


class IdleRun(MeteredRest):
    """The machine at rest: before, halfway and after the windows."""

    moment: Moment
    session: Count


class SingleRun(Record):
    """Scenario ``single``: one query at a time, one pass. Latencies in workload order."""

    latencies_s: tuple[Positive, ...]
    seconds: Positive
    cpu_seconds: NonNegative
    energy: tuple[Reading, ...]


class Answers(Record):
    """The candidate's answers to the rows asked for accuracy, in workload order.

    ``predicted`` are ids of the *model's* labels, ``gold`` of the workload's.
    ``tokens`` counts all of them after truncation, ``uncut_tokens`` as there would be without;
    ``truncated`` counts cut texts. For a model that is told the question in words, ``framing`` is
    how many of the tokens are not the texts'; ``generated`` counts those that it wrote, if any;
    ``tied`` the rows of which several labels had the same score, so that the first was taken;
    ``reread`` those whose prompt was read once for each label.

    ``empty`` counts the rows whose text has nothing to read; ``repeated`` those whose text, but
    for case and blanks, is that of a row before them, and ``contradicting`` those of them that
    have another label than the first such row. Empty texts repeat nothing. ``copies`` gives for a
    number of rows (2 or more) how many texts fill so many of them.
    """

    predicted: tuple[Count, ...]
    gold: tuple[Count, ...]
    tokens: Count
    uncut_tokens: Count
    truncated: Count
    generated: Annotated[Count | None, Absent] = None
    framing: Annotated[Count | None, Absent] = None
    tied: Annotated[Count | None, Absent] = None
    reread: Annotated[Count | None, Absent] = None
    empty: Annotated[Count, AbsentIfEmpty] = 0
    repeated: Annotated[Count, AbsentIfEmpty] = 0
    contradicting: Annotated[Count, AbsentIfEmpty] = 0
    copies: Annotated[dict[str, Count], AbsentIfEmpty] = {}
    seconds: Positive

    @model_validator(mode="after")
    def _aligned(self) -> Self:
        if len(self.predicted) != len(self.gold) or not self.gold:
            raise ValueError("predicted and gold must have the same, positive length")
        return self


class MeterRecord(Record):
    """A meter that took part, and what it says about itself (TDP, zones, generic or not)."""

    name: str
    method: Method
    covers: tuple[Component, ...]
    version: str | None
    details: dict[str, str | float | bool | None]


class ReferenceModel(Record):
    """The reference classifier as it ran: seed, size, dtype, and its tokens over the queries.

    ``batch_size`` is there where the candidate takes another number of texts at a time.
    """

    name: str
    seed: int
    parameters: Count
    dtype: str
    tokens: Count
    batch_size: Annotated[Count | None, Absent] = None


class ProtocolSettings(Record):
    """The numbers of the protocol (standard, section 5). Seconds.

    ``min_window_s`` is for windows with counters, ``min_estimated_window_s`` for those without;
    ``max_reference_pass_s`` None: a pass may take as long as it takes.
    """

    name: ProtocolName
    min_window_s: Positive
    min_estimated_window_s: Positive
    min_slices: Annotated[int, Field(ge=1)]
    max_slice_queries: int | None
    max_reference_pass_s: Positive | None
    blocks_per_round: Annotated[int, Field(ge=2)]
    max_rounds: Annotated[int, Field(ge=1)]
    target_half_width: Positive
    warm_up_s: Positive
    warm_up_limit_s: Positive
    settle_s: NonNegative
    idle_s: NonNegative
    single_queries: Annotated[int, Field(ge=1)]


class Settings(Record):
    """Everything that was chosen before the first window, and what it came to on this machine.

    ``setup`` is how the model was to be run. Batches hold up to ``batch_size`` texts, and up to
    ``batch_tokens`` tokens with their padding where that is there. ``label_map`` gives for each
    model label id the workload label id, or None for a label that the workload lacks. ``slices``
    are the numbers of queries in each slice.
    ``shared_gpu``: whether others were allowed to compute on the GPU. ``asking`` is there for a
    model that is told the question in words.
    """

    protocol: ProtocolSettings
    setup: Setup
    batch_size: Annotated[int, Field(ge=1)]
    batch_size_requested: Annotated[int, Field(ge=1)]
    batch_tokens: Annotated[Count | None, Absent] = None
    threads: Annotated[int, Field(ge=1)]
    wait_policy: str
    attention: str
    queries: Annotated[int, Field(ge=1)]
    accuracy_rows: int | Literal["auto", "all"]
    label_map: tuple[int | None, ...]
    slices: tuple[int, ...]
    time_limit_s: Positive | None
    shared_gpu: Annotated[bool | None, Absent] = None
    asking: Annotated[Asking | None, Absent] = None
    country: str | None

    @model_validator(mode="after")
    def _of_one_setup(self) -> Self:
        setup, asking = self.setup, self.asking
        asked = (asking.mode, asking.shots) if asking else (None, 0)
        if asked != (setup.mode, setup.shots):
            raise ValueError("the setup and the question tell of the same way to ask")
        if setup.batch_size not in {None, self.batch_size_requested}:
            raise ValueError("the setup and the settings tell of the same batches")
        return self

    @property
    def device(self) -> Device:
        """Where the model ran."""
        return self.setup.device


class Fitting(Record):
    """What it took to fit the model on the rows of the train split; apart from every window.

    ``content_sha256`` is over all rows that there were, texts and labels, of which the first
    ``rows`` were taken. ``own_rows``: they were the user's own, not the workload's. ``asked_rows``
    were left out since they are asked; ``unlearnt`` are labels of the workload that none has.
    """

    rows: Annotated[int, Field(ge=1)]
    content_sha256: Sha256
    own_rows: Annotated[bool, AbsentIfEmpty] = False
    asked_rows: Annotated[Count, AbsentIfEmpty] = 0
    unlearnt: Annotated[tuple[Count, ...], AbsentIfEmpty] = ()
    seconds: Positive
    cpu_seconds: NonNegative
    energy: tuple[Reading, ...]


class Baseline(Record):
    """A cheap model that was fitted here and measured beside the candidate, on the processor.

    ``recipe`` tells how it is made and ``parameters`` how many numbers it has learnt. The
    ``windows`` are on slices that the candidate was measured on. ``predicted`` are ids of the
    *workload's* labels, for the very rows that the candidate answered.
    """

    family: str
    recipe: str
    parameters: Count
    fitting: Fitting
    windows: Annotated[tuple[SliceRun, ...], Field(min_length=1)]
    predicted: tuple[Count, ...]


class Prefill(Record):
    """Reading the prompts of the first slice without an answer, and with it; in no other figure."""

    alone: SliceRun
    whole: SliceRun


class Attempt(Record):
    """An earlier attempt at the same subject, workload and machine."""

    started_at: float
    protocol: ProtocolName
    outcome: Literal["completed", "interrupted", "failed"]
    windows: Count
    reason: str | None = None


class Evidence(Versioned):
    """All of one rating, as observed. Its SHA-256 as RFC 8785 JSON is the label's id.

    ``model_peak_bytes`` is the worker's peak resident memory with the candidate alone, over the
    longest batch; ``base_bytes`` what the process held before. On a GPU both are of its memory, and
    ``gpu_strangers`` the most other processes that computed on it; absent where nothing tells.
    Of a function of the caller's process the first is not known; the others are the worker's.
    ``sessions`` is above 1 when the rating was resumed. ``baselines`` are there with rows to fit
    them on; ``baselines_left_out`` says of a family why it is not among them. ``prefill`` is there
    for a model that writes its answers, ``agreement`` where answers were compared with those of one
    text at a time, ``exported`` where another runtime than PyTorch ran. ``time_spent`` is what the
    session took that ended the rating, but for the writing of it.
    """

    schema_version: Literal[1, 2] = 2
    tool_version: str
    started_at: float
    finished_at: float
    subject: Subject
    workload: Workload
    hardware: Hardware
    settings: Settings
    meters: tuple[MeterRecord, ...]
    reference: ReferenceModel
    warm_up: tuple[WarmUp, ...]
    windows: tuple[Window, ...]
    idle: tuple[IdleRun, ...]
    single: SingleRun
    answers: Answers
    model_peak_bytes: Annotated[Count | None, Absent] = None
    base_bytes: Count
    rating_peak_bytes: Count
    versions: dict[str, str]
    sessions: Annotated[int, Field(ge=1)]
    attempts: tuple[Attempt, ...]
    gpu_strangers: Annotated[Count | None, Absent] = None
    fitting: Annotated[Fitting | None, Absent] = None
    baselines: Annotated[tuple[Baseline, ...], AbsentIfEmpty] = ()
    baselines_left_out: Annotated[dict[str, str], AbsentIfEmpty] = {}
    prefill: Annotated[tuple[Prefill, ...], AbsentIfEmpty] = ()
    agreement: Annotated[Agreement | None, Absent] = None
    exported: Annotated[Exported | None, Absent] = None
    time_spent: Annotated[TimeSpent | None, Absent] = None
    carbon: CarbonIntensity | None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        rows = len(self.answers.gold)
        if any(len(baseline.predicted) != rows for baseline in self.baselines):
            raise ValueError("a baseline answers the rows that the candidate answered")
        if len(self.settings.label_map) != len(self.subject.labels):
            raise ValueError("the label map has an entry for each of the model's labels")
        setup = self.settings.setup
        if (setup.device, setup.gpus) != (self.hardware.device, len(self.hardware.gpus)):
            raise ValueError("the setup has the device and the GPUs of the hardware")
        return self

    @classmethod
    def _read(cls, values: dict[str, Any]) -> dict[str, Any]:
        return schema_one.read_evidence(values) if values.get("schema_version") == 1 else values

    def _written(self, values: dict[str, Any]) -> dict[str, Any]:
        return schema_one.write_evidence(values) if self.schema_version == 1 else values

    @property
    def fittings(self) -> tuple[Fitting, ...]:
        """Of the model and of the baselines beside it, those that there were."""
        own = () if self.fitting is None else (self.fitting,)
        return (*own, *(baseline.fitting for baseline in self.baselines))

    @property
    def unanswered(self) -> int | None:
        """Id of the label that stands for no valid answer; None for a model that has none."""
        last = len(self.subject.labels) - 1
        asked = self.settings.asking is not None
        return last if asked and self.subject.labels[last] == UNANSWERED else None


def read_setup(settings: dict[str, Any], schema_version: int) -> Setup:
    """The setup in the JSON of the settings of evidence of any schema, without the rest of it.

    Raises:
        ValueError: There is none.
    """
    found = {"settings": settings}
    if schema_version == 1:
        found = schema_one.read_evidence(found)
    return Setup.from_dict(found["settings"].get("setup", {}))
