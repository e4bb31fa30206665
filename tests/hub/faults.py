"""What can go wrong on the way to the loopback Hub, and on the way back."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """A line of the log. ``user`` is None without a valid token; tokens are never kept."""

    method: str
    path: str
    host: str
    has_token: bool
    user: str | None
    agent: str


@dataclass
class Fault:
    """What goes wrong on requests whose path matches ``pattern``.

    ``pattern`` is searched in the path with its query as sent (``refs%2Fpr%2F1``), ``method`` is
    compared when given. The first ``skip`` matches pass, then at most ``times`` are hit.

    ``before`` and ``after`` are called with the request, before it is handled and when it was
    handled and is not yet answered. Of what is answered:

    - ``status`` with ``headers`` stands in for the answer; the request is not handled, unless
      ``handled`` says so: a 500 after the commit was made;
    - ``replace`` answers with that body, ``corrupt`` with a body of wrong bytes;
    - ``cut`` drops that many bytes from the end of the body, which Content-Length still counts;
    - ``drop`` closes the connection without an answer, ``"before"`` or ``"after"`` handling;
    - ``delay`` waits that many seconds before handling; ``stall`` sends half of the body and then
      nothing until the Hub stops.
    """

    pattern: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    replace: bytes | None = None
    cut: int = 0
    times: int | None = None
    method: str | None = None
    skip: int = 0
    handled: bool = False
    corrupt: bool = False
    drop: str | None = None
    delay: float = 0
    stall: bool = False
    before: Callable[[Request], None] | None = None
    after: Callable[[Request], None] | None = None

    def due(self, method: str, path: str) -> bool:
        """Whether this request is hit; counts it."""
        if self.method not in (None, method) or not re.search(self.pattern, path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True

    def spoil(self, body: bytes) -> bytes:
        """The body that is sent instead."""
        if self.replace is not None:
            body = self.replace
        return bytes(byte ^ 1 for byte in body) if self.corrupt else body


class Faults(list[Fault]):
    """All faults of a Hub; those that are due are counted one request at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def due(self, method: str, path: str) -> list[Fault]:
        """Those that hit this request, in the order in which they were added."""
        with self._lock:
            return [fault for fault in self if fault.due(method, path)]
