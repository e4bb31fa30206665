"""Labels of a model and of one's own data, with nothing else about either."""

from energylabel.records import ResolvedModel, Workload


def own(*labels: str) -> Workload:
    return Workload(
        name="own-x-00000000",
        title="x",
        origin="file",
        dataset=None,
        labels=labels,
        language=None,
        licence=None,
        seed=0,
        rows=9,
        majority_share=0.5,
        reference_accuracy=None,
        content_sha256="0" * 64,
        repaired_texts=0,
    )


def model(
    *labels: str, datasets: tuple[str, ...] = (), source: str = "hub", name: str = "org/model"
) -> ResolvedModel:
    return ResolvedModel.model_validate(
        {
            "source": source,
            "name": name,
            "revision": "0" * 40,
            "folder": "/some where/model",
            "family": "sequence-classification",
            "architecture": "BertForSequenceClassification",
            "model_type": "bert",
            "labels": labels,
            "max_positions": 512,
            "vocabulary_size": 30522,
            "files": (),
            "weight_bytes": 1,
            "datasets": datasets,
        }
    )
