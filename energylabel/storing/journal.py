"""The append-only record of a rating under way: survives ``kill -9``, resumes.

One entry per line, as JSON, each flushed to the disk before the next window begins. A line that a
crash cut short is dropped when reading. Journals and the count of attempts live in the user's
state folder, one file for each subject, workload and machine.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from platformdirs import user_state_path
from pydantic import TypeAdapter, ValidationError

from energylabel.errors import OutputError, SchemaError
from energylabel.records import AnyEntry, Attempt, RatingBegun, RatingFailed, WindowTaken


def state_folder() -> Path:
    """Where journals and attempts are kept (``XDG_STATE_HOME`` moves it)."""
    return user_state_path("energylabel")


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one subject, workload and machine.

    Args:
        key: Digest of what is rated, on what, where.
        folder: Folder of the journals.
    """

    key: str
    folder: Path

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self.folder / f"{self.key[:24]}.jsonl"

    @property
    def _attempts(self) -> Path:
        return self.folder / f"{self.key[:24]}.attempts.jsonl"

    def read(self) -> list[AnyEntry]:
        """All whole entries, oldest first; empty when there is no journal.

        Raises:
            SchemaError: An entry is of another version of this program.
        """
        try:
            return [_entries().validate_json(line) for line in _lines(self.path)]
        except ValidationError as error:
            raise SchemaError(
                "the interrupted rating's journal holds an entry that this version does not know",
                "leave out --resume to start anew",
            ) from error

    def append(self, entry: AnyEntry) -> None:
        """Write one entry and wait until it is on the disk.

        Raises:
            OutputError: The disk is full or the folder cannot be written.
        """
        _append(self.path, entry.model_dump_json())

    def abandoned(self) -> Attempt | None:
        """The attempt that the journal is of, if it measured anything: what was seen counts.

        Entries of another version are passed over: nobody resumes from these.
        """
        known = [entry for line in _lines(self.path) if (entry := _known(line)) is not None]
        begun = next((entry for entry in known if isinstance(entry, RatingBegun)), None)
        windows = sum(isinstance(entry, WindowTaken) for entry in known)
        if begun is None or not windows:
            return None
        failed = next((entry for entry in known if isinstance(entry, RatingFailed)), None)
        return Attempt(
            started_at=begun.started_at,
            protocol=begun.protocol,
            outcome="failed" if failed else "interrupted",
            windows=windows,
            reason=failed.message if failed else None,
        )

    def attempts(self) -> tuple[Attempt, ...]:
        """Earlier attempts, oldest first; raises :class:`SchemaError` on what is none."""
        try:
            return tuple(Attempt.from_json(line) for line in _lines(self._attempts))
        except ValidationError as error:
            raise SchemaError(
                f"{self._attempts} holds something that is no attempt",
                "move the file away; the attempts in it are then no longer counted",
            ) from error

    def close(self, attempt: Attempt) -> None:
        """Count the attempt and drop the journal."""
        _append(self._attempts, attempt.model_dump_json())
        self.drop()

    def drop(self) -> None:
        """Remove the journal, if there is one."""
        self.path.unlink(missing_ok=True)


@cache
def _entries() -> TypeAdapter[AnyEntry]:
    return TypeAdapter(AnyEntry)


def _known(line: str) -> AnyEntry | None:
    try:
        return _entries().validate_json(line)
    except ValidationError:
        return None


def _lines(path: Path) -> Iterator[str]:
    """The lines that hold a whole JSON object."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise OutputError(
            f"cannot read the journal {path}: {error.strerror or error}",
            "make it readable or set XDG_STATE_HOME to another folder",
        ) from error
    for line in text.split("\n"):
        try:
            whole = isinstance(json.loads(line), dict)
        except ValueError:
            continue  # empty, or cut short by a crash
        if whole:
            yield line


def _append(path: Path, line: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            # After a crash the last line may lack its line break; this entry must not join it.
            if file.tell() and _last_byte(file) != b"\n":
                line = "\n" + line
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OutputError(
            f"cannot write the journal {path}: {error.strerror or error}",
            "free some space or set XDG_STATE_HOME to a folder that can be written",
        ) from error


def _last_byte(file: IO[bytes]) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)
