"""A model on the Hub → its files in the local cache, at one commit.

The commit is resolved once. Configuration and tokenizer come first and are checked, so that
nobody downloads weights that cannot be rated; then exactly the weight files that a loader reads.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from energylabel.errors import NetworkError, NotRatableError, UsageError
from energylabel.events import Event, Observer
from energylabel.hub import (
    ONLINE,
    HubClient,
    Listed,
    Place,
    has_digest,
    note_revision,
    require_space,
)
from energylabel.records import ModelRef
from energylabel.resolving.config import read_config
from energylabel.resolving.listing import (
    CARD,
    CONFIG,
    INDEX,
    MAX_CONFIG_BYTES,
    MAX_SETTINGS_BYTES,
    TOKENIZER_SETTINGS,
    WEIGHTS,
    check_kind,
    names_in,
    small_files,
    tokenizer_of,
)
from energylabel.resolving.model_folder import inspect_small, named
from energylabel.resolving.tokenizer import MAX_BYTES
from energylabel.resolving.weights import MAX_INDEX_BYTES, shard_names

_MAX_CARD_BYTES = 5 * 1024 * 1024
_LIMITS = {
    CONFIG: MAX_CONFIG_BYTES,
    TOKENIZER_SETTINGS: MAX_SETTINGS_BYTES,
    INDEX: MAX_INDEX_BYTES,
}
"""Of files that have a limit of their own; all others are a tokenizer's or small settings."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A repository's needed files at one commit. ``listed`` is empty when offline."""

    name: str
    commit: str
    folder: Path
    listed: Mapping[str, Listed] = field(default_factory=dict)


def fetch(
    ref: ModelRef,
    *,
    family: str | None = None,
    offline: bool,
    max_download_bytes: int | None,
    observer: Observer,
) -> Snapshot:
    """Bring the needed files of a Hub model into the cache.

    Args:
        ref: With source ``hub``; ``revision`` is a branch, tag, commit or ``refs/pr/N``.
        family: The family that the user names; None: as the files say.
        offline: Use the cache alone (also when ``HF_HUB_OFFLINE`` is set).
        max_download_bytes: Refuse before the weights when more is still to come down.
        observer: Hears of bytes received and of pauses.

    Raises:
        NetworkError: The Hub cannot be reached or refuses, or the cache lacks a file.
        NotRatableError: No safetensors, or an unusable configuration.
        UsageError: The name cannot be one of the Hub's, or the download is too large.
        OutputError: The cache cannot be written, or its disk is too small.
    """
    hub = HubClient(observer)
    where = f"{ref.name}@{ref.revision}" if ref.revision else ref.name
    if offline or hub.offline:
        return _from_cache(hub, ref, where)
    return _from_hub(hub, ref, family, where, max_download_bytes, observer)


def _from_hub(  # noqa: PLR0917
    hub: HubClient,
    ref: ModelRef,
    family: str | None,
    where: str,
    max_download_bytes: int | None,
    observer: Observer,
) -> Snapshot:
    found = hub.listing(ref.name, ref.revision, shown=where)
    name, commit, listed = found.name, found.commit, found.files
    with named(name):
        check_kind(listed)
    place = Place("model", name, commit, f"{name}@{ref.revision}" if ref.revision else name)

    def bring(file: str) -> Path:
        known = listed[file]
        return hub.fetch(place, file, stage="resolving", digest=known.digest, size=known.size)

    # The configuration first: a gated repository lists its files and then refuses them, and the
    # family decides which of the others are read.
    if CONFIG not in listed:
        raise NotRatableError(f"{name}: {CONFIG} is missing", "give a complete model")
    _check_each(name, [CONFIG], listed)
    spent = _check_size(hub, place, [CONFIG], listed, 0, max_download_bytes)
    folder = bring(CONFIG).parent
    _check_blob(name, folder / CONFIG, listed[CONFIG])
    with named(name):
        kind = read_config(folder, listed, family).family
    if TOKENIZER_SETTINGS in listed:  # which tells what else the tokenizer reads
        _check_each(name, [TOKENIZER_SETTINGS], listed)
        spent += _check_size(hub, place, [TOKENIZER_SETTINGS], listed, spent, max_download_bytes)
        _check_blob(name, bring(TOKENIZER_SETTINGS), listed[TOKENIZER_SETTINGS])
    with named(name):
        reads = tokenizer_of(folder)
    small = {*small_files(kind, reads), INDEX} & listed.keys() - {CONFIG, TOKENIZER_SETTINGS}
    if CARD in listed and listed[CARD].size <= _MAX_CARD_BYTES:
        small.add(CARD)
    _check_each(name, small, listed)
    spent += _check_size(hub, place, small, listed, spent, max_download_bytes)
    for file in sorted(small):
        _check_blob(name, bring(file), listed[file])
    note_revision(ref.revision, folder, commit)
    inspect_small(folder, name, family)
    with named(name):
        weights = {WEIGHTS} if WEIGHTS in listed else set(shard_names(folder)) & listed.keys()
    size = _check_size(hub, place, weights, listed, spent, max_download_bytes)
    if size:
        observer(Event("resolving", f"{name}: {size / 1e6:,.1f} MB of weights to download"))
        for file in sorted(weights):
            bring(file)
    return Snapshot(name, commit, folder, listed)


def _check_each(name: str, files: Collection[str], listed: Mapping[str, Listed]) -> None:
    """Refuse a file that would not be read, before its bytes come down.

    Raises:
        NotRatableError: It is larger than what is read of such a file.
    """
    for file in sorted(files):
        limit = _LIMITS.get(file, MAX_BYTES)
        if listed[file].size > limit:
            raise NotRatableError(
                f"{name}: {file} is larger than {limit:,} bytes ({listed[file].size:,})",
                "no real model needs that much",
            )


def _check_size(  # noqa: PLR0917
    hub: HubClient,
    place: Place,
    files: Collection[str],
    listed: Mapping[str, Listed],
    spent: int,
    limit: int | None,
) -> int:
    """Bytes of the files that the cache lacks; refuses what is over the limit or the disk."""
    size = sum(listed[file].size for file in files if hub.cached(place, file) is None)
    if limit is not None and size + spent > limit:
        raise UsageError(
            f"{place.shown} would download {(size + spent) / 1e6:,.1f} MB, more than the limit of "
            f"{limit / 1e6:,.1f} MB",
            "raise --max-download, or give a smaller model",
        )
    require_space(size, place.shown)
    return size


def _check_blob(name: str, path: Path, listed: Listed) -> None:
    """Refuse a small file in the cache that is not what the Hub lists."""
    if listed.blob_id is not None and not has_digest(path, listed.blob_id):
        raise altered(name, path.name)


def altered(name: str, file: str) -> NetworkError:
    """The refusal of a file that is not the one that the Hub lists."""
    return NetworkError(
        f"{name}: {file} is not the file that the Hub lists",
        f"remove it from the cache (hf cache rm model/{name}) and try again",
    )


def _from_cache(hub: HubClient, ref: ModelRef, where: str) -> Snapshot:
    commit = hub.cached_commit(ref.name, ref.revision, shown=where)
    config = hub.cached(Place("model", ref.name, commit, where), CONFIG)
    if config is None:
        raise _lacks(where, CONFIG)
    names = names_in(config.parent)
    missing = _missing(config.parent, names)
    if missing:
        raise _lacks(where, missing)
    return Snapshot(ref.name, commit, config.parent)


def _lacks(where: str, what: str) -> NetworkError:
    return NetworkError(
        f"{where}: the cache lacks {what}, and offline mode is on", ONLINE, retryable=False
    )


def _missing(folder: Path, names: tuple[str, ...]) -> str | None:
    """The first needed file that a cached snapshot lacks."""
    with named(folder.name):
        tokenizer = tokenizer_of(folder)
    small = {*small_files(tokenizer=tokenizer), CARD}
    if INDEX in names and WEIGHTS not in names:
        with named(folder.name):
            lost = [shard for shard in shard_names(folder) if shard not in names]
        if lost:
            return lost[0]
    elif WEIGHTS not in names and set(names) <= small:
        return WEIGHTS
    unread = tokenizer.lacks(names)
    return f"the tokenizer's {unread}" if unread else None
