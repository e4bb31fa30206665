"""Every Eval Ever 0.3.0 (EvalEval): accuracy and energy as results of one evaluation.

A score is one number. Of an estimate there is the energy index, which has one, and the watt-hours
stand in its details as both ends of a range.
"""

from typing import Any

from energylabel.errors import UsageError
from energylabel.exporting._figures import seconds
from energylabel.exporting._words import (
    UNIT,
    evidence_url,
    framework,
    on_hub,
    properties,
    written,
)
from energylabel.exporting.base import Dossier, Exporter
from energylabel.records import Estimate, Label
from energylabel.standard import PROCEDURE

_TITLE = "Every Eval Ever"
_RELATIONSHIPS = ("first_party", "third_party", "collaborative", "other")
_UNKNOWN = "unknown"


def write(dossier: Dossier) -> bytes:
    """The record; raises :class:`UsageError` where it was not said who evaluated."""
    evidence, label = dossier.evidence, dossier.label
    created = repr(label.issued_at)
    name = f"{label.workload.name}/{label.subject.name}/{created}"
    details = {"standard": label.standard, "label_id": label.id}
    address = evidence_url(label)
    return written(
        {
            "schema_version": "0.3.0",
            "evaluation_id": name,
            "evaluation_timestamp": repr(evidence.started_at),
            "retrieved_timestamp": created,
            "source_metadata": {
                "source_name": "energylabel",
                "source_type": "evaluation_run",
                "source_organization_name": dossier.more.organization or _UNKNOWN,
                "evaluator_relationship": _relationship(dossier),
            },
            "eval_library": {
                "name": "energylabel",
                "version": evidence.tool_version,
                "additional_details": details | ({"evidence": address} if address else {}),
            },
            "model_info": _model(dossier),
            "evaluation_results": [
                {"evaluation_result_id": f"{name}#{result['metric_config']['metric_id']}"} | result
                for result in _results(dossier)
            ],
        }
    )


def _relationship(dossier: Dossier) -> str:
    said = dossier.more.evaluator
    listed = f"{', '.join(_RELATIONSHIPS[:-1])} or {_RELATIONSHIPS[-1]}"
    if said is None:
        raise UsageError(
            f"{_TITLE} demands what whoever rated is to the model, which a label does not know",
            f"add --evaluator {listed}",
        )
    if said not in _RELATIONSHIPS:
        raise UsageError(f"{_TITLE} knows no evaluator {said!r}", f"give {listed}")
    return said


def _model(dossier: Dossier) -> dict[str, Any]:
    evidence, subject = dossier.evidence, dossier.label.subject
    found: dict[str, Any] = {"name": subject.name, "id": subject.name}
    if on_hub(dossier.label) and "/" in subject.name:
        found["developer"] = subject.name.partition("/")[0]
    engine = framework(evidence)
    if engine is not None:
        found["inference_engine"] = {"name": engine[0], "version": engine[1]}
    # Weights that came from the Hub may be private: whether they are open, no label knows.
    return found | {
        "additional_details": {
            "deployment_type": "self_deployed",
            "model_availability": _UNKNOWN,
            "revision": subject.revision,
            "family": subject.family,
            "architecture": subject.architecture,
            "parameters": _UNKNOWN if subject.parameters is None else str(subject.parameters),
            "dtype": dossier.label.conditions.dtype,
        }
    }


def _results(dossier: Dossier) -> list[dict[str, Any]]:
    label = dossier.label
    source = _source(dossier)
    metrics = label.metrics
    rows = metrics.accuracy.rows
    accuracy = {
        "evaluation_description": f"Share of right answers on {label.workload.title}",
        "metric_id": "accuracy",
        "metric_name": "Accuracy",
        "metric_kind": "accuracy",
        "metric_unit": "proportion",
        "lower_is_better": False,
        "score_type": "continuous",
        "min_score": 0.0,
        "max_score": 1.0,
    }
    macro = accuracy | {
        "evaluation_description": f"Mean of the classes' F1 on {label.workload.title}",
        "metric_id": "f1_macro",
        "metric_name": "F1-macro",
        "metric_kind": "f1",
    }
    results = [
        (accuracy, _score(metrics.accuracy.accuracy, rows, "Wilson")),
        (macro, {"score": metrics.accuracy.macro_f1}),
    ]
    for configured, figure in _energies(label):
        score = _score(figure, None, "see the standard, section 5")
        results.append((configured, score | {"details": _details(dossier)}))
    return [
        {
            "evaluation_name": label.workload.name,
            "source_data": source,
            "metric_config": configured,
            "score_details": scored,
        }
        for configured, scored in results
    ]


def _energies(label: Label) -> list[tuple[dict[str, Any], Estimate]]:
    energy = label.metrics.energy
    kind = "estimated from run time" if energy.modelled else label.provenance
    common = {
        "metric_kind": "energy",
        "lower_is_better": True,
        "score_type": "continuous",
        "min_score": 0.0,
        "max_score": "Infinity",
    }
    index = {
        "evaluation_description": "100 × energy per text ÷ that of an untrained reference of"
        f" BERT-base's shape on the same machine and texts, {kind}",
        "metric_id": "energylabel.energy_index",
        "metric_name": f"Energy index ({kind})",
        "metric_unit": "percent of the reference",
    }
    found = [(index | common, energy.index)]
    if energy.wh_per_1000 is not None:
        gross = {
            "evaluation_description": f"Gross energy for {UNIT}, {kind}",
            "metric_id": "energylabel.wh_per_1000",
            "metric_name": f"Energy ({kind})",
            "metric_unit": "watt-hours per 1,000 texts",
        }
        found.append((gross | common, energy.wh_per_1000))
    return found


def _details(dossier: Dossier) -> dict[str, str]:
    """What stands behind an energy; watt-hours of an estimate as both ends of their range."""
    said = properties(dossier)
    modelled = dossier.label.metrics.energy.modelled
    if modelled is not None:
        said["wh_per_1000_low"] = repr(modelled.wh_per_1000.low)
        said["wh_per_1000_high"] = repr(modelled.wh_per_1000.high)
    return said | {"seconds_per_1000": repr(seconds(dossier.label))}


def _score(figure: Estimate, rows: int | None, method: str) -> dict[str, Any]:
    found: dict[str, Any] = {"score": figure.value}
    if figure.low is None or figure.high is None:
        return found
    interval = {
        "lower": figure.low,
        "upper": figure.high,
        "confidence_level": PROCEDURE.intervals.confidence,
        "method": method,
    }
    counted = {} if rows is None else {"num_samples": rows}
    return found | {"uncertainty": {"confidence_interval": interval} | counted}


def _source(dossier: Dossier) -> dict[str, Any]:
    workload = dossier.evidence.workload
    asked = {
        "workload": workload.name,
        "content_sha256": workload.content_sha256,
        "rows_asked": str(dossier.label.metrics.accuracy.rows),
    }
    dataset = workload.dataset
    if dataset is None:
        details = {"additional_details": asked}
        return {"dataset_name": workload.title, "source_type": "other"} | details
    if dataset.configuration is not None:
        asked["configuration"] = dataset.configuration
    return {
        "dataset_name": workload.title,
        "source_type": "hf_dataset",
        "hf_repo": dataset.repository,
        "hf_split": "val" if dataset.split == "validation" else dataset.split,
        "samples_number": workload.rows,
        "additional_details": asked | {"revision": dataset.commit},
    }


PLUGIN = Exporter(
    name="every-eval-ever",
    title=_TITLE,
    takes=frozenset({"evaluator", "organization"}),
    write=write,
)
