"""Models are opened, fitted if they do not come fitted, and given batches that memory holds."""

from typing import TypeVar

from energylabel.classifiers import Batching
from energylabel.errors import MeasurementError, NotRatableError
from energylabel.records import (
    Agreement,
    Batches,
    BatchesFixed,
    CandidateFitted,
    CompareAnswers,
    CountTokens,
    FitModel,
    Fitting,
    ModelOpened,
    OpenModel,
    Reply,
    Request,
    Role,
    SizeBatches,
    TryTexts,
    WayFound,
)
from energylabel.running.rating import Rating
from energylabel.running.rating import fitting as placed_fitting
from energylabel.running.slices import extremes, longest, telling
from energylabel.runtimes import find_runtime

R = TypeVar("R", bound=Reply)

_PATIENCE_S = 3600
"""For loading a model and for its tokenizer: a pattern in a stranger's file may never end."""


def open_candidate(rating: Rating) -> ModelOpened:
    """Load the model that is rated."""
    plan = rating.plan
    doing = f"loading {plan.model.name}"
    if plan.setup.runtime is not None:
        doing = f"exporting {plan.model.name} for {find_runtime(plan.setup.runtime).title}"
        rating.tell("loading", doing)
    return _wait_for(rating, doing, _PATIENCE_S, plan.opening)


def open_reference(rating: Rating) -> ModelOpened:
    """Draw the reference, which needs no files; it runs on PyTorch whatever the model runs on."""
    plan = rating.plan
    request = OpenModel(
        role="reference",
        family="reference",
        model=None,
        device=plan.hardware.device,
        dtype="float32",
        threads=plan.threads,
        task=plan.task,
    )
    return _wait_for(rating, "loading reference", _PATIENCE_S, request)


def count_tokens(rating: Rating) -> tuple[int, ...]:
    """The candidate's tokens of each text that is asked."""
    request = CountTokens(role="candidate", count=len(rating.plan.samples.texts))
    return _wait_for(rating, "tokenising the texts", _PATIENCE_S, request).tokens


def _wait_for(rating: Rating, doing: str, patience_s: float | None, request: Request[R]) -> R:
    """Ask the worker for what a hostile file or a time limit could make too long.

    Raises:
        MeasurementError: The time limit ended first.
        NotRatableError: ``patience_s`` ended first.
    """
    left = rating.left()
    limits = [limit for limit in (left, patience_s) if limit is not None]
    try:
        return rating.worker.ask_within(max(0.0, min(limits)) if limits else None, request)
    except TimeoutError as error:
        if left is not None and left == min(limits):
            raise MeasurementError(
                f"the time limit ended while {doing}", "raise --time-limit"
            ) from error
        raise NotRatableError(
            f"{rating.plan.model.name}: {doing} took more than {patience_s} s and was given up",
            "look at the model's tokenizer.json and config.json: something in them never ends",
        ) from error


def fit_candidate(rating: Rating, opened: ModelOpened) -> tuple[Fitting | None, ModelOpened]:
    """Fit a model that does not come fitted; what it took stays apart from every window.

    A resumed rating fits it again, in the same way on the same rows, and keeps the first figures.
    """
    training = rating.plan.training
    if training is None:
        return None, opened
    doing = f"fitting {rating.plan.model.name} on {len(training.texts):,} rows"
    rating.tell("loading", doing)
    request = FitModel(role="candidate", texts=training.texts, gold=training.gold)
    reply = _wait_for(rating, doing, None, request)
    before = rating.first(CandidateFitted)
    if before is not None:
        return before.fitting, reply.opened
    classes = len(rating.plan.samples.workload.labels)
    fitting = placed_fitting(reply, training, rows=len(training.texts), classes=classes)
    rating.record(CandidateFitted(fitting=fitting))
    return fitting, reply.opened


def try_texts(rating: Rating, tokens: tuple[int, ...]) -> bool:
    """Answer the shortest texts and the longest before time is spent on the others.

    Returns:
        Whether an empty text, which is tried too, makes the candidate fail.

    Raises:
        NotRatableError: The candidate fails on one that is asked.
    """
    request = TryTexts(role="candidate", indices=extremes(tokens))
    return _wait_for(rating, "trying the first texts", _PATIENCE_S, request).fails_on_empty


def find_way(rating: Rating, tokens: tuple[int, ...], *, fails_on_empty: bool) -> Agreement:
    """How the candidate is asked so that it gives its own answers; fixed when resumed."""
    before = rating.first(WayFound)
    rating.watch.turn_to("checking")
    rating.tell("loading", "comparing answers alone and in batches")
    request = CompareAnswers(
        role="candidate",
        indices=telling(tokens, rating.plan.samples.queries),
        known=before.agreement if before else None,
    )
    agreement = rating.worker.ask(request).agreement
    if before is None:
        agreement = agreement.model_copy(update={"fails_on_empty": fails_on_empty})
        rating.record(WayFound(agreement=agreement))
    rating.watch.turn_to("loading")
    return agreement


def size_batches(rating: Rating, tokens: tuple[int, ...]) -> Batches:
    """Size batches with the candidate alone in memory, so that the peak is its own."""
    before = rating.first(BatchesFixed)
    asked = rating.plan.batching
    if before is not None:
        asked = Batching(before.batches.size, before.batches.tokens)
    return _largest(rating, "candidate", tokens, asked)


def size_for_both(rating: Rating, alone: Batches, tokens: tuple[int, ...]) -> Batches:
    """Fix the batches: the reference takes the same, beside the candidate's weights."""
    both = _largest(rating, "reference", tokens, Batching(alone.size, alone.tokens))
    before = rating.first(BatchesFixed)
    if before is not None:
        return before.batches
    fixed = Batches(size=both.size, tokens=both.tokens, peak_bytes=alone.peak_bytes)
    rating.record(BatchesFixed(batches=fixed))
    return fixed


def _largest(rating: Rating, role: Role, tokens: tuple[int, ...], asked: Batching) -> Batches:
    """The largest batches up to those asked for, and the peak memory; fixed when resumed."""
    request = SizeBatches(
        role=role,
        indices=longest(tokens, asked.rows(max(1, *tokens))),
        size=asked.size,
        tokens=asked.tokens,
    )
    fitted = rating.worker.ask(request).batches
    if rating.first(BatchesFixed) is not None and fitted.size != asked.size:
        raise MeasurementError(
            f"batches of {asked.size} no longer fit into memory",
            "free memory and resume, or rate again without --resume",
        )
    return fitted
