"""A job in a file → its outcome in a file beside it: what a task of a cluster runs."""

import json
import tempfile
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from pydantic import ValidationError

from energylabel import storing
from energylabel.dispatching.jobs import failed, run_job
from energylabel.errors import OutputError, SchemaError, Terminated, UsageError, one_line, stopped
from energylabel.events import Observer, silent
from energylabel.options import OFFERS
from energylabel.records import Job, Outcome

RESUME = "what is measured so far is kept: a job with options.resume continues from there"
SCHEMA_VERSION = 1
_MOST_BYTES = 1_000_000


def outcome_path(path: Path) -> Path:
    """Where the outcome of a job lies: ``a.outcome.json`` beside ``a.json``."""
    stem = path.stem if path.suffix == ".json" else path.name
    return path.with_name(f"{stem}.outcome.json")


def run_file(
    path: Path,
    observer: Observer = silent,
    bug: Callable[[Exception], None] | None = None,
) -> Outcome:
    """Do the job in a file and write its outcome beside it, whole or not at all.

    An earlier outcome stays until the new one takes its place. Paths in a job are relative to the
    folder that the program runs in. The other arguments are those of :func:`run_job`.

    Raises:
        UsageError: The file holds no job, or no outcome could be written there: nothing is done.
        KeyboardInterrupt: The outcome says so; so with ``Terminated``.
    """
    job = read_job(path)
    there = outcome_path(path)
    _check_folder(there.parent)
    outcome = Outcome(model=job.model)

    def keep(more: Outcome) -> None:
        nonlocal outcome
        outcome = more

    try:
        outcome = run_job(job, observer, keep=keep, bug=bug)
    except (KeyboardInterrupt, Terminated) as cause:
        _write(failed(outcome, stopped(cause, RESUME)), there)
        raise
    _write(outcome, there)
    return outcome


def read_job(path: Path) -> Job:
    """The job in a file.

    Raises:
        SchemaError: It cannot be read, is no job, or one of a newer program.
        UsageError: An option is out of range, or two do not go together.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SchemaError(
            f"cannot read {path}: {error.strerror or error}", "give a file that holds a job"
        ) from error
    if len(content) > _MOST_BYTES:
        raise SchemaError(f"{path} is too large for a job", "give a file that holds a job")
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"{path} is not JSON: {one_line(error)}", "correct the file") from error
    if not isinstance(values, dict):
        raise SchemaError(f"{path} holds no job", 'write an object: {"model": "org/name"}')
    version = values.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise SchemaError(
            f"{path} has schema version {version}, this program knows up to {SCHEMA_VERSION}",
            "install a newer energylabel",
        )
    try:
        return Job.from_dict(values)
    except ValidationError as error:
        raise SchemaError(f"{path} is no job: {_words(error)}", _hint(error)) from error
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", error.hint) from error


def _words(error: ValidationError) -> str:
    """The first thing that is wrong, and how much else."""
    first, *others = error.errors()
    where = ".".join(str(part) for part in first["loc"]) or "content"
    if _unknown(first["type"]):
        fault = f"there is no {one_line(where, 80)}"
    else:
        fault = f"{one_line(where, 80)}: {first['msg']}"
    return fault + (f" (and {len(others)} more)" if others else "")


def _hint(error: ValidationError) -> str:
    first = error.errors()[0]
    if not _unknown(first["type"]) or not first["loc"]:
        return "energylabel schema job tells what a job holds"
    known = [each.name for each in OFFERS] if first["loc"][0] == "options" else [*Job.model_fields]
    close = get_close_matches(str(first["loc"][-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"


def _unknown(kind: str) -> bool:
    return kind in {"extra_forbidden", "unexpected_keyword_argument"}


def _check_folder(folder: Path) -> None:
    """Make sure that an outcome can be written, before anything is measured."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"cannot write to {folder}: {error.strerror or error}",
            "put the job into a folder that can be written: its outcome goes beside it",
        ) from error


def _write(outcome: Outcome, path: Path) -> None:
    storing.replace(path.parent, {path.name: outcome.canonical()})
