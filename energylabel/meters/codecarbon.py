"""CodeCarbon's model of the processor: load × TDP. The joules of an ``estimated`` label.

CodeCarbon swallows its errors, reads stray configuration files and environment variables, and
charges its set-up to the first task. So: its variables are cleared, every argument that it does
not call deprecated is given, one task is thrown away, and a missing or impossible answer is an
error. Its RAM figure is a constant times the time and is left out (standard, section 3). What it
really read stands in private attributes, which is why its version is bounded in ``pyproject.toml``.
"""

from __future__ import annotations

import math
import os
import time
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from energylabel.errors import MeasurementError, UsageError
from energylabel.meters.base import Availability, Filler, Meter, no_load
from energylabel.records import CarbonIntensity, MeterRecord, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energylabel.records import Hardware

JOULES_PER_KWH = 3.6e6
_WARM_TASK_S = 0.2

# An argument that is left out would be looked up in configuration files.
_ARGUMENTS: dict[str, Any] = {
    "country_iso_code": "USA",  # required; the carbon figure made from it is not used
    "country_2letter_iso_code": None,
    "region": None,
    "cloud_provider": None,
    "cloud_region": None,
    "project_name": "energylabel",
    "experiment_id": None,
    "experiment_name": None,
    "metadata": None,
    "api_call_interval": -1,
    "api_endpoint": "",
    "api_key": "",
    "electricitymaps_api_token": "",
    "emissions_endpoint": None,
    "prometheus_url": "",
    "output_methods": [],
    "output_handlers": [],
    "output_dir": ".",
    "output_file": "emissions.csv",  # never written
    "on_csv_write": "append",
    "logging_logger": None,
    "logger_preamble": "",
    "log_level": "critical",
    "tracking_mode": "machine",
    "measure_power_secs": 1,
    "allow_multiple_runs": True,
    "gpu_ids": None,
    "force_cpu_power": None,
    "force_ram_power": None,
    "force_mode_cpu_load": True,
    "force_carbon_intensity_g_co2e_kwh": None,
    "rapl_include_dram": False,
    "rapl_prefer_psys": False,
    "pue": 1.0,
    "wue": 0.0,
}


def _isolate() -> None:
    """Keep the caller's CodeCarbon settings and its log lines out; before its import."""
    for name in [name for name in os.environ if name.upper().startswith("CODECARBON_")]:
        del os.environ[name]
    os.environ["CODECARBON_LOG_LEVEL"] = "critical"


class ActiveCodeCarbon:
    """A tracker that is started and stopped for each window."""

    def __init__(self, tracker: Any) -> None:
        self._tracker = tracker

    def start(self, filler: Filler = no_load) -> None:
        """Begin a window; raises :class:`MeasurementError` when it does not begin."""
        del filler
        open_before = self._tracker._active_task
        self._tracker.start_task()
        if open_before is not None or self._tracker._active_task is None:
            raise MeasurementError("CodeCarbon did not start a task", "rate again")

    def stop(self, filler: Filler = no_load) -> Reading:
        """Joules of the processor since ``start``; zero, negative or none is an error."""
        del filler
        sampler = self._tracker._scheduler_monitor_power
        with sampler._lock:  # CodeCarbon changes its timer under this lock
            alive = sampler._timer is not None and sampler._timer.is_alive()
        data = self._tracker.stop_task()
        if data is None:
            raise MeasurementError("CodeCarbon returned no figure for a window", "rate again")
        joules = float(data.cpu_energy) * JOULES_PER_KWH
        if not alive or not math.isfinite(joules) or joules <= 0:
            state = "its sampling thread has died" if not alive else f"it said {joules} J"
            raise MeasurementError(f"CodeCarbon gave no usable energy: {state}", "rate again")
        return Reading(meter="codecarbon", method="load-model", joules={"cpu": joules})

    def describe(self) -> MeterRecord:
        """Mode and TDP that it found, and whether the TDP is a guess."""
        from codecarbon.core.cpu import TDP

        cpu = _processor(self._tracker)
        model = str(self._tracker._conf.get("cpu_model"))
        return MeterRecord(
            name="codecarbon",
            method="load-model",
            covers=("cpu",),
            version=version("codecarbon"),
            details={
                "mode": str(cpu._mode),
                "tdp_watts": float(cpu._tdp),
                # Forced into this mode, it does not say itself that it fell back on 4 W per CPU.
                "tdp_is_generic": TDP()._get_cpu_power_from_registry(model) is None,
                "tracking": "machine",
            },
        )


def _processor(tracker: Any) -> Any:
    """CodeCarbon's own record of the processor; raises :class:`MeasurementError` without one."""
    # Its constructor logs an error instead of raising it, and then lacks this attribute.
    found = [part for part in getattr(tracker, "_hardware", ()) if type(part).__name__ == "CPU"]
    if len(found) != 1:
        raise MeasurementError(
            "CodeCarbon could not be set up, it has no processor to model",
            "reinstall CodeCarbon, or rate on another machine",
        )
    return found[0]


def probe(hardware: Hardware) -> Availability:
    """Usable when it is installed."""
    del hardware
    from importlib.util import find_spec

    if find_spec("codecarbon") is None:
        return Availability(False, "CodeCarbon is not installed", "pip install codecarbon")
    return Availability(usable=True)


@contextmanager
def open_tracker(hardware: Hardware) -> Iterator[ActiveCodeCarbon]:
    """Set the tracker up and throw its first task away. No network is used."""
    del hardware
    _isolate()
    from codecarbon import OfflineEmissionsTracker

    tracker = OfflineEmissionsTracker(**_ARGUMENTS)
    tracker.start_task()
    time.sleep(_WARM_TASK_S)
    tracker.stop_task()
    _processor(tracker)
    try:
        yield ActiveCodeCarbon(tracker)
    finally:
        tracker.stop()


def carbon_intensity(country: str) -> CarbonIntensity:
    """A country's yearly mean from CodeCarbon's offline table.

    Args:
        country: ISO 3166 alpha-3 code.

    Raises:
        UsageError: The table has no such country (CodeCarbon itself would use the world's mean).
    """
    _isolate()
    from codecarbon.core.emissions import Emissions
    from codecarbon.core.units import Energy
    from codecarbon.external.geography import GeoMetadata
    from codecarbon.input import DataSource

    source = DataSource()
    table = source.get_global_energy_mix_data()
    code = country.upper()
    if code not in table:
        raise UsageError(
            f"no carbon intensity is known for country {country!r}",
            "give a three-letter ISO code such as DEU, FRA or USA",
        )
    geo = GeoMetadata(country_iso_code=code, country_name=table[code]["country_name"])
    grams = 1000 * float(Emissions(source).get_country_emissions(Energy.from_energy(kWh=1), geo))
    return CarbonIntensity(
        country=code,
        grams_per_kwh=grams,
        source=f"CodeCarbon {version('codecarbon')}, offline table of energy mixes",
    )


PLUGIN = Meter(
    name="codecarbon",
    method="load-model",
    covers=frozenset({"cpu"}),
    probe=probe,
    open=open_tracker,
)
