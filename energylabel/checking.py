"""Options → DataCheck: everything that a rating would find out about its data, measuring nothing.

What would stop a rating does not stop this: as much as can be found out is, and all problems are
told at once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from energylabel.classifiers import find_family
from energylabel.devices import detect
from energylabel.errors import DataError, EnergyLabelError, NotRatableError
from energylabel.events import Event, Observer, silent
from energylabel.meters import METERS, choose_meters
from energylabel.options import Options
from energylabel.planning import (
    Plan,
    choose,
    expected_s,
    mapped_by,
    own_samples,
    plan,
    settle,
)
from energylabel.reckoning import MEASURING, worth
from energylabel.records import (
    CheckedModel,
    CheckedRows,
    CountTokens,
    DataCheck,
    Failure,
    Job,
    OpenModel,
    Range,
    ResolvedModel,
    RunPasses,
    Samples,
    TakeTexts,
)
from energylabel.sampling import LEFT_OUT, count_rows
from energylabel.storing import machine_lock
from energylabel.worker import Worker

_PATIENCE_S: Final = 600
"""For loading a model and its tokenizer, in which something may never end."""
_TIMED_TEXTS: Final = 32
"""Texts that both models answer, twice, to see their pace."""
_PASS_S: Final = 0.5


def check(model: str | None, options: Options, observer: Observer = silent) -> DataCheck:
    """Look at data, and at a model's fit to them.

    Args:
        model: As for a rating; None: the data alone, which have to be the user's own.
        options: As for a rating.
        observer: Is told of progress.

    Raises:
        EnergyLabelError: The model cannot be had, or the options contradict each other.
    """
    remarks: list[str] = []
    problems: list[EnergyLabelError] = []

    def noticing(event: Event) -> None:
        if event.stage == "noticed" and LEFT_OUT in event.message:
            return  # the rows tell how many
        if event.stage == "noticed":
            remarks.append(event.message)
        else:
            observer(event)

    if model is None:
        samples = _alone(options, noticing, problems)
        return _found(samples, None, remarks, problems)
    found, options = settle(Job(model=model, options=options), observer)
    fitting = _fitting(found, options, noticing, problems)
    if fitting is None:
        samples = _alone(options, silent, []) if options.data is not None else None
        return _found(samples, None, remarks, problems)
    samples, label_map = fitting
    matched = _matched(found, samples, label_map, options)
    try:
        planned = plan(found, samples, label_map, detect(options.device), options)
        matched = _looked(planned, matched, observer)
    except EnergyLabelError as error:
        problems.append(error)
    return _found(samples, matched, remarks, problems)


def _alone(
    options: Options, observer: Observer, problems: list[EnergyLabelError]
) -> Samples | None:
    """The data without a model; with bad rows they are looked at all the same."""
    try:
        return own_samples(options, observer)
    except DataError as error:
        problems.append(error)
    try:
        return own_samples(replace(options, skip_bad_rows=True), observer)
    except DataError:
        return None


def _fitting(
    model: ResolvedModel,
    options: Options,
    observer: Observer,
    problems: list[EnergyLabelError],
) -> tuple[Samples, tuple[int | None, ...]] | None:
    """The rows and what the model's labels mean, as far as leaving out rows helps to get them."""
    said: set[str] = set()
    for skip, drop in ((False, False), (True, False), (True, True)):
        wider = replace(
            options,
            skip_bad_rows=options.skip_bad_rows or (skip and options.data is not None),
            drop_unknown=options.drop_unknown or (drop and options.data is not None),
        )
        try:
            return choose(wider, model, observer)
        except (DataError, NotRatableError) as error:
            if error.message not in said:
                problems.append(error)
                said.add(error.message)
    return None


def _found(
    samples: Samples | None,
    matched: CheckedModel | None,
    remarks: Sequence[str],
    problems: Sequence[EnergyLabelError],
) -> DataCheck:
    return DataCheck(
        rows=None if samples is None else _rows(samples),
        model=matched,
        remarks=tuple(dict.fromkeys(remarks)),
        problems=tuple(map(Failure.of, problems)),
    )


