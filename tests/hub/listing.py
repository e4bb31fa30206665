"""What the loopback Hub knows about repositories as a whole, and its list of models."""

import json
import re
from typing import TYPE_CHECKING, Any

import yaml
from hub.exchange import Exchange

if TYPE_CHECKING:
    from hub.server import LoopbackHub

_FRONT_MATTER = re.compile(
    r"^\ufeff?(\s*---(?:\r\n|\r|\n))([\S\s]*?)((?:\r\n|\r|\n)---[ \t]*(\r\n|\n|$))"
)


def front_matter(text: str) -> Any:
    """The metadata of a card; None without any. Raises yaml.YAMLError when it cannot be read."""
    found = _FRONT_MATTER.match(text)
    return yaml.safe_load(found[2]) if found else None


def about(hub: "LoopbackHub", kind: str, name: str, commit: str) -> dict[str, Any]:
    """What is said of a repository at a commit, without its files."""
    card = _card(hub, kind, name, commit)
    config = _config(hub, kind, name, commit)
    architecture = str((config.get("architectures") or [""])[0])
    task = card.get("pipeline_tag")
    if task is None and architecture.endswith("ForSequenceClassification"):
        task = "text-classification"
    tags = [*(card.get("tags") or []), *hub.tags.get(name, []), *([task] if task else [])]
    history = hub.storage.history(kind, name, commit)
    return {
        "_id": commit[:24],
        "id": name,
        "modelId": name,
        "author": name.partition("/")[0],
        "sha": commit,
        "lastModified": Exchange.date(history[0].date),
        "createdAt": Exchange.date(history[-1].date),
        "private": name in hub.private,
        "gated": "auto" if name in hub.gated else False,
        "disabled": False,
        "downloads": hub.downloads.get(name, 0),
        "likes": 0,
        "tags": tags,
        **({"pipeline_tag": task} if task else {}),
        **({"library_name": "transformers"} if config else {}),
        **({"cardData": card} if card else {}),
        **({"sdk": card["sdk"]} if kind == "spaces" and "sdk" in card else {}),
    }


def _card(hub: "LoopbackHub", kind: str, name: str, commit: str) -> dict[str, Any]:
    content = hub.storage.file(kind, name, commit, "README.md") or b""
    try:
        card = front_matter(content.decode("utf-8", "replace"))
    except yaml.YAMLError:
        return {}  # the Hub shows such a repository without metadata
    return json.loads(json.dumps(card, default=str)) if isinstance(card, dict) else {}


def _config(hub: "LoopbackHub", kind: str, name: str, commit: str) -> dict[str, Any]:
    try:
        config = json.loads(hub.storage.file(kind, name, commit, "config.json") or b"{}")
    except ValueError:
        return {}
    return config if isinstance(config, dict) else {}


_SORTS = {"lastModified": "lastModified", "createdAt": "createdAt", "downloads": "downloads"}


def _models(exchange: Exchange, kind: str) -> None:
    hub, query = exchange.hub, exchange.query
    rows = []
    for name in hub.storage.names(kind):
        commit = hub.storage.resolve(kind, name, "main")
        if commit is None or (name in hub.private and not exchange.user):
            continue
        row = about(hub, kind, name, commit)
        wanted = [*query.get("filter", []), *query.get("pipeline_tag", [])]
        if query.get("author", [row["author"]]) != [row["author"]]:
            continue
        if not set(wanted) <= set(row["tags"]):
            continue
        if query.get("search", [""])[0].lower() in name.lower():
            rows.append(row)
    sort = _SORTS.get(query.get("sort", [""])[0], "lastModified")
    rows.sort(key=lambda row: row[sort], reverse=query.get("direction") != ["1"])
    limit = int(query.get("limit", [str(hub.page_size)])[0])
    exchange.page(rows, min(limit, hub.page_size))


ROUTES = (("GET", r"/api/(models|datasets)", _models),)
