"""The machine that a rating ran on, without names that identify it."""

import re
from typing import Annotated, Literal

from pydantic import Field

from energylabel.records.base import Count, Positive, Record

Device = Literal["cpu"]
"""Device kinds that a rating can run on."""


class Hardware(Record):
    """What was found on this machine.

    ``physical_cores`` and ``logical_cpus`` count what this process may use. ``cpu_quota`` is the
    cgroup limit in CPUs. None means that it could not be found out.
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

    @property
    def slug(self) -> str:
        """File-system name of the kind of machine: ``cpu-amd-epyc-2``."""
        model = re.sub(r"\((r|tm)\)|@.*|\bcpu\b", " ", self.cpu_model, flags=re.IGNORECASE)
        words = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-") or "unknown"
        return f"{self.device}-{words[:48].strip('-')}-{self.physical_cores}"
