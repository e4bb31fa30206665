"""Large files of the loopback Hub: the LFS batch interface and the files themselves."""

import hashlib
import json

from hub.exchange import Exchange
from hub.reading import NAME

_LFS = "application/vnd.git-lfs+json"


def _batch(exchange: Exchange, prefix: str, name: str) -> None:
    exchange.repository(prefix.rstrip("/") or "models", name)
    given, hub = exchange.given(), exchange.hub
    if given["operation"] == "upload":
        exchange.discusser(name)
    rows = []
    for wanted in given["objects"]:
        row = {"oid": wanted["oid"], "size": wanted["size"]}
        if given["operation"] == "upload" and not hub.storage.has_large(wanted["oid"]):
            row["actions"] = {
                "upload": {"href": f"{hub.content_endpoint}/lfs/{wanted['oid']}"},
                "verify": {"href": f"{hub.endpoint}/api/lfs-verify"},
            }
        rows.append(row)
    body = json.dumps({"transfer": "basic", "objects": rows}).encode()
    exchange.answer(200, body, Content_Type=_LFS)


def _put(exchange: Exchange, sha256: str) -> None:
    if hashlib.sha256(exchange.body).hexdigest() != sha256:
        exchange.error(400, "", "The content is not what its digest says")
        return
    exchange.hub.storage.put_large(exchange.body)
    exchange.answer(200, b"", ETag=f'"{sha256}"')


def _verify(exchange: Exchange) -> None:
    given = exchange.given()
    there = exchange.hub.storage.has_large(given["oid"])
    if not there or len(exchange.hub.storage.large(given["oid"])) != given["size"]:
        exchange.error(404, "", "The upload is not there")
        return
    exchange.json({})


def _get(exchange: Exchange, sha256: str) -> None:
    if not exchange.hub.storage.has_large(sha256):
        exchange.error(404, "EntryNotFound", "no such large file")
        return
    exchange.content(exchange.hub.storage.large(sha256), ETag=f'"{sha256}"')


ROUTES = (
    ("POST", rf"/(datasets/|spaces/)?{NAME}\.git/info/lfs/objects/batch", _batch),
    ("PUT", r"/lfs/([0-9a-f]{64})", _put),
    ("GET", r"/lfs/([0-9a-f]{64})", _get),
    ("POST", r"/api/lfs-verify", _verify),
)
