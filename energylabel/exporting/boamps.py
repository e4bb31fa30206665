"""BoAmps (Boavizta): a report of the energy of one task. Energy in kWh, one number."""

from typing import Any

from energylabel.errors import UsageError
from energylabel.exporting._figures import QUERIES, meter_of, one_kwh, seconds
from energylabel.exporting._words import (
    UNIT,
    VOLUNTARY,
    dataset_url,
    framework,
    how,
    model_url,
    moment,
    scope,
    wh_words,
    written,
)
from energylabel.exporting.base import Dossier, Exporter
from energylabel.records import Component, Estimate

_TITLE = "BoAmps"
_VERSION = "0.1"
_SPECIFICATION = "https://github.com/Boavizta/BoAmps/tree/main/model"
_KINDS = ("publicCloud", "privateCloud", "onPremise", "other")
_QUALITIES = ((0.10, "high"), (0.25, "medium"), (0.50, "low"))
"""Largest error that each quality stands for, in the format's own words."""
_TIME = "%Y-%m-%d %H:%M:%S"
_JOULES_PER_KWH = 3.6e6
_GIGA = 1e9


def write(dossier: Dossier) -> bytes:
    """The report.

    Raises:
        UsageError: The label is an estimate, or the kind of infrastructure was not said.
    """
    kwh = one_kwh(dossier, _TITLE)
    evidence, label = dossier.evidence, dossier.label
    report = {
        "header": {
            "formatVersion": _VERSION,
            "formatVersionSpecificationUri": _SPECIFICATION,
            "reportId": label.id,
            "reportDatetime": moment(label.issued_at, _TIME),
        },
        "task": _task(dossier),
        "measures": [_measure(dossier, kwh)],
        "system": {"os": label.hardware.system},
        "software": {"language": "python"} | _known(version=evidence.versions.get("python")),
        "infrastructure": {"infraType": _kind(dossier), "components": _components(dossier)},
        **_environment(dossier),
        **_known(quality=_quality(dossier, kwh)),
    }
    return written(report)


def _known(**values: object) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _kind(dossier: Dossier) -> str:
    said = dossier.more.infrastructure
    listed = f"{', '.join(_KINDS[:-1])} or {_KINDS[-1]}"
    if said is None:
        raise UsageError(
            f"{_TITLE} demands the kind of infrastructure, which a label does not know",
            f"add --infrastructure {listed}",
        )
    if said not in _KINDS:
        raise UsageError(f"{_TITLE} knows no infrastructure {said!r}", f"give {listed}")
    return said


def _task(dossier: Dossier) -> dict[str, Any]:
    evidence, label = dossier.evidence, dossier.label
    subject, metrics = label.subject, label.metrics
    name, version = framework(evidence) or (None, None)
    pieces = "token" if subject.pieces == "tokens" else "word"
    prompt = metrics.prompt
    data: list[dict[str, Any]] = [
        {"dataUsage": "input", "dataType": pieces}
        | _known(dataQuantity=metrics.tokens_per_query)
        | _known(sourceUri=dataset_url(evidence.workload))
    ]
    if prompt is not None and prompt.written_tokens is not None:
        data.append(
            {"dataUsage": "output", "dataType": pieces, "dataQuantity": prompt.written_tokens}
        )
    billions = None if subject.parameters is None else subject.parameters / _GIGA
    return {
        "taskStage": "inference",
        "taskFamily": "text classification",
        "nbRequest": QUERIES,
        "algorithms": [
            {"algorithmType": subject.family, "algorithmName": subject.architecture}
            | _known(algorithmUri=model_url(label))
            | _known(parametersNumber=billions)
            | _known(framework=name, frameworkVersion=version)
            | {"quantization": label.conditions.dtype}
        ],
        "dataset": data,
        "measuredAccuracy": metrics.accuracy.accuracy.value,
        "taskDescription": (
            f"{subject.name}@{subject.revision} on {label.workload.name}: {UNIT};"
            f" {wh_words(label)}. {how(dossier)}. {scope(dossier)}. Standard {label.standard}."
            f" {VOLUNTARY}"
        ),
    }


def _measure(dossier: Dossier, kwh: Estimate) -> dict[str, Any]:
    evidence, label = dossier.evidence, dossier.label
    names = [
        f"{meter.name} ({meter.method})"
        for part in label.metrics.energy.components
        if (meter := meter_of(dossier, part)) is not None
    ]
    return {
        "measurementMethod": f"energylabel: {', '.join(dict.fromkeys(names))}",
        "version": evidence.tool_version,
        **_known(cpuTrackingMode=_mode(dossier, "cpu"), gpuTrackingMode=_mode(dossier, "gpu")),
        **_at_rest(dossier),
        "powerConsumption": kwh.value,
        "measurementDuration": seconds(label),
        "measurementDateTime": moment(evidence.started_at, _TIME),
    }


def _mode(dossier: Dossier, part: Component) -> str | None:
    meter = meter_of(dossier, part)
    return None if meter is None else meter.name


def _at_rest(dossier: Dossier) -> dict[str, float]:
    """Energy and time of the machine at rest, where every counted part was metered at rest."""
    net = dossier.label.metrics.energy.net
    if net is None:
        return {}
    rest = sum(run.seconds for run in dossier.evidence.idle)
    return {
        "powerCalibrationMeasurement": rest * sum(net.idle_watts.values()) / _JOULES_PER_KWH,
        "durationCalibrationMeasurement": rest,
    }


def _components(dossier: Dossier) -> list[dict[str, Any]]:
    hardware = dossier.label.hardware
    found: list[dict[str, Any]] = [
        {
            "componentName": hardware.cpu_model,
            "componentType": "cpu",
            "nbComponent": hardware.physical_cores,
        }
    ]
    kinds = dict.fromkeys((gpu.name, gpu.memory_bytes) for gpu in hardware.gpus)
    for name, memory in kinds:
        count = sum((gpu.name, gpu.memory_bytes) == (name, memory) for gpu in hardware.gpus)
        found.append(
            {
                "componentName": name,
                "componentType": "gpu",
                "nbComponent": count,
                "memorySize": memory / _GIGA,
            }
        )
    whole = {"componentType": "ram", "nbComponent": 1, "memorySize": hardware.memory_bytes / _GIGA}
    return [*found, whole]


def _environment(dossier: Dossier) -> dict[str, Any]:
    grid = dossier.more.carbon
    if grid is None:
        return {}
    intensity = grid.grams_per_kwh
    return {"environment": {"country": grid.country, "powerSourceCarbonIntensity": intensity}}


def _quality(dossier: Dossier, kwh: Estimate) -> str | None:
    """By the interval; None where it is wider than any, or where a part was not counted at all."""
    if dossier.label.provenance != "metered" or kwh.low is None or kwh.high is None:
        return None
    error = max(kwh.high - kwh.value, kwh.value - kwh.low) / kwh.value
    return next((word for most, word in _QUALITIES if error <= most), None)


PLUGIN = Exporter(
    name="boamps",
    title=_TITLE,
    takes=frozenset({"carbon", "infrastructure"}),
    write=write,
)
