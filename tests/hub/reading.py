"""What a repository of the loopback Hub shows: metadata, trees, files, refs and history."""

from typing import Any
from urllib.parse import parse_qs

from hub.exchange import Exchange
from hub.listing import about
from hub.storage import Entry

NAME = r"([^/]+/[^/]+)"
KIND = r"/api/(models|datasets|spaces)"
REVISION = r"(refs/pr/\d+|refs/convert/[^/]+|[^/]+)"
"""Clients quote the slashes of a ref, except npm's when it lists."""


def _info(exchange: Exchange, kind: str, name: str, revision: str) -> None:
    commit = exchange.commit(kind, name, revision)
    blobs = exchange.flag("blobs")
    entries = exchange.hub.storage.tree(kind, name, commit)
    siblings = [_sibling(entry, blobs=blobs) for entry in entries]
    exchange.json({**about(exchange.hub, kind, name, commit), "siblings": siblings})


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


def _tree(exchange: Exchange, kind: str, name: str, revision: str, path: str) -> None:
    commit = exchange.commit(kind, name, revision)
    path = path.rstrip("/")
    inside = f"{path}/" if path else ""
    entries = [
        entry
        for entry in exchange.hub.storage.tree(kind, name, commit)
        if entry.path.startswith(inside)
    ]
    if path and not entries:
        exchange.error(404, "EntryNotFound", f"{path} does not exist", X_Repo_Commit=commit)
        return
    recursive = exchange.flag("recursive")
    rest = {entry: entry.path[len(inside) :].split("/") for entry in entries}
    folders = {
        inside + "/".join(parts[:depth])
        for parts in rest.values()
        for depth in range(1, len(parts) if recursive else min(len(parts), 2))
    }
    files = [entry for entry, parts in rest.items() if recursive or len(parts) == 1]
    rows = [_folder(folder) for folder in sorted(folders)] + [_file(entry) for entry in files]
    exchange.page(rows, exchange.hub.page_size)


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "oid": "0" * 40, "size": 0, "path": path}


def _file(entry: Entry) -> dict[str, Any]:
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


def _paths_info(exchange: Exchange, kind: str, name: str, revision: str) -> None:
    commit = exchange.commit(kind, name, revision)
    if "json" in exchange.headers.get("Content-Type", ""):
        paths = exchange.given()["paths"]
    else:
        paths = parse_qs(exchange.body.decode()).get("paths", [])
    entries = {entry.path: entry for entry in exchange.hub.storage.tree(kind, name, commit)}
    rows = []
    for path in paths:
        if path in entries:
            rows.append(_file(entries[path]))
        elif any(known.startswith(f"{path}/") for known in entries):
            rows.append(_folder(path))
    exchange.json(rows)


def _resolve(exchange: Exchange, prefix: str, name: str, revision: str, path: str) -> None:
    kind = prefix.rstrip("/") or "models"
    commit = exchange.commit(kind, name, revision, content=True)
    storage = exchange.hub.storage
    entry = next((e for e in storage.tree(kind, name, commit) if e.path == path), None)
    if entry is None:
        exchange.error(404, "EntryNotFound", f"{path} does not exist", X_Repo_Commit=commit)
    elif entry.sha256:
        exchange.answer(
            302,
            b"",
            Location=f"{exchange.hub.content_endpoint}/lfs/{entry.sha256}",
            X_Repo_Commit=commit,
            X_Linked_Etag=f'"{entry.sha256}"',
            X_Linked_Size=str(entry.size),
            **exchange.hub.xet.links(exchange.hub, kind, name, commit, entry.sha256),
        )
    else:
        body = storage.read(kind, name, entry)
        exchange.content(body, X_Repo_Commit=commit, ETag=f'"{entry.oid}"')


def _refs(exchange: Exchange, kind: str, name: str) -> None:
    exchange.repository(kind, name)
    known: dict[str, list[dict[str, str]]] = {"heads": [], "convert": [], "tags": [], "pr": []}
    for ref, commit in exchange.hub.storage.refs(kind, name).items():
        _, group, short = ref.split("/", 2)
        known[group].append({"name": short, "ref": ref, "targetCommit": commit})
    requests = [{**pull, "name": pull["ref"]} for pull in known["pr"]]
    exchange.json(
        {
            "branches": known["heads"],
            "converts": known["convert"],
            "tags": known["tags"],
            **({"pullRequests": requests} if exchange.flag("include_prs") else {}),
        }
    )


def _commits(exchange: Exchange, kind: str, name: str, revision: str) -> None:
    commit = exchange.commit(kind, name, revision)
    rows = [
        {
            "id": line.oid,
            "authors": [{"user": line.author}],
            "date": exchange.date(line.date),
            "title": line.title,
            "message": line.message,
        }
        for line in exchange.hub.storage.history(kind, name, commit)
    ]
    size = int(exchange.query.get("limit", [str(exchange.hub.page_size)])[0])
    exchange.page(rows, size)


ROUTES = (
    ("GET", rf"{KIND}/{NAME}(?:/revision/{REVISION})?", _info),
    ("GET", rf"{KIND}/{NAME}/tree/{REVISION}(?:/(.+))?", _tree),
    ("POST", rf"{KIND}/{NAME}/paths-info/{REVISION}", _paths_info),
    ("GET", rf"/(datasets/|spaces/)?{NAME}/resolve/{REVISION}/(.+)", _resolve),
    ("GET", rf"{KIND}/{NAME}/refs", _refs),
    ("GET", rf"{KIND}/{NAME}/commits/{REVISION}", _commits),
)
