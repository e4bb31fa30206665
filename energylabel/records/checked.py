"""What ``energylabel check`` finds out about data and a model before anything is measured."""

from typing import Annotated, Literal

from pydantic import Field

from energylabel.records.base import Absent, Count, Positive, Range, Record, Share
from energylabel.records.outcome import Failure
from energylabel.records.workload import Workload

MappedBy = Literal["name", "well-known names", "order", "label map"]
"""How it is known which label of a model is which of the data."""


class CheckedRows(Record):
    """The rows that would be asked; the workload says what was left out on the way to them.

    ``classes`` counts them by label. ``queries`` of them would be asked for energy. ``empty``,
    ``repeated`` and ``contradicting`` are as in the evidence; ``effective`` is how many
    independent rows they are worth.
    """

    workload: Workload
    asked: Annotated[int, Field(ge=1)]
    queries: Annotated[int, Field(ge=1)]
    classes: dict[str, Count]
    majority_share: Share
    empty: Count
    repeated: Count
    contradicting: Count
    effective: Positive


class CheckedModel(Record):
    """How a model and the rows go together.

    ``labels`` gives for each of the model's labels that of the data, None for one that the data
    lack. ``longest`` counts the texts that fill ``max_tokens`` tokens: as many may be cut.
    ``seconds`` is what a rating would take, at least and at most; ``high`` is that of a rating
    that goes to the last round. It is absent where rows are fitted first.
    """

    name: str
    family: str
    labels: dict[str, str | None]
    mapped_by: MappedBy
    max_tokens: Annotated[Count | None, Absent] = None
    longest: Annotated[Count | None, Absent] = None
    seconds: Annotated[Range | None, Absent] = None


class DataCheck(Record):
    """All that was found out, and all that would stop a rating.

    ``rows`` and ``model`` are None where a problem left nothing to look at.
    """

    schema_version: Literal[1] = 1
    rows: CheckedRows | None
    model: CheckedModel | None
    remarks: tuple[str, ...]
    problems: tuple[Failure, ...]
