"""The machine that a rating ran on, without names that identify it."""

import re
from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from energylabel.records.base import AbsentIfEmpty, Count, Positive, Record

Device = Literal["cpu", "cuda"]
"""Device kinds that a rating can run on."""


class GpuUnit(Record):
    """A GPU that a rating runs on. ``bus_id`` is its place in the machine."""

    name: str
    memory_bytes: Count
    driver: str
    bus_id: str


_EVERYWHERE = ("float64", "int64", "int8")


class Hardware(Record):
    """What was found on this machine.

    ``device`` is where models run, ``native_dtypes`` the numbers that it has arithmetic for;
    ``gpus`` are those that compute, absent where it is the processor. ``physical_cores`` and
    ``logical_cpus`` count what this process may use. ``cpu_quota`` is the cgroup limit in CPUs.
    None means that it could not be found out.
    """

    device: Device
    cpu_model: str
    physical_cores: Annotated[int, Field(ge=1)]
    logical_cpus: Annotated[int, Field(ge=1)]
    machine_cpus: Annotated[int, Field(ge=1)]
    memory_bytes: Count
    architecture: str
    system: str
    virtualised: bool | None
    cpu_quota: Positive | None
    power_source: Literal["mains", "battery"] | None
    governor: str | None
    native_dtypes: tuple[str, ...]
    gpus: Annotated[tuple[GpuUnit, ...], AbsentIfEmpty] = ()

    @model_validator(mode="after")
    def _one_device(self) -> Self:
        if (self.device == "cuda") != bool(self.gpus):
            raise ValueError("GPUs are there when the device is cuda, and only then")
        if len({gpu.bus_id for gpu in self.gpus}) != len(self.gpus):
            raise ValueError("no two GPUs are in the same place")
        return self

    @property
    def places(self) -> tuple[str, ...]:
        """Bus ids of the GPUs that compute."""
        return tuple(gpu.bus_id for gpu in self.gpus)

    def computes(self, dtype: str) -> bool:
        """Whether it has arithmetic for these numbers; every processor has it for the long ones."""
        return dtype in self.native_dtypes or (self.device == "cpu" and dtype in _EVERYWHERE)

    @property
    def device_name(self) -> str:
        """The model of the processor, or those of the GPUs: ``2 × NVIDIA H200``."""
        if not self.gpus:
            return self.cpu_model
        counted = Counter(gpu.name for gpu in self.gpus)
        return " + ".join(f"{n} × {name}" if n > 1 else name for name, n in counted.items())

    @property
    def slug(self) -> str:
        """File-system name of the kind of machine: ``cpu-amd-epyc-2``, ``cuda-nvidia-h200``."""
        model = re.sub(r"\((r|tm)\)|@.*|\bcpu\b", " ", self.device_name, flags=re.IGNORECASE)
        words = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-") or "unknown"
        cores = "" if self.gpus else f"-{self.physical_cores}"
        return f"{self.device}-{words[:48].strip('-')}{cores}"
