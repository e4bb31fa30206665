"""What a runtime is to the rest of the program.

A plug-in file ends in ``PLUGIN = Runtime(…)`` and adds one runtime. Importing it is cheap: heavy
libraries are imported in its functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol, Self

from pydantic import Field, StringConstraints, model_validator

from energylabel.errors import UsageError
from energylabel.records import Device, Record
from energylabel.registry import Plugin, PluginName, Registry

PYTORCH = "pytorch"
"""The runtime that nobody has to name, and the reference's."""

Count = Annotated[int, Field(ge=0)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Some = Annotated[tuple[str, ...], Field(min_length=1)]

Inputs = Mapping[str, Any]
"""Arrays of int64 by name, each of shape (batch, tokens)."""


class Graph(Protocol):
    """An exported network, ready to run. ``inputs`` are the names of what it takes."""

    inputs: tuple[str, ...]

    def run(self, inputs: Inputs) -> Any:
        """The logits of a batch, an array of float32 of shape (batch, labels)."""
        ...


class Facts(Record):
    """What a network told before it was exported, and its graph does not tell.

    ``parameters`` counts its numbers, ``rows`` are ids that have an embedding, ``pad`` is the id
    that fills short rows, as its configuration has it. The others are of its files: see
    :class:`energylabel.classifiers.base.Departures`.
    """

    parameters: Count
    rows: Count
    pad: Count
    dropped_settings: tuple[str, ...] = ()
    unread_settings: tuple[str, ...] = ()
    saved_dtypes: tuple[str, ...] = ()


Export = Callable[[Any, Inputs, str, Path, Callable[[], None]], None]
Open = Callable[[Path, int], Graph]
TryOut = Callable[[Path, int, Inputs], Mapping[str, int]]


class Runtime(Plugin):
    """A way to execute a network.

    ``title`` is what it is called, ``help`` says in a few words what it is. ``precisions`` are the
    values of ``--dtype`` that it takes and ``devices`` where it computes. ``imports`` are the
    packages without which it cannot be used, as Python imports them, and ``distributions`` those
    whose versions evidence names; ``extra`` of this program installs them all. ``scaled``: of the
    precisions, those in which an answer depends on what else is in its batch.

    A runtime other than PyTorch has three functions. ``export`` is called in a process of its own
    with a network in evaluation mode, tensors by name for one batch, the precision and an empty
    folder; before it lowers the precision it calls its last argument, which opens the folder and
    compares. ``open`` gets the folder and the threads. ``try_out`` gets a batch too, and gives the
    kernels that multiplied matrices, and how often each ran; ``integer`` are those of them that do
    so in integers.
    """

    title: Words
    help: Words
    precisions: Some
    devices: Annotated[tuple[Device, ...], Field(min_length=1)]
    scaled: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    extra: PluginName | None = None
    export: Export | None = None
    open: Open | None = None
    try_out: TryOut | None = None
    integer: frozenset[str] = frozenset()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        functions = (self.export, self.open, self.try_out)
        if any(functions) != all(functions):
            raise ValueError("export, open and try_out are there together, or none of them")
        if not self.name.isalpha():
            raise ValueError("its name is of letters alone: it stands in names of folders")
        if strange := sorted({*self.scaled} - {*self.precisions}):
            raise ValueError(f"scaled names {strange[0]}, which is none of the precisions")
        return self

    @property
    def install(self) -> str:
        """The command that installs it."""
        return f"pip install 'energylabel[{self.extra}]'" if self.extra else "install its package"


def _closed(runtime: Runtime, _: Mapping[str, Runtime]) -> str | None:
    if runtime.export is None:
        return "export, open and try_out: a network has to come to it"
    return None


RUNTIMES = Registry("runtimes", Runtime, "energylabel.runtimes", _closed)
"""The runtimes by name."""


def find_runtime(name: str) -> Runtime:
    """The runtime of a name.

    Raises:
        UsageError: There is none, or its plug-in is broken.
    """
    if name in RUNTIMES.found or name in RUNTIMES.broken:
        return RUNTIMES.get(name)
    known = sorted(RUNTIMES.found)
    raise UsageError(f"there is no runtime {name!r:.60}", f"there are: {', '.join(known)}")
