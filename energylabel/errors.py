"""Everything that can go wrong.

It is one tree, here with the exit codes::

    EnergyLabelError
    ├── UsageError           2   the command or its configuration is wrong
    │   ├── DataError        2   the workload's data cannot be used
    │   ├── SchemaError      2   a stored record is unreadable or newer than this program
    │   ├── CardError        2   a model card cannot be changed without harm
    │   ├── OlderLabelError  2   a label would replace a later one
    │   └── OutputError      2   the result could not be written
    ├── NotRatableError      3   this model cannot be rated
    ├── MeasurementError     4   no valid figure came out of the measurement
    ├── NetworkError         5   the Hub could not be reached or refused
    ├── ConflictError        6   others changed the repository while the label was pushed
    └── ClosedError          8   the owners closed the pull request with this very label

Each class has an exit code (read by ``cli/app.py`` alone), a ``kind`` for machine readers, a
``hint`` that says what to do, and ``retryable``.
"""


class EnergyLabelError(Exception):
    """Base of all errors of this package.

    Args:
        message: One line: what is wrong, with the name of the thing.
        hint: One line: what the user can do about it; may be empty.
        retryable: Whether the same command may work later; None leaves it to the class.
    """

    exit_code = 70
    kind = "internal"
    retryable = False

    def __init__(self, message: str, hint: str = "", *, retryable: bool | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if retryable is not None:
            self.retryable = retryable


class UsageError(EnergyLabelError):
    """The command line or a configuration file is wrong."""

    exit_code = 2
    kind = "usage"


class DataError(UsageError):
    """The workload's texts or labels cannot be used."""

    kind = "data"


class SchemaError(UsageError):
    """A stored record is unreadable, or written by a newer version of this program."""

    kind = "schema"


class CardError(UsageError):
    """A model card that cannot be changed without harm."""

    kind = "card"


class OlderLabelError(UsageError):
    """A label that would take the place of a later one."""

    kind = "older-label"


class OutputError(UsageError):
    """The result could not be written."""

    kind = "output"


class NotRatableError(EnergyLabelError):
    """The model cannot be rated: wrong task, unsafe or broken files, unusable head."""

    exit_code = 3
    kind = "not-ratable"


class MeasurementError(EnergyLabelError):
    """The measurement gave no valid figure."""

    exit_code = 4
    kind = "measurement"


class ConflictError(EnergyLabelError):
    """Others changed the repository again and again while the label was pushed."""

    exit_code = 6
    kind = "conflict"
    retryable = True


class NetworkError(EnergyLabelError):
    """The Hub could not be reached, or refused."""

    exit_code = 5
    kind = "network"
    retryable = True


class ClosedError(EnergyLabelError):
    """The owners of the model closed the pull request with this very label."""

    exit_code = 8
    kind = "closed"


class Terminated(BaseException):
    """SIGTERM has come; a BaseException, so that nothing on the way swallows it."""


def stopped(cause: BaseException, hint: str = "") -> EnergyLabelError:
    """What is told of a rating that was interrupted (Ctrl-C) or terminated."""
    word, code = ("terminated", 143) if isinstance(cause, Terminated) else ("interrupted", 130)
    error = EnergyLabelError(word, hint, retryable=True)
    error.exit_code, error.kind = code, word
    return error


def unexpected(error: Exception) -> EnergyLabelError:
    """What is told of a bug."""
    return EnergyLabelError(
        f"unexpected {type(error).__name__}: {one_line(error, 300)}",
        "this is a bug; please report it with the output of the same command and --verbose",
    )


def one_line(cause: object, limit: int = 200) -> str:
    """What an exception or a foreign text says, on one line of at most ``limit`` characters."""
    return " ".join(str(cause).split())[:limit]


ERRORS: dict[str, type[EnergyLabelError]] = {
    cls.kind: cls
    for cls in (
        UsageError,
        DataError,
        SchemaError,
        CardError,
        OlderLabelError,
        OutputError,
        NotRatableError,
        MeasurementError,
        NetworkError,
        ConflictError,
        ClosedError,
    )
}
"""Class by ``kind``: the worker process sends the kind, the parent raises the class."""


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that a batch did not fit."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "allocate memory" in text
        or "out of memory" in text
        or "bad_alloc" in text
        or "alloc_failed" in text  # cuBLAS, for its workspace
    )
