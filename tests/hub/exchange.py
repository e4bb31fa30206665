"""One request to the loopback Hub and its answer: what the routes are written with."""

import json
import re
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from hub.accounts import Account
from hub.faults import Fault, Request

if TYPE_CHECKING:
    from hub.server import LoopbackHub


class AnsweredError(Exception):
    """The answer is ready; nothing more is to be done for this request."""


class Exchange(BaseHTTPRequestHandler):
    """Routes set an answer by :meth:`answer` and its relatives, it is sent when they are done."""

    hub: "LoopbackHub"
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: Any) -> None:
        """The log is ``hub.requests``."""

    def do_GET(self) -> None:
        self.body = self._received()
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.account = self.hub.accounts.of(token)
        host = (self.headers.get("Host") or "").partition(":")[0]
        agent = self.headers.get("User-Agent", "")
        request = Request(self.command, self.path, host, bool(token), self.user, agent)
        self.hub.requests.append(request)
        faults = self.hub.faults.due(self.command, self.path)
        self.close_connection |= any(f.drop or f.cut or f.stall for f in faults)
        for fault in faults:
            if fault.delay:
                self.hub.stopping.wait(fault.delay)
            if fault.before:
                fault.before(request)
        if any(fault.drop == "before" for fault in faults):
            return
        instead = next((fault for fault in faults if fault.status), None)
        if instead is None or instead.handled:
            self._route()
        if instead and instead.status:
            self.answer(instead.status, instead.replace or b"", **instead.headers)
        for fault in faults:
            if fault.after:
                fault.after(request)
        if not any(fault.drop for fault in faults):
            self._send(faults)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815

    def _route(self) -> None:
        url = urlsplit(self.path)
        self.query = parse_qs(url.query, keep_blank_values=True)
        for method, pattern, route in self.hub.routes:
            match = pattern.fullmatch(url.path)
            if match and self.command in (("GET", "HEAD") if method == "GET" else (method,)):
                try:
                    route(self, *(unquote(group or "") for group in match.groups()))
                except AnsweredError:
                    return
                return
        self.error(404, "RouteNotFound", "no such route")

    def _received(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(chunks)

    def _send(self, faults: list[Fault]) -> None:
        status, body, headers = self._answer
        for fault in faults:
            body = fault.spoil(body)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        if any(fault.stall for fault in faults):
            self.wfile.write(body[: len(body) // 2])
            self.hub.stopping.wait()
            return
        self.wfile.write(body[: len(body) - sum(fault.cut for fault in faults)])

    @property
    def user(self) -> str | None:
        return self.account.user if self.account else None

    def flag(self, name: str) -> bool:
        """A yes in the query, however it is spelt."""
        return self.query.get(name, [""])[0].lower() in ("true", "1")

    def given(self) -> Any:
        """The JSON that was sent; an empty object when nothing was."""
        return json.loads(self.body or b"{}")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self._answer = (status, body, list(headers.items()))

    def json(self, value: Any, **headers: str) -> None:
        self.answer(200, json.dumps(value).encode(), Content_Type="application/json", **headers)

    def page(self, rows: list[Any], size: int) -> None:
        """The part of a list that was asked for, with a link to the next one."""
        start = int(self.query.get("cursor", ["0"])[0])
        rest = {key: value for key, value in self.query.items() if key != "cursor"}
        onward = {}
        if start + size < len(rows):
            query = urlencode({**rest, "cursor": start + size}, doseq=True)
            path = urlsplit(self.path).path
            onward = {"Link": f'<{self.hub.endpoint}{path}?{query}>; rel="next"'}
        self.json(rows[start : start + size], **onward)

    def error(self, status: int, code: str, message: str, **headers: str) -> None:
        body = json.dumps({"error": message}).encode()
        named = {"X_Error_Code": code} if code else {}
        self.answer(
            status,
            body,
            X_Error_Message=message,
            Content_Type="application/json",
            **named,
            **headers,
        )

    def refuse(self, status: int, code: str, message: str, **headers: str) -> AnsweredError:
        """An error to be raised."""
        self.error(status, code, message, **headers)
        return AnsweredError()

    def content(self, body: bytes, **headers: str) -> None:
        """The body, or the range of it that was asked for."""
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            self.answer(200, body, Accept_Ranges="bytes", **headers)
            return
        first, last = int(asked[1]), min(int(asked[2] or len(body) - 1), len(body) - 1)
        span = f"bytes {first}-{last}/{len(body)}"
        if first >= len(body):
            self.answer(416, b"", Content_Range=f"bytes */{len(body)}", **headers)
            return
        self.answer(206, body[first : last + 1], Content_Range=span, **headers)

    def repository(self, kind: str, name: str) -> None:
        """Make sure that it exists and may be seen."""
        new = self.hub.renamed.get(name)
        if new:
            self.answer(307, b"", Location=self.hub.endpoint + self.path.replace(name, new, 1))
            raise AnsweredError
        hidden = name in self.hub.private and not self.user
        if hidden or not self.hub.storage.exists(kind, name):
            status = 404 if self.user else 401
            raise self.refuse(status, "RepoNotFound", "Repository not found")

    def commit(self, kind: str, name: str, revision: str, *, content: bool = False) -> str:
        """The commit that is meant, of a repository that may be seen (``content``: and read)."""
        self.repository(kind, name)
        if content and name in self.hub.gated and not self.user:
            raise self.refuse(403, "GatedRepo", "Access to this repository is restricted")
        revision = "main" if revision in ("", "HEAD") else revision
        commit = self.hub.storage.resolve(kind, name, revision)
        if commit is None:
            raise self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    def signed_in(self) -> Account:
        """Who asks; 401 without a valid token."""
        if self.account is None:
            raise self.refuse(401, "", "Invalid credentials in Authorization header")
        return self.account

    def writer(self, name: str) -> Account:
        """Who asks, with the right to write to this repository; 403 without it."""
        account = self.signed_in()
        if not account.may_write(name) or name in self.hub.foreign:
            message = f"Forbidden: you must use a write token to upload to {name}"
            raise self.refuse(403, "", message)
        return account

    def discusser(self, name: str) -> Account:
        """Who asks, with the right to open pull requests and to comment."""
        account = self.signed_in()
        if not account.may_discuss(name):
            raise self.refuse(403, "", f"Forbidden: this token may not open discussions in {name}")
        return account

    @staticmethod
    def date(seconds: float) -> str:
        """A date as the Hub writes it."""
        return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))
