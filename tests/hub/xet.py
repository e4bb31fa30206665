"""Xet storage of the loopback Hub: a folder on this machine that hf_xet reads and writes.

The client uploads chunks straight into that folder and then only tells the Hub the SHA-256. Which
file that is stands in the shards, whose format is public: a header of 48 bytes, then per file 48
bytes (hash, flags, number of segments), as many times 48 bytes (the fifth of the segment's numbers
is its length) once or, with checks, twice, and 48 bytes that start with the SHA-256.
"""

import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hub.exchange import Exchange
from hub.reading import KIND, NAME
from hub.storage import Storage

if TYPE_CHECKING:
    from hub.server import LoopbackHub

_RECORD = 48
_CHECKED, _DIGESTED = 1 << 31, 1 << 30
_FAR = 4_000_000_000  # seconds since 1970: the local store asks for no real token


class Xet:
    """``folder`` is made when the first token is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._hashes: dict[str, str] = {}

    def fetch(self, storage: Storage, sha256: str) -> int | None:
        """Bytes of an uploaded file; None when nobody uploaded it."""
        if not storage.has_large(sha256):
            found = {digest: (file, size) for digest, file, size in self._files()}.get(sha256)
            if found is None:
                return None
            content = self._download(*found)
            if storage.put_large(content).sha256 != sha256:
                return None
            self._hashes[sha256] = found[0]
        return len(storage.large(sha256))

    def links(
        self, hub: "LoopbackHub", kind: str, name: str, commit: str, sha256: str
    ) -> dict[str, str]:
        """Headers that lead a client to the file's chunks; none for what came another way."""
        if sha256 not in self._hashes:
            return {}
        route = f"{hub.endpoint}/api/{kind}/{name}/xet-read-token/{commit}"
        return {"X_Xet_Hash": self._hashes[sha256], "Link": f'<{route}>; rel="xet-auth"'}

    def _files(self) -> Iterator[tuple[str, str, int]]:
        """SHA-256, Xet hash and bytes of every file in the shards."""
        for shard in (self.folder / "xet" / "xorbs" / "shards").glob("*.mdb"):
            content = shard.read_bytes()
            at = _RECORD
            while content[at : at + 32] != b"\xff" * 32:
                flags, count = struct.unpack_from("<II", content, at + 32)
                segments = range(at + _RECORD, at + _RECORD * (1 + count), _RECORD)
                size = sum(struct.unpack_from("<I", content, s + 36)[0] for s in segments)
                end = at + _RECORD * (1 + count * (2 if flags & _CHECKED else 1))
                if flags & _DIGESTED:
                    yield _hex(content[end : end + 32]), _hex(content[at : at + 32]), size
                    end += _RECORD
                at = end

    def _download(self, file: str, size: int) -> bytes:
        from hf_xet import XetFileInfo, XetSession

        target = self.folder / f"{file}.part"
        with XetSession().new_file_download_group(
            endpoint=f"local://{self.folder}", token="none", token_expiry_unix_secs=_FAR
        ) as group:
            group.start_download_file(XetFileInfo(file, size), str(target))
        content = target.read_bytes()
        target.unlink()
        return content


def _hex(digest: bytes) -> str:
    """Xet writes hashes as four little-endian numbers of 64 bits."""
    return "".join(f"{number:016x}" for number in struct.unpack("<4Q", digest))


def _token(exchange: Exchange, kind: str, name: str, right: str, revision: str) -> None:
    exchange.repository(kind, name)
    if exchange.hub.mode != "xet":
        raise exchange.refuse(404, "", "Xet is not in use")
    if right == "write":
        exchange.discusser(name)
    folder = exchange.hub.xet.folder
    folder.mkdir(exist_ok=True)
    ends = int(time.time()) + 3600
    url, token = f"local://{folder}", "xet-token"
    exchange.json(
        {"accessToken": token, "exp": ends, "casUrl": url},
        X_Xet_Cas_Url=url,
        X_Xet_Access_Token=token,
        X_Xet_Token_Expiration=str(ends),
    )


ROUTES = (("GET", rf"{KIND}/{NAME}/xet-(read|write)-token/([^/]+)", _token),)
