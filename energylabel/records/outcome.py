"""What became of a job."""

from pathlib import Path
from typing import Annotated, Literal, Self

from energylabel.errors import ClosedError, EnergyLabelError, MeasurementError
from energylabel.records.base import Absent, Record
from energylabel.records.job import Named
from energylabel.records.label import Label
from energylabel.records.readings import TimeSpent

Delivery = Literal[
    "unchanged", "written", "committed", "opened", "updated", "renewed", "closed", "removed"
]
"""What was done to bring a label somewhere."""


class Receipt(Record):
    """What came of a delivery. ``url`` is the pull request, the commit, the folder or the card.

    ``files`` are those that were sent. ``pull_request`` says that ``url`` is one, whether or not
    it changed.
    """

    outcome: Delivery
    url: str
    files: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    pull_request: bool = False

    @property
    def exit_code(self) -> int:
        """That of a command that did this alone."""
        return ClosedError.exit_code if self.outcome == "closed" else 0


class Failure(Record):
    """An error as data; ``code`` is the exit code, ``kind`` that of the error's class."""

    code: int
    kind: str
    message: str
    hint: str
    retryable: bool

    @classmethod
    def of(cls, error: EnergyLabelError) -> Self:
        """The error in data; a file name that is no Unicode is told with question marks."""
        return cls(
            code=error.exit_code,
            kind=error.kind,
            message=error.message.encode(errors="replace").decode(),
            hint=error.hint.encode(errors="replace").decode(),
            retryable=error.retryable,
        )

    def error(self) -> EnergyLabelError:
        """The same as an error that can be raised or told."""
        error = EnergyLabelError(self.message, self.hint, retryable=self.retryable)
        error.exit_code, error.kind = self.code, self.kind
        return error


class Outcome(Record):
    """What became of one model: its label and where it went, why it was left, or what failed.

    Attributes:
        model: As in the job.
        label: New, or still standing; None where there is none.
        folder: Of the new label; None where nothing was rated.
        standing: Address of the label that made a rating needless.
        card: What became of the card on this machine.
        push: What became of the push.
        time: Where the time of the rating went; absent where nothing was measured now.
        error: What went wrong; a label that there is all the same is kept in ``folder``.
    """

    schema_version: Literal[1] = 1
    model: Named
    label: Label | None = None
    folder: Path | None = None
    standing: str | None = None
    card: Receipt | None = None
    push: Receipt | None = None
    time: Annotated[TimeSpent | None, Absent] = None
    error: Failure | None = None

    @property
    def exit_code(self) -> int:
        """That of a command that did this alone, but for gates of its own."""
        if self.error is not None:
            return self.error.code
        if self.label is not None and self.label.withheld:
            return MeasurementError.exit_code
        return self.push.exit_code if self.push is not None else 0
