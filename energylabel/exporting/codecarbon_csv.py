"""CodeCarbon's ``emissions.csv``: one row for 1,000 texts. Energies in kWh, emissions in kg.

What is not known is an empty cell, as is CodeCarbon's version: it measured nothing of this.
"""

import csv
import io

from energylabel.exporting._figures import QUERIES, one_kwh, part_kwh, seconds
from energylabel.exporting._words import moment, uuid_of
from energylabel.exporting.base import Dossier, Exporter

_GRAMS_PER_KG = 1000
_GIGA = 1e9

COLUMNS = (
    "timestamp",
    "project_name",
    "run_id",
    "experiment_id",
    "duration",
    "emissions",
    "emissions_rate",
    "cpu_power",
    "gpu_power",
    "ram_power",
    "cpu_energy",
    "gpu_energy",
    "ram_energy",
    "energy_consumed",
    "water_consumed",
    "country_name",
    "country_iso_code",
    "region",
    "cloud_provider",
    "cloud_region",
    "os",
    "python_version",
    "codecarbon_version",
    "cpu_count",
    "cpu_model",
    "gpu_count",
    "gpu_model",
    "longitude",
    "latitude",
    "ram_total_size",
    "tracking_mode",
    "cpu_utilization_percent",
    "gpu_utilization_percent",
    "ram_utilization_percent",
    "ram_used_gb",
    "on_cloud",
    "pue",
    "wue",
)
"""Those of CodeCarbon 3.3, in its order."""


def write(dossier: Dossier) -> bytes:
    """Heading and row; raises :class:`UsageError` for an estimate."""
    kwh = one_kwh(dossier, "CodeCarbon's CSV").value
    evidence, label, grid = dossier.evidence, dossier.label, dossier.more.carbon
    hardware, lasted = label.hardware, seconds(label)
    kilograms = None if grid is None else kwh * grid.grams_per_kwh / _GRAMS_PER_KG
    counted = "+".join(label.metrics.energy.components)
    known: dict[str, object] = {
        "timestamp": moment(label.issued_at, "%Y-%m-%dT%H:%M:%S"),
        "project_name": _text(
            f"energylabel: {label.subject.name} on {label.workload.name}, {QUERIES} texts,"
            f" {label.provenance} ({counted})"
        ),
        "run_id": uuid_of(label),
        "experiment_id": label.id,
        "duration": lasted,
        "emissions": kilograms,
        "emissions_rate": None if kilograms is None else kilograms / lasted,
        "cpu_energy": part_kwh(label, "cpu"),
        "gpu_energy": part_kwh(label, "gpu"),
        "ram_energy": part_kwh(label, "dram"),
        "energy_consumed": kwh,
        "country_iso_code": None if grid is None else grid.country,
        "os": _text(hardware.system),
        "python_version": _text(evidence.versions.get("python")),
        "cpu_count": hardware.logical_cpus,
        "cpu_model": _text(hardware.cpu_model),
        "gpu_count": len(hardware.gpus) or None,
        "gpu_model": _text(hardware.device_name) if hardware.gpus else None,
        "ram_total_size": hardware.memory_bytes / _GIGA,
        "tracking_mode": "machine",
    }
    lines = io.StringIO(newline="")
    table = csv.DictWriter(lines, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    table.writerow({name: "" if value is None else value for name, value in known.items()})
    return lines.getvalue().encode()


def _text(said: str | None) -> str | None:
    """A stranger's text that no spreadsheet takes for a formula."""
    if said is None:
        return None
    plain = "".join(sign for sign in " ".join(said.split()) if sign.isprintable())
    return f"'{plain}" if plain.startswith(("=", "+", "-", "@")) else plain


PLUGIN = Exporter(
    name="codecarbon-csv", title="CodeCarbon's CSV", takes=frozenset({"carbon"}), write=write
)
