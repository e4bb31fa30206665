"""A Hub on the loopback interface, over real git storage.

    hub = LoopbackHub(folder); hub.start()
    hub.storage.commit("models", "org/name", {"config.json": b"{}"})
    hub.fail("/resolve/", status=503)

Large files are served from another host name (``localhost``), as the real Hub does, so that a
token sent along would show. What the routes do is in :mod:`hub.reading`, :mod:`hub.writing`,
:mod:`hub.listing`, :mod:`hub.discussions`, :mod:`hub.large` and :mod:`hub.access`.
"""

import re
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

from hub import access, discussions, large, listing, reading, writing, xet
from hub.accounts import Accounts
from hub.exchange import Exchange
from hub.faults import Fault, Faults, Request
from hub.storage import LARGE_SUFFIXES, Storage

Mode = Literal["lfs", "xet", "regular"]


class LoopbackHub:
    """The server; everything public may be changed while it runs.

    ``foreign`` names repositories that belong to others: nobody may write there, everybody who may
    discuss may open pull requests. ``errors`` are failures of the Hub itself.
    """

    def __init__(self, folder: Path) -> None:
        self.storage = Storage(folder)
        self.accounts = Accounts()
        self.discussions = discussions.Book(self.storage)
        self.xet = xet.Xet(folder / "xet")
        self.requests: list[Request] = []
        self.faults = Faults()
        self.private: set[str] = set()
        self.gated: set[str] = set()
        self.foreign: set[str] = set()
        self.renamed: dict[str, str] = {}
        self.tags: dict[str, list[str]] = {}
        self.downloads: dict[str, int] = {}
        self.page_size = 1000
        self.errors: list[BaseException] = []
        self.stopping = threading.Event()
        self.mode: Mode = "lfs"
        self.routes = tuple(
            (method, re.compile(pattern), route)
            for part in (access, reading, listing, writing, discussions, large, xet)
            for method, pattern, route in part.ROUTES
        )
        self._server = _Server(self)
        self.port: int = self._server.server_address[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.content_endpoint = f"http://localhost:{self.port}"

    def start(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        """End every connection and wait for the threads behind them."""
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def store(self, mode: Mode) -> None:
        """How pictures are stored from now on: over LFS, over Xet or as plain git blobs."""
        self.mode = mode
        plain = mode == "regular"
        self.storage.large_suffixes = tuple(
            suffix for suffix in LARGE_SUFFIXES if not (plain and suffix == ".png")
        )

    def fail(self, pattern: str, **fault: Any) -> Fault:
        """Add a :class:`Fault`."""
        self.faults.append(Fault(pattern, **fault))
        return self.faults[-1]

    def race(
        self,
        files: Mapping[str, bytes | None],
        *,
        pattern: str = r"/commit/main",
        times: int | None = 1,
        skip: int = 0,
    ) -> Fault:
        """Move the head of ``main`` just before a commit is handled (``skip``: which one)."""

        def move(request: Request) -> None:
            found = re.match(r"/api/(models|datasets|spaces)/([^/]+/[^/]+)/", request.path)
            if found:
                self.storage.commit(found[1], found[2], files, message="Somebody was faster")

        return self.fail(pattern, method="POST", before=move, times=times, skip=skip)

    def hook(
        self,
        pattern: str,
        *,
        before: Callable[[Request], None] | None = None,
        after: Callable[[Request], None] | None = None,
        **which: Any,
    ) -> Fault:
        """Call something when a request comes in, or when it was handled but not yet answered."""
        return self.fail(pattern, before=before, after=after, **which)

    def count(self, method: str, pattern: str) -> int:
        """How many requests of the log match."""
        return sum(r.method == method and bool(re.search(pattern, r.path)) for r in self.requests)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, hub: LoopbackHub) -> None:
        self.hub = hub
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), type("Handler", (Exchange,), {"hub": hub}))

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it went by itself

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, ConnectionError):
            self.hub.errors.append(error)
