"""One file of a repository at a pinned commit → the Hub's own cache, checked against its digest.

The file's headers are asked for first: a repository that answers metadata and refuses files shows
itself there, and the size is known before the disk fills.
"""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from energylabel.errors import NetworkError
from energylabel.events import Event, Observer, Stage
from energylabel.hub import retrying
from energylabel.hub.cache import Place, cached, has_digest, require_space
from energylabel.hub.endpoint import AGENT
from energylabel.hub.retrying import Beat, SilenceTimeoutError, patiently, watched
from energylabel.hub.validating import MAX_FILE_BYTES

STALL_S = 300.0
"""Longest silence while content comes down: a chunk has 10 MB, a pause of the Hub 5 minutes."""

_ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class _Source:
    """A file of a repository on the Hub at ``endpoint``."""

    endpoint: str
    place: Place
    file: str

    @property
    def where(self) -> str:
        return f"{self.file} of {self.place.shown}"


def fetch_file(
    place: Place, file: str, *, endpoint: str, stage: Stage, observer: Observer, digest: str | None
) -> Path:
    """One file's path in the cache; downloads it when it is not there.

    Args:
        place: The repository at its commit.
        file: Its path in the repository.
        endpoint: The address of the Hub.
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
    source = _Source(endpoint, place, file)
    where = source.where
    etag, size = _probe(source, observer)
    require_space(size, where)
    expected = digest or etag
    for _ in range(_ATTEMPTS):
        path = patiently(lambda: _content(source, stage, observer), where, observer, connections=2)
        if has_digest(path, expected):
            return path
        # If it stayed, the next download would take it for the complete file.
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    raise NetworkError(
        f"{where}: what came is not the file that the Hub lists",
        "try again; check that no proxy of the network changes what comes through",
    )


def _probe(source: _Source, observer: Observer) -> tuple[str | None, int]:
    """The ETag, where it is a digest, and the size of a file; asks for its headers alone."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    place = source.place
    url = hf_hub_url(
        place.name,
        source.file,
        repo_type=place.kind,
        revision=place.commit,
        endpoint=source.endpoint,
    )
    metadata = patiently(
        lambda: get_hf_file_metadata(url, timeout=retrying.TIMEOUT_S, **AGENT),
        source.where,
        observer,
    )
    # The cache makes a file name of the ETag, which therefore must not hold a path.
    sound = metadata.etag is not None and re.fullmatch(r"\w[\w.-]{0,199}", metadata.etag, re.ASCII)
    size = metadata.size or 0
    if metadata.commit_hash != place.commit or not sound or not 0 <= size <= MAX_FILE_BYTES:
        raise NetworkError(
            f"the answer for {source.where} did not come from a Hub",
            "check HF_ENDPOINT, and that no login page of the network stands in between",
        )
    known = re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", metadata.etag or "")
    return (metadata.etag if known else None), size


def _content(source: _Source, stage: Stage, observer: Observer) -> Path:
    """Let the library bring the file into its cache, and stop waiting when nothing comes."""
    from huggingface_hub import hf_hub_download

    beat = Beat()
    place = source.place

    def work() -> Path:
        return Path(
            hf_hub_download(
                place.name,
                source.file,
                repo_type=place.kind,
                revision=place.commit,
                endpoint=source.endpoint,
                **AGENT,
                tqdm_class=_reporter(observer, stage, f"downloading {source.where}", beat),
            )
        )

    try:
        return watched(work, beat, STALL_S)
    except SilenceTimeoutError as error:
        raise NetworkError(
            f"{source.where}: nothing came for {STALL_S:.0f} s",
            "try again later; another process may be downloading the same file",
        ) from error


def _reporter(observer: Observer, stage: Stage, message: str, beat: Beat) -> Any:
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
