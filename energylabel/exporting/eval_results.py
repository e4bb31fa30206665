"""The Hub's ``.eval_results/*.yaml``: one accuracy. Never energy, which the Hub cannot rank.

The Hub shows it where the dataset is one of its benchmarks, which nothing here can know.
"""

from typing import Any

from energylabel.errors import UsageError
from energylabel.exporting._words import evidence_url, moment
from energylabel.exporting.base import Dossier, Exporter

_TITLE = "the Hub's eval results"


def write(dossier: Dossier) -> bytes:
    """The list with one result.

    Raises:
        UsageError: The rows are not of a dataset on the Hub, the id of the task was not said, or
            the model was fitted here, so that the accuracy is not that of its weights alone.
    """
    import yaml

    label, dataset = dossier.label, dossier.evidence.workload.dataset
    if label.metrics.fitting is not None:
        raise UsageError(
            f"{label.subject.name} was fitted here: its accuracy is not that of a repository's"
            " weights alone",
            "export it --to every-eval-ever",
        )
    if dataset is None:
        raise UsageError(
            f"{_TITLE} are of datasets on the Hub, and {label.workload.name} is none",
            "rate a workload whose rows come from the Hub (energylabel workloads)",
        )
    if dossier.more.task_id is None:
        raise UsageError(
            f"{_TITLE} demand the id of the task, which a label does not know",
            f"add --task-id with an id in eval.yaml of the dataset {dataset.repository}",
        )
    result: dict[str, Any] = {
        "dataset": {
            "id": dataset.repository,
            "task_id": dossier.more.task_id,
            "revision": dataset.commit,
        },
        "value": round(label.metrics.accuracy.accuracy.value, 4),
        "date": moment(dossier.evidence.started_at, "%Y-%m-%d"),
    }
    address = evidence_url(label)
    if address is not None:
        result["source"] = {"url": address, "name": "energylabel evidence"}
    result["notes"] = _notes(dossier)
    text: str = yaml.safe_dump(
        [result], sort_keys=False, allow_unicode=True, default_flow_style=False, width=1_000_000
    )
    return text.encode()


def _notes(dossier: Dossier) -> str:
    label = dossier.label
    accuracy, asked = label.metrics.accuracy, label.conditions
    said = [
        f"accuracy on {accuracy.rows} of {label.workload.rows} rows ({label.workload.name})",
        label.subject.family,
        asked.dtype,
    ]
    if asked.mode is not None:
        said.append(f"{asked.mode}, {asked.shots or 0} shots")
    return f"{', '.join(said)}; {label.issued_by}"


PLUGIN = Exporter(
    name="eval-results",
    title=_TITLE,
    takes=frozenset({"task_id"}),
    energy=False,
    write=write,
)
