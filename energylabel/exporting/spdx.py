"""SPDX 3.0.1: one AI package with its files, energy of inference in kWh.

The energy of an estimate stands in the package's comment as a range: an energy quantity is one
number. The document claims the profile ``ai`` only where it has all that the profile demands.
"""

import re
from datetime import date
from typing import Any

from energylabel.errors import UsageError
from energylabel.exporting._figures import counted_kwh
from energylabel.exporting._words import (
    UNIT,
    VOLUNTARY,
    decimal,
    evidence_url,
    how,
    model_url,
    on_hub,
    purl,
    scope,
    stamp,
    wh_words,
    written,
)
from energylabel.exporting.base import Dossier, Exporter
from energylabel.formatting import interval, significant
from energylabel.records import Label

_CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld"
_CREATION = "_:creation"
_NO_LICENCE = "expandedlicensing_NoAssertionLicense"

Element = dict[str, Any]


def write(dossier: Dossier) -> bytes:
    """The document; raises :class:`UsageError` where the day of release is none."""
    evidence, label = dossier.evidence, dossier.label
    agent = _element(dossier, "SoftwareAgent", "agent", name=label.issued_by)
    tool = _element(dossier, "Tool", "tool", name=f"energylabel {evidence.tool_version}")
    supplier = _supplier(dossier)
    package = _package(dossier, supplier)
    files = _files(dossier)
    links = _links(dossier, package, files)
    whole = [agent, tool, *([supplier] if supplier else []), package, *files, *links]
    profiles = ["core", "software"]
    if _complete(package):
        profiles += ["simpleLicensing", "ai"]
    document = _element(
        dossier,
        "SpdxDocument",
        "document",
        name=f"{label.subject.name} on {label.workload.name}",
        comment=VOLUNTARY,
        rootElement=[package["spdxId"]],
        element=[each["spdxId"] for each in whole],
        profileConformance=profiles,
    )
    creation = {
        "type": "CreationInfo",
        "@id": _CREATION,
        "specVersion": "3.0.1",
        "created": stamp(label.issued_at),
        "createdBy": [agent["spdxId"]],
        "createdUsing": [tool["spdxId"]],
    }
    return written({"@context": _CONTEXT, "@graph": [creation, document, *whole]})


def _element(dossier: Dossier, kind: str, part: str, **fields: Any) -> Element:
    said = {name: value for name, value in fields.items() if value is not None}
    spdx_id = f"urn:sha256:{dossier.label.id}#{part}"
    return {"type": kind, "spdxId": spdx_id, "creationInfo": _CREATION, **said}


def _supplier(dossier: Dossier) -> Element | None:
    """The namespace on the Hub; None for a model that is not of the Hub."""
    owner = dossier.label.subject.name.rpartition("/")[0]
    if not on_hub(dossier.label) or not owner:
        return None
    return _element(dossier, "Agent", "supplier", name=owner)


def _package(dossier: Dossier, supplier: Element | None) -> Element:
    label = dossier.label
    subject = label.subject
    return _element(
        dossier,
        "ai_AIPackage",
        "model",
        name=subject.name,
        comment=_comment(dossier),
        releaseTime=_released(dossier),
        suppliedBy=supplier["spdxId"] if supplier else None,
        software_packageVersion=subject.revision,
        software_downloadLocation=model_url(label),
        software_packageUrl=purl(label),
        software_primaryPurpose="model",
        ai_typeOfModel=[subject.family, subject.architecture],
        ai_metric=_metrics(dossier),
        ai_energyConsumption=_energy(dossier),
    )


def _released(dossier: Dossier) -> str | None:
    said = dossier.more.released
    if said is None:
        return None
    try:
        day = date.fromisoformat(said) if re.fullmatch(r"\d{4}-\d\d-\d\d", said) else None
    except ValueError:
        day = None
    if day is None:
        raise UsageError(f"{said!r} is no day of release", "write it as 2026-11-28")
    return f"{day.isoformat()}T00:00:00Z"


def _numbers(label: Label) -> str:
    """In what it ran: the number format, and the runtime where it is not PyTorch."""
    setup = label.conditions.setup
    runtime = f" with {setup.runtime}" if setup and setup.runtime else ""
    return f"{label.conditions.dtype}{runtime}"


def _comment(dossier: Dossier) -> str:
    label = dossier.label
    address = evidence_url(label)
    evidence = f"sha256:{label.id}{f' at {address}' if address else ''}"
    ran = f"Ran on {label.hardware.device_name}, {_numbers(label)}"
    return (
        f"Energy of inference on {label.workload.name}: {wh_words(label)}; {UNIT}."
        f" {how(dossier)}. {scope(dossier)}. {ran}. Standard {label.standard}; evidence {evidence}."
        f" {VOLUNTARY}"
    )


def _metrics(dossier: Dossier) -> list[Element]:
    label = dossier.label
    found = label.metrics.accuracy
    value = significant(found.accuracy.value, 4)
    ends = interval(found.accuracy, lambda share, way: significant(share, 4, way))
    if ends:
        value += f" (95 %: {ends}, {found.rows} rows)"
    return [
        {"type": "DictionaryEntry", "key": f"accuracy on {label.workload.name}", "value": value},
        {
            "type": "DictionaryEntry",
            "key": f"macro F1 on {label.workload.name}",
            "value": significant(found.macro_f1, 4),
        },
    ]


def _energy(dossier: Dossier) -> Element | None:
    kwh = counted_kwh(dossier.label)
    if kwh is None:
        return None
    described = {
        "type": "ai_EnergyConsumptionDescription",
        "ai_energyQuantity": decimal(kwh.value),
        "ai_energyUnit": "kilowattHour",
    }
    return {"type": "ai_EnergyConsumption", "ai_inferenceEnergyConsumption": [described]}


def _files(dossier: Dossier) -> list[Element]:
    return [
        _element(
            dossier,
            "software_File",
            f"file-{number}",
            name=file.path,
            verifiedUsing=[{"type": "Hash", "algorithm": "sha256", "hashValue": file.sha256}],
        )
        for number, file in enumerate(dossier.evidence.subject.files)
    ]


def _links(dossier: Dossier, package: Element, files: list[Element]) -> list[Element]:
    """The package contains the files; of licences nothing is asserted."""
    targets = {
        "contains": [file["spdxId"] for file in files],
        "hasConcludedLicense": [_NO_LICENCE],
        "hasDeclaredLicense": [_NO_LICENCE],
    }
    return [
        _element(
            dossier,
            "Relationship",
            kind,
            **{"from": package["spdxId"]},
            relationshipType=kind,
            to=to,
        )
        for kind, to in targets.items()
        if to
    ]


def _complete(package: Element) -> bool:
    """Whether the package has what the profile ``ai`` demands of every AI package."""
    demanded = ("releaseTime", "suppliedBy", "software_downloadLocation")
    return all(name in package for name in demanded)


PLUGIN = Exporter(name="spdx", title="SPDX", takes=frozenset({"released"}), write=write)
