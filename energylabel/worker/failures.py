"""What ends a rating inside the worker, in the words of an error.

A model's failure is what is raised inside a call of its network, its tokenizer or a plug-in: the
innermost frames are none of this package's. What is raised in a frame of this package, or in what
it calls of the standard library or numpy, is a bug of ours.
"""

import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from energylabel.classifiers import Batching, LoadedModel
from energylabel.errors import (
    EnergyLabelError,
    MeasurementError,
    NotRatableError,
    one_line,
    out_of_memory,
)
from energylabel.formatting import counted
from energylabel.records import Failed

_OURS = __name__.partition(".")[0]
_PATIENCE_S = 20.0
"""Texts are tried again one by one for so long, since nobody waits for a failed rating."""

_TOOLS = frozenset({*sys.stdlib_module_names, "numpy"})
"""What this package computes with itself."""


class ModelError(NotRatableError):
    """What a model raised when it was asked."""


@contextmanager
def blamed(role: str, *, loading: bool = False) -> Iterator[None]:
    """Take what a model's code raises for the model's failure, not for a bug of ours.

    Args:
        role: Whose model it is.
        loading: Whatever is raised counts: broken files make our own reading of them fail too.

    Raises:
        ModelError: With what the model raised as its cause. Want of memory, and a GPU that fails,
            are raised as they are.
    """
    try:
        yield
    except (EnergyLabelError, MemoryError):
        raise
    except Exception as error:  # weights, settings or a text can make a model fail in any way
        if out_of_memory(error) or _of_the_gpu(error) or not (loading or _theirs(error)):
            raise
        raise broken(role, error) from error
    except BaseException as error:
        # What Rust's tokenizers raise where they give up is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise broken(role, error) from error


def broken(role: str, error: BaseException, text: str = "") -> ModelError:
    """What a model raised that was asked for answers, and the text if it is known."""
    said = one_line(error, 300) or type(error).__name__
    return ModelError(
        f"the {role} does not answer{text}: {said}",
        "check that it answers in a pipeline of transformers",
    )


def located(
    error: ModelError, role: str, model: LoadedModel, texts: Sequence[str], places: Sequence[int]
) -> ModelError:
    """The same failure with the text that brings it about, if one does by itself.

    Args:
        error: What the model raised, with its cause.
        role: Whose model it is.
        model: Asked again, one text at a time.
        texts: All texts of the workload.
        places: Those that were asked together.
    """
    began = time.monotonic()
    for place in places:
        if time.monotonic() - began > _PATIENCE_S:
            break
        try:
            with blamed(role):
                model.predict([texts[place]], Batching(size=1))
        except ModelError as again:
            cause = again.__cause__ or error
            return broken(
                role,
                cause,
                f" text {place + 1} of the workload's order{_size(model, texts[place])}",
            )
        except (MemoryError, RuntimeError):
            break
    return error


def fails_on_empty(model: LoadedModel) -> bool:
    """Whether an empty text makes a model fail."""
    try:
        with blamed(""):
            model.predict([""], Batching(size=1))
    except NotRatableError:
        return True
    return False


def _size(model: LoadedModel, text: str) -> str:
    """How long a text is, if its tokens can be counted."""
    try:
        with blamed(""):
            (tokens,) = model.count_tokens([text])
    except ModelError:
        return ""
    return f" ({counted(tokens, 'token')})"


def _theirs(error: BaseException) -> bool:
    """Whether the code that raised was called by this package, and is another's."""
    frames = [
        frame.f_globals.get("__name__", "") for frame, _ in traceback.walk_tb(error.__traceback__)
    ]
    inner = ""
    for name in reversed(frames):
        if name.partition(".")[0] == _OURS:
            break
        inner = name
    return bool(inner) and inner.partition(".")[0] not in _TOOLS


def _of_the_gpu(error: BaseException) -> bool:
    return isinstance(error, RuntimeError) and "CUDA error" in str(error)


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
    if _of_the_gpu(error):
        return MeasurementError(
            f"the GPU failed in the middle of the rating: {one_line(error)}",
            "look for the cause with: sudo dmesg | grep Xid; --resume continues",
        )
    raise error
