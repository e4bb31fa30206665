"""Plan → Evidence: load, warm up, measure in blocks, ask for answers, put it on record.

Every window is on the disk before the next begins. Nothing is judged here but when to stop.
"""

import math
import time

from energylabel import __version__
from energylabel.classifiers import REFERENCE_NAME, REFERENCE_SEED, Function
from energylabel.errors import EnergyLabelError
from energylabel.events import Observer, Stopwatch
from energylabel.meters import choose_meters
from energylabel.planning import Plan, shortest_s
from energylabel.reckoning import provenance_of, shortest_window_s
from energylabel.records import (
    CountTokens,
    Evidence,
    MeterRecord,
    ModelOpened,
    OpenMeters,
    RatingBegun,
    RatingFailed,
    ReferenceModel,
    Settings,
    Subject,
    TakeTexts,
    TellCarbon,
    TellMemory,
    TimeSpent,
)
from energylabel.running.answers import answer, single, split, split_s
from energylabel.running.baselines import expected_s, measure_baselines
from energylabel.running.blocks import Blocks, check_time
from energylabel.running.idle import rest, rests
from energylabel.running.loading import (
    count_tokens,
    find_way,
    fit_candidate,
    open_candidate,
    open_reference,
    size_batches,
    size_for_both,
    try_texts,
)
from energylabel.running.rating import Rating
from energylabel.running.strangers import most_strangers, refuse_strangers
from energylabel.running.warm_up import warm_up
from energylabel.storing import Journal
from energylabel.worker import WAIT_POLICY, FunctionWorker, Worker


def run(
    plan: Plan,
    journal: Journal,
    observer: Observer,
    *,
    resume: bool,
    function: Function | None = None,
    watch: Stopwatch | None = None,
) -> Evidence:
    """Measure as planned.

    Args:
        plan: What to measure.
        journal: Where every window is recorded at once.
        observer: Told about progress.
        resume: Continue from the journal's windows if it holds any of the same plan.
        function: The model, where it is a function of this process.
        watch: Runs since the rating was asked for; None: it begins here.

    Raises:
        NotRatableError: The model does not load or does not answer.
        MeasurementError: No valid measurement is possible, or the time limit is too short.
    """
    watch = watch or Stopwatch()
    watch.turn_to("loading")
    past = journal.read() if resume else []
    strangers = refuse_strangers(plan)
    needs = (plan.threads, plan.hardware, plan.memory_limit_bytes)
    with Worker(*needs) if function is None else FunctionWorker(*needs, function) as worker:
        rating = Rating(plan, worker, journal, observer, past, watch=watch)
        if strangers:
            rating.strangers.append(strangers)
        try:
            return _measure(rating)
        except EnergyLabelError as error:
            journal.append(RatingFailed(message=error.message))
            raise


