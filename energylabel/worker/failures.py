"""What ends a rating inside the worker, in the words of an error."""

from collections.abc import Iterator
from contextlib import contextmanager

from energylabel.errors import (
    EnergyLabelError,
    MeasurementError,
    NotRatableError,
    one_line,
    out_of_memory,
)
from energylabel.records import Failed


@contextmanager
def blamed(role: str) -> Iterator[None]:
    """Take what a model's code raises for the model's failure, not for a bug of ours."""
    try:
        yield
    except (EnergyLabelError, MemoryError, RuntimeError):
        raise
    except Exception as error:  # weights, settings or a text can make a model fail in any way
        raise broken(role, error) from error


def broken(role: str, error: Exception) -> NotRatableError:
    """What a model raised that was asked for answers."""
    return NotRatableError(
        f"the {role} does not answer: {one_line(error, 300)}",
        "check that it answers in a pipeline of transformers",
    )


def failed(error: EnergyLabelError) -> Failed:
    """An error as it goes through the pipe."""
    return Failed(kind=error.kind, message=error.message, hint=error.hint)


def failure(error: MemoryError | RuntimeError) -> MeasurementError:
    """What ended a rating in the middle; anything else is raised again, as a bug."""
    if out_of_memory(error):
        return MeasurementError(
            "memory ran out in the middle of the rating",
            "free memory, lower --batch-size, or rate on a larger machine",
        )
    if "CUDA error" in str(error):
        return MeasurementError(
            f"the GPU failed in the middle of the rating: {one_line(error)}",
            "look for the cause with: sudo dmesg | grep Xid; --resume continues",
        )
    raise error
