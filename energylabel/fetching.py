"""A model on the Hub → its files in the local cache, at one commit.

The commit is resolved once. Configuration and tokenizer come first and are checked, so that
nobody downloads weights that cannot be rated; then exactly the weight files that a loader reads.
Tokens are found and sent by huggingface_hub itself; nothing here reads or prints one.
"""

import hashlib
import io
import os
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from energylabel.errors import NetworkError, UsageError
from energylabel.explaining import ONLINE, explained
from energylabel.inspecting import inspect_small, named
from energylabel.inspecting.listing import (
    CARD,
    INDEX,
    WEIGHTS,
    check_kind,
    has_tokenizer,
    names_in,
    small_files,
)
from energylabel.inspecting.weights import shard_names
from energylabel.observing import Event, Observer
from energylabel.records.subject import ModelRef

TIMEOUT_S = 30.0
"""For an answer about a repository; downloads have the library's own time-outs."""

_MAX_CARD_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Listed:
    """What the Hub says about a file: its bytes, and one of two digests.

    ``sha256`` of a large file, ``blob_id`` (git's) of a small one.
    """

    size: int
    sha256: str | None
    blob_id: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A repository's needed files at one commit. ``listed`` is empty when offline."""

    name: str
    commit: str
    folder: Path
    listed: dict[str, Listed] = field(default_factory=dict)


def fetch(
    ref: ModelRef, *, offline: bool, max_download_bytes: int | None, observer: Observer
) -> Snapshot:
    """Bring the needed files of a Hub model into the cache.

    Args:
        ref: With source ``hub``; ``revision`` is a branch, tag, commit or ``refs/pr/N``.
        offline: Use the cache alone (also when ``HF_HUB_OFFLINE`` is set).
        max_download_bytes: Refuse before the weights when more is still to come down.
        observer: Hears of bytes received.

    Raises:
        NetworkError: The Hub cannot be reached or refuses, or the cache lacks a file.
        NotRatableError: No safetensors, or an unusable configuration.
        UsageError: The name cannot be one of the Hub's, or the download is too large.
        OutputError: The cache cannot be written.
    """
    from huggingface_hub import constants

    where = f"{ref.name}@{ref.revision}" if ref.revision else ref.name
    if offline or constants.HF_HUB_OFFLINE:
        return _from_cache(ref, where)
    return _from_hub(ref, where, max_download_bytes, observer)


def _from_hub(
    ref: ModelRef, where: str, max_download_bytes: int | None, observer: Observer
) -> Snapshot:
    from huggingface_hub import HfApi, snapshot_download

    endpoint = os.environ.get("HF_ENDPOINT") or None
    api = HfApi(endpoint=endpoint)
    with explained(where):
        commit = api.resolve_revision(ref.name, revision=ref.revision).resolved
        info = api.model_info(ref.name, revision=commit, files_metadata=True, timeout=TIMEOUT_S)
        listed = {
            file.rfilename: (
                Listed(file.lfs.size, file.lfs.sha256)
                if file.lfs
                else Listed(file.size or 0, None, file.blob_id)
            )
            for file in info.siblings or ()
        }
    name = info.id
    with named(name):
        check_kind(listed)

    def download(files: Collection[str]) -> Path:
        with explained(where):
            return Path(
                snapshot_download(
                    ref.name,
                    revision=commit,
                    allow_patterns=sorted(files),
                    endpoint=endpoint,
                    tqdm_class=_reporter(observer, f"downloading {name}"),
                )
            )

    first = {*small_files(listed), *({INDEX} & listed.keys())}
    if CARD in listed and listed[CARD].size <= _MAX_CARD_BYTES:
        first.add(CARD)
    _check_size(where, first, listed, None, max_download_bytes)
    folder = download(first)
    for file in first:
        _check_blob(name, folder / file, listed[file])
    inspect_small(folder, name)
    with named(name):
        weights = {WEIGHTS} if WEIGHTS in listed else set(shard_names(folder)) & listed.keys()
    size = _check_size(where, weights, listed, folder, max_download_bytes)
    if size:
        observer(Event("resolving", f"{name}: {size / 1e6:,.1f} MB of weights to download"))
    folder = download(weights)
    return Snapshot(name, commit, folder, listed)


def _check_size(
    where: str,
    files: Collection[str],
    listed: dict[str, Listed],
    folder: Path | None,
    limit: int | None,
) -> int:
    """Bytes of the files that are not in the folder yet; refuses more than the limit."""
    here = {file for file in files if folder is not None and (folder / file).is_file()}
    size = sum(listed[file].size for file in set(files) - here)
    if limit is not None and size > limit:
        raise UsageError(
            f"{where} would download {size / 1e6:,.1f} MB, more than the limit of "
            f"{limit / 1e6:,.1f} MB",
            "raise the limit, or give a smaller model",
        )
    return size


def _check_blob(name: str, path: Path, listed: Listed) -> None:
    """Refuse a small file that is not what the Hub lists: a page of a proxy, half a file."""
    if listed.blob_id is None:
        return
    content = path.read_bytes()
    blob = hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False)
    if blob.hexdigest() != listed.blob_id:
        raise altered(name, path.name)


def altered(name: str, file: str) -> NetworkError:
    """The refusal of a file that is not the one that the Hub lists."""
    return NetworkError(
        f"{name}: {file} is not the file that the Hub lists",
        f"remove it from the cache (hf cache rm model/{name}) and try again",
    )


def _from_cache(ref: ModelRef, where: str) -> Snapshot:
    from huggingface_hub import HfApi, snapshot_download

    with explained(where, offline=True):
        commit = HfApi().resolve_revision(ref.name, revision=ref.revision, local_files_only=True)
        folder = Path(
            snapshot_download(
                ref.name,
                revision=commit.resolved,
                allow_patterns=["config.json"],
                local_files_only=True,
            )
        )
    names = names_in(folder)
    missing = _missing(folder, names)
    if missing:
        raise NetworkError(
            f"{where}: the cache lacks {missing}, and offline mode is on", ONLINE, retryable=False
        )
    return Snapshot(ref.name, commit.resolved, folder)


def _missing(folder: Path, names: tuple[str, ...]) -> str | None:
    """The first needed file that a cached snapshot lacks."""
    small = set(small_files(names))
    if INDEX in names and WEIGHTS not in names:
        with named(folder.name):
            lost = [shard for shard in shard_names(folder) if shard not in names]
        if lost:
            return lost[0]
    elif WEIGHTS not in names and set(names) <= small | {CARD}:
        return WEIGHTS
    if not has_tokenizer(names):
        return "the tokenizer"
    return None


def _reporter(observer: Observer, message: str) -> Any:
    """A progress-bar class that tells the observer instead of the terminal."""
    from tqdm import tqdm

    class Reporter(tqdm):  # type: ignore[type-arg, misc, unused-ignore]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options | {"file": io.StringIO(), "disable": False})

        def update(self, n: float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            if self.unit == "B":
                observer(Event("resolving", message, done=float(self.n), total=self.total))
            return shown

    return Reporter