def _measure(rating: Rating) -> Evidence:
    """All steps in order."""
    plan, ask = rating.plan, rating.worker.ask
    started_at = _open_journal(rating)
    least = shortest_s(plan.protocol)
    check_time(rating, least)
    ask(TakeTexts(texts=plan.samples.texts))
    meters = _open_meters(rating)
    window_s = shortest_window_s(plan.protocol, meters, plan.hardware.device)
    beside_s = expected_s(rating, window_s)
    longer = math.ceil(least + beside_s)
    rating.tell("loading", f"loading {plan.model.name}; to measure takes {longer} s or more")
    country = plan.options.country
    carbon = ask(TellCarbon(country=country)).intensity if country else None
    opened = open_candidate(rating)
    counted = count_tokens(rating)
    fitting, opened = fit_candidate(rating, opened)
    fails_on_empty = try_texts(rating, counted)
    fitted = size_batches(rating, counted)
    agreement = find_way(rating, counted, fails_on_empty=fails_on_empty)
    if agreement.grouping != "any-lengths":
        fitted = size_batches(rating, counted)  # the peak is that of the batches there are
    own = 1 if agreement.grouping == "one-by-one" else opened.batch
    rating.tell("loading", "drawing the reference's weights")
    drawn = open_reference(rating)
    tokens = ask(CountTokens(role="reference", count=plan.samples.queries)).tokens
    fitted = size_for_both(rating, fitted, tokens)
    warm = warm_up(rating, tokens)
    provenance = provenance_of(meters, plan.hardware.device)
    if provenance != "estimated":
        rest(rating, "before")
    apart_s = split_s(rating, max(window_s, warm.candidate_pass_s))
    windows = Blocks(rating, warm, meters, beside_s + apart_s).measure()
    if provenance != "estimated":
        rest(rating, "after")
    rating.watch.turn_to("answering")
    prefilled = split(rating, warm.slices[0], meters)
    answers = answer(rating, sum(window.seconds for window in windows), beside_s)
    one_by_one = single(rating)
    peak_bytes = ask(TellMemory()).peak_bytes
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
            batch_size=_batch_size(own, fitted.size),
            batch_size_requested=plan.batching.size,
            batch_tokens=None if own else fitted.tokens,
            threads=plan.threads,
            wait_policy=WAIT_POLICY,
            attention=opened.attention,
            queries=plan.samples.queries,
            accuracy_rows=plan.options.accuracy_rows,
            label_map=plan.label_map,
            slices=tuple(len(each) for each in warm.slices),
            time_limit_s=plan.options.time_limit_s,
            shared_gpu=plan.options.allow_shared if plan.hardware.gpus else None,
            country=carbon.country if carbon else None,
            asking=plan.asking,
        ),
        meters=meters,
        reference=ReferenceModel(
            name=REFERENCE_NAME,
            seed=REFERENCE_SEED,
            parameters=drawn.parameters,
            dtype=drawn.dtype,
            tokens=sum(tokens),
            batch_size=fitted.size if own else None,
        ),
        warm_up=warm.runs,
        windows=windows,
        idle=rests(rating),
        single=one_by_one,
        answers=answers,
        model_peak_bytes=None if plan.model.is_function else fitted.peak_bytes,
        base_bytes=rating.worker.ready.base_bytes,
        rating_peak_bytes=peak_bytes,
        versions={"energylabel": __version__, **rating.worker.ready.versions, **opened.versions},
        sessions=1 + max(run.session for run in runs),
        attempts=rating.journal.attempts(),
        gpu_strangers=most_strangers(rating),
        fitting=fitting,
        baselines=beside,
        baselines_left_out=left_out,
        prefill=prefilled,
        agreement=agreement,
        exported=opened.exported,
        time_spent=TimeSpent.of(rating.watch),
        carbon=carbon,
    )


def _open_journal(rating: Rating) -> float:
    """Note what is rated; returns when the first session began."""
    plan = rating.plan
    begun = rating.first(RatingBegun)
    if begun is None:
        begun = RatingBegun(
            signature=plan.signature, protocol=plan.protocol.name, started_at=time.time()
        )
        rating.record(begun)
    return begun.started_at


def _open_meters(rating: Rating) -> tuple[MeterRecord, ...]:
    hardware = rating.plan.hardware
    asked = OpenMeters(hardware=hardware, names=choose_meters(hardware))
    return rating.worker.ask(asked).meters


def _batch_size(own: int | None, fitted: int) -> int:
    """Texts at a time: the model's own number, if it has one; one at a time is one at a time."""
    return fitted if own is None or fitted == 1 else own


def _subject(plan: Plan, opened: ModelOpened) -> Subject:
    model = plan.model
    known = not model.is_function
    return Subject(
        source=model.source,
        name=model.name,
        revision=model.revision,
        family=model.family,
        family_overridden=model.family_overridden,
        architecture=model.architecture,
        parameters=opened.parameters if known else None,
        dtype=opened.dtype,
        saved_dtypes=opened.saved_dtypes,
        dropped_settings=opened.dropped_settings,
        unread_settings=opened.unread_settings,
        labels=model.labels or (*plan.samples.workload.labels, *plan.unanswered),
        max_tokens=opened.max_tokens if known else None,
        files=model.files,
    )
