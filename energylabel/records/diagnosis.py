"""What ``energylabel doctor`` finds out about a machine."""

from typing import Literal

from energylabel.records.base import NonNegative, Record
from energylabel.records.hardware import Hardware
from energylabel.records.metrics import Finding, Provenance
from energylabel.records.readings import Component, Method


class MeterState(Record):
    """A meter and whether it works here; if not, why, and the command that would change it."""

    name: str
    method: Method
    covers: tuple[Component, ...]
    usable: bool
    reason: str | None
    remedy: str | None


class Diagnosis(Record):
    """A machine as a rating would find it now.

    ``provenance`` is what a rating would get, None where none is possible. ``busy_share`` is the
    part of all CPUs' time that others used while the machine was watched, None where the system
    does not tell. ``network_cut``: models run without network.
    ``broken_plugins`` maps a plug-in to why it does not load.
    """

    schema_version: Literal[1] = 1
    ratable: bool
    provenance: Provenance | None
    hardware: Hardware
    meters: tuple[MeterState, ...]
    busy_share: NonNegative | None
    broken_plugins: dict[str, str]
    network_cut: bool
    versions: dict[str, str]
    findings: tuple[Finding, ...]
