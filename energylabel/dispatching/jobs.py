"""Everything that is to be done about one model, and about one after another."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from energylabel import publishing
from energylabel.errors import EnergyLabelError, UsageError, unexpected
from energylabel.events import Observer, silent
from energylabel.pipeline import rate
from energylabel.records import Failure, Job, Outcome

Observing = Callable[[Job], AbstractContextManager[Observer]]
"""Makes the observer of one job, for as long as it runs."""


def stages(job: Job, observer: Observer = silent) -> Iterator[Outcome]:
    """Do a job, and tell its outcome each time there is more of it.

    What would go wrong in the end is looked at before anything is measured: the card, the right
    to push. A label without an energy class is not pushed.

    Yields:
        The outcome once the model is rated, once the label is in the card, once it is pushed; or
        once, where a label that stands makes all this needless.

    Raises:
        EnergyLabelError: Of the class that says what went wrong.
    """
    outcome = Outcome(model=job.model)
    if job.card is not None:
        publishing.check_place(job.card, job)
    if job.push is not None:
        publishing.check_push(job, observer)
    if job.if_changed:
        found = publishing.find_standing(job, observer)
        if found is not None:
            yield outcome.model_copy(update={"label": found.label, "standing": found.url})
            return
    rated = rate(job, observer)
    made = {"label": rated.label, "folder": rated.folder, "time": rated.time}
    outcome = outcome.model_copy(update=made)
    yield outcome
    if job.card is not None:
        receipt = publishing.write_card(rated.folder, job.card)
        outcome = outcome.model_copy(update={"card": receipt})
        yield outcome
    if job.push is not None and not rated.label.withheld:
        receipt = publishing.push(rated.folder, job.push, observer)
        yield outcome.model_copy(update={"push": receipt})


def run_job(
    job: Job,
    observer: Observer = silent,
    *,
    keep: Callable[[Outcome], None] | None = None,
    bug: Callable[[Exception], None] | None = None,
) -> Outcome:
    """Do a job; what goes wrong is a part of its outcome.

    Args:
        job: What is to be done.
        observer: Called with an :class:`energylabel.events.Event` at each step.
        keep: Called with the outcome each time there is more of it, for those who want to know
            what was done when it is interrupted.
        bug: Called with an error that nobody foresaw, before it too becomes part of the outcome.
    """
    outcome = Outcome(model=job.model)
    try:
        for outcome in stages(job, observer):
            if keep is not None:
                keep(outcome)
    except EnergyLabelError as error:
        return failed(outcome, error)
    except Exception as error:  # noqa: BLE001 - the next job is none the worse for it
        if bug is not None:
            bug(error)
        return failed(outcome, unexpected(error))
    return outcome


def failed(outcome: Outcome, error: EnergyLabelError) -> Outcome:
    """An outcome that ended in an error, which says where a label is that there is all the same."""
    failure = Failure.of(error)
    if outcome.folder is not None:
        hint = "; ".join(part for part in (failure.hint, _kept(outcome.folder)) if part)
        failure = failure.model_copy(update={"hint": hint})
    return outcome.model_copy(update={"error": failure})


def _kept(folder: Path) -> str:
    return f"the label is kept in {folder}".encode(errors="replace").decode()


def run_in_turn(
    jobs: Sequence[Job], observing: Observing, bug: Callable[[Exception], None] | None = None
) -> Iterator[Outcome]:
    """Do one job after another; one that fails does not stop the others.

    Args:
        jobs: What is to be done.
        observing: Makes the observer of each.
        bug: As for :func:`run_job`.

    Raises:
        UsageError: The jobs would overwrite each other's card.
    """
    if len(jobs) > 1 and any(job.card is not None for job in jobs):
        raise UsageError("--card is for one model", "leave it out, or rate one model")
    for job in jobs:
        with observing(job) as observer:
            outcome = run_job(job, observer, bug=bug)
        yield outcome
