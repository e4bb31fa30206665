"""The label: everything that a picture or a card needs, and nothing else."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from energylabel.records import schema_one
from energylabel.records.agreement import Grouping
from energylabel.records.base import Absent, Count, Positive, Record, Sha256, Versioned
from energylabel.records.evidence import ProtocolName
from energylabel.records.hardware import Device, Hardware
from energylabel.records.metrics import (
    ConfusionMatrix,
    Finding,
    Grades,
    Letter,
    Metrics,
    Provenance,
)
from energylabel.records.setup import Setup
from energylabel.records.subject import Labels, Named
from energylabel.records.workload import OWN, ReferenceAccuracy, WorkloadName


class LabelSubject(Named):
    """The rated model, in short; ``parameters`` are absent where they are not known."""

    architecture: str
    parameters: Annotated[Count | None, Absent] = None
    labels: Labels


class LabelWorkload(Record):
    """The workload, in short."""

    name: WorkloadName
    title: str
    labels: Labels
    language: str | None
    rows: Count
    reference_accuracy: ReferenceAccuracy | None

    @property
    def own(self) -> bool:
        """Whether it is a file of the user's, without a definition."""
        return self.name.startswith(OWN)

    @property
    def called(self) -> str:
        """What people are shown: of own data the title too, which whoever rated gave them."""
        return f"{self.title} ({self.name})" if self.own and self.title else self.name


class Conditions(Record):
    """How the model ran. ``setup`` is what was chosen; it is there from schema 2 on.

    ``native`` is False where the device lacks arithmetic for ``dtype``.

    ``batch_tokens`` bounds a batch on a GPU; ``grouping`` is there where not all texts may share
    one; ``shared_gpu`` is True where others computed on it.
    ``mode`` and ``shots`` are there for a model that is told the question in words: how its answer
    is got, and the worked examples in each prompt.
    ``country`` is the ISO code whose grid the CO2e figure is for, None without such a figure.
    """

    protocol: ProtocolName
    setup: Annotated[Setup | None, Absent] = None
    device: Device
    dtype: str
    native: bool
    batch_size: Annotated[int, Field(ge=1)]
    batch_tokens: Annotated[Count | None, Absent] = None
    grouping: Annotated[Grouping | None, Absent] = None
    threads: Annotated[int, Field(ge=1)]
    max_tokens: Annotated[int | None, Field(ge=1, exclude_if=lambda value: value is None)] = None
    attempts: Annotated[int, Field(ge=1)]
    shared_gpu: Annotated[bool | None, Absent] = None
    mode: Annotated[str | None, Absent] = None
    shots: Annotated[Count | None, Absent] = None
    country: str | None

    @property
    def ran(self) -> str:
        """Where and in what: ``cpu · float32``; a runtime other than PyTorch stands between."""
        runtime = self.setup.runtime if self.setup else None
        return " · ".join(filter(None, (self.device, runtime, self.dtype)))


class BaselinePoint(Record):
    """A point of the energy–accuracy plot. ``energy_index`` None: it costs nothing to speak of."""

    name: str
    energy_index: Positive | None
    accuracy: Annotated[float, Field(ge=0, le=1)]


class Label(Versioned):
    """An energy/accuracy label. ``id`` is the SHA-256 of the evidence (RFC 8785 JSON).

    ``evidence_url`` is where the evidence can be read; None while it is not published.
    ``issued_at`` is Unix time. ``confusion`` is absent from labels of earlier versions.
    """

    schema_version: Literal[1, 2] = 2
    id: Sha256
    standard: str
    subject: LabelSubject
    workload: LabelWorkload
    hardware: Hardware
    conditions: Conditions
    metrics: Metrics
    findings: tuple[Finding, ...]
    grades: Grades
    provenance: Provenance
    baselines: tuple[BaselinePoint, ...]
    confusion: Annotated[ConfusionMatrix | None, Absent] = None
    evidence_url: str | None
    issued_at: float
    issued_by: str

    @classmethod
    def _read(cls, values: dict[str, Any]) -> dict[str, Any]:
        return schema_one.read_label(values) if values.get("schema_version") == 1 else values

    def _written(self, values: dict[str, Any]) -> dict[str, Any]:
        return schema_one.write_label(values) if self.schema_version == 1 else values

    @model_validator(mode="after")
    def _of_its_schema(self) -> Self:
        if (self.conditions.setup is None) != (self.schema_version == 1):
            raise ValueError("a label has a setup from schema 2 on")
        return self

    @property
    def withheld(self) -> bool:
        """True when there is no energy letter."""
        return self.grades.energy.letter is None

    @property
    def declared_accuracy(self) -> float | None:
        """What the accuracy class is relative to, where whoever rated declared it."""
        reference = self.workload.reference_accuracy
        return reference.value if reference is not None and reference.declared else None

    @property
    def shared_accuracy_class(self) -> Letter | None:
        """The accuracy class, where others on the same workload have theirs on the same scale.

        None for one that rests on a declared accuracy: beside other labels it would mislead.
        """
        return None if self.declared_accuracy is not None else self.grades.accuracy.letter

    @property
    def quick_look(self) -> bool:
        """True for a rating with the short protocol, which is never pushed and never compared."""
        return self.conditions.protocol == "quick"
