"""Answers × gold labels → accuracy and what stands behind it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from energylabel.errors import SchemaError
from energylabel.reckoning.intervals import effective_size, wilson
from energylabel.records import AccuracyMetrics, Answers, ConfusionMatrix, Estimate, Workload

Confusion = Mapping[tuple[int, int], int]
"""Number of rows by (id of the model's label, id of the workload's gold label)."""


def score(
    answers: Answers,
    label_map: Sequence[int | None],
    workload: Workload,
    *,
    unanswered: int | None = None,
) -> AccuracyMetrics:
    """Accuracy with its Wilson interval, macro-F1, recalls and the error index.

    Rows that repeat a text do not narrow the interval (:func:`effective_rows`).

    An answer whose label the workload lacks (``label_map`` gives None) is wrong.

    Args:
        answers: Predicted ids of the model's labels, and gold ids of the workload's.
        label_map: Workload label id for each of the model's labels.
        workload: Label names, published accuracy.
        unanswered: Id of the label that stands for no valid answer, if there is one.

    Raises:
        SchemaError: An id lies outside the labels (evidence that was not written by a rating).
    """
    _check_ids(answers, label_map, len(workload.labels))
    confusion = confused(answers)
    rows = len(answers.gold)
    right = sum(n for (said, gold), n in confusion.items() if label_map[said] == gold)
    worth = effective_rows(answers)
    accuracy = wilson(right, rows, worth)
    error_index, reason = _error_index(accuracy, workload)
    return AccuracyMetrics(
        accuracy=accuracy,
        macro_f1=_macro_f1(confusion, label_map),
        per_class_recall=_recalls(confusion, label_map, workload.labels),
        rows=rows,
        majority_share=max(Counter(answers.gold).values()) / rows,
        error_index=error_index,
        error_index_reason=reason,
        permutation_gain=best_permutation(confusion, label_map, unanswered)[1] / rows,
        distinct_answers=len(set(answers.predicted)),
        effective_rows=worth,
    )


def effective_rows(answers: Answers) -> float | None:
    """How many different texts the rows are worth; None where each is a text of its own.

    Rows with one text get one answer, so that they say no more than one of them does. Kish's
    effective sample size counts them: (Σ m)² ÷ Σ m² over texts that fill m rows, those with
    nothing to read as one text. It is at most the number of different texts, and less where a few
    texts fill many rows.
    """
    copies = {int(size): count for size, count in answers.copies.items()}
    if not copies and answers.empty < 2:
        return None
    return worth(len(answers.gold), copies, answers.empty)


def worth(rows: int, copies: Mapping[int, int], empty: int) -> float:
    """Kish's effective sample size of ``rows`` rows, of which some share a text.

    Args:
        rows: All.
        copies: For a number of rows how many texts fill so many.
        empty: Rows with nothing to read, which share one text.
    """
    groups = [*copies.items()]
    if empty > 1:
        groups.append((empty, 1))
    alone = rows - sum(size * count for size, count in groups)
    return effective_size([(1, alone), *groups])


def confused(answers: Answers) -> Confusion:
    """How often each answer was given to each class."""
    return Counter(zip(answers.predicted, answers.gold, strict=True))


def confusion_matrix(
    answers: Answers, label_map: Sequence[int | None], labels: Sequence[str]
) -> ConfusionMatrix:
    """Rows by true class and answer, by the workload's label names.

    Args:
        answers: As for :func:`score`, which has looked at the ids.
        label_map: Workload label id for each of the model's labels.
        labels: The workload's.
    """
    counts: dict[str, Counter[str]] = {}
    others: Counter[str] = Counter()
    # In the order of the labels, so that the same answers give the same bytes.
    for (said, gold), rows in sorted(confused(answers).items()):
        target = label_map[said]
        if target is None:
            others[labels[gold]] += rows
        else:
            counts.setdefault(labels[gold], Counter())[labels[target]] += rows
    return ConfusionMatrix(
        labels=tuple(labels),
        counts={true: dict(line) for true, line in counts.items()},
        others=dict(others),
    )


def best_permutation(
    confusion: Confusion, label_map: Sequence[int | None], unanswered: int | None = None
) -> tuple[tuple[int | None, ...], int]:
    """The permutation of the model's labels with the most right answers, and how many more.

    A permutation gives each of the model's labels the target that ``label_map`` has for some
    label, each target used as often as it stands there. The best is the assignment that maximises
    the right answers (Kuhn 1955); as it includes the map itself, the gain is never negative.
    ``unanswered`` is no label and stays where it is.

    Returns:
        The workload label id for each of the model's labels, and the rows gained.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    # A model may have many more labels than the workload; only labels that it used can gain rows.
    answers = sorted({said for said, _ in confusion} - {unanswered})
    targets = {place: target for place, target in enumerate(label_map) if target is not None}
    places = [*targets]
    gains = np.zeros((len(answers), len(places)))
    for row, said in enumerate(answers):
        for column, target in enumerate(targets.values()):
            gains[row, column] = confusion.get((said, target), 0)
    matched = linear_sum_assignment(gains, maximize=True)
    moved = {answers[row]: places[column] for row, column in zip(*matched, strict=True)}
    best = gains[matched].sum()
    now = sum(confusion.get(pair, 0) for pair in targets.items())
    # All others stay where they are, or take a place that was left.
    taken = set(moved.values())
    left = iter(sorted(moved.keys() - taken))
    for said in range(len(label_map)):
        if said not in moved:
            moved[said] = next(left) if said in taken else said
    permuted = tuple(label_map[moved[said]] for said in range(len(label_map)))
    return permuted, int(max(best - now, 0))


