"""A Hub on the loopback interface, over real git storage. The reading side of its HTTP interface.

    hub = LoopbackHub(folder); hub.start()
    hub.storage.commit("models", "org/name", {"config.json": b"{}"})
    hub.fail("/resolve/", status=503)

Routes are one table; a later writing side adds rows to it. Large files are served from another
host name (``localhost``), as the real Hub does, so that a token sent along would show.
"""

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from hub.storage import Entry, Storage

TOKENS = {"token-of-reader": "reader", "token-of-writer": "writer"}
"""Token → user. A known user may read private and gated repositories."""


@dataclass
class Fault:
    """What goes wrong on paths that match ``pattern``, at most ``times`` times.

    ``cut`` drops that many bytes from the end of the body while Content-Length keeps them;
    ``replace`` answers with that body instead, of the same status. ``delay_s`` is silence before
    the answer; ``drop`` closes the connection without one.
    """

    pattern: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    replace: bytes | None = None
    cut: int = 0
    delay_s: float = 0.0
    drop: bool = False
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A line of the log. ``user`` is None without a valid token."""

    method: str
    path: str
    host: str
    has_token: bool
    user: str | None


@dataclass(frozen=True, slots=True)
class Repository:
    """What a route is asked about."""

    kind: str
    name: str
    revision: str
    path: str


class LoopbackHub:
    """The server; ``storage`` may be changed while it runs."""

    def __init__(self, folder: Path) -> None:
        self.storage = Storage(folder)
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.private: set[str] = set()
        self.gated: set[str] = set()
        self.renamed: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port: int = self._server.server_address[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.content_endpoint = f"http://localhost:{self.port}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def fail(self, pattern: str, **fault: Any) -> None:
        """Add a :class:`Fault`; ``pattern`` is searched in the path with its query."""
        self.faults.append(Fault(pattern, **fault))

    def due_fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if re.search(fault.pattern, path) and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


def _handler(hub: LoopbackHub) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        pass

    Handler.hub = hub
    return Handler


class _Handler(BaseHTTPRequestHandler):
    hub: LoopbackHub
    protocol_version = "HTTP/1.1"
    fault: Fault | None

    def log_message(self, *arguments: Any) -> None:
        """The log is ``hub.requests``."""

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.user = TOKENS.get(token)
        host = (self.headers.get("Host") or "").partition(":")[0]
        self.hub.requests.append(Request(self.command, self.path, host, bool(token), self.user))
        self.fault = self.hub.due_fault(self.path)
        if self.fault:
            time.sleep(self.fault.delay_s)
        if self.fault and self.fault.drop:
            self.close_connection = True
            return
        if self.fault and self.fault.status:
            self.answer(self.fault.status, self.fault.replace or b"", **self.fault.headers)
            return
        url = urlsplit(self.path)
        self.query = parse_qs(url.query)
        for pattern, route in _ROUTES:
            match = pattern.fullmatch(url.path)
            if match:
                route(self, *(unquote(group or "") for group in match.groups()))
                return
        self.error(404, "RouteNotFound", "no such route")

    do_HEAD = do_GET  # noqa: N815

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        fault = self.fault or Fault("")
        if fault.replace is not None:
            body = fault.replace
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        if fault.cut:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) - fault.cut])

    def json(self, value: Any) -> None:
        self.answer(200, json.dumps(value).encode(), Content_Type="application/json")

    def error(self, status: int, code: str, message: str, **headers: str) -> None:
        body = json.dumps({"error": message}).encode()
        self.answer(status, body, X_Error_Code=code, X_Error_Message=message, **headers)

    def content(self, body: bytes, **headers: str) -> None:
        """The body, or the range of it that was asked for."""
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            self.answer(200, body, Accept_Ranges="bytes", **headers)
            return
        first, last = int(asked[1]), min(int(asked[2] or len(body) - 1), len(body) - 1)
        span = f"bytes {first}-{last}/{len(body)}"
        self.answer(206, body[first : last + 1], Content_Range=span, **headers)

    def find(self, repository: Repository, *, content: bool = False) -> str | None:
        """The commit that is meant; None when an error was already answered."""
        hub, name = self.hub, repository.name
        new = hub.renamed.get(name)
        if new:
            self.answer(307, b"", Location=hub.endpoint + self.path.replace(name, new, 1))
            return None
        hidden = name in hub.private and not self.user
        if hidden or not hub.storage.exists(repository.kind, name):
            self.error(404 if self.user else 401, "RepoNotFound", "Repository not found")
            return None
        if content and name in hub.gated and not self.user:
            self.error(403, "GatedRepo", "Access to this repository is restricted")
            return None
        revision = "main" if repository.revision in ("", "HEAD") else repository.revision
        commit = hub.storage.resolve(repository.kind, name, revision)
        if commit is None:
            self.error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit


def _info(handler: _Handler, kind: str, name: str, revision: str) -> None:
    repository = Repository(kind, name, revision, "")
    commit = handler.find(repository)
    if commit is None:
        return
    blobs = handler.query.get("blobs") == ["true"]
    entries = handler.hub.storage.tree(kind, name, commit)
    handler.json(
        {
            "_id": commit[:24],
            "id": name,
            "modelId": name,
            "author": name.partition("/")[0],
            "sha": commit,
            "lastModified": "2026-01-01T00:00:00.000Z",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "private": name in handler.hub.private,
            "gated": "auto" if name in handler.hub.gated else False,
            "disabled": False,
            "downloads": 0,
            "likes": 0,
            "tags": [],
            "siblings": [_sibling(entry, blobs=blobs) for entry in entries],
        }
    )


def _sibling(entry: Entry, *, blobs: bool) -> dict[str, Any]:
    if not blobs:
        return {"rfilename": entry.path}
    known: dict[str, Any] = {"rfilename": entry.path, "size": entry.size, "blobId": entry.oid}
    if entry.sha256:
        known["lfs"] = {
            "sha256": entry.sha256,
            "size": entry.size,
            "pointerSize": entry.pointer_size,
        }
    return known


def _tree(handler: _Handler, kind: str, name: str, revision: str, path: str) -> None:
    commit = handler.find(Repository(kind, name, revision, path))
    if commit is None:
        return
    inside = f"{path}/" if path else ""
    entries = [
        entry
        for entry in handler.hub.storage.tree(kind, name, commit)
        if entry.path.startswith(inside)
    ]
    if path and not entries:
        handler.error(404, "EntryNotFound", f"{path} does not exist", X_Repo_Commit=commit)
        return
    recursive = handler.query.get("recursive", [""])[0].lower() in ("true", "1")
    files = [entry for entry in entries if recursive or "/" not in entry.path[len(inside) :]]
    folders = {
        inside + entry.path[len(inside) :].partition("/")[0]
        for entry in entries
        if "/" in entry.path[len(inside) :]
    }
    handler.json(
        [{"type": "directory", "oid": "0" * 40, "size": 0, "path": f} for f in sorted(folders)]
        + [_tree_file(entry) for entry in files]
    )


def _tree_file(entry: Entry) -> dict[str, Any]:
    known: dict[str, Any] = {
        "type": "file",
        "oid": entry.oid,
        "size": entry.size,
        "path": entry.path,
    }
    if entry.sha256:
        known["lfs"] = {
            "oid": entry.sha256,
            "size": entry.size,
            "pointerSize": entry.pointer_size,
        }
    return known


def _resolve(handler: _Handler, prefix: str, name: str, revision: str, path: str) -> None:
    kind = "datasets" if prefix else "models"
    commit = handler.find(Repository(kind, name, revision, path), content=True)
    if commit is None:
        return
    storage = handler.hub.storage
    entry = next((e for e in storage.tree(kind, name, commit) if e.path == path), None)
    if entry is None:
        handler.error(404, "EntryNotFound", f"{path} does not exist", X_Repo_Commit=commit)
    elif entry.sha256:
        handler.answer(
            302,
            b"",
            Location=f"{handler.hub.content_endpoint}/lfs/{entry.sha256}",
            X_Repo_Commit=commit,
            X_Linked_Etag=f'"{entry.sha256}"',
            X_Linked_Size=str(entry.size),
        )
    else:
        body = storage.read(kind, name, entry)
        handler.content(body, X_Repo_Commit=commit, ETag=f'"{entry.oid}"')


def _large(handler: _Handler, sha256: str) -> None:
    handler.content(handler.hub.storage.large(sha256), ETag=f'"{sha256}"')


def _whoami(handler: _Handler) -> None:
    if handler.user is None:
        message = "Invalid credentials in Authorization header"
        handler.error(401, "InvalidToken", message)
        return
    role = "write" if handler.user == "writer" else "read"
    token = {"accessToken": {"displayName": "test", "role": role}}
    handler.json({"type": "user", "id": handler.user, "name": handler.user, "auth": token})


_NAME = r"([^/]+/[^/]+)"
_ROUTES: tuple[tuple[re.Pattern[str], Callable[..., None]], ...] = tuple(
    (re.compile(pattern), route)
    for pattern, route in (
        (r"/api/whoami-v2", _whoami),
        (rf"/api/(models|datasets)/{_NAME}(?:/revision/([^/]+))?", _info),
        (rf"/api/(models|datasets)/{_NAME}/tree/([^/]+)(?:/(.+))?", _tree),
        (rf"/(datasets/)?{_NAME}/resolve/([^/]+)/(.+)", _resolve),
        (r"/lfs/([0-9a-f]{64})", _large),
    )
)
