"""Changes to repositories of the loopback Hub: creation, preupload, commits, branches, tags."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import yaml
from hub.exchange import Exchange
from hub.listing import front_matter
from hub.reading import KIND, NAME
from hub.storage import NO_COMMIT, Large, MovedError, NoSuchFileError

SDKS = ("gradio", "docker", "static")
SPACE_README = """---
title: {0}
emoji: 🐠
colorFrom: red
colorTo: blue
sdk: {1}
pinned: false
---

Check out the configuration reference at https://huggingface.co/docs/hub/spaces-config-reference
"""
SPACE_PAGE = b"<!doctype html><h1>Welcome to your static Space!</h1>\n"
"""What the Hub puts into a new Space."""

REGULAR_BYTES = 10_000_000
"""Larger files go over LFS or Xet."""

STALE = "A commit has happened since. Please refresh and try again."


@dataclass
class Change:
    """A commit as it was sent."""

    summary: str = ""
    description: str = ""
    parent: str | None = None
    files: dict[str, bytes | Large | None] = field(default_factory=dict)


def _create(exchange: Exchange) -> None:
    account, given = exchange.signed_in(), exchange.given()
    name = f"{given.get('organization') or account.user}/{given['name']}"
    kind = f"{given.get('type') or 'model'}s"
    url = f"{exchange.hub.endpoint}/{_prefix(kind)}{name}"
    if kind == "spaces" and given.get("sdk") not in SDKS:
        exchange.error(400, "", "A Space needs an sdk")
        return
    exchange.writer(name)
    if exchange.hub.storage.exists(kind, name):
        body = {"error": "You already created this repo", "url": url}
        exchange.answer(409, json.dumps(body).encode(), Content_Type="application/json")
        return
    if given.get("visibility") == "private" or given.get("private"):
        exchange.hub.private.add(name)
    attributes = "".join(f"*{s} filter=lfs\n" for s in exchange.hub.storage.large_suffixes)
    files = {".gitattributes": attributes.encode()}
    if kind == "spaces":
        files["README.md"] = SPACE_README.format(given["name"], given["sdk"]).encode()
        files |= {"index.html": SPACE_PAGE} if given["sdk"] == "static" else {}
    exchange.hub.storage.commit(kind, name, files, message="initial commit", author=account.user)
    exchange.json({"url": url, "name": name, "id": name})


def _prefix(kind: str) -> str:
    return "" if kind == "models" else f"{kind}/"


def _may_commit(exchange: Exchange, kind: str, name: str, revision: str) -> None:
    """Anyone may propose a change, and go on with it; the rest is for those who may write."""
    pull = exchange.hub.discussions.pull(kind, name, revision)
    if exchange.flag("create_pr") or (pull and pull.author == exchange.user):
        exchange.discusser(name)
    else:
        exchange.writer(name)


def _preupload(exchange: Exchange, kind: str, name: str, revision: str) -> None:
    commit = exchange.commit(kind, name, revision)
    _may_commit(exchange, kind, name, revision)
    storage = exchange.hub.storage
    known = {entry.path: entry for entry in storage.tree(kind, name, commit)}
    files = []
    for file in exchange.given()["files"]:
        large = file["path"].endswith(storage.large_suffixes) or file["size"] > REGULAR_BYTES
        row = {"path": file["path"], "uploadMode": "lfs" if large else "regular"}
        entry = known.get(file["path"])
        if entry:
            row["oid"] = entry.sha256 or entry.oid
        files.append({**row, "shouldIgnore": False})
    exchange.json({"files": files})


def _commit(exchange: Exchange, kind: str, name: str, revision: str) -> None:
    exchange.commit(kind, name, revision)
    _may_commit(exchange, kind, name, revision)
    change = _parsed(exchange)
    storage, create = exchange.hub.storage, exchange.flag("create_pr")
    with storage.lock(kind, name):
        head = exchange.commit(kind, name, revision)
        parent = head
        if change.parent:
            parent = storage.resolve(kind, name, change.parent) or NO_COMMIT
            if parent == NO_COMMIT or (parent != head and not create):
                raise exchange.refuse(412, "", STALE)
        number = exchange.hub.discussions.next_number(kind, name)
        ref = f"refs/pr/{number}" if create else _ref(exchange, kind, name, revision)
        message = f"{change.summary}\n\n{change.description}".strip()
        try:
            oid = storage.commit(
                kind,
                name,
                change.files,
                ref=ref,
                parent=parent,
                message=message,
                author=exchange.user or "",
                expected=NO_COMMIT if create else head,
            )
        except NoSuchFileError as error:
            message = f"A file with this name doesn't exist: {error}"
            raise exchange.refuse(404, "EntryNotFound", message) from None
        except MovedError:
            raise exchange.refuse(412, "", STALE) from None
        if create:
            exchange.hub.discussions.open(
                kind, name, exchange.user, change.summary, change.description, base=revision
            )
        exchange.hub.discussions.record(
            kind, name, ref, author=exchange.user, oid=oid, subject=change.summary
        )
    page = f"{exchange.hub.endpoint}/{_prefix(kind)}{name}"
    exchange.json(
        {
            "success": True,
            "commitUrl": f"{page}/commit/{oid}",
            "commitOid": oid,
            "hookOutput": "",
            **({"pullRequestUrl": f"{page}/discussions/{number}"} if create else {}),
        }
    )


def _ref(exchange: Exchange, kind: str, name: str, revision: str) -> str:
    """The ref that a commit goes onto: a branch or an open pull request."""
    known = exchange.hub.storage.refs(kind, name)
    pull = exchange.hub.discussions.pull(kind, name, revision)
    if pull and pull.status in ("merged", "closed"):
        raise exchange.refuse(403, "", f"This pull request is {pull.status}")
    for ref in (revision, f"refs/heads/{revision}"):
        if ref in known and not ref.startswith("refs/tags/"):
            return ref
    raise exchange.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")


def _parsed(exchange: Exchange) -> Change:
    """The lines of a commit; 400 for what is no commit."""
    change, storage = Change(), exchange.hub.storage
    for line in exchange.body.splitlines():
        row: dict[str, Any] = json.loads(line)
        key, value = row["key"], row["value"]
        if key == "header":
            change.summary, change.parent = value["summary"], value.get("parentCommit")
            change.description = value.get("description") or ""
            continue
        path = value["path"]
        if path.startswith("/") or ".." in path.split("/"):
            raise exchange.refuse(400, "", f"Invalid path: {path}")
        if key == "file":
            coded = value.get("encoding") == "base64"
            content = value["content"]
            change.files[path] = base64.b64decode(content) if coded else content.encode()
            huge = len(change.files[path]) > REGULAR_BYTES
            if huge or (path.endswith(storage.large_suffixes) and change.files[path]):
                raise exchange.refuse(400, "", f"{path} must be uploaded over LFS or Xet")
        elif key == "lfsFile":
            size = exchange.hub.xet.fetch(storage, value["oid"])
            if size is None:
                raise exchange.refuse(400, "", f"LFS pointer to a file that is missing: {path}")
            change.files[path] = Large(value["oid"], size)
        elif key in ("deletedFile", "deletedFolder"):
            change.files[path.rstrip("/") + "/" * (key == "deletedFolder")] = None
        else:
            raise exchange.refuse(400, "", f"Unknown operation: {key}")
    if not change.summary:
        raise exchange.refuse(400, "", "A commit needs a summary")
    return change


def _validate(exchange: Exchange) -> None:
    """The card's metadata: 400 with the errors that the Hub would find."""
    errors = []
    try:
        card = front_matter(exchange.given()["content"])
        if card is not None and not isinstance(card, dict):
            errors.append("The metadata must be a mapping")
    except yaml.YAMLError as error:
        errors.append(str(error))
    found = {"errors": [{"message": text} for text in errors], "warnings": []}
    body = json.dumps(found).encode()
    exchange.answer(400 if errors else 200, body, Content_Type="application/json")


def _branch(exchange: Exchange, kind: str, name: str, branch: str) -> None:
    start = exchange.given().get("startingPoint") or "main"
    _point(exchange, kind, name, f"refs/heads/{branch}", start)


def _tag(exchange: Exchange, kind: str, name: str, revision: str) -> None:
    _point(exchange, kind, name, f"refs/tags/{exchange.given()['tag']}", revision)


def _point(exchange: Exchange, kind: str, name: str, ref: str, revision: str) -> None:
    commit = exchange.commit(kind, name, revision)
    exchange.writer(name)
    try:
        exchange.hub.storage.point(kind, name, ref, commit)
    except MovedError:
        exchange.error(409, "", f"{ref} exists")
        return
    exchange.json({})


ROUTES = (
    ("POST", r"/api/repos/create", _create),
    ("POST", r"/api/validate-yaml", _validate),
    ("POST", rf"{KIND}/{NAME}/preupload/([^/]+)", _preupload),
    ("POST", rf"{KIND}/{NAME}/commit/([^/]+)", _commit),
    ("POST", rf"{KIND}/{NAME}/branch/([^/]+)", _branch),
    ("POST", rf"{KIND}/{NAME}/tag/([^/]+)", _tag),
)