def _error_index(accuracy: Estimate, workload: Workload) -> tuple[Estimate | None, str | None]:
    """100 × (1 − accuracy) ÷ (1 − published or declared one), with its interval carried over."""
    if workload.reference_accuracy is None:
        return None, f"no published accuracy of a fine-tuned BERT-base is known for {workload.name}"
    factor = 100 / (1 - workload.reference_accuracy.value)
    low, high = accuracy.low, accuracy.high
    index = Estimate(
        value=factor * (1 - accuracy.value),
        low=None if high is None else factor * (1 - high),
        high=None if low is None else factor * (1 - low),
        count=accuracy.count,
    )
    return index, None


def _macro_f1(confusion: Confusion, label_map: Sequence[int | None]) -> float:
    """Mean of 2·TP ÷ (2·TP + FP + FN) over the classes that occur as gold label or answer."""
    right: Counter[int] = Counter()
    said: Counter[int] = Counter()
    gold: Counter[int] = Counter()
    for (answer, truth), n in confusion.items():
        target = label_map[answer]
        gold[truth] += n
        if target is not None:
            said[target] += n
            right[truth] += n * (target == truth)
    classes = sorted(said.keys() | gold.keys())
    return sum(2 * right[c] / (said[c] + gold[c]) for c in classes) / len(classes)


def _recalls(
    confusion: Confusion, label_map: Sequence[int | None], labels: Sequence[str]
) -> dict[str, float]:
    """Share of each class's rows that were answered rightly; a class without rows is absent."""
    gold: Counter[int] = Counter()
    right: Counter[int] = Counter()
    for (answer, truth), n in confusion.items():
        gold[truth] += n
        right[truth] += n * (label_map[answer] == truth)
    return {labels[c]: right[c] / gold[c] for c in sorted(gold)}


def _check_ids(answers: Answers, label_map: Sequence[int | None], classes: int) -> None:
    hint = "the evidence was not written by a rating; rate the model again"
    if max(answers.predicted) >= len(label_map):
        raise SchemaError(f"answer {max(answers.predicted)} is no label of the model", hint)
    targets = [target for target in label_map if target is not None]
    if any(not 0 <= target < classes for target in (*targets, max(answers.gold))):
        raise SchemaError("the evidence names a label that the workload does not have", hint)
