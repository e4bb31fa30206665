"""How a model is run: everything that was chosen about it and changes a number."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from energylabel.records.base import Absent, AbsentIfEmpty, Count, Record
from energylabel.records.hardware import Device

Word = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=32)]
"""A name that can stand in a file name, between hyphens."""

Runtime = Annotated[str, StringConstraints(pattern=r"^[a-z]+$", max_length=32)]
"""``pytorch``, ``onnxruntime``: letters alone, so that it is taken for no precision."""

Precision = Annotated[
    str, StringConstraints(pattern=r"^(auto|[a-z]+[0-9]+(_[a-z0-9]+)*)$", max_length=32)
]
"""``auto``: as the repository ships the weights; ``bfloat16``, ``int8``, ``int8_static``."""

Some = Annotated[int, Field(ge=1)]


class Setup(Record):
    """Everything that was chosen about how a model is run and changes a number.

    A field that is absent is the standard's own choice, so that ``Setup(device=…)`` is the
    standard's own setup on a kind of device. What the choice came to on one machine (threads, the
    batch that fitted, the attention that ran) stands in the evidence's settings.

    ``gpus`` counts the GPUs that compute. ``runtime`` executes the network. ``precision`` is
    ``auto`` (as the repository ships the weights), the name of a number format, or a
    quantisation. ``threads`` are those of one of ``processes``. ``batch_size`` counts texts,
    ``batch_tokens`` tokens with their padding. ``max_tokens`` cuts texts. ``mode`` and ``shots``
    are there for a model that is told the question in words: how its answer is got, and the
    worked examples in each question.
    """

    device: Device
    gpus: Annotated[Count, AbsentIfEmpty] = 0
    runtime: Annotated[Runtime | None, Absent] = None
    precision: Precision = "auto"
    attention: Annotated[Word | None, Absent] = None
    compiled: Annotated[bool, AbsentIfEmpty] = False
    threads: Annotated[Some | None, Absent] = None
    processes: Annotated[Some | None, Absent] = None
    batch_size: Annotated[Some | None, Absent] = None
    batch_tokens: Annotated[Some | None, Absent] = None
    max_tokens: Annotated[Some | None, Absent] = None
    mode: Annotated[Word | None, Absent] = None
    shots: Annotated[Count, AbsentIfEmpty] = 0

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.device == "cuda") != (self.gpus > 0):
            raise ValueError("GPUs compute when the device is cuda, and only then")
        if self.runtime == "compiled":
            raise ValueError("no runtime is called compiled: a setup has a field for that")
        if self.shots and self.mode is None:
            raise ValueError("worked examples are for a model that is told the question in words")
        return self

    def slug(self) -> str:
        """Short name of what differs from the standard's own setup; empty where nothing does.

        Such as ``onnxruntime-int8`` or ``bfloat16-batch-8``. The kind of device is in the
        hardware's name, and the way of asking (:attr:`asked`) stands with the workload's.
        """
        parts = [
            self.runtime,
            None if self.precision == "auto" else self.precision,
            self.attention and f"{self.attention}-attention",
            "compiled" if self.compiled else None,
            self.threads and f"threads-{self.threads}",
            self.processes and f"processes-{self.processes}",
            self.batch_size and f"batch-{self.batch_size}",
            self.batch_tokens and f"batch-tokens-{self.batch_tokens}",
            self.max_tokens and f"cut-{self.max_tokens}",
        ]
        return "-".join(part for part in parts if part)

    @property
    def asked(self) -> str:
        """How the question is put, as part of a name: ``score``, ``generate-4-shots``, or empty."""
        if self.mode is None:
            return ""
        return f"{self.mode}-{self.shots}-shots" if self.shots else self.mode