def _rows(samples: Samples) -> CheckedRows:
    counts = count_rows(samples.texts, samples.gold)
    names = samples.workload.labels
    gold = Counter(samples.gold)
    asked = len(samples.texts)
    return CheckedRows(
        workload=samples.workload,
        asked=asked,
        queries=samples.queries,
        classes={name: gold[number] for number, name in enumerate(names)},
        majority_share=max(gold.values()) / asked,
        empty=counts.empty,
        repeated=counts.repeated,
        contradicting=counts.contradicting,
        effective=worth(asked, counts.copies, counts.empty),
    )


def _matched(
    model: ResolvedModel, samples: Samples, label_map: Sequence[int | None], options: Options
) -> CheckedModel:
    names = samples.workload.labels
    labels = model.labels or names
    pairs = zip(labels, label_map, strict=False)
    return CheckedModel(
        name=model.name,
        family=model.family,
        labels={label: None if to is None else names[to] for label, to in pairs},
        mapped_by=mapped_by(model, samples.workload, options),
    )


def _looked(planned: Plan, matched: CheckedModel, observer: Observer) -> CheckedModel:
    """With what takes the model itself: the length of texts in its tokens, and its pace."""
    family = find_family(planned.model.family)

    def waiting(message: str) -> None:
        observer(Event("waiting", message))

    with (
        machine_lock(wait_s=planned.options.wait_s, waiting=waiting),
        Worker(planned.threads, planned.hardware, planned.memory_limit_bytes) as worker,
    ):
        observer(Event("loading", f"loading {planned.model.name}"))
        texts = planned.samples.texts
        worker.ask(TakeTexts(texts=texts))
        try:
            opened = worker.ask_within(_PATIENCE_S, planned.opening)
            tokens = worker.ask_within(
                _PATIENCE_S, CountTokens(role="candidate", count=len(texts))
            ).tokens
        except TimeoutError as error:
            raise NotRatableError(
                f"{planned.model.name}: loading took more than {_PATIENCE_S} s and was given up",
                "look at the model's tokenizer.json and config.json: something in them never ends",
            ) from error
        longest = sum(count >= opened.max_tokens for count in tokens)
        matched = matched.model_copy(update={"max_tokens": opened.max_tokens, "longest": longest})
        if family.training_rows:  # it answers nothing before it is fitted
            return matched
        observer(Event("loading", "looking at the pace of both models"))
        worker.ask(_reference(planned))
        paces = [_pace(worker, role, len(texts)) for role in ("candidate", "reference")]
    return matched.model_copy(update={"seconds": _expected(planned, *paces)})


def _reference(planned: Plan) -> OpenModel:
    return OpenModel(
        role="reference",
        family="reference",
        model=None,
        device=planned.hardware.device,
        dtype="float32",
        threads=planned.threads,
        task=planned.task,
    )


def _pace(worker: Worker, role: str, texts: int) -> tuple[float, float]:
    """Seconds for one text, at best and at worst; the first look is a cold one."""
    count = min(_TIMED_TEXTS, texts)
    request = RunPasses(role=role, indices=tuple(range(count)), min_seconds=_PASS_S)
    looks = [worker.ask(request) for _ in range(2)]
    paces = [look.seconds / look.passes / count for look in looks]
    return min(paces), max(paces)


def _expected(
    planned: Plan, candidate: tuple[float, float], reference: tuple[float, float]
) -> Range:
    counted = any(METERS.get(name).method in MEASURING for name in choose_meters(planned.hardware))
    ranges = [
        expected_s(
            planned.protocol,
            queries=planned.samples.queries,
            rows=len(planned.samples.texts),
            candidate_s=own,
            reference_s=other,
            unbounded_rows=planned.options.accuracy_rows != "auto",
            baselines=bool(planned.baselines),
            counted=counted,
        )
        for own, other in zip(candidate, reference, strict=True)
    ]
    limit = planned.options.time_limit_s
    high = ranges[1].high if limit is None else min(ranges[1].high, limit)
    return Range(low=min(ranges[0].low, high), high=high)
