"""Discussions and pull requests of the loopback Hub."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from hub.exchange import Exchange
from hub.reading import KIND, NAME
from hub.storage import MovedError, Storage

PAGE = 10
"""Discussions on a page of the list."""

_START = 1_767_225_600


@dataclass
class Discussion:
    """``base`` is where a pull request leads to; None for a discussion without changes."""

    num: int
    title: str
    author: str | None
    created: str
    base: str | None
    status: str = "open"
    merge_commit: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return f"refs/pr/{self.num}"


class Book:
    """All discussions of a Hub, by repository."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._all: dict[tuple[str, str], list[Discussion]] = {}
        self._ticks = itertools.count(_START)

    def of(self, kind: str, name: str) -> list[Discussion]:
        return self._all.setdefault((kind, name), [])

    def next_number(self, kind: str, name: str) -> int:
        return len(self.of(kind, name)) + 1

    def pull(self, kind: str, name: str, revision: str) -> Discussion | None:
        """The pull request whose ref this is."""
        return next((d for d in self.of(kind, name) if d.base and d.ref == revision), None)

    def open(
        self,
        kind: str,
        name: str,
        author: str | None,
        title: str,
        description: str,
        *,
        base: str | None = None,
        status: str = "open",
    ) -> Discussion:
        """A new discussion; with ``base`` a pull request, whose ref the caller makes."""
        now = Exchange.date(next(self._ticks))
        made = Discussion(self.next_number(kind, name), title, author, now, base, status)
        self.of(kind, name).append(made)
        self.add(made, author, "comment", _comment(description, author))
        return made

    def add(
        self, discussion: Discussion, author: str | None, kind: str, data: dict[str, Any]
    ) -> dict[str, Any]:
        """Write an event down."""
        tick = next(self._ticks)
        event = {
            "id": f"{tick:024x}",
            "type": kind,
            "createdAt": Exchange.date(tick),
            "author": {"name": author},
            "data": data,
        }
        discussion.events.append(event)
        return event

    def record(
        self, kind: str, name: str, ref: str, *, author: str | None, oid: str, subject: str
    ) -> None:
        """Write a commit down when it went onto a pull request."""
        pull = self.pull(kind, name, ref)
        if pull:
            self.add(pull, author, "commit", {"subject": subject, "oid": oid})


def _comment(text: str, author: str | None) -> dict[str, Any]:
    latest = {"raw": text, "author": {"name": author}}
    return {"edited": False, "hidden": False, "latest": latest, "history": []}


def _row(kind: str, name: str, discussion: Discussion) -> dict[str, Any]:
    return {
        "num": discussion.num,
        "title": discussion.title,
        "author": {"name": discussion.author},
        "createdAt": discussion.created,
        "status": discussion.status,
        "repo": {"name": name, "type": kind[:-1]},
        "isPullRequest": discussion.base is not None,
    }


def _list(exchange: Exchange, kind: str, name: str) -> None:
    exchange.repository(kind, name)
    query = {key: values[0] for key, values in exchange.query.items()}
    rows = [_row(kind, name, found) for found in reversed(exchange.hub.discussions.of(kind, name))]
    wanted = query.get("type", "all")
    if wanted != "all":
        rows = [row for row in rows if row["isPullRequest"] == (wanted == "pull_request")]
    status = query.get("status", "all")
    if status != "all":
        open_ones = ("open", "draft")
        rows = [row for row in rows if (row["status"] in open_ones) == (status == "open")]
    if "author" in query:
        rows = [row for row in rows if row["author"]["name"] == query["author"]]
    start = PAGE * int(query.get("p", "0"))
    page = rows[start : start + PAGE]
    exchange.json({"discussions": page, "count": len(rows), "start": start})


def _open(exchange: Exchange, kind: str, name: str) -> None:
    head = exchange.commit(kind, name, "main")
    account, given, hub = exchange.discusser(name), exchange.given(), exchange.hub
    if not 3 <= len(given["title"]) <= 200:
        raise exchange.refuse(400, "", "The title must have 3 to 200 characters")
    base, status = ("main", "draft") if given.get("pullRequest") else (None, "open")
    with hub.storage.lock(kind, name):
        made = hub.discussions.open(
            kind, name, account.user, given["title"], given["description"], base=base, status=status
        )
        if base:
            hub.storage.point(kind, name, made.ref, head)
    exchange.json({"num": made.num, "title": made.title, "pullRequest": base is not None})


def _found(exchange: Exchange, kind: str, name: str, number: str) -> Discussion:
    exchange.repository(kind, name)
    for discussion in exchange.hub.discussions.of(kind, name):
        if discussion.num == int(number):
            return discussion
    raise exchange.refuse(404, "", "Discussion not found")


def _details(exchange: Exchange, kind: str, name: str, number: str) -> None:
    found = _found(exchange, kind, name, number)
    details = {**_row(kind, name, found), "events": found.events}
    if found.base:
        changes = {"base": f"refs/heads/{found.base}"}
        if found.merge_commit:
            changes["mergeCommitId"] = found.merge_commit
        details |= {
            "changes": changes,
            "filesWithConflicts": _conflicts(exchange, kind, name, found),
        }
        if exchange.flag("diff"):
            base = f"{found.merge_commit}^1" if found.merge_commit else found.base
            details["diff"] = exchange.hub.storage.diff(kind, name, base, found.ref)
    exchange.json(details)


def _changes(
    exchange: Exchange, kind: str, name: str, one: str, other: str
) -> dict[str, str | None]:
    """Path → blob (None: deleted) of what differs at the other commit."""
    storage = exchange.hub.storage
    old, new = (
        {entry.path: entry.oid for entry in storage.tree(kind, name, oid)} for oid in (one, other)
    )
    return {path: new.get(path) for path in old | new if old.get(path) != new.get(path)}


