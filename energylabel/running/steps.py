"""Plan → Evidence: load, warm up, measure in blocks, ask for answers, put it on record.

Every window is on the disk before the next begins. Nothing is judged here but when to stop.
"""

import math
import time
from typing import Any

from energylabel import __version__
from energylabel.classifiers import REFERENCE_NAME, REFERENCE_SEED, Batching
from energylabel.errors import EnergyLabelError, MeasurementError, NotRatableError
from energylabel.events import Observer
from energylabel.meters import choose_meters
from energylabel.planning import Plan, shortest_s
from energylabel.reckoning import provenance_of, shortest_window_s
from energylabel.records import (
    CarbonIntensity,
    Evidence,
    Fitting,
    MeterRecord,
    ReferenceModel,
    Role,
    Settings,
    Subject,
)
from energylabel.running.answers import answer, single
from energylabel.running.baselines import expected_s, measure_baselines
from energylabel.running.blocks import Blocks, check_time
from energylabel.running.idle import rest, rests
from energylabel.running.prefill import split, split_s
from energylabel.running.rating import Rating
from energylabel.running.slices import longest
from energylabel.running.strangers import most_strangers, refuse_strangers
from energylabel.running.warm_up import warm_up
from energylabel.storing import Journal
from energylabel.worker import WAIT_POLICY, Worker

_PATIENCE_S = 3600
"""For loading a model and for its tokenizer: a pattern in a stranger's file may never end."""


def run(plan: Plan, journal: Journal, observer: Observer, *, resume: bool) -> Evidence:
    """Measure as planned.

    Args:
        plan: What to measure.
        journal: Where every window is recorded at once.
        observer: Told about progress.
        resume: Continue from the journal's windows if it holds any of the same plan.

    Raises:
        NotRatableError: The model does not load or does not answer.
        MeasurementError: No valid measurement is possible, or the time limit is too short.
    """
    past = journal.read() if resume else []
    strangers = refuse_strangers(plan)
    with Worker(plan.threads, plan.hardware, plan.memory_limit_bytes) as worker:
        rating = Rating(plan, worker, journal, observer, past)
        if strangers:
            rating.strangers.append(strangers)
        try:
            return _measure(rating)
        except EnergyLabelError as error:
            journal.append("failed", error.message)
            raise


def _measure(rating: Rating) -> Evidence:
    """All steps in order."""
    plan, ask = rating.plan, rating.worker.ask
    started_at = _open_journal(rating)
    least = shortest_s(plan.protocol)
    check_time(rating, least)
    ask("texts", texts=plan.samples.texts)
    meters = _open_meters(rating)
    window_s = shortest_window_s(plan.protocol, meters, plan.hardware.device)
    beside_s = expected_s(rating, window_s)
    longer = math.ceil(least + beside_s)
    rating.tell("loading", f"loading {plan.model.name}; to measure takes {longer} s or more")
    carbon = plan.options.country and ask("carbon", country=plan.options.country)
    opened = _open(rating, "candidate", plan.model.family, plan.setup.precision)
    counted = _wait(
        rating,
        "tokenising the texts",
        _PATIENCE_S,
        "count_tokens",
        role="candidate",
        count=len(plan.samples.texts),
    )
    fitting, opened = _learn(rating, opened)
    fitted = _fit(rating, counted)
    rating.tell("loading", "drawing the reference's weights")
    drawn = _open(rating, "reference", "reference", "float32")
    tokens = ask("count_tokens", role="reference", count=plan.samples.queries)
    fitted = _fit_reference(rating, fitted, tokens)
    warm = warm_up(rating, tokens)
    provenance = provenance_of(meters, plan.hardware.device)
    if provenance != "estimated":
        rest(rating, "before")
    apart_s = split_s(rating, max(window_s, warm.candidate_pass_s))
    windows = Blocks(rating, warm, meters, beside_s + apart_s).measure()
    if provenance != "estimated":
        rest(rating, "after")
    prefilled = split(rating, warm.slices[0], meters)
    answers = answer(rating, sum(window.seconds for window in windows), beside_s)
    one_by_one = single(rating)
    peak_bytes = ask("memory")["peak_bytes"]
    beside, left_out = measure_baselines(rating, warm.slices, windows, window_s, len(answers.gold))
    runs = (*windows, *(run for each in beside for run in each.windows))
    return Evidence(
        tool_version=__version__,
        started_at=started_at,
        finished_at=time.time(),
        subject=_subject(plan, opened),
        workload=plan.samples.workload,
        hardware=plan.hardware,
        settings=Settings(
            protocol=plan.protocol,
            setup=plan.setup,
            batch_size=_batch_size(opened["batch"], fitted["batch_size"]),
            batch_size_requested=plan.batching.size,
            batch_tokens=None if opened["batch"] else fitted["batch_tokens"],
            threads=plan.threads,
            wait_policy=WAIT_POLICY,
            attention=opened["attention"],
            queries=plan.samples.queries,
            accuracy_rows=plan.options.accuracy_rows,
            label_map=plan.label_map,
            slices=tuple(len(each) for each in warm.slices),
            time_limit_s=plan.options.time_limit_s,
            shared_gpu=plan.options.allow_shared if plan.hardware.gpus else None,
            country=carbon["country"] if carbon else None,
            asking=plan.asking,
        ),
        meters=meters,
        reference=ReferenceModel(
            name=REFERENCE_NAME,
            seed=REFERENCE_SEED,
            parameters=drawn["parameters"],
            dtype=drawn["dtype"],
            tokens=sum(tokens),
            batch_size=fitted["batch_size"] if opened["batch"] else None,
        ),
        warm_up=warm.runs,
        windows=windows,
        idle=rests(rating),
        single=one_by_one,
        answers=answers,
        model_peak_bytes=fitted["peak_bytes"],
        base_bytes=rating.worker.hello["base_bytes"],
        rating_peak_bytes=peak_bytes,
        versions={"energylabel": __version__, **rating.worker.hello["versions"]},
        sessions=1 + max(run.session for run in runs),
        attempts=rating.journal.attempts(),
        gpu_strangers=most_strangers(rating),
        fitting=fitting,
        baselines=beside,
        baselines_left_out=left_out,
        prefill=prefilled,
        carbon=CarbonIntensity.from_dict(carbon) if carbon else None,
    )


