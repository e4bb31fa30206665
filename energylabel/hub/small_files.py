"""A small file whose size and digest the listing told → the Hub's own cache, in one request.

The library asks for a file's headers before its content, and so do we for large ones. Of a small
file all is known that they could tell: where it lies in the cache is its git blob id, and what has
that id is the file. It lies there as the library would have put it.
"""

import os
import secrets
from pathlib import Path
from typing import Final

from energylabel.errors import NetworkError, OutputError
from energylabel.events import Observer
from energylabel.hub import retrying
from energylabel.hub.cache import Place, digest_alike
from energylabel.hub.endpoint import AGENT
from energylabel.hub.retrying import answered, patiently

MOST_BYTES: Final = 16 * 1024 * 1024
"""What is held in memory while it is looked at; the Hub keeps larger files apart, by SHA-256."""

_ATTEMPTS = 2


def fetch_small(
    place: Place, file: str, *, endpoint: str, observer: Observer, size: int, blob_id: str
) -> Path:
    """The file's path in the cache, where it was not yet.

    Args:
        place: The repository at its commit.
        file: Its path in the repository.
        endpoint: The address of the Hub.
        observer: Hears of pauses.
        size: Bytes that it has; at most :data:`MOST_BYTES`.
        blob_id: Its git blob id, 40 hexadecimal digits.

    Raises:
        NetworkError: The Hub cannot be reached, refuses, or sends something else.
        OutputError: The cache cannot be written.
    """
    where = f"{file} of {place.shown}"
    for _ in range(_ATTEMPTS):
        content = patiently(
            lambda: answered(lambda: _content(place, file, endpoint, size)),
            where,
            observer,
            connections=2,
        )
        if digest_alike(content, blob_id):
            return _keep(place, file, content, blob_id)
    raise NetworkError(
        f"{where}: what came is not the file that the Hub lists",
        "try again; check that no proxy of the network changes what comes through",
    )


def _content(place: Place, file: str, endpoint: str, size: int) -> bytes:
    """What the Hub sends, up to a byte more than there should be."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import (  # type: ignore[attr-defined,unused-ignore]
        build_hf_headers,
        get_session,
        hf_raise_for_status,
    )

    url = hf_hub_url(
        place.name, file, repo_type=place.kind, revision=place.commit, endpoint=endpoint
    )
    content = b""
    with get_session().stream(
        "GET",
        url,
        headers=build_hf_headers(**AGENT),
        timeout=retrying.TIMEOUT_S,
        follow_redirects=True,
    ) as response:
        hf_raise_for_status(response)
        for part in response.iter_bytes():
            content += part
            if len(content) > size:
                break
    return content


def _keep(place: Place, file: str, content: bytes, blob_id: str) -> Path:
    """Put it where the library looks for it: a blob, and a link to it in the commit's snapshot."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    cache = Path(constants.HF_HUB_CACHE).expanduser().absolute()
    folder = cache / repo_folder_name(repo_id=place.name, repo_type=place.kind)
    blob, pointer = folder / "blobs" / blob_id, folder / "snapshots" / place.commit / file
    try:
        for path in (blob, pointer):
            path.parent.mkdir(parents=True, exist_ok=True)
        _write(blob, content)
        # A link that is there already is another process's, or led to a blob that was gone.
        if not pointer.exists():
            pointer.unlink(missing_ok=True)
            try:
                pointer.symlink_to(os.path.relpath(blob, pointer.parent))
            except FileExistsError:
                pass
            except OSError:  # no links here: the library has a file then, too
                _write(pointer, content)
    except OSError as error:
        raise OutputError(
            f"cannot write the Hub's cache: {error.strerror or error}",
            "free some space, or set HF_HOME to a folder that can be written",
        ) from error
    return pointer


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.incomplete")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
