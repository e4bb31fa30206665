"""Checks of the label names: permuted, without names, or not those of the workload."""

from energylabel.formatting import listed, percentage
from energylabel.judging.checks.answers import Check
from energylabel.reckoning import best_permutation, confused
from energylabel.records import OWN, Evidence, Finding, Metrics, Scale
from energylabel.workloads import Names, are_numbers, generic_ids, label_map_option


def permuted_labels(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """A permutation of the model's labels must not gain as much as the standard's limit.

    Nor more than the interval of the accuracy is wide, or chance may have done it.
    """
    accuracy = metrics.accuracy
    value, gain = accuracy.accuracy.value, accuracy.permutation_gain
    # Both shares are made of counts: a gain of exactly the limit must not be lost to rounding.
    if gain < scale.permutation_gain - 1e-9:
        return Finding(
            name="permuted-labels",
            outcome="passed",
            message="no other order of the model's labels would raise the accuracy by"
            f" {100 * scale.permutation_gain:.0f} points"
            f" (the best by {percentage(gain, limits=(scale.permutation_gain,))})",
        )
    if evidence.settings.asking is not None:
        # A prompted model answers in the workload's own words, so its labels cannot be permuted.
        return Finding(
            name="permuted-labels",
            outcome="warned",
            message=f"the model takes some labels for others: {value + gain:.3f} of the texts would"
            f" be right, not {value:.3f}, if they changed places",
            remedy="see how the question is put, and the labels' words in it",
        )
    low, high = accuracy.accuracy.low, accuracy.accuracy.high
    if low is not None and high is not None and gain <= high - low:
        return Finding(
            name="permuted-labels",
            outcome="warned",
            message=f"{value + gain:.3f} of the texts would be right, not {value:.3f}, if the "
            "model's labels changed places; chance alone may do that with so few rows",
            remedy="check the model's label names, or ask more rows",
        )
    return Finding(
        name="permuted-labels",
        outcome="invalid",
        message=f"the labels look permuted: accuracy {value:.3f}, and {value + gain:.3f}"
        " if the model's labels changed places",
        remedy="check the labels of the rows that it was fitted on"
        if evidence.fitting
        else f"check the model's label names; what the answers fit is {_best(evidence)}",
    )


def _best(evidence: Evidence) -> str:
    """The option that gives each of the model's labels the class that it answers."""
    best, _ = best_permutation(confused(evidence.answers), evidence.settings.label_map)
    pairs = zip(evidence.subject.labels, best, strict=True)
    classes = evidence.workload.labels
    return label_map_option({label: classes[to] for label, to in pairs if to is not None})


def label_coverage(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Labels of one side that the other lacks."""
    del metrics, scale
    label_map = evidence.settings.label_map
    none = evidence.unanswered
    unmapped = [i for i, target in enumerate(label_map) if target is None and i != none]
    reached = {target for target in label_map if target is not None}
    names = evidence.workload.labels
    never = [label for i, label in enumerate(names) if i not in reached]
    if not unmapped and not never:
        return None
    parts = []
    if unmapped:
        said = sum(answer in unmapped for answer in evidence.answers.predicted)
        parts.append(
            f"{len(unmapped)} of the model's {len(label_map)} labels are not in the workload"
            f" ({said} answers, counted as wrong)"
        )
    if never:
        parts.append(f"{len(never)} of {len(names)} classes no answer can name: {', '.join(never)}")
    return Finding(
        name="label-coverage",
        outcome="warned" if never else "noted",
        message="; ".join(parts),
        remedy="choose a workload with the model's own labels, or give --label-map",
    )


def numbered_labels(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Labels such as ``LABEL_0`` of the model, or numbers in the data, which mean nothing alone.

    Of own data, also labels that were taken for each other by well-known names or by the user.
    """
    del metrics, scale
    labels, classes = evidence.subject.labels, evidence.workload.labels
    known = Names.of(classes)
    meant = [
        f"{label} = {classes[to]!r}"
        for label, to in zip(labels, evidence.settings.label_map, strict=True)
        if to is not None and known.find(label) != to
    ]
    if not meant:
        return None
    if generic_ids(labels) is not None:
        whose, remedy = "model", "write the names into id2label of config.json"
    elif are_numbers(classes):
        whose, remedy = "workload", "give data whose label column holds the names"
    elif evidence.workload.name.startswith(OWN):
        return Finding(
            name="renamed-labels",
            outcome="noted",
            message=f"the model's labels are called otherwise than those of the data; they were "
            f"taken as {listed(meant)}",
            remedy="say it with --label-map if that is wrong",
        )
    else:
        return None
    return Finding(
        name="numbered-labels",
        outcome="noted",
        message=f"the {whose}'s labels have no names; they were taken as {listed(meant)}",
        remedy=remedy,
    )


def spelled_labels(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Classes that the user's data write in several ways."""
    del metrics, scale
    ways = evidence.workload.spellings
    if not ways:
        return None
    said = [f"{name!r} ({', '.join(map(repr, found))})" for name, found in ways.items()]
    return Finding(
        name="spelled-labels",
        outcome="noted",
        message=f"names that differ in case, blanks or form alone are one class: {listed(said)}",
        remedy="spell each class in one way",
    )


LABEL_CHECKS: tuple[Check, ...] = (
    permuted_labels,
    label_coverage,
    numbered_labels,
    spelled_labels,
)
