"""Messages once a model stands ready: passes, windows, answers, and what is asked on the way."""

from typing import Annotated, Literal

from energylabel.records.base import Absent, Count, NonNegative, Positive
from energylabel.records.evidence import SingleRun
from energylabel.records.messages.base import AtLeastOne, Indices, Reply, Request
from energylabel.records.readings import CarbonIntensity, MeteredPasses, MeteredRest, Reading


class PassesRun(Reply):
    """How many passes were run, and what they took."""

    reply: Literal["passes-run"] = "passes-run"
    passes: AtLeastOne
    seconds: NonNegative
    cpu_seconds: NonNegative


class RunPasses(Request[PassesRun]):
    """Whole passes over the texts without meters, for so many seconds at least."""

    op: Literal["run-passes"] = "run-passes"
    role: str
    indices: Indices
    min_seconds: NonNegative


class WindowMeasured(Reply):
    """One metered window. ``pass_cpu_seconds`` is there where each pass's was asked for."""

    reply: Literal["window-measured"] = "window-measured"
    measured: MeteredPasses
    pass_cpu_seconds: Annotated[tuple[NonNegative, ...] | None, Absent] = None


class MeasureWindow(Request[WindowMeasured]):
    """Whole passes over the texts as one metered window, for so many seconds at least."""

    op: Literal["measure-window"] = "measure-window"
    role: str
    indices: Indices
    min_seconds: NonNegative
    each_pass: bool


class WindowsInterleaved(Reply):
    """One window of each model, of the same block."""

    reply: Literal["windows-interleaved"] = "windows-interleaved"
    reference: WindowMeasured
    candidate: WindowMeasured


class InterleaveWindows(Request[WindowsInterleaved]):
    """A window of each model over the same texts, batch by batch in turn.

    Each lasts for so many passes, and longer until it has ``min_seconds``. Where both are due, they
    go first by turns, the reference in an even ``turn``.
    """

    op: Literal["interleave-windows"] = "interleave-windows"
    indices: Indices
    reference_passes: AtLeastOne
    candidate_passes: AtLeastOne
    min_seconds: NonNegative
    turn: Count


class RestMeasured(Reply):
    """The machine at rest."""

    reply: Literal["rest-measured"] = "rest-measured"
    measured: MeteredRest


class MeasureRest(Request[RestMeasured]):
    """Meter the machine at rest for ``seconds``, ``before`` seconds after it was left alone."""

    op: Literal["measure-rest"] = "measure-rest"
    seconds: Positive
    before: NonNegative


class MetersStarted(Reply):
    """The meters run."""

    reply: Literal["meters-started"] = "meters-started"


class StartMeters(Request[MetersStarted]):
    """Meter energy from now on, for work that is not the worker's."""

    op: Literal["start-meters"] = "start-meters"


class MetersStopped(Reply):
    """What the meters of energy gave, the last to start first."""

    reply: Literal["meters-stopped"] = "meters-stopped"
    energy: tuple[Reading, ...]


class StopMeters(Request[MetersStopped]):
    """Say what it took since; ``short``: it may be too short for a meter."""

    op: Literal["stop-meters"] = "stop-meters"
    short: bool


class AnswersTaken(Reply):
    """Answers to a range of the texts; fields as in :class:`energylabel.records.Answers`."""

    reply: Literal["answers-taken"] = "answers-taken"
    labels: tuple[Count, ...]
    tokens: Count
    uncut_tokens: Count
    truncated: Count
    generated: Count | None = None
    framing: Count | None = None
    tied: Count | None = None
    reread: Count | None = None
    seconds: NonNegative


class TakeAnswers(Request[AnswersTaken]):
    """Answer the texts from ``start`` to before ``stop``."""

    op: Literal["take-answers"] = "take-answers"
    role: str
    start: Count
    stop: Count


class SinglyAnswered(Reply):
    """The texts one at a time."""

    reply: Literal["singly-answered"] = "singly-answered"
    run: SingleRun


class AnswerSingly(Request[SinglyAnswered]):
    """Answer the first ``count`` texts one at a time, as one metered window."""

    op: Literal["answer-singly"] = "answer-singly"
    count: AtLeastOne


class MemoryTold(Reply):
    """Highest memory so far, of the process or of the GPU."""

    reply: Literal["memory-told"] = "memory-told"
    peak_bytes: Count


class TellMemory(Request[MemoryTold]):
    """Say what memory was needed so far."""

    op: Literal["tell-memory"] = "tell-memory"


class CarbonTold(Reply):
    """A country's carbon intensity."""

    reply: Literal["carbon-told"] = "carbon-told"
    intensity: CarbonIntensity


class TellCarbon(Request[CarbonTold]):
    """Say what a kWh emits in a country (three-letter ISO code)."""

    op: Literal["tell-carbon"] = "tell-carbon"
    country: str
