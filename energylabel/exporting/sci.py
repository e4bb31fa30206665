"""Software Carbon Intensity (ISO/IEC 21031:2024): E, I, M and R of one text that is classified.

The specification has no file format; these are its own letters and units. What is not known is
null, and then there is no score.
"""

from typing import Any

from energylabel.exporting._figures import counted_kwh, modelled_kwh, times
from energylabel.exporting._words import VOLUNTARY, how, scope, stamp, written
from energylabel.exporting.base import Dossier, Exporter
from energylabel.records import Estimate, Range

_SPECIFICATION = "ISO/IEC 21031:2024, Software Carbon Intensity"
_NO_GRID = "I: the intensity of the grid is not known; --country gives it"
_NO_HARDWARE = (
    "M: embodied emissions of the hardware are not known to energylabel; without them there is no"
    " SCI score, which is (E × I + M) per R"
)


def write(dossier: Dossier) -> bytes:
    """The terms of the score."""
    label, grid = dossier.label, dossier.more.carbon
    energy = _energy(dossier)
    intensity = None
    if grid is not None:
        intensity = {
            "value": grid.grams_per_kwh,
            "unit": "gCO2eq/kWh",
            "country": grid.country,
            "source": grid.source,
        }
    return written(
        {
            "specification": _SPECIFICATION,
            "software": {
                "name": label.subject.name,
                "version": label.subject.revision,
                "workload": label.workload.name,
                "hardware": label.hardware.device_name,
            },
            "R": {"value": 1, "unit": "text classified (one inference), in batches"},
            "E": _valued(energy, "kWh per R"),
            "I": intensity,
            "O": None
            if grid is None
            else _valued(_times(energy, grid.grams_per_kwh), "gCO2eq per R"),
            "M": None,
            "SCI": None,
            "missing": [*([] if grid else [_NO_GRID]), _NO_HARDWARE],
            "provenance": label.provenance,
            "quantification": how(dossier),
            "boundary": scope(dossier),
            "standard": label.standard,
            "labelId": label.id,
            "date": stamp(label.issued_at),
            "declaration": VOLUNTARY,
        }
    )


def _energy(dossier: Dossier) -> Estimate | Range | None:
    return counted_kwh(dossier.label, 1) or modelled_kwh(dossier.label, 1)


def _times(energy: Estimate | Range | None, factor: float) -> Estimate | Range | None:
    if energy is None:
        return None
    if isinstance(energy, Range):
        return times(energy, factor)
    low, high = energy.low, energy.high
    return Estimate(
        value=energy.value * factor,
        low=None if low is None else low * factor,
        high=None if high is None else high * factor,
        count=energy.count,
    )


def _valued(energy: Estimate | Range | None, unit: str) -> dict[str, Any] | None:
    """A figure with its interval, or both ends of a range and no middle."""
    if energy is None:
        return None
    if isinstance(energy, Range):
        return {"estimated": True, "low": energy.low, "high": energy.high, "unit": unit}
    found: dict[str, Any] = {"estimated": False, "value": energy.value}
    if energy.low is not None and energy.high is not None:
        found |= {"low95": energy.low, "high95": energy.high}
    return found | {"unit": unit}


PLUGIN = Exporter(
    name="sci", title="Software Carbon Intensity", takes=frozenset({"carbon"}), write=write
)
