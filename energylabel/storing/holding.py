"""One rating at a time: the machine's lock, who holds it, and how long others wait."""

import json
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from energylabel.errors import MeasurementError
from energylabel.storing.journal import state_folder

LOCK_FOLDER = "ENERGYLABEL_LOCK_DIR"
"""Names the lock's folder instead: for tests, and where ratings can tell themselves apart."""

_LOOK_S = 0.25
_TELL_S = 60.0
_BEAT_S = 2.0
_NOTE_BYTES = 200


class Hold:
    """The machine is held. ``beat()`` shows those who wait that the rating lives.

    Args:
        descriptor: Of the lock file.
        writable: False for another user's file, which can be locked but not written.
    """

    def __init__(self, descriptor: int, *, writable: bool) -> None:
        self._descriptor, self._writable = descriptor, writable
        self._beat_at = time.monotonic()

    def note(self, content: bytes) -> None:
        """Put this into the file; a full disk is no reason not to rate."""
        if not self._writable:
            return
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, content, 0)
        except OSError:
            self._writable = False

    def beat(self) -> None:
        """A sign of life: the file's time of change, moved every few seconds at most."""
        now = time.monotonic()
        if self._writable and now - self._beat_at >= _BEAT_S:
            self._beat_at = now
            os.utime(self._descriptor)


@contextmanager
def machine_lock(
    *, wait_s: float | None, waiting: Callable[[str], None] | None = None
) -> Iterator[Hold]:
    """Hold the machine: two ratings at once would measure each other.

    The lock is the operating system's and dies with its process.

    Args:
        wait_s: Seconds to wait for another rating to end; 0 refuses at once, None waits on.
        waiting: Called with words on the other rating when there is something to wait for, and
            every minute.

    Raises:
        MeasurementError: Another rating runs, still after so long.
        KeyboardInterrupt: The program is being ended, and this is one of its threads.
    """
    with _lock_file() as (descriptor, writable):
        began = said_at = time.monotonic()
        first = True
        while not _taken(descriptor):
            now = time.monotonic()
            if wait_s is not None and now - began >= wait_s:
                raise MeasurementError(
                    f"{_holder(descriptor)} on this machine",
                    "wait until it has ended (--wait 10m, or leave out --wait)",
                    retryable=True,
                )
            if waiting is not None and (first or now - said_at >= _TELL_S):
                waiting(f"{_holder(descriptor)} on this machine; waiting for it")
                first, said_at = False, now
            time.sleep(_LOOK_S if wait_s is None else min(_LOOK_S, began + wait_s - now))
            if not threading.main_thread().is_alive():
                raise KeyboardInterrupt  # else the thread would keep an ended program
        hold = Hold(descriptor, writable=writable)
        hold.note(json.dumps({"process": os.getpid(), "since": int(time.time())}).encode())
        try:
            yield hold
        finally:
            hold.note(b"")


def _taken(descriptor: int) -> bool:
    import fcntl  # Windows has none, and reads labels all the same

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> str:
    """Who holds the lock, as far as the file tells and the process lives."""
    unknown = "another rating is running"
    try:
        noted = json.loads(os.pread(descriptor, _NOTE_BYTES, 0))
        process, since = int(noted["process"]), int(noted["since"])
        if not psutil.pid_exists(process):
            return unknown  # what a killed rating left, while another user's holds the lock
        alive = time.time() - os.fstat(descriptor).st_mtime
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return unknown
    ran = max(0.0, time.time() - since)
    return (
        f"another rating (process {process}) has been running for {_words(ran)}, "
        f"last sign of life {_words(max(0.0, alive))} ago,"
    )


def _words(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def lock_paths() -> tuple[Path, ...]:
    """Where the lock file may lie, the place that most users share first.

    ``ENERGYLABEL_LOCK_DIR`` names the only one. Who sets it answers for it that no other rating
    runs on the same processors.
    """
    if chosen := os.environ.get(LOCK_FOLDER):
        return (Path(chosen) / "energylabel.lock",)
    shared = (Path("/var/lock"), Path("/tmp"))  # noqa: S108 - one for all users of the machine
    return tuple(folder / "energylabel.lock" for folder in (*shared, state_folder()))


@contextmanager
def _lock_file() -> Iterator[tuple[int, bool]]:
    """The one lock file of this machine, readable by every user so that all share it.

    Yields its descriptor, and whether it can be written.
    """
    candidates = lock_paths()
    flags = os.O_CLOEXEC | os.O_NOFOLLOW  # a link is not followed
    for path in candidates:
        try:
            descriptor, writable = os.open(path, flags | os.O_RDWR | os.O_CREAT, 0o644), True
        except PermissionError:
            # Reading is enough for flock, and works on another user's file.
            try:
                descriptor, writable = os.open(path, flags | os.O_RDONLY), False
            except OSError:
                continue
        except OSError:
            continue
        try:
            yield descriptor, writable and _is_ours(descriptor)
        finally:
            os.close(descriptor)
        return
    raise MeasurementError(
        "no lock file can be opened, so another rating could run unseen",
        f"make one of {', '.join(str(path.parent) for path in candidates)} writable",
    )


def _is_ours(descriptor: int) -> bool:
    """Whether it is a plain file of this user's under one name alone, so that it may be written."""
    status = os.fstat(descriptor)
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_uid == os.geteuid()
