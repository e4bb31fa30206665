"""What is noted of a rating under way, one record for each line of its journal."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from energylabel.records.agreement import Agreement
from energylabel.records.base import Count, Prose, Record
from energylabel.records.evidence import (
    Answers,
    Baseline,
    Fitting,
    IdleRun,
    Prefill,
    ProtocolName,
    SingleRun,
    SliceRun,
    Window,
)
from energylabel.records.messages import Batches
from energylabel.records.readings import WarmUp


class Entry(Record):
    """One line; ``kind`` tells which."""

    model_config = ConfigDict(defer_build=True)


class RatingBegun(Entry):
    """The first line: what is rated, and when (Unix time). ``signature`` tells plans apart."""

    kind: Literal["begun"] = "begun"
    signature: str
    protocol: ProtocolName
    started_at: float


class CandidateFitted(Entry):
    """The candidate does not come fitted, and was."""

    kind: Literal["fitted"] = "fitted"
    fitting: Fitting


class BatchesFixed(Entry):
    """How large batches are, which both models hold; the peak is the candidate's own."""

    kind: Literal["batches"] = "batches"
    batches: Batches


class WayFound(Entry):
    """How the candidate is asked so that it gives its own answers."""

    kind: Literal["way"] = "way"
    agreement: Agreement


class SlicesDealt(Entry):
    """How many slices the queries are dealt into."""

    kind: Literal["slices"] = "slices"
    count: Annotated[int, Field(ge=1)]


class ModelWarmed(Entry):
    """The warm-up of one model."""

    kind: Literal["warm-up"] = "warm-up"
    run: WarmUp


class RestTaken(Entry):
    """The machine at rest."""

    kind: Literal["rest"] = "rest"
    run: IdleRun


class WindowTaken(Entry):
    """A window of a block."""

    kind: Literal["window"] = "window"
    window: Window


class BlockGivenUp(Entry):
    """The windows of a block so far are not kept, and it is taken again."""

    kind: Literal["given-up"] = "given-up"
    block: Count


class StrangersCounted(Entry):
    """How many others compute on the rating's GPU."""

    kind: Literal["gpu-strangers"] = "gpu-strangers"
    count: Count


class PrefillTaken(Entry):
    """A pair of windows: the prefill alone, and the whole answer."""

    kind: Literal["prefill"] = "prefill"
    pair: Prefill


class AnswersGiven(Entry):
    """The candidate's answers for accuracy."""

    kind: Literal["answers"] = "answers"
    answers: Answers


class AnsweredSingly(Entry):
    """The candidate's answers one query at a time."""

    kind: Literal["single"] = "single"
    run: SingleRun


class BaselineFitted(Entry):
    """What fitting a baseline took."""

    kind: Literal["baseline-fitted"] = "baseline-fitted"
    family: str
    fitting: Fitting


class BaselineWindowTaken(Entry):
    """A window of a baseline."""

    kind: Literal["baseline-window"] = "baseline-window"
    family: str
    run: SliceRun


class BaselineDone(Entry):
    """All of a baseline."""

    kind: Literal["baseline"] = "baseline"
    baseline: Baseline


class RatingFailed(Entry):
    """What ended the session, in the words of its error."""

    kind: Literal["failed"] = "failed"
    message: Prose


AnyEntry = Annotated[
    RatingBegun
    | CandidateFitted
    | BatchesFixed
    | WayFound
    | SlicesDealt
    | ModelWarmed
    | RestTaken
    | WindowTaken
    | BlockGivenUp
    | StrangersCounted
    | PrefillTaken
    | AnswersGiven
    | AnsweredSingly
    | BaselineFitted
    | BaselineWindowTaken
    | BaselineDone
    | RatingFailed,
    Field(discriminator="kind"),
]
