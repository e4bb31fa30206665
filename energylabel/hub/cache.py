"""The Hub's own cache on this machine: what it has, what it can hold, and whether it is unharmed.

Nothing here asks the network. `HF_HOME` and its like are honoured by `huggingface_hub` itself.
"""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from energylabel.errors import NetworkError, OutputError
from energylabel.hub.explaining import ONLINE, explained
from energylabel.hub.validating import Kind, is_commit

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_SPARE_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A repository at a commit. ``shown`` is how messages call it."""

    kind: Kind
    name: str
    commit: str
    shown: str


def cached(place: Place, file: str) -> Path | None:
    """Where the cache has a file; None where it has not."""
    from huggingface_hub import try_to_load_from_cache

    with explained(place.shown):
        found = try_to_load_from_cache(
            place.name, file, revision=place.commit, repo_type=place.kind
        )
    return Path(found) if isinstance(found, str) else None


def require_cached(place: Place, file: str) -> Path:
    """Where the cache has a file that must be there, since nothing is asked of the network.

    Raises:
        NetworkError: It is not there.
    """
    from huggingface_hub import hf_hub_download

    with explained(f"{file} of {place.shown}", offline=True):
        found = hf_hub_download(
            place.name,
            file,
            repo_type=place.kind,
            revision=place.commit,
            local_files_only=True,
        )
    return Path(found)


def cached_commit(api: "HfApi", name: str, revision: str | None, shown: str) -> str:
    """The commit that a revision of a model was when it was last looked up.

    Raises:
        NetworkError: The cache does not know it, or has something else in its place.
    """
    with explained(shown, offline=True):
        found = api.resolve_revision(name, revision=revision, local_files_only=True)
    commit: str = found.resolved
    if not is_commit(commit):
        raise NetworkError(f"{shown} is damaged in the cache", ONLINE, retryable=False)
    return commit


def note_revision(revision: str | None, folder: Path, commit: str) -> None:
    """Note which commit a branch is now, as the library does, for a later run offline.

    Args:
        revision: Branch, tag or ``refs/pr/N``; None: the default branch.
        folder: The snapshot of that commit in the cache.
        commit: Its name.
    """
    path = folder.parent.parent / "refs" / (revision or "main")
    if revision == commit:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        beside.write_text(commit, encoding="ascii")
        beside.replace(path)
    except OSError:
        return  # the cache cannot be written; it is only needed offline


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


def digest_alike(content: bytes, expected: str) -> bool:
    """Whether this content has a SHA-256 or a git blob id."""
    if len(expected) == 64:
        return hashlib.sha256(content).hexdigest() == expected
    blob = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    blob.update(content)
    return blob.hexdigest() == expected


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
