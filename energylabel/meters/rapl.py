"""RAPL through Linux powercap: joules of the processor packages, and of DRAM where it is counted.

Whole packages, everything on them included. Never ``psys``, never added to anything that holds
the same energy. A package that may not be read makes the meter unusable: half a machine's joules
would look like a frugal one.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from energylabel.errors import MeasurementError
from energylabel.meters._powercap import Counter, Zone, Zones, find_zones
from energylabel.meters.base import Availability, Filler, Meter, no_load
from energylabel.records import Component, MeterRecord, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energylabel.records import Hardware

SYSFS = Path("/sys")
_MOVES_WITHIN_S = 0.5

_ALLOW = (
    "echo 'z /sys/devices/virtual/powercap/intel-rapl/*/energy_uj 0444' | "
    "sudo tee /etc/tmpfiles.d/energylabel.conf && "
    "echo 'z /sys/devices/virtual/powercap/intel-rapl/*/*/energy_uj 0444' | "
    "sudo tee -a /etc/tmpfiles.d/energylabel.conf && "
    "sudo systemd-tmpfiles --create energylabel.conf"
)
_UNMASK = (
    "on a physical machine: sudo modprobe intel_rapl_msr; in a container, start it with "
    "--security-opt systempaths=unconfined; virtual machines have no such counters"
)


class ActiveRapl:
    """Differences of one counter that runs while the meter is open."""

    def __init__(self, counter: Counter, zones: Zones) -> None:
        self._counter = counter
        self._zones = zones
        self._before: dict[Component, float] | None = None

    def start(self, filler: Filler = no_load) -> None:
        """Begin a window."""
        del filler
        self._before = self._counter.joules()

    def stop(self, filler: Filler = no_load) -> Reading:
        """End the window; raises :class:`MeasurementError` when a counter cannot be trusted."""
        del filler
        if self._before is None:
            raise MeasurementError("rapl: stopped before it was started")
        now = self._counter.joules()
        joules = {component: now[component] - self._before[component] for component in now}
        self._before = None
        frozen = [component for component, value in joules.items() if value <= 0]
        if frozen:
            raise MeasurementError(
                f"rapl: the counter of {' and '.join(frozen)} stands still",
                "the system hides it; see energylabel doctor",
            )
        return Reading(meter="rapl", method="hardware-counter", joules=joules)

    def describe(self) -> MeterRecord:
        """The zones that are read, and those that are not."""
        zones = self._zones
        covers = tuple(sorted({zone.component for zone in zones.read}))
        return MeterRecord(
            name="rapl",
            method="hardware-counter",
            covers=covers,
            version=None,
            details={
                "zones": ", ".join(zone.name for zone in zones.read),
                "mirrors": ", ".join(zones.mirrors) or None,
                "not_read": ", ".join((*zones.denied, *zones.broken)) or None,
            },
        )


def rapl_meter(root: Path = SYSFS) -> Meter:
    """The counters under ``root``, where sysfs is mounted."""
    return Meter(
        name="rapl",
        method="hardware-counter",
        covers=frozenset({"cpu", "dram"}),
        probe=partial(probe, root),
        open=partial(open_counters, root),
    )


def probe(root: Path, hardware: Hardware) -> Availability:
    """Whether all packages are there, readable and moving; takes up to half a second."""
    del hardware
    zones, still = survey(root)
    denied = [name for name in zones.denied if not name.endswith("/dram")]
    broken = [name for name in zones.broken if "/dram" not in name]
    if denied:
        part = "" if not zones.of("cpu") else ", and the rest would be half the truth"
        return Availability(
            False, f"{', '.join(denied)} may not be read by this user{part}", _ALLOW
        )
    if broken:
        return Availability(
            False, f"{', '.join(broken)} cannot be used", "update the kernel, or rate elsewhere"
        )
    if not zones.of("cpu"):
        return Availability(False, "the system shows no RAPL counters", _UNMASK)
    if still:
        return Availability(
            False,
            f"{', '.join(still)} stands still",
            "the system hides the counter; rate on the machine itself, not in its guest",
        )
    return Availability(usable=True)


@contextmanager
def open_counters(root: Path, hardware: Hardware) -> Iterator[ActiveRapl]:
    """Count from now on."""
    found = probe(root, hardware)
    if not found.usable:
        raise MeasurementError(f"rapl: {found.reason}", found.remedy)
    zones, _ = survey(root)
    with Counter(zones.read) as counter:
        yield ActiveRapl(counter, zones)


def survey(root: Path) -> tuple[Zones, tuple[str, ...]]:
    """The zones that can be counted, and the packages that stand still.

    DRAM is left out unless every package's can be read and moves: a part of it is not "DRAM".
    """
    zones = find_zones(root)
    still = _still(zones)
    packages = {zone.package for zone in zones.of("cpu")}
    moving = {zone.package for zone in zones.of("dram") if zone.name not in still}
    if moving != packages:
        zones = replace(zones, read=zones.of("cpu"))
    return zones, tuple(zone.name for zone in zones.of("cpu") if zone.name in still)


def _still(zones: Zones) -> set[str]:
    """Names of zones that do not move within half a second of waiting, or that vanish."""
    waiting = {zone: _value(zone) for zone in zones.read}
    end = time.monotonic() + _MOVES_WITHIN_S
    while waiting and time.monotonic() < end:
        time.sleep(0.01)
        waiting = {zone: value for zone, value in waiting.items() if _value(zone) in {None, value}}
    return {zone.name for zone in waiting}


def _value(zone: Zone) -> float | None:
    try:
        return zone.joules()
    except (OSError, ValueError):
        return None


PLUGIN = rapl_meter()
