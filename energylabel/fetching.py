"""A model on the Hub → its files in the local cache, at one commit.

The commit is resolved once. Configuration and tokenizer come first and are checked, so that
nobody downloads weights that cannot be rated; then exactly the weight files that a loader reads.
Tokens are found and sent by huggingface_hub itself; nothing here reads or prints one.
"""

import errno
import io
import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from energylabel.errors import EnergyLabelError, NetworkError, OutputError, UsageError
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
_LOGIN = "check the name; for a private or gated one accept its terms, then `hf auth login`"
_RETRY = "check the connection and try again; --offline uses what is in the cache"
_CAPTIVE = "check HF_ENDPOINT, and that no login page of the network stands in between"
_ONLINE = "run once with a connection and without --offline (and HF_HUB_OFFLINE unset)"


@dataclass(frozen=True, slots=True)
class Listed:
    """What the Hub says about a file: bytes, and SHA-256 where it is stored as a large file."""

    size: int
    sha256: str | None


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
    with _explained(where):
        commit = api.resolve_revision(ref.name, revision=ref.revision).resolved
        info = api.model_info(ref.name, revision=commit, files_metadata=True, timeout=TIMEOUT_S)
        listed = {
            file.rfilename: Listed(file.size or 0, file.lfs.sha256 if file.lfs else None)
            for file in info.siblings or ()
        }
    name = info.id
    with named(name):
        check_kind(listed)

    def download(files: Collection[str]) -> Path:
        with _explained(where):
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
    inspect_small(folder, name)
    with named(name):
        weights = {WEIGHTS} if WEIGHTS in listed else set(shard_names(folder)) & listed.keys()
    _check_size(where, weights, listed, folder, max_download_bytes)
    folder = download(weights)
    return Snapshot(name, commit, folder, listed)


def _check_size(
    where: str,
    files: Collection[str],
    listed: dict[str, Listed],
    folder: Path | None,
    limit: int | None,
) -> None:
    here = {file for file in files if folder is not None and (folder / file).is_file()}
    size = sum(listed[file].size for file in set(files) - here)
    if limit is not None and size > limit:
        raise UsageError(
            f"{where} would download {size / 1e6:,.1f} MB, more than the limit of "
            f"{limit / 1e6:,.1f} MB",
            "raise the limit, or give a smaller model",
        )


def _from_cache(ref: ModelRef, where: str) -> Snapshot:
    from huggingface_hub import HfApi, snapshot_download

    with _explained(where, offline=True):
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
        raise NetworkError(f"{where}: the cache lacks {missing}, and offline mode is on", _ONLINE)
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


@contextmanager
def _explained(where: str, *, offline: bool = False) -> Iterator[None]:
    """Turn what huggingface_hub raises into one line with a remedy."""
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        HFValidationError,
        HTTPError,
        RevisionResolutionError,
    )

    try:
        yield
    except HFValidationError as error:
        raise UsageError(
            f"{where} cannot be a name on the Hub", "write org/name or org/name@revision"
        ) from error
    except (OSError, HTTPError, RevisionResolutionError) as error:
        raise _in_words(error, where, offline=offline) from error
    except (ValueError, KeyError, TypeError) as error:
        # A page of HTML where JSON was due, or JSON that describes no repository.
        raise NetworkError(f"the answer for {where} did not come from a Hub", _CAPTIVE) from error


def _in_words(error: Exception, where: str, *, offline: bool) -> EnergyLabelError:
    from huggingface_hub import errors as hub

    chain = tuple(_causes(error))
    codes = {code for link in chain if (code := getattr(link, "errno", None))}
    if codes & {errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT}:
        return OutputError(
            f"{where} cannot be stored in the cache: {os.strerror(min(codes))}",
            "free space, or set HF_HOME to a folder that can be written",
        )

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    statuses = [link.response.status_code for link in chain if isinstance(link, hub.HfHubHTTPError)]
    status = statuses[-1] if statuses else None
    # The order matters: the library's classes are subclasses of each other.
    for fits, message, hint in (
        (offline, f"{where} is not in the cache, and offline mode is on", _ONLINE),
        (has(hub.OfflineModeIsEnabled), f"{where} is not in the cache (HF_HUB_OFFLINE)", _ONLINE),
        (has(hub.GatedRepoError), f"{where} is gated: its owner's terms come first", _LOGIN),
        (has(hub.DisabledRepoError), f"{where} was disabled by the Hub", "give another model"),
        (
            has(hub.RevisionNotFoundError),
            f"{where}: the Hub has no such revision",
            "give a branch, a tag or a commit that exists",
        ),
        (
            has(hub.RepositoryNotFoundError) or status in (401, 403),
            f"{where} is private, gated or missing",
            _LOGIN,
        ),
        (
            has(json.JSONDecodeError, hub.FileMetadataError),
            f"the answer for {where} did not come from a Hub",
            _CAPTIVE,
        ),
        (
            has(hub.RemoteEntryNotFoundError),
            f"{where}: the Hub lists a file that it does not have",
            "try again, or give another revision",
        ),
        (
            status == 429,
            f"the Hub limits requests, {where} was refused (429)",
            "wait a few minutes; `hf auth login` raises the limit",
        ),
        (
            status is not None,
            f"the Hub answered {status} for {where}",
            "try again later; --offline uses what is in the cache",
        ),
    ):
        if fits:
            return NetworkError(message, hint)
    root = chain[-1]
    words = " ".join(str(root).partition("\n")[0].split())[:160] or type(root).__name__
    return NetworkError(f"{where} cannot be downloaded: {words}", _RETRY)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from, outermost first."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


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
