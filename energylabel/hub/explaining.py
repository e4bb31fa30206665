"""What huggingface_hub raises → one line that says the cause, and one that says the remedy.

Its answers come as several exceptions around each other, the telling one often innermost (a 429
inside a "file not in the cache"), so the whole chain is looked at.
"""

import errno
import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from energylabel.errors import EnergyLabelError, NetworkError, OutputError, UsageError, one_line

ONLINE = "run once with a connection and without --offline (and HF_HUB_OFFLINE unset)"

_LOGIN = "check the name; for a private or gated one accept its terms, then `hf auth login`"
_TERMS = "accept its terms on its page with your account, then `hf auth login`"
_RETRY = "check the connection and try again; --offline uses what is in the cache"
_CAPTIVE = "check HF_ENDPOINT, and that no login page of the network stands in between"

_SAID = 3
"""Errors of a list in an answer that are printed."""
_LONGEST = 300
"""Characters of an answer that are printed."""
_TOKEN = re.compile(r"\bhf_[A-Za-z0-9_]{6,}")

_PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that may be better the next time."""

_FINAL = ("TooManyRedirects", "ProxyError", "UnsupportedProtocol", "InvalidURL")
"""Failures of transport that no second attempt mends; httpx's names, whichever version it has."""


@dataclass(frozen=True, slots=True)
class Passing:
    """A failure that may pass. ``status`` is None where no answer came.

    ``words`` is the cause, in the middle of a sentence; ``retry_after_s`` what the server asks.
    """

    words: str
    status: int | None
    retry_after_s: float | None


def passing(error: NetworkError) -> Passing | None:
    """Whether what :func:`explained` raised may be better the next time, and when."""
    from huggingface_hub.errors import HfHubHTTPError, HTTPError  # type: ignore[attr-defined]

    if not error.retryable:
        return None
    answers = [link.response for link in _causes(error) if isinstance(link, HfHubHTTPError)]
    if answers:
        status = answers[-1].status_code
        if status not in _PASSING:
            return None
        words = "the Hub limits requests" if status == 429 else f"the Hub answered {status}"
        return Passing(words, status, _retry_after_s(answers[-1].headers))
    if any(_is_short(link) for link in _causes(error)):
        return Passing("what came from the Hub is not whole", None, None)
    broken = [link for link in _causes(error) if isinstance(link, HTTPError)]
    if not broken or any(type(link).__name__ in _FINAL for link in broken):
        return None
    return Passing("the connection to the Hub broke", None, None)


