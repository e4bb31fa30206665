"""CycloneDX 1.7: a bill of materials of one machine-learning model, its energy in kWh.

The energy of an estimate is no ``energyConsumption``, which holds one number: both ends of its
range stand in the properties beside.
"""

from typing import Any

from energylabel.exporting._figures import counted_kwh
from energylabel.exporting._words import (
    UNIT,
    dataset_url,
    model_url,
    on_hub,
    properties,
    purl,
    stamp,
    uuid_of,
    written,
)
from energylabel.exporting.base import Dossier, Exporter
from energylabel.formatting import outward, significant
from energylabel.records import Label

_GRAMS_PER_TONNE = 1e6
_UNKNOWN = "unknown"


def write(dossier: Dossier) -> bytes:
    """The bill of materials."""
    evidence, label = dossier.evidence, dossier.label
    return written(
        {
            "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.7",
            "serialNumber": f"urn:uuid:{uuid_of(label)}",
            "version": 1,
            "metadata": {
                "timestamp": stamp(label.issued_at),
                "tools": {
                    "components": [
                        {
                            "type": "application",
                            "name": "energylabel",
                            "version": evidence.tool_version,
                        }
                    ]
                },
                "component": _model(dossier),
            },
        }
    )


def _model(dossier: Dossier) -> dict[str, Any]:
    label = dossier.label
    organisation, _, name = label.subject.name.rpartition("/")
    found: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": f"model-{label.subject.revision}",
    }
    if on_hub(label) and organisation:
        found["group"] = organisation
    found |= {
        "name": name if on_hub(label) else label.subject.name,
        "version": label.subject.revision,
    }
    address, package = model_url(label), purl(label)
    if package is not None and address is not None:
        found |= {
            "purl": package,
            "externalReferences": [{"type": "distribution", "url": address}],
        }
    files = [
        {
            "type": "file",
            "name": file.path,
            "hashes": [{"alg": "SHA-256", "content": file.sha256}],
        }
        for file in dossier.evidence.subject.files
    ]
    if files:
        found["components"] = files
    return found | {"modelCard": _card(dossier)}


def _card(dossier: Dossier) -> dict[str, Any]:
    label = dossier.label
    return {
        "modelParameters": {
            "task": "text-classification",
            "modelArchitecture": label.subject.architecture,
            "datasets": [_dataset(dossier)],
        },
        "quantitativeAnalysis": {"performanceMetrics": _metrics(label)},
        "considerations": {"environmentalConsiderations": _environment(dossier)},
    }


def _dataset(dossier: Dossier) -> dict[str, Any]:
    workload = dossier.evidence.workload
    found: dict[str, Any] = {"type": "dataset", "name": f"{workload.name}: {workload.title}"}
    address = dataset_url(workload)
    return found | ({"contents": {"url": address}} if address else {})


def _metrics(label: Label) -> list[dict[str, Any]]:
    accuracy = label.metrics.accuracy
    measured: dict[str, Any] = {
        "type": "accuracy",
        "value": significant(accuracy.accuracy.value, 4),
        "slice": label.workload.name,
    }
    low, high = accuracy.accuracy.low, accuracy.accuracy.high
    if low is not None and high is not None:
        ends = outward(low, high, lambda share, way: significant(share, 4, way))
        measured["confidenceInterval"] = dict(zip(("lowerBound", "upperBound"), ends, strict=True))
    macro = {
        "type": "macro F1",
        "value": significant(accuracy.macro_f1, 4),
        "slice": label.workload.name,
    }
    return [measured, macro]


def _environment(dossier: Dossier) -> dict[str, Any]:
    said = properties(dossier)
    grid = dossier.more.carbon
    if grid is not None:
        grams = significant(grid.grams_per_kwh)
        said["grid"] = f"{grid.country}: {grams} g CO2e per kWh ({grid.source})"
    pairs = [{"name": f"energylabel:{name}", "value": value} for name, value in said.items()]
    kwh = counted_kwh(dossier.label)
    if kwh is None:
        return {"properties": pairs}
    cost = {"value": kwh.value, "unit": "kWh"}
    consumption: dict[str, Any] = {
        "activity": "inference",
        "energyProviders": [
            {
                "description": "Who provides the energy is not known",
                "organization": {"name": _UNKNOWN},
                "energySource": _UNKNOWN,
                "energyProvided": cost,
            }
        ],
        "activityEnergyCost": cost,
    }
    if grid is not None:
        tonnes = kwh.value * grid.grams_per_kwh / _GRAMS_PER_TONNE
        consumption["co2CostEquivalent"] = {"value": tonnes, "unit": "tCO2eq"}
    consumption["properties"] = [
        {"name": "energylabel:functionalUnit", "value": UNIT},
        {"name": "energylabel:provenance", "value": dossier.label.provenance},
    ]
    if kwh.low is not None and kwh.high is not None:
        consumption["properties"] += [
            {"name": "energylabel:kWhLow95", "value": repr(kwh.low)},
            {"name": "energylabel:kWhHigh95", "value": repr(kwh.high)},
        ]
    return {"energyConsumptions": [consumption], "properties": pairs}


PLUGIN = Exporter(name="cyclonedx", title="CycloneDX", takes=frozenset({"carbon"}), write=write)
