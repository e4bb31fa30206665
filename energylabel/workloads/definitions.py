"""Workloads: TOML definitions, one file each, and the demo with its own texts.

A definition is data. Adding ``NAME.toml`` to this folder adds a workload.
"""

import difflib
import functools
import json
import tomllib
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from energylabel.errors import UsageError, one_line
from energylabel.records import PartialWording, Wording, WorkloadDefinition
from energylabel.workloads.folding import spelled

DEMO: Final = "demo-v1"
"""The workload of the embedded demo model."""

_FOLDER: Final = Path(__file__).resolve().parent
_MAX_BYTES: Final = 1 << 20
_MOST_ERRORS: Final = 20
"""Told at once of one file."""
_ENGLISH: Final = "en"
_EXAMPLE: Final = "`energylabel workloads show sst2-v1 --format toml` prints one to start from"


def names() -> tuple[str, ...]:
    """Names of all workloads that come with the package, in alphabetical order."""
    return tuple(sorted(_files()))


def load(name: str) -> WorkloadDefinition:
    """The definition that comes with the package under ``name``.

    Raises:
        UsageError: There is none; the hint names the closest.
    """
    return _read(_path(name))


def text(name: str) -> str:
    """The TOML text of a definition that comes with the package; raises as :func:`load` does."""
    return _path(name).read_text(encoding="utf-8")


def wording(language: str | None, own: PartialWording | None = None) -> Wording:
    """How to put a question in a language; English where there is none for it, or none is known.

    Args:
        language: ISO code, perhaps with a region (``de-AT``).
        own: What a workload says itself.
    """
    said = _wording((language or _ENGLISH).partition("-")[0].lower())
    if own is None:
        return said
    changes = own.model_dump(exclude_none=True)
    if language is not None:
        if own.instruction is not None:
            changes |= {"language": language, "hypothesis_language": said.language}
        if own.hypothesis is not None:
            changes["hypothesis_language"] = language
    return said.model_copy(update=changes)


@functools.cache
def _wording(language: str) -> Wording:
    path = _FOLDER / "wording" / f"{language}.toml"
    if not (language.isalpha() and path.is_file()):
        path = _FOLDER / "wording" / f"{_ENGLISH}.toml"
    return Wording.from_dict(tomllib.loads(path.read_text(encoding="utf-8")))


def _path(name: str) -> Path:
    path = _files().get(name)
    if path is None:
        close = difflib.get_close_matches(name, names(), n=1, cutoff=0.5)
        guess = f"did you mean {close[0]}? " if close else ""
        raise UsageError(
            f"there is no workload {name!r}",
            f"{guess}`energylabel workloads` lists them; `--workload FILE.toml` takes your own",
        )
    return path


def load_file(path: Path) -> WorkloadDefinition:
    """A definition from a TOML file of the user.

    Raises:
        UsageError: The file cannot be read, is no TOML, or does not fit the schema.
    """
    return _read(path)


def data_folder(definition: WorkloadDefinition) -> Path:
    """The folder that ``definition.file`` is relative to, for a definition of the package.

    Raises:
        UsageError: The definition is not one of the package.
    """
    path = _files().get(definition.name)
    if path is None:
        raise UsageError(
            f"the folder of the texts of workload {definition.name} is not known",
            "give the folder that holds its TOML file",
        )
    return path.parent


@functools.cache
def _files() -> dict[str, Path]:
    return {
        path.stem: path for path in (*_FOLDER.glob("*.toml"), _FOLDER / "demo" / f"{DEMO}.toml")
    }


def _read(path: Path) -> WorkloadDefinition:
    """Parse and validate one TOML file; the file's name need not be the workload's."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"the workload file {path.name} cannot be read: {error.strerror or error}",
            "check the path given to --workload",
        ) from error
    if len(content) > _MAX_BYTES:
        raise UsageError(
            f"the workload file {path.name} is larger than 1 MB",
            "a definition is a short TOML file; data belong in the file that it names",
        )
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"the workload file {path.name} is not valid TOML: {one_line(error)}",
            _EXAMPLE,
        ) from error
    try:
        # Validated as JSON, since strict records take lists as tuples only from JSON.
        definition = WorkloadDefinition.from_json(json.dumps(table, default=str))
    except ValidationError as error:
        raise UsageError(
            f"the workload file {path.name} does not fit the schema: {_all(error)}",
            _EXAMPLE,
        ) from error
    alike = [
        label
        for number, label in enumerate(definition.labels)
        if spelled(label) in map(spelled, definition.labels[:number])
    ]
    if alike:
        raise UsageError(
            f"the workload file {path.name} gives the label {alike[0]!r:.80} in two spellings",
            "names that differ in case or blanks alone are one class: give it once",
        )
    return definition


def _all(error: ValidationError) -> str:
    """Everything that is wrong, at once; of very much the first things and how many more."""
    found = []
    for each in error.errors(include_url=False, include_input=False)[:_MOST_ERRORS]:
        where = ".".join(str(part) for part in each["loc"])
        message = one_line(each["msg"].removeprefix("Value error, "))
        found.append(f"{where}: {message}" if where else message)
    more = error.error_count() - len(found)
    return "; ".join(found) + (f" (and {more} more)" if more > 0 else "")
