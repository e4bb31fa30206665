"""The whole chain, from what the user asks to files on the disk. Knows all stages."""

import sys
from dataclasses import dataclass
from pathlib import Path

from energylabel import storing
from energylabel.classifiers import Function
from energylabel.devices import detect
from energylabel.errors import NotRatableError, SchemaError, UsageError
from energylabel.events import Event, Observer, Stopwatch, silent
from energylabel.judging import contradictions, judge, refusal
from energylabel.planning import (
    Plan,
    check_time_limit,
    choose,
    plan,
    settle,
    settle_function,
)
from energylabel.records import Attempt, Evidence, Job, Label, RatingBegun, TimeSpent
from energylabel.rendering import files_of, same_picture
from energylabel.running import run
from energylabel.storing import Journal, machine_lock, state_folder

_NOT_CANONICAL = "is not in canonical form (RFC 8785)"


@dataclass(frozen=True, slots=True)
class Rated:
    """A finished rating, where it lies, and where its time went if it was measured now."""

    label: Label
    folder: Path
    time: TimeSpent | None = None


def rate(job: Job, observer: Observer = silent, function: Function | None = None) -> Rated:
    """Rate one model and write its label.

    Args:
        job: What is to be rated and how.
        observer: Is told of progress.
        function: The model, where it is a function of this process, which the job names.

    Raises:
        EnergyLabelError: Of the class that says what went wrong.
    """
    if sys.platform == "win32":
        raise UsageError(
            "Windows is not supported yet", "use Linux, macOS or the Windows Subsystem for Linux"
        )
    watch = Stopwatch()
    options = job.options
    out = Path(options.out)
    storing.prepare(out)
    observer(Event("resolving", f"looking at {job.model}"))
    if function is None:
        model, options = settle(job, observer)
    else:
        model, options = settle_function(job)
    if not options.resume:
        check_time_limit(options)
    hardware = detect(options.device)
    samples, label_map = choose(options, model, observer)
    planned = plan(model, samples, label_map, hardware, options)
    journal = Journal(planned.key, state_folder())
    if options.resume and not journal.read():
        done = _done(out, planned)
        if done is not None:
            observer(Event("standing", f"{model.name} is rated already; nothing was measured now"))
            return done

    def waiting(message: str) -> None:
        observer(Event("waiting", message))

    watch.turn_to("waiting")
    with machine_lock(wait_s=options.wait_s, waiting=waiting) as hold:

        def observed(event: Event) -> None:
            hold.beat()
            observer(event)

        resume = _open_journal(journal, planned, resume=options.resume)
        evidence = run(planned, journal, observed, resume=resume, function=function, watch=watch)
        watch.turn_to("writing")
        observer(Event("writing", "drawing the label"))
        label = judge(evidence)
        _refuse(label, journal, evidence)
        folder = storing.write(out, evidence, files_of(label))
        journal.close(_attempt(evidence))
    return Rated(label, folder, TimeSpent.of(watch))


def _done(out: Path, planned: Plan) -> Rated | None:
    """The label that a finished rating like this one left, so that there is nothing to resume."""
    workload = planned.samples.workload.name
    folder = out / storing.leaf(planned.model, workload, planned.hardware, planned.setup)
    if not (folder / storing.LABEL).is_file():
        return None
    try:
        evidence = storing.read_evidence(folder)
    except SchemaError:  # of another version, or edited: it is measured again
        return None
    return (
        Rated(judge(evidence, storing.address(folder)), folder)
        if planned.is_that_of(evidence)
        else None
    )


def relabel(path: Path) -> Rated:
    """Make the label and its pictures again from stored evidence.

    Raises:
        SchemaError: The evidence is missing, unreadable, of a newer schema, or no longer written as
            it was: the label's id would not be its digest.
    """
    folder, label = storing.find(path), judged(path)
    if not storing.is_canonical(folder, label.id):
        raise SchemaError(
            f"{folder / storing.EVIDENCE} {_NOT_CANONICAL}, so its SHA-256 is not the label's id",
            "an editor or formatter wrote it anew: take it unchanged from where it was published"
            " or from version control",
        )
    storing.replace(folder, files_of(label))
    return Rated(label, folder)


def judged(path: Path) -> Label:
    """The label that follows from stored evidence; nothing is written.

    Raises:
        SchemaError: The evidence is missing, unreadable or of a newer schema.
    """
    folder = storing.find(path)
    return judge(storing.read_evidence(folder), storing.address(folder))


def differences(path: Path) -> tuple[str, ...]:
    """What in a stored label does not follow from the evidence beside it; empty if all does.

    What in the evidence contradicts itself comes first: a label that follows from that shows
    nothing. The pictures and the card block too, where they are there; of the PNG the pixels,
    since its bytes depend on the compressor's version.

    Raises:
        SchemaError: A record is missing, unreadable or of a newer schema.
    """
    folder = storing.find(path)
    evidence = storing.read_evidence(folder)
    stored = storing.read_label(folder)
    made = judge(evidence, stored.evidence_url).model_dump(mode="json")
    if stored.confusion is None:  # as of labels before there was one
        made.pop("confusion", None)
    found = [f"evidence: {each}" for each in contradictions(evidence)]
    found += _compare("label", stored.model_dump(mode="json"), made)
    if not storing.is_canonical(folder, evidence.digest()):
        found.append(f"{storing.EVIDENCE} {_NOT_CANONICAL}")
    for name, content in files_of(stored).items():
        path = folder / name
        if name.endswith(".json") or not path.is_file():
            continue
        there = path.read_bytes()
        if not (same_picture(content, there) if name.endswith(".png") else there == content):
            found.append(f"{name} is not what the label looks like; energylabel render mends it")
    return tuple(found)


def _compare(path: str, stored: object, made: object) -> list[str]:
    """Fields whose stored value is not the one that the evidence gives."""
    if isinstance(stored, dict) and isinstance(made, dict):
        return [
            line
            for key in sorted(stored.keys() | made.keys())
            for line in _compare(f"{path}.{key}", stored.get(key), made.get(key))
        ]
    if isinstance(stored, list) and isinstance(made, list) and len(stored) == len(made):
        pairs = enumerate(zip(stored, made, strict=True))
        return [line for i, (a, b) in pairs for line in _compare(f"{path}[{i}]", a, b)]
    if stored == made:
        return []
    return [f"{path}: stored {stored!r}, from the evidence {made!r}"]


def _open_journal(journal: Journal, planned: Plan, *, resume: bool) -> bool:
    """Whether there is something to continue; an abandoned attempt that measured is counted."""
    if resume:
        entries = journal.read()
        begun = next((entry for entry in entries if isinstance(entry, RatingBegun)), None)
        if begun is not None and begun.signature != planned.signature:
            raise UsageError(
                "the interrupted rating was started with other options",
                "give the same options again, or leave out --resume to start anew",
            )
        if begun is not None:
            return True
    abandoned = journal.abandoned()
    if abandoned is not None:
        journal.close(abandoned)
    else:  # no window was measured, so nobody could pick by its figure
        journal.drop()
    return False


def _attempt(evidence: Evidence, reason: str | None = None) -> Attempt:
    return Attempt(
        started_at=evidence.started_at,
        protocol=evidence.settings.protocol.name,
        outcome="failed" if reason else "completed",
        windows=len(evidence.windows),
        reason=reason,
    )


def _refuse(label: Label, journal: Journal, evidence: Evidence) -> None:
    """Stop where the answers show that the model does not do this task."""
    finding = refusal(label.findings)
    if finding is not None:
        journal.close(_attempt(evidence, finding.message))
        raise NotRatableError(finding.message, finding.remedy or "")