def _open_journal(rating: Rating) -> float:
    """Note what is rated; returns when the first session began."""
    plan = rating.plan
    header = rating.first("header")
    if header is None:
        header = {
            "signature": plan.signature,
            "protocol": plan.protocol.name,
            "started_at": time.time(),
        }
        rating.record("header", header)
    return float(header["started_at"])


def _open_meters(rating: Rating) -> tuple[MeterRecord, ...]:
    hardware = rating.plan.hardware
    told = rating.worker.ask(
        "meters",
        hardware=hardware.model_dump(mode="json"),
        names=choose_meters(hardware),
    )
    return tuple(MeterRecord.from_dict(each) for each in told)


def _open(rating: Rating, role: Role, family: str, dtype: str) -> Any:
    """Load a model; the reference needs no files."""
    plan = rating.plan
    return _wait(
        rating,
        f"loading {family if role == 'reference' else plan.model.name}",
        _PATIENCE_S,
        "open",
        role=role,
        family=family,
        model=plan.model.model_dump(mode="json") if role == "candidate" else None,
        placement={"device": plan.hardware.device, "dtype": dtype, "threads": plan.threads},
        task=plan.task.model_dump(mode="json"),
    )


def _wait(rating: Rating, doing: str, patience_s: float | None, op: str, **arguments: Any) -> Any:
    """Ask the worker for what a hostile file or a time limit could make too long.

    Raises:
        MeasurementError: The time limit ended first.
        NotRatableError: ``patience_s`` ended first.
    """
    left = rating.left()
    limits = [limit for limit in (left, patience_s) if limit is not None]
    try:
        return rating.worker.ask_within(max(0.0, min(limits)) if limits else None, op, **arguments)
    except TimeoutError as error:
        if left is not None and left == min(limits):
            raise MeasurementError(
                f"the time limit ended while {doing}", "raise --time-limit"
            ) from error
        raise NotRatableError(
            f"{rating.plan.model.name}: {doing} took more than {patience_s} s and was given up",
            "look at the model's tokenizer.json and config.json: something in them never ends",
        ) from error


def _learn(rating: Rating, opened: Any) -> tuple[Fitting | None, Any]:
    """Fit a model that does not come fitted; what it took stays apart from every window.

    A resumed rating fits it again, in the same way on the same rows, and keeps the first figures.
    """
    training = rating.plan.training
    if training is None:
        return None, opened
    doing = f"fitting {rating.plan.model.name} on {len(training.texts):,} rows"
    rating.tell("loading", doing)
    told = _wait(
        rating, doing, None, "learn", role="candidate", texts=training.texts, gold=training.gold
    )
    opened = told.pop("opened")
    told |= training.taken(len(training.texts), len(rating.plan.samples.workload.labels))
    before = rating.first("fitting")
    if before is None:
        rating.record("fitting", told)
    return Fitting.from_dict(before or told), opened


def _fit(rating: Rating, tokens: list[int]) -> dict[str, Any]:
    """Fit batches with the candidate alone in memory, so that the peak is its own."""
    before = rating.first("fitted")
    asked = rating.plan.batching
    if before is not None:
        asked = Batching(before["batch_size"], before["batch_tokens"])
    return _largest(rating, "candidate", tokens, asked)


def _fit_reference(rating: Rating, fitted: dict[str, Any], tokens: list[int]) -> dict[str, Any]:
    """Fix the batches: the reference takes the same, beside the candidate's weights."""
    asked = Batching(fitted["batch_size"], fitted["batch_tokens"])
    both = _largest(rating, "reference", tokens, asked)
    before: dict[str, Any] | None = rating.first("fitted")
    if before is not None:
        return before
    fixed = both | {"peak_bytes": fitted["peak_bytes"]}
    rating.record("fitted", fixed)
    return fixed


def _largest(rating: Rating, role: Role, tokens: list[int], asked: Batching) -> dict[str, Any]:
    """The largest batches up to those asked for, and the peak memory; fixed when resumed."""
    fitted: dict[str, Any] = rating.worker.ask(
        "fit",
        role=role,
        indices=longest(tokens, asked.rows(max(1, *tokens))),
        size=asked.size,
        tokens=asked.tokens,
    )
    if rating.first("fitted") is not None and fitted["batch_size"] != asked.size:
        raise MeasurementError(
            f"batches of {asked.size} no longer fit into memory",
            "free memory and resume, or rate again without --resume",
        )
    return fitted


def _batch_size(own: int | None, fitted: int) -> int:
    """Texts at a time: the model's own number, if it has one; one at a time is one at a time."""
    return fitted if own is None or fitted == 1 else own


def _subject(plan: Plan, opened: Any) -> Subject:
    model = plan.model
    return Subject(
        source=model.source,
        name=model.name,
        revision=model.revision,
        family=model.family,
        family_overridden=model.family_overridden,
        architecture=model.architecture,
        parameters=opened["parameters"],
        dtype=opened["dtype"],
        labels=model.labels or (*plan.samples.workload.labels, *plan.unanswered),
        max_tokens=opened["max_tokens"],
        files=model.files,
    )
