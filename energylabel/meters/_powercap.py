"""Linux powercap: which RAPL zones there are, which may be read, and a count without gaps.

Zones are folders ``intel-rapl:<n>[:<m>]`` under ``/sys/class/powercap`` (AMD's too), with
``name``, ``energy_uj`` (microjoules, wraps) and ``max_energy_range_uj``. Source: the kernel's
documentation, power/powercap.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from energylabel.errors import MeasurementError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from energylabel.records import Component

MAX_WATTS = 1500.0
"""More than any zone draws; a faster counter has jumped, or wrapped unseen."""

_LONGEST_PERIOD_S = 5.0
_POLLS_PER_WRAP = 4
_STEP_S = 0.01  # counters advance in steps, the longest known is ten milliseconds
_MIRROR_GAP_S = 0.05
_ZONE = re.compile(r"intel-rapl:\d+(?::\d+)?")
_PACKAGE = re.compile(r"package-\d+(-die-\d+)?")


@dataclass(frozen=True, slots=True)
class Zone:
    """A counter. ``joules_range`` is where it wraps; ``package`` names the zone above it."""

    component: Component
    name: str
    package: str
    file: Path
    joules_range: float

    def joules(self) -> float:
        """The counter; raises :class:`OSError` or :class:`ValueError`."""
        return int(self.file.read_text(encoding="ascii")) / 1e6


@dataclass(frozen=True, slots=True)
class Zones:
    """What was found.

    ``denied`` may not be read, ``broken`` is unreadable for another reason (with it), ``mirrors``
    repeat another zone's counter and are left out, ``ignored`` are not counted by design.
    """

    read: tuple[Zone, ...] = ()
    denied: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    mirrors: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    def of(self, component: Component) -> tuple[Zone, ...]:
        """The readable zones of a component."""
        return tuple(zone for zone in self.read if zone.component == component)


def find_zones(root: Path) -> Zones:
    """Look through ``root``/class/powercap. Never raises.

    Kept are packages and their DRAM. ``psys`` holds the packages already, ``core`` and ``uncore``
    are parts of one, and the MMIO twins (``intel-rapl-mmio:…``) count the same energy again.
    """
    read: list[Zone] = []
    denied, broken, ignored = [], [], []
    try:
        found = {
            path.name: path.resolve()
            for path in (root / "class" / "powercap").iterdir()
            if path.name.startswith("intel-rapl") and ":" in path.name
        }
    except OSError:
        return Zones()
    seen: set[Path] = set()
    for entry in sorted(found):
        folder = found[entry]
        try:
            name = (folder / "name").read_text(encoding="utf-8", errors="replace").strip()
            above = found.get(entry.rpartition(":")[0]) if entry.count(":") > 1 else None
            package = (above / "name").read_text(encoding="utf-8").strip() if above else name
        except OSError as error:
            broken.append(f"{entry} ({error.strerror})")
            continue
        shown = name if name == package else f"{package}/{name}"
        component: Component = "dram" if name == "dram" else "cpu"
        counted = name == "dram" or _PACKAGE.fullmatch(name) is not None
        if not counted or _ZONE.fullmatch(entry) is None or folder in seen:
            ignored.append(shown)
            continue
        seen.add(folder)
        try:
            limit = int((folder / "max_energy_range_uj").read_text(encoding="ascii"))
            zone = Zone(component, shown, package, folder / "energy_uj", limit / 1e6)
            zone.joules()
        except PermissionError:
            denied.append(shown)
        except OSError as error:
            broken.append(f"{shown} ({error.strerror})")
        except ValueError as error:
            broken.append(f"{shown} ({error})")
        else:
            if limit > 0:
                read.append(zone)
            else:
                broken.append(f"{shown} (it does not say where it wraps)")
    kept, mirrors = _without_mirrors(read)
    return Zones(kept, tuple(denied), tuple(broken), mirrors, tuple(ignored))


def _without_mirrors(zones: Sequence[Zone]) -> tuple[tuple[Zone, ...], tuple[str, ...]]:
    """Leave out dies whose counter is another one's: on some processors each shows the package's.

    Counters of different dies started apart and stay apart; a mirror stands where the other one
    stands, twice, but for what is drawn between two reads.
    """
    packages = [zone for zone in zones if "-die-" in zone.package]
    if len(packages) < 2:
        return tuple(zones), ()
    try:
        first = {zone: zone.joules() for zone in packages}
        time.sleep(_MIRROR_GAP_S)
        second = {zone: zone.joules() for zone in packages}
    except (OSError, ValueError):
        return tuple(zones), ()
    mirrors: list[Zone] = []
    for at, zone in enumerate(packages):
        for other in packages[:at]:
            same = zone.component == other.component and other not in mirrors
            moved = abs(second[other] - first[other])
            near = moved + 0.01
            if (
                same
                and abs(first[zone] - first[other]) <= near
                and abs(second[zone] - second[other]) <= near
            ):
                mirrors.append(zone)
                break
    kept = tuple(zone for zone in zones if zone not in mirrors)
    return kept, tuple(zone.name for zone in mirrors)


class Counter:
    """Joules of several zones since it was started, without losing a wrap.

    A thread reads the zones at least four times in the shortest time that a wrap can take. An
    instance is a context manager that runs it.

    Args:
        zones: What to read.
        max_watts: More than any zone draws.
    """

    def __init__(self, zones: Sequence[Zone], max_watts: float = MAX_WATTS) -> None:
        self._zones = tuple(zones)
        self._joules = dict.fromkeys(self._zones, 0.0)
        self._fault: str | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._max_watts = max_watts
        shortest = min(zone.joules_range for zone in self._zones) / max_watts
        self._period_s = min(_LONGEST_PERIOD_S, shortest / _POLLS_PER_WRAP)
        self._thread = threading.Thread(target=self._poll, name="rapl", daemon=True)

    def __enter__(self) -> Counter:
        """Read the zones for the first time and begin to poll."""
        self._last = {zone: (time.monotonic(), _read(zone)) for zone in self._zones}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop polling."""
        self._ended.set()
        self._thread.join()

    def joules(self) -> dict[Component, float]:
        """Joules of each component since the start.

        Raises:
            MeasurementError: A zone cannot be read any more, stepped back, may have wrapped
                unseen, or the polling thread has died.
        """
        if not self._thread.is_alive() and self._fault is None:
            self._fault = "the thread that reads the counters has died"
        self._update()
        if self._fault is not None:
            raise MeasurementError(f"rapl: {self._fault}", "rate again; see energylabel doctor")
        totals: dict[Component, float] = {}
        with self._lock:
            for zone in self._zones:
                totals[zone.component] = totals.get(zone.component, 0.0) + self._joules[zone]
        return totals

    def _poll(self) -> None:
        while not self._ended.wait(self._period_s):
            self._update()

    def _update(self) -> None:
        """Add what the counters advanced by."""
        with self._lock:
            for zone in self._zones:
                if self._fault is None:
                    self._fault = self._advance(zone)

    def _advance(self, zone: Zone) -> str | None:
        """Add one zone's advance; what is wrong with it, if anything is.

        A thread may have to wait anywhere in here. The time that passed is taken at its longest,
        from before the last read to after this one.
        """
        last = self._last[zone][0]
        asked = time.monotonic()
        try:
            value = zone.joules()
        except (OSError, ValueError) as error:
            return f"{zone.name} can no longer be read ({error})"
        seconds = time.monotonic() - last
        most = self._max_watts * seconds
        if most >= zone.joules_range:
            return f"{zone.name} was not read for {seconds:.1f} s and may have wrapped unseen"
        step = self._add(zone, asked, value)
        if step > most + self._max_watts * _STEP_S:
            return f"{zone.name} jumped by {step:.1f} J in {seconds:.3f} s"
        return None

    def _add(self, zone: Zone, asked: float, value: float) -> float:
        """Add the way from the last value to this one, over the wrap if it is smaller; joules."""
        step = value - self._last[zone][1]
        if step < 0:
            step += zone.joules_range
        self._joules[zone] += step
        self._last[zone] = (asked, value)
        return step


def _read(zone: Zone) -> float:
    try:
        return zone.joules()
    except (OSError, ValueError) as error:
        raise MeasurementError(
            f"rapl: {zone.name} cannot be read ({error})", "see energylabel doctor"
        ) from error
