"""A label of data of one's own, which have a title."""

from support.labels import make_label

from energylabel.records import Label

TITLE, NAME = "Support tickets of 2026", "own-support-tickets-of-2026-1a2b3c4d"


def of_own_data(title: str = TITLE) -> Label:
    """Like the usual one, but for the workload."""
    label = make_label()
    workload = label.workload.model_copy(
        update={"name": NAME, "title": title, "reference_accuracy": None}
    )
    right = label.metrics.accuracy.model_copy(
        update={"error_index": None, "error_index_reason": "no published accuracy is known"}
    )
    grade = label.grades.accuracy.model_copy(
        update={"letter": None, "index": None, "touches": (), "borderline_with": None}
    )
    return label.model_copy(
        update={
            "workload": workload,
            "metrics": label.metrics.model_copy(update={"accuracy": right}),
            "grades": label.grades.model_copy(update={"accuracy": grade}),
        }
    )
