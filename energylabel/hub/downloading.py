"""One file of a repository at a pinned commit → the Hub's own cache, checked against its digest.

The file's headers are asked for first: a repository that answers metadata and refuses files shows
itself there, and the size is known before the disk fills. `HF_ENDPOINT`, `HF_HOME` and a stored
token are honoured by `huggingface_hub` itself.
"""

import hashlib
import io
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from energylabel.errors import NetworkError, OutputError
from energylabel.events import Event, Observer, Stage
from energylabel.hub.explaining import explained
from energylabel.hub.retrying import patiently
from energylabel.records import HubDataset

TIMEOUT_S = 30.0
"""For an answer about a repository or a file; the content has the library's own time-outs."""

STALL_S = 300.0
"""Longest silence while content comes down: a chunk has 10 MB, a pause of the Hub 5 minutes."""

_SPARE_BYTES = 100_000_000
_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A repository at a commit. ``shown`` is how messages call it."""

    kind: Literal["model", "dataset"]
    name: str
    commit: str
    shown: str


def download(dataset: HubDataset, *, offline: bool, observer: Observer) -> tuple[Path, ...]:
    """Local paths of ``dataset.files``, in that order; downloads what the cache lacks.

    Raises:
        NetworkError: The Hub cannot be reached or refuses; or ``offline`` and not in the cache.
        OutputError: The disk is full or the cache cannot be written.
    """
    from huggingface_hub import constants, hf_hub_download

    shown = f"{dataset.repository}@{dataset.commit[:12]}"
    place = Place("dataset", dataset.repository, dataset.commit, shown)
    paths = []
    for file in dataset.files:
        if offline or constants.HF_HUB_OFFLINE:
            with explained(f"{file} of {shown}", offline=True):
                found = hf_hub_download(
                    place.name,
                    file,
                    repo_type=place.kind,
                    revision=place.commit,
                    local_files_only=True,
                )
            paths.append(Path(found))
        else:
            paths.append(fetch_file(place, file, stage="sampling", observer=observer))
    return tuple(paths)


def cached(place: Place, file: str) -> Path | None:
    """Where the cache has a file; None where it has not."""
    from huggingface_hub import try_to_load_from_cache

    with explained(place.shown):
        found = try_to_load_from_cache(
            place.name, file, revision=place.commit, repo_type=place.kind
        )
    return Path(found) if isinstance(found, str) else None


def fetch_file(
    place: Place, file: str, *, stage: Stage, observer: Observer, digest: str | None = None
) -> Path:
    """One file's path in the cache; downloads it when it is not there.

    Args:
        place: The repository at its commit.
        file: Its path in the repository.
        stage: Of the events.
        observer: Hears of bytes received, and of pauses.
        digest: SHA-256 or git blob id (SHA-1) that the file must have; None: what its ETag says.

    Raises:
        NetworkError: The Hub cannot be reached, refuses, or sends something else.
        OutputError: The disk is full or the cache cannot be written.
    """
    found = cached(place, file)
    if found is not None:
        return found
    where = f"{file} of {place.shown}"
    etag, size = _probe(place, file, where, observer)
    require_space(size, where)
    expected = digest or etag
    for _ in range(_ATTEMPTS):
        path = patiently(
            lambda: _content(place, file, where, stage, observer), where, observer, connections=2
        )
        if has_digest(path, expected):
            return path
        # Left there, the next run would take it for what it is named.
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    raise NetworkError(
        f"{where}: what came is not the file that the Hub lists",
        "try again; check that no proxy of the network changes what comes through",
    )


def require_space(size: int, where: str) -> None:
    """Refuse what the cache's disk cannot hold.

    Raises:
        OutputError: Fewer bytes are free than ``size`` and a little to spare.
    """
    from huggingface_hub import constants

    folder = Path(constants.HF_HUB_CACHE).expanduser().absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if size and size + _SPARE_BYTES > free:
        raise OutputError(
            f"{where} takes {size / 1e6:,.1f} MB, the disk of the Hub's cache has "
            f"{free / 1e6:,.1f} MB free",
            "free space (hf cache ls shows what is there), or set HF_HOME to a larger disk",
        )


def _probe(place: Place, file: str, where: str, observer: Observer) -> tuple[str | None, int]:
    """The ETag, where it is a digest, and the size of a file; asks for its headers alone."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(
        place.name,
        file,
        repo_type=place.kind,
        revision=place.commit,
        endpoint=os.environ.get("HF_ENDPOINT") or None,
    )
    told = patiently(lambda: get_hf_file_metadata(url, timeout=TIMEOUT_S), where, observer)
    # The cache names a file by its ETag, so it must not lead anywhere.
    sound = told.etag is not None and re.fullmatch(r"\w[\w.-]{0,199}", told.etag, re.ASCII)
    if told.commit_hash != place.commit or not sound:
        raise NetworkError(
            f"the answer for {where} did not come from a Hub",
            "check HF_ENDPOINT, and that no login page of the network stands in between",
        )
    known = re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", told.etag or "")
    return (told.etag if known else None), told.size or 0


def _content(place: Place, file: str, where: str, stage: Stage, observer: Observer) -> Path:
    """Let the library bring the file into its cache, and stop waiting when nothing comes."""
    from huggingface_hub import hf_hub_download

    beat = _Beat()

    def work() -> Path:
        return Path(
            hf_hub_download(
                place.name,
                file,
                repo_type=place.kind,
                revision=place.commit,
                endpoint=os.environ.get("HF_ENDPOINT") or None,
                tqdm_class=_reporter(observer, stage, f"downloading {where}", beat),
            )
        )

    return _watched(work, beat, where)


class _Beat:
    """When something last came."""

    def __init__(self) -> None:
        self.at = time.monotonic()

    def tell(self) -> None:
        self.at = time.monotonic()


def _watched(work: Callable[[], Path], beat: _Beat, where: str) -> Path:
    """The result of ``work`` in a thread, which is left to itself when nothing comes any more.

    The library pauses for as long as a server asks, and never gives up on one that drips.
    """
    results: list[Path] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(min(1.0, STALL_S / 4))
        if thread.is_alive() and time.monotonic() - beat.at > STALL_S:
            raise NetworkError(
                f"{where}: nothing came for {STALL_S:.0f} s",
                "try again later; another process may be downloading the same file",
            )
    if errors:
        raise errors[0]
    return results[0]


def has_digest(path: Path, expected: str | None) -> bool:
    """Whether a file has a SHA-256 or a git blob id; what is no digest fits any file."""
    if expected is None:
        return True
    with path.open("rb") as file:
        if len(expected) == 64:
            return hashlib.file_digest(file, "sha256").hexdigest() == expected
        blob = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
        while chunk := file.read(1 << 20):
            blob.update(chunk)
    return blob.hexdigest() == expected


def _reporter(observer: Observer, stage: Stage, message: str, beat: _Beat) -> Any:
    """A progress-bar class that tells the observer instead of the terminal."""
    from tqdm import tqdm

    class Reporter(tqdm):  # type: ignore[type-arg,misc,unused-ignore]
        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*args, **options | {"file": io.StringIO(), "disable": False})

        def update(self, n: float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            beat.tell()
            if self.unit == "B":
                observer(Event(stage, message, done=float(self.n), total=self.total))
            return shown

    return Reporter
