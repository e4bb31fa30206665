"""A loopback Hub with data sets: just what downloading one pinned file needs.

Serves ``/datasets/{repository}/resolve/{commit}/{file}`` for HEAD and GET, and keeps a log.
"""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from energylabel.hub import retrying


@dataclass
class DatasetHub:
    """``files`` by (repository, commit, path); ``refusal`` is (status, X-Error-Code or None)."""

    endpoint: str = ""
    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    refusal: tuple[int, str | None] | None = None
    portal: bool = False


def _handler(hub: DatasetHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            path = unquote(self.path)
            hub.log.append((self.command, path))
            if hub.portal:
                return self._send(200, b"<html>please log in</html>", {}, body=body)
            if hub.refusal is not None:
                status, code = hub.refusal
                headers = {"X-Error-Message": "refused"} | ({"X-Error-Code": code} if code else {})
                return self._send(status, b"", headers, body=body)
            before, sign, rest = path.partition("/resolve/")
            commit, _, name = rest.partition("/")
            content = hub.files.get((before.removeprefix("/datasets/"), commit, name))
            if not sign or content is None:
                headers = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit}
                return self._send(404, b"", headers, body=body)
            tag = hashlib.sha256(content).hexdigest()
            return self._send(
                200, content, {"X-Repo-Commit": commit, "ETag": f'"{tag}"'}, body=body
            )

        def _send(
            self, status: int, content: bytes, headers: dict[str, str], *, body: bool
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if body:
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            del args

    return Handler


@contextmanager
def serving() -> Iterator[DatasetHub]:
    """A running hub on a free port of this machine."""
    hub = DatasetHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def point_to(endpoint: str, cache: Path, patch: pytest.MonkeyPatch) -> None:
    """Let `huggingface_hub`, which reads its settings at import, use ``endpoint`` and ``cache``."""
    import huggingface_hub.utils._http as transport
    from huggingface_hub import constants

    def at_once(seconds: float) -> None:
        """The client's pauses between its attempts are not what is tested."""

    patch.setattr(transport, "time", SimpleNamespace(**vars(time) | {"sleep": at_once}))
    patch.setattr(retrying, "PATIENCE", retrying.Patience(sleep=at_once))
    patch.setenv("HF_ENDPOINT", endpoint)
    patch.setattr(
        constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        endpoint + "/{repo_id}/resolve/{revision}/{filename}",
    )
    patch.setattr(constants, "ENDPOINT", endpoint)
    patch.setattr(constants, "HF_HUB_CACHE", str(cache))
    patch.setattr(constants, "HF_HUB_OFFLINE", False)
