"""What stands in the free text of every export: how it was come by, and what it is not."""

import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from energylabel.errors import SchemaError
from energylabel.exporting._figures import meter_of, modelled_kwh
from energylabel.exporting.base import Dossier
from energylabel.formatting import (
    bound,
    energy_span,
    index,
    index_interval,
    interval,
    significant,
    three,
)
from energylabel.records import Evidence, Grade, Label, Workload
from energylabel.standard import load_scale

HUB = "https://huggingface.co"
VOLUNTARY = "Voluntary and self-declared; no claim of conformity with any regulation."
UNIT = "1,000 texts classified in batches"
_LONGEST_URL = 2000


def moment(unix_seconds: float, form: str) -> str:
    """A time in UTC; raises :class:`SchemaError` for one that no calendar has."""
    try:
        return datetime.fromtimestamp(unix_seconds, tz=UTC).strftime(form)
    except (OverflowError, ValueError, OSError) as error:
        raise SchemaError(
            f"the evidence has a time that no calendar has: {unix_seconds:g}", "rate again"
        ) from error


def decimal(value: float) -> str:
    """A number without an exponent, which decimals of XML do not have."""
    return f"{Decimal(repr(value)):f}"


def stamp(unix_seconds: float) -> str:
    """A time as ISO 8601 in UTC, to the second."""
    return moment(unix_seconds, "%Y-%m-%dT%H:%M:%SZ")


def written(value: Any) -> bytes:
    """Indented JSON, fields in the order of the format, and a line break at the end."""
    return f"{json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)}\n".encode()


def uuid_of(label: Label) -> str:
    """A UUID that follows from the label's id."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sha256:{label.id}"))


def on_hub(label: Label) -> bool:
    """Whether the model is one of the Hub."""
    return label.subject.source == "hub"


def model_url(label: Label) -> str | None:
    """Address of the model at its commit; None for one that is not of the Hub."""
    subject = label.subject
    return f"{HUB}/{quote(subject.name)}/tree/{subject.revision}" if on_hub(label) else None


def purl(label: Label) -> str | None:
    """Package URL of the model; None for one that is not of the Hub."""
    subject = label.subject
    return f"pkg:huggingface/{quote(subject.name)}@{subject.revision}" if on_hub(label) else None


def dataset_url(workload: Workload) -> str | None:
    """Address of the workload's dataset at its commit; None for one that is not of the Hub."""
    found = workload.dataset
    return f"{HUB}/datasets/{quote(found.repository)}/tree/{found.commit}" if found else None


def evidence_url(label: Label) -> str | None:
    """Where the evidence can be read: a plain web address, or None."""
    url = label.evidence_url
    if url is None or len(url) > _LONGEST_URL or not (url.isascii() and url.isprintable()):
        return None
    parts = urlsplit(url)
    return url if parts.scheme == "https" and parts.netloc and " " not in url else None


def framework(evidence: Evidence) -> tuple[str, str] | None:
    """The library that executed the model and its version, where the evidence tells.

    Networks, which have a kind of attention, are transformers' own classes. Of what else executes
    a model (static vectors, linear models, trees) no field tells.
    """
    runtime = evidence.settings.setup.runtime
    if runtime is not None:
        version = evidence.versions.get(runtime)
        return (runtime, version) if version is not None else None
    version = evidence.versions.get("transformers")
    network = evidence.settings.attention != "none"
    return ("transformers", version) if network and version is not None else None


def how(dossier: Dossier) -> str:
    """How the joules were come by, in one sentence."""
    energy = dossier.label.metrics.energy
    if energy.modelled is not None:
        watts = energy.modelled.watts_per_core
        return (
            "Estimated, not measured: the process's own CPU-seconds times"
            f" {bound(watts.low)} to {bound(watts.high)} W of a busy core"
        ) + (", and what was counted beside it" if "gpu" in energy.components else "")
    said = []
    for part in energy.components:
        meter = meter_of(dossier, part)
        said.append(f"{part} by {meter.name} ({meter.method})" if meter else part)
    return f"{dossier.label.provenance.capitalize()}: {', '.join(said)}"


def scope(dossier: Dossier) -> str:
    """What is in the joules and what is not."""
    energy = dossier.label.metrics.energy
    left = "losses of the power supply, cooling, network, storage, loading of the model"
    if "dram" not in energy.components:
        left = f"memory (DRAM), {left}"
    if "cpu" not in energy.components:
        left = f"the processor beside the GPU, {left}"
    idle = "" if energy.modelled is not None else ", with their share at rest (gross)"
    return f"In it: {', '.join(energy.components)}{idle}; not in it: {left}"


def wh_words(label: Label) -> str:
    """Watt-hours per 1,000 texts in words, a range of an estimate with its sign."""
    energy = label.metrics.energy
    if energy.modelled is not None:
        return f"≈ {energy_span(energy.modelled.wh_per_1000)} per 1,000 texts (range, estimated)"
    if energy.wh_per_1000 is None:
        return "no figure in watt-hours"
    ends = interval(energy.wh_per_1000, three)
    within = f" (95 %: {ends})" if ends else ""
    return f"{significant(energy.wh_per_1000.value)} Wh per 1,000 texts{within}"


def properties(dossier: Dossier) -> dict[str, str]:
    """Provenance, meter, scope and unit as names and texts, for formats that hold such pairs."""
    label = dossier.label
    energy, grades = label.metrics.energy, label.grades
    span, bounds = modelled_kwh(label), load_scale(label.standard).energy
    pairs = {
        "provenance": label.provenance,
        "method": how(dossier),
        "scope": scope(dossier),
        "functionalUnit": UNIT,
        "kWhLow": None if span is None else decimal(span.low),
        "kWhHigh": None if span is None else decimal(span.high),
        "energyIndex": index(energy.index.value, bounds),
        "energyIndexInterval": index_interval(energy.index, bounds),
        "energyClass": grades.energy.letter or "none",
        "energyClassRange": _range(grades.energy),
        "accuracyClass": label.shared_accuracy_class or "none",
        "accuracyClassRange": None
        if label.declared_accuracy is not None
        else _range(grades.accuracy),
        "idleWatts": None
        if energy.net is None
        else significant(sum(energy.net.idle_watts.values())),
        "meters": ", ".join(_meters(dossier)),
        "hardware": label.hardware.device_name,
        "device": label.conditions.device,
        "dtype": label.conditions.dtype,
        "setup": dossier.evidence.settings.setup.slug() or "the standard's own",
        "workload": label.workload.name,
        "standard": label.standard,
        "labelId": label.id,
        "evidence": evidence_url(label),
        "declaration": VOLUNTARY,
    }
    return {name: said for name, said in pairs.items() if said is not None}


def _range(grade: Grade) -> str | None:
    """The classes that the interval touches, where the one that is named is not certain."""
    return f"{grade.touches[0]}–{grade.touches[-1]}" if len(grade.touches) > 1 else None


def _meters(dossier: Dossier) -> list[str]:
    return [
        f"{each.name}{f' {each.version}' if each.version else ''} ({each.method})"
        for each in dossier.evidence.meters
    ]
