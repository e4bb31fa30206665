"""Xet storage of the loopback Hub: a folder on this machine that hf_xet reads and writes."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from hub.exchange import Exchange
from hub.reading import KIND, NAME
from hub.storage import Storage

if TYPE_CHECKING:
    from hub.server import LoopbackHub


class Xet:
    """``folder`` is made when the first token is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fetch(self, storage: Storage, sha256: str) -> int | None:
        """Bytes of an uploaded file; None when nobody uploaded it."""
        return len(storage.large(sha256)) if storage.has_large(sha256) else None

    def links(
        self, hub: "LoopbackHub", kind: str, name: str, commit: str, sha256: str
    ) -> dict[str, str]:
        """Headers that lead a client to the file's chunks; none in the other modes."""
        return {}


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
