"""The append-only record of a rating under way: survives ``kill -9``, resumes.

One JSON object per line, each flushed to the disk before the next window begins. A last line that
a crash cut short is dropped when reading. Journals and the count of attempts live in the user's
state folder, one file for each subject, workload and machine.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from platformdirs import user_runtime_path, user_state_path

from energylabel.errors import MeasurementError, OutputError
from energylabel.records.evidence import Attempt

Entry = dict[str, Any]


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

    def read(self) -> list[Entry]:
        """All whole entries, oldest first; empty when there is no journal."""
        return list(_lines(self.path))

    def append(self, kind: str, content: Any) -> None:
        """Write one entry and wait until it is on the disk.

        Raises:
            OutputError: The disk is full or the folder cannot be written.
        """
        _append(self.path, {"kind": kind, "content": content})

    def attempts(self) -> tuple[Attempt, ...]:
        """Earlier attempts, oldest first."""
        return tuple(Attempt.from_dict(line) for line in _lines(self._attempts))

    def close(self, attempt: Attempt) -> None:
        """Count the attempt and drop the journal."""
        _append(self._attempts, attempt.model_dump(mode="json"))
        self.path.unlink(missing_ok=True)


def _lines(path: Path) -> Iterator[Entry]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.split("\n"):
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue  # empty, or cut short by a crash
        if isinstance(entry, dict):
            yield entry


def _append(path: Path, entry: Entry) -> None:
    line = json.dumps(entry, allow_nan=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            # A line that a crash cut short must not swallow this one.
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


@contextmanager
def machine_lock(*, wait: bool, waiting: Any = None) -> Iterator[None]:
    """Hold the machine: two ratings at once would measure each other.

    The lock is the operating system's and dies with its process.

    Args:
        wait: Wait for another rating to end; otherwise refuse.
        waiting: Called once, without arguments, when there is something to wait for.

    Raises:
        MeasurementError: Another rating runs and ``wait`` is False.
    """
    with _lock_file() as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if not wait:
                raise MeasurementError(
                    "another rating is running on this machine",
                    "wait until it has ended, or leave out --no-wait",
                ) from error
            if waiting is not None:
                waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


@contextmanager
def _lock_file() -> Iterator[int]:
    """The one lock file of this machine, readable by every user so that all share it."""
    shared = Path("/var/lock" if Path("/var/lock").is_dir() else "/tmp")  # noqa: S108 - one for all
    candidates = [shared / "energylabel.lock", user_runtime_path() / "energylabel.lock"]
    for path in candidates:
        try:
            # Reading is enough for flock, and works on another user's file.
            descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except PermissionError:
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                continue
        except OSError:
            continue
        try:
            yield descriptor
        finally:
            os.close(descriptor)
        return
    raise MeasurementError(
        "no lock file can be opened, so another rating could run unseen",
        f"make {candidates[0].parent} or {candidates[1].parent} writable",
    )