def _conflicts(exchange: Exchange, kind: str, name: str, found: Discussion) -> list[str]:
    """Files that both sides changed, and not alike (a file is taken as a whole)."""
    if found.status == "merged" or not found.base:
        return []
    storage = exchange.hub.storage
    head, tip = exchange.commit(kind, name, found.base), exchange.commit(kind, name, found.ref)
    base = storage.base(kind, name, head, tip)
    theirs = _changes(exchange, kind, name, base, head)
    ours = _changes(exchange, kind, name, base, tip)
    return sorted(p for p in theirs.keys() & ours.keys() if theirs[p] != ours[p])


def _merge(exchange: Exchange, kind: str, name: str, number: str) -> None:
    found, storage = _found(exchange, kind, name, number), exchange.hub.storage
    account = exchange.writer(name)
    with storage.lock(kind, name):
        if not found.base or found.status not in ("open", "draft"):
            raise exchange.refuse(400, "", f"This cannot be merged: {found.status}")
        if _conflicts(exchange, kind, name, found):
            raise exchange.refuse(409, "", "This pull request has conflicts")
        head, tip = exchange.commit(kind, name, found.base), exchange.commit(kind, name, found.ref)
        ours = _changes(exchange, kind, name, storage.base(kind, name, head, tip), tip)
        entries = {entry.path: entry for entry in storage.tree(kind, name, tip)}
        theirs = {entry.path for entry in storage.tree(kind, name, head)}
        files = {
            path: storage.kept(kind, name, entries[path]) if oid else None
            for path, oid in ours.items()
            if oid or path in theirs
        }
        try:
            found.merge_commit = storage.commit(
                kind,
                name,
                files,
                ref=f"refs/heads/{found.base}",
                expected=head,
                merging=tip,
                message=f"{found.title} (#{found.num})",
                author=account.user,
            )
        except MovedError:
            raise exchange.refuse(409, "", "The base has moved") from None
        _set_status(exchange, found, "merged", exchange.given().get("comment"))
    exchange.json({})


def _set_status(
    exchange: Exchange, found: Discussion, status: str, comment: str | None
) -> dict[str, Any]:
    book = exchange.hub.discussions
    if comment:
        book.add(found, exchange.user, "comment", _comment(comment, exchange.user))
    found.status = status
    return book.add(found, exchange.user, "status-change", {"status": status})


def _status(exchange: Exchange, kind: str, name: str, number: str) -> None:
    found, given = _found(exchange, kind, name, number), exchange.given()
    _mine_or_ours(exchange, name, found)
    if found.status == "merged" or given["status"] not in ("open", "closed"):
        raise exchange.refuse(400, "", f"{found.status} cannot become {given['status']}")
    exchange.json(
        {"newStatus": _set_status(exchange, found, given["status"], given.get("comment"))}
    )


def _title(exchange: Exchange, kind: str, name: str, number: str) -> None:
    found, title = _found(exchange, kind, name, number), exchange.given()["title"]
    _mine_or_ours(exchange, name, found)
    data = {"from": found.title, "to": title}
    found.title = title
    event = exchange.hub.discussions.add(found, exchange.user, "title-change", data)
    exchange.json({"newTitle": event})


def _say(exchange: Exchange, kind: str, name: str, number: str) -> None:
    found = _found(exchange, kind, name, number)
    exchange.discusser(name)
    data = _comment(exchange.given()["comment"], exchange.user)
    event = exchange.hub.discussions.add(found, exchange.user, "comment", data)
    exchange.json({"newMessage": event})


def _edit(exchange: Exchange, kind: str, name: str, number: str, comment: str) -> None:
    event = _own_comment(exchange, kind, name, number, comment)
    data = event["data"]
    data["history"].append(data["latest"])
    data["latest"] = {"raw": exchange.given()["content"], "author": {"name": exchange.user}}
    data["edited"] = True
    exchange.json({"updatedComment": event})


def _hide(exchange: Exchange, kind: str, name: str, number: str, comment: str) -> None:
    event = _own_comment(exchange, kind, name, number, comment)
    event["data"]["hidden"] = True
    event["data"]["latest"]["raw"] = ""
    exchange.json({"updatedComment": event})


def _own_comment(
    exchange: Exchange, kind: str, name: str, number: str, comment: str
) -> dict[str, Any]:
    found = _found(exchange, kind, name, number)
    _mine_or_ours(exchange, name, found)
    for event in found.events:
        if (event["id"], event["type"]) == (comment, "comment"):
            return event
    raise exchange.refuse(404, "", "Comment not found")


def _mine_or_ours(exchange: Exchange, name: str, found: Discussion) -> None:
    """Changes are for the author and for those who may write to the repository."""
    if exchange.discusser(name).user != found.author:
        exchange.writer(name)


_ONE = rf"{KIND}/{NAME}/discussions/(\d+)"
ROUTES = (
    ("GET", rf"{KIND}/{NAME}/discussions", _list),
    ("POST", rf"{KIND}/{NAME}/discussions", _open),
    ("GET", _ONE, _details),
    ("POST", rf"{_ONE}/merge", _merge),
    ("POST", rf"{_ONE}/status", _status),
    ("POST", rf"{_ONE}/title", _title),
    ("POST", rf"{_ONE}/comment", _say),
    ("POST", rf"{_ONE}/comment/([0-9a-f]+)/edit", _edit),
    ("POST", rf"{_ONE}/comment/([0-9a-f]+)/hide", _hide),
)
