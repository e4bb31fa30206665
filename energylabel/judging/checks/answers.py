"""Checks of the answers: a constant, none at all, ties, and what was asked and read."""

from collections.abc import Callable

from energylabel.classifiers import ENTAILMENT
from energylabel.formatting import distinguished, listed, percentage
from energylabel.records import Evidence, Finding, Metrics, Scale

Check = Callable[[Evidence, Metrics, Scale], Finding | None]

REFUSALS = frozenset({"constant-predictor", "permuted-labels"})
"""Names of the findings that, when ``invalid``, stop the rating as a whole."""


def constant_predictor(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """One distinct answer over all rows says nothing about the texts."""
    del scale
    name, answers, none = "constant-predictor", metrics.accuracy, evidence.unanswered
    said = set(evidence.answers.predicted) - {none}
    if not said:
        return Finding(
            name=name,
            outcome="invalid",
            message=f"the model gave no valid answer to any of the {answers.rows} texts",
            remedy="rate it with --mode score, which asks how likely each label is",
        )
    if len(said) == 1 and none in evidence.answers.predicted:
        return Finding(
            name=name,
            outcome="invalid",
            message=f"the only label in the model's answers to the {answers.rows} texts is "
            f"{evidence.subject.labels[min(said)]!r}",
            remedy=f"rate it with --mode score, or {_examples(evidence)}",
        )
    if answers.distinct_answers > 1:
        return Finding(
            name=name,
            outcome="passed",
            message=f"the model gave {answers.distinct_answers} different answers",
        )
    label = evidence.subject.labels[evidence.answers.predicted[0]]
    return Finding(
        name=name,
        outcome="invalid",
        message=f"the model answered {label!r} to each of the {answers.rows} texts",
        remedy=f"{_examples(evidence)}; else it is no model for this task"
        if _asks_in_words(evidence)
        else "give other rows to fit it on"
        if evidence.fitting
        else "use a checkpoint that was fine-tuned for this task; a fresh or broken head does so",
    )


def _asks_in_words(evidence: Evidence) -> bool:
    """Whether the question is a prompt, which can hold worked examples."""
    asking = evidence.settings.asking
    return asking is not None and asking.mode != ENTAILMENT


def _examples(evidence: Evidence) -> str:
    asking = evidence.settings.asking
    if asking is not None and asking.shots:
        return f"rate it with more worked examples than {asking.shots}: --shots"
    return "rate it with worked examples: --shots"


def above_majority(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Whether the answers are right more often than the most frequent class would be."""
    del scale
    accuracy = metrics.accuracy
    low, high, constant = accuracy.accuracy.low, accuracy.accuracy.high, accuracy.majority_share
    value, constant_words = distinguished(
        accuracy.accuracy.value, constant, lambda share, more: f"{share:.{3 + more}f}"
    )
    if low is not None and low > constant:
        return Finding(
            name="above-majority",
            outcome="passed",
            message=f"accuracy {value}; the most frequent class alone has {constant_words}",
        )
    always = f"the {constant_words} of always answering the most frequent class"
    return Finding(
        name="above-majority",
        outcome="warned",
        message=f"accuracy {value} is worse than {always}"
        if high is not None and high < constant
        else f"accuracy {value} is not distinguishable from {always}",
        remedy=_examples(evidence)
        if _asks_in_words(evidence)
        else "see whether this workload asks what the model was made for",
    )


def invalid_answers(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Answers in words that name no label."""
    share = metrics.prompt.invalid_share if metrics.prompt else None
    if share is None:
        return None
    name = "invalid-answers"
    if share == 0:
        return Finding(name=name, outcome="passed", message="each answer named a label")
    count = evidence.answers.predicted.count(evidence.unanswered or 0)
    return Finding(
        name=name,
        outcome="warned" if share > scale.invalid_answers else "noted",
        message=f"{count} of {metrics.accuracy.rows} answers ({share:.1%}) named no label and count"
        " as wrong",
        remedy="--mode score has no invalid answers",
    )


def tied_scores(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Texts whose answer is the first of several labels with the same score."""
    tied = evidence.answers.tied
    if tied is None:
        return None
    share, rows = tied / metrics.accuracy.rows, metrics.accuracy.rows
    exact = evidence.subject.dtype in ("float32", "float64")
    if share <= scale.tied_scores:
        return Finding(
            name="tied-scores",
            outcome="passed",
            message=f"{tied} of {rows} texts had several labels with the same score",
        )
    return Finding(
        name="tied-scores",
        outcome="warned",
        message=f"{tied} of {rows} texts ({share:.1%}) had several labels with the same score in"
        f" {evidence.subject.dtype}, of which the first is the answer",
        remedy="see whether the tokenizer tells the labels' words apart"
        if exact
        else "rate it in --dtype float32",
    )


def question_language(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """A question in another language than the texts', or perhaps so."""
    del metrics, scale
    if evidence.settings.asking is None:
        return None
    words, texts = evidence.settings.asking.wording, evidence.workload.language
    asked = words.language
    if evidence.settings.asking.mode == ENTAILMENT:
        asked = words.hypothesis_language or asked
    name = "question-language"
    if texts is None:
        return Finding(
            name=name,
            outcome="noted",
            message=f"the question was put in {asked!r}; the language of the texts was not told",
            remedy="name it: --language",
        )
    if _primary(texts) == _primary(asked):
        message = f"the question was put in the texts' language, {texts!r}"
        return Finding(name=name, outcome="passed", message=message)
    return Finding(
        name=name,
        outcome="noted",
        message=f"the question was put in {asked!r}, the texts are in {texts!r}",
        remedy="say it in their language: [wording] in a workload's TOML",
    )


def reread_prompts(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Prompts that cost as often as there are labels, for want of a cache to share."""
    del scale
    count = evidence.answers.reread
    if not count:
        return None
    return Finding(
        name="reread-prompts",
        outcome="noted",
        message=f"{count} of {metrics.accuracy.rows} prompts were read again for each label: the"
        " model's cache does not hold them",
    )


def _primary(code: str) -> str:
    return code.partition("-")[0].lower()


def truncation(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Texts that the model did not read to the end."""
    del scale
    if metrics.truncated_share is None:
        return Finding(
            name="truncation",
            outcome="not-available",
            message="whether the function reads its texts to the end is not known",
        )
    limit = f"{evidence.subject.max_tokens} {evidence.subject.pieces}"
    share = metrics.truncated_share
    if share == 0:
        message = f"no text was cut at {limit}"
        return Finding(name="truncation", outcome="passed", message=message)
    return Finding(
        name="truncation",
        outcome="noted",
        message=f"{share:.1%} of the texts were cut at {limit}",
    )


def repaired_texts(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Texts that were no valid Unicode."""
    del metrics, scale
    repaired = evidence.workload.repaired_texts
    if repaired == 0:
        return None
    texts = "1 text" if repaired == 1 else f"{repaired} texts"
    return Finding(
        name="repaired-texts",
        outcome="noted",
        message=f"{texts} held broken characters, which were replaced by U+FFFD",
    )


def empty_texts(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Texts in which there is nothing to read."""
    del scale
    count, rows = evidence.answers.empty, metrics.accuracy.rows
    if not count:
        return None
    hold = "holds" if count == 1 else "hold"
    return Finding(
        name="empty-texts",
        outcome="noted",
        message=f"{count:,} of the {rows:,} texts asked {hold} nothing to read",
        remedy="remove such rows from the data",
    )


def repeated_texts(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Texts that were asked more than once, and what the rows are worth then."""
    del scale
    count, rows = evidence.answers.repeated, metrics.accuracy.rows
    worth = metrics.accuracy.effective_rows
    if not count:
        return None
    other = evidence.answers.contradicting
    with_other = f", {other:,} of them with another label" if other else ""
    repeats = "repeats" if count == 1 else "repeat"
    return Finding(
        name="repeated-texts",
        outcome="noted",
        message=f"{count:,} of the {rows:,} texts asked {repeats} one that was asked before"
        f"{with_other}; the interval of the accuracy counts the rows as"
        f" {rows if worth is None else worth:,.0f}",
        remedy="remove such rows from the data",
    )


def declared_reference(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """An accuracy class that is relative to what the user says."""
    del metrics, scale
    reference = evidence.workload.reference_accuracy
    if reference is None or not reference.declared:
        return None
    return Finding(
        name="declared-reference",
        outcome="noted",
        message=f"the accuracy class is relative to an accuracy of {percentage(reference.value)} %"
        " that whoever rated declared: nothing published, and nothing that can be checked",
    )


def rows_left_out(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Rows of the user's file that were left out, as the user wished."""
    del metrics, scale
    workload = evidence.workload
    parts = []
    if workload.bad_rows:
        parts.append(f"{workload.bad_rows:,} without text or label")
    if workload.unknown_rows:
        named = [f"{name!r:.60} ({count:,})" for name, count in workload.unknown_rows.items()]
        parts.append(f"{sum(workload.unknown_rows.values()):,} of labels {listed(named)}")
    if not parts:
        return None
    return Finding(
        name="rows-left-out",
        outcome="noted",
        message=f"rows of the data were left out, and {workload.rows:,} kept: {'; '.join(parts)}",
        remedy="the accuracy is that of the rows that were kept",
    )


def encoding(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """An encoding that is not UTF-8."""
    del metrics, scale
    found = evidence.workload.encoding
    if found is None:
        return None
    marked = found.startswith("UTF")
    return Finding(
        name="encoding",
        outcome="noted",
        message=f"the data were read as {found}" + ("" if marked else ", which is a guess"),
        remedy=None if marked else "save them in UTF-8",
    )


ANSWER_CHECKS: tuple[Check, ...] = (
    constant_predictor,
    above_majority,
    invalid_answers,
    tied_scores,
    question_language,
    reread_prompts,
    truncation,
    repaired_texts,
    empty_texts,
    repeated_texts,
    rows_left_out,
    encoding,
    declared_reference,
)