def _is_short(error: BaseException) -> bool:
    """Whether this is the library's word for a file of another size than was announced."""
    return isinstance(error, OSError) and str(error).startswith("Consistency check failed")


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds until the server wants to be asked again, from its number, date or rate limit."""
    delay = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", delay):
        return float(delay)
    try:
        due = parsedate_to_datetime(delay).timestamp() if delay else None
    except (ValueError, OverflowError):
        due = None
    if due is not None:
        return max(0.0, due - time.time())
    left = re.search(r";t=([0-9]{1,9})", headers.get("ratelimit", ""))
    return float(left[1]) if left else None


@contextmanager
def explained(where: str, *, offline: bool = False) -> Iterator[None]:
    """Turn what huggingface_hub raises inside into one of our errors.

    Args:
        where: The repository as the user named it.
        offline: The cache alone was asked.

    Raises:
        NetworkError: The Hub cannot be reached, refuses, or answers nonsense.
        UsageError: The name cannot be one of the Hub's.
        OutputError: The cache cannot be written.
    """
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        HFValidationError,
        HTTPError,
        RevisionResolutionError,
    )

    try:
        yield
    except HFValidationError as error:
        raise UsageError(
            f"{where} cannot be a name on the Hub", "write org/name or org/name@revision"
        ) from error
    except (OSError, HTTPError, RevisionResolutionError) as error:
        raise _in_words(error, where, offline=offline) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # A page of HTML where JSON was due, or JSON that describes no repository.
        raise NetworkError(f"the answer for {where} did not come from a Hub", _CAPTIVE) from error


def said(error: BaseException) -> str:
    """What the Hub itself answered, cleaned, to be put behind our own words; empty without any.

    From its header and its JSON alone: a page of HTML says nothing in one line.
    """
    from huggingface_hub.errors import HfHubHTTPError

    answers = [link.response for link in _causes(error) if isinstance(link, HfHubHTTPError)]
    if not answers:
        return ""
    found: list[Any] = [answers[-1].headers.get("X-Error-Message")]
    try:
        body = answers[-1].json()
    except (ValueError, RuntimeError, RecursionError):  # no JSON, or never read
        body = None
    if isinstance(body, dict):
        errors = body.get("errors")
        rows = errors[:_SAID] if isinstance(errors, list) else []
        found += [body.get("error"), body.get("message")]
        found += [row.get("message") if isinstance(row, dict) else row for row in rows]
    texts = dict.fromkeys(filter(None, (_cleaned(each) for each in found)))
    words = "; ".join(texts)
    return f" (the Hub says: {words[:_LONGEST]}{'…' if len(words) > _LONGEST else ''})" * bool(
        words
    )


def _cleaned(given: object) -> str:
    """One printable line without what looks like a token; empty where it is no text."""
    if not isinstance(given, str):
        return ""
    line = one_line("".join(c if c.isprintable() else " " for c in given[:10_000]), 10_000)
    return _TOKEN.sub("hf_…", line).rstrip(".")


def _in_words(error: Exception, where: str, *, offline: bool) -> EnergyLabelError:
    from huggingface_hub import errors as hub

    chain = tuple(_causes(error))
    codes = {code for link in chain if (code := getattr(link, "errno", None))}
    if codes & {errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT}:
        return OutputError(
            f"{where} cannot be stored in the cache: {os.strerror(min(codes))}",
            "free space, or set HF_HOME to a folder that can be written",
        )

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(link, kinds) for link in chain)

    statuses = [link.response.status_code for link in chain if isinstance(link, hub.HfHubHTTPError)]
    status = statuses[-1] if statuses else None
    # The order matters: the library's classes are subclasses of each other.
    for matches, message, hint in (
        (offline, f"{where} is not in the cache, and offline mode is on", ONLINE),
        (has(hub.OfflineModeIsEnabled), f"{where} is not in the cache (HF_HUB_OFFLINE)", ONLINE),
        (has(hub.GatedRepoError), f"{where} is gated: its owner's terms come first", _TERMS),
        (has(hub.DisabledRepoError), f"{where} was disabled by the Hub", "give another one"),
        (
            has(hub.RevisionNotFoundError),
            f"{where}: the Hub has no such revision",
            "give a branch, a tag or a commit that exists",
        ),
        (
            has(hub.RepositoryNotFoundError) or status in (401, 403),
            f"{where} is private, gated or missing",
            _LOGIN,
        ),
        (
            any(type(link).__name__ == "TooManyRedirects" for link in chain),
            f"the answer for {where} leads round in a circle",
            _CAPTIVE,
        ),
        (
            has(json.JSONDecodeError, hub.FileMetadataError),
            f"the answer for {where} did not come from a Hub",
            _CAPTIVE,
        ),
        (
            has(hub.RemoteEntryNotFoundError),
            f"{where}: the Hub has no such file",
            "try again, or give another revision",
        ),
        (
            status == 429,
            f"the Hub limits requests, {where} was refused (429)",
            "wait a few minutes; `hf auth login` raises the limit",
        ),
        (
            status is not None,
            f"the Hub answered {status} for {where}",
            "try again later; --offline uses what is in the cache",
        ),
        (
            any(_is_short(link) for link in chain),
            f"{where} cannot be downloaded: what came is not whole",
            _RETRY,
        ),
        (
            any("Timeout" in type(link).__name__ for link in chain),
            f"the Hub went silent on {where}",
            _RETRY,
        ),
    ):
        if matches:
            may_pass = hint in (_CAPTIVE, _RETRY) or (status or 0) >= 500 or status in (408, 429)
            spoken = said(error) if status is not None else ""
            return NetworkError(message + spoken, hint, retryable=may_pass)
    root = chain[-1]
    words = one_line(str(root).partition("\n")[0], 160) or type(root).__name__
    return NetworkError(f"{where} cannot be downloaded: {words}", _RETRY)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was raised from, outermost first."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
