"""Every link of the built site leads somewhere: pages, files, pictures and anchors, raw HTML too.

Of links to other sites only the form is looked at: whether they answer is asked by
``sphinx-build -b linkcheck``, which needs a network.
"""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+|localhost(:\d+)?")


class Page(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.unnamed = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element refers to and how it can be referred to."""
        values = dict(attrs)
        self.anchors |= {value for name in ("id", "name") if (value := values.get(name))}
        if tag in {"a", "img", "iframe", "link", "script", "source"}:
            self.links += [v for name in ("href", "src") if (v := values.get(name)) is not None]
        self.loaded += [values["src"] or ""] if "src" in values else []
        if tag == "img" and values.get("alt") is None:
            self.unnamed += 1


def broken(root: Path, leave: tuple[str, ...] = ()) -> list[str]:
    """What is wrong with the links of the pages below a folder, one line each.

    Args:
        root: Folder of the built site.
        leave: Folders in it whose pages are not ours to look through.
    """
    pages = {
        path.resolve(): Page(path.read_text("utf-8"))
        for path in sorted(root.rglob("*.html"))
        if path.relative_to(root).parts[0] not in leave
    }
    found = []
    for path, page in pages.items():
        name = path.relative_to(root.resolve())
        if page.unnamed:
            found.append(f"{name}: {page.unnamed} pictures without a text")
        found += [
            f"{name}: {link}: loaded from another site"
            for link in page.loaded
            if urlsplit(link).scheme in {"http", "https"}
        ]
        found += [
            f"{name}: {link}: {why}" for link in page.links if (why := wrong(path, link, pages))
        ]
    return found


def wrong(path: Path, link: str, pages: dict[Path, Page]) -> str:
    """Why a link of a page leads nowhere; empty when it does."""
    parts = urlsplit(link)
    if parts.scheme in {"http", "https"}:
        return "" if _HOST.fullmatch(parts.netloc.lower()) else "no address"
    if parts.scheme:
        return "" if parts.scheme in {"mailto", "data"} else f"{parts.scheme}: is not used here"
    other = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not other.is_file():
        return "no such file"
    if parts.fragment and other in pages and unquote(parts.fragment) not in pages[other].anchors:
        return "no such anchor"
    return ""


def check(app: Sphinx, error: Exception | None) -> None:
    """Tell of broken links as warnings, which ``-W`` makes errors."""
    if error is None and app.builder.name == "html":
        for each in broken(Path(app.outdir), leave=("example-page",)):
            LOGGER.warning("broken link: %s", each)


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("build-finished", check)
    return {"parallel_read_safe": True}
