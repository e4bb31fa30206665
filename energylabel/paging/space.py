"""A built page → a static Space on the Hub: one commit of its files, none where nothing changed.

Every step begins by looking at what is there, so a push that was broken off anywhere can be run
again. Nothing of others is overwritten.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from energylabel.errors import NetworkError, UsageError, one_line
from energylabel.events import Observer, silent
from energylabel.hub import Listing, Moved, digest_alike, refused_as_missing
from energylabel.paging.assembling import JSON, PAGE, PARQUET
from energylabel.publishing import FileChange, Proposal, Repository, insist
from energylabel.records import Receipt
from energylabel.rendering import template_text

README = "README.md"
TITLE = "Page of energy labels"

_HEAD = 4_000
"""Bytes of a page in which it says who made it, and when."""

_MADE_BY_US = re.compile(rb'<meta name="generator" content="energylabel [^"]*">')
_MADE_AT = re.compile(rb'<meta name="date" content="([0-9]{1,11})">')

_APP_FILE = re.compile(rb"^app_file:[ \t]*['\"]?([^\s'\"#]+)", re.MULTILINE)

_UNTOUCHED = b"Welcome to your static Space!"
"""In the page that the Hub puts into a new static Space."""

Files = dict[str, bytes]
Build = Callable[[float], Files]
"""The files of the page as they would be, had it been made at this Unix time."""


def check_space(name: str, observer: Observer = silent) -> None:
    """Refuse before anything is read what could not be pushed after it.

    Raises:
        UsageError: It is no name of a Space, or one of another kind.
        NetworkError: No token or no right, or the Hub cannot be reached.
    """
    _Push(name, observer).look()


def preview_space(name: str, files: Files, again: Build, observer: Observer = silent) -> Proposal:
    """What :func:`push_space` would change; nothing is sent and no Space is made."""
    pushing = _Push(name, observer)
    listed = pushing.look()
    if listed is None:
        remark = f"there is no Space {name} yet: it would be made"
        return Proposal(pushing.changes(None, files, again), (remark,))
    remarks = pushing.remarks(listed, files)
    return Proposal(pushing.changes(listed, files, again, shown=True), remarks)


def push_space(
    name: str,
    files: Files,
    again: Build,
    *,
    observer: Observer = silent,
    sleep: Callable[[float], None] = time.sleep,
) -> Receipt:
    """Bring the page to a static Space, which is made where there is none.

    Args:
        name: ``org/space``.
        files: The page and the tables beside it.
        again: Makes them for another time: that of the page which is there, so that a page of the
            same labels is the same.
        observer: Hears of every attempt.
        sleep: Waits between attempts.

    Returns:
        What came of it; ``unchanged`` when all is there already.

    Raises:
        UsageError: It is no name of a Space, one of another kind, or holds a page of others.
        NetworkError: No token or no right, or the Hub cannot be reached or refuses.
        ConflictError: Others changed the Space during every attempt.
    """
    pushing = _Push(name, observer)
    pushing.look()

    def step(*, only_look: bool) -> Receipt:
        return pushing.once(files, again, only_look=only_look)

    return insist(step, name, "the page", observer=observer, sleep=sleep)


@dataclass(slots=True)
class _Push:
    """One push to a Space. ``made`` and ``sent``: an attempt did that, or may have."""

    name: str
    observer: Observer
    repository: Repository = field(init=False)
    made: bool = False
    sent: bool = False

    def __post_init__(self) -> None:
        if re.fullmatch(r"[^/\s]+/[^/\s]+", self.name) is None:
            raise UsageError(
                f"{one_line(self.name, 100)} is no name of a Space", "give it as org/space"
            )
        self.repository = Repository(self.name, self.observer, kind="space")

    def look(self) -> Listing | None:
        """The Space as it is, None where there is none; refuses what may not be written."""
        self.repository.check_rights(write=True, exists=False)
        listed = self._listing()
        if listed is not None:
            self._refuse_other_kinds(listed)
            self.repository.check_rights(write=True)
        return listed

    def once(self, files: Files, again: Build, *, only_look: bool) -> Receipt:
        """Look, plan and send."""
        listed = self._listing()
        if listed is None:
            if only_look:
                raise Moved
            self.made = True  # noted before: if the answer is lost, a Space found next is ours
            self.repository.create_space()
            listed = self.repository.listing()
        self._refuse_other_kinds(listed)
        changes = [each for each in self.changes(listed, files, again) if each.changed]
        remarks = self.remarks(listed, files)
        if not changes:
            return Receipt(
                outcome="committed" if self.sent else "unchanged",
                url=self.repository.url,
                files=tuple(files) if self.sent else (),
                remarks=remarks,
            )
        if only_look:
            raise Moved  # the commit did not arrive
        self.sent = True
        url = self.repository.commit(
            changes, parent=listed.commit, revision="main", title=TITLE, description=""
        )
        paths = tuple(change.path for change in changes)
        shown = f"the page is at {self.repository.url}"
        return Receipt(outcome="committed", url=url, files=paths, remarks=(*remarks, shown))

    def changes(
        self, listed: Listing | None, files: Files, again: Build, *, shown: bool = False
    ) -> tuple[FileChange, ...]:
        """Each file as it is to be. ``shown``: what is there is fetched, to be told of."""
        readme = template_text("page/space.md").encode()
        if listed is None:
            return tuple(FileChange(path, None, new) for path, new in _with(files, readme).items())
        page = self._contents(listed, PAGE)
        ours = page is not None and _MADE_BY_US.search(page[:_HEAD]) is not None
        if not (ours or self.made):
            self._refuse_pages_of_others(listed, page)
        at = _MADE_AT.search(page[:_HEAD]) if page is not None and ours else None
        if at is not None:
            then = again(float(at[1]))
            if all(self._alike(listed, path, content) for path, content in then.items()):
                files = then
        wanted = files if README in listed.files and not self.made else _with(files, readme)
        return tuple(
            FileChange(path, self._before(listed, path, content, shown=shown), content)
            for path, content in wanted.items()
        )

    def remarks(self, listed: Listing, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """What a person should know."""
        found = [f"the Space {self.name} was made"] if self.made else []
        if PARQUET in listed.files and PARQUET not in files:
            found.append(f"{PARQUET} there is of an earlier page: pyarrow is not installed here")
        readme = b"" if self.made else self._contents(listed, README) or b""
        other = _APP_FILE.search(readme)
        if other is not None and other[1] != PAGE.encode():
            found.append(
                f"its README.md names another app_file than {PAGE}, which is shown instead"
            )
        return tuple(found)

    def _listing(self) -> Listing | None:
        try:
            return self.repository.listing()
        except NetworkError as error:
            if refused_as_missing(error):
                return None
            raise

    def _refuse_other_kinds(self, listed: Listing) -> None:
        if listed.sdk is None and README in listed.files:
            raise UsageError(
                f"the Space {self.name} does not say what it runs on",
                "add `sdk: static` to the front matter of its README.md",
            )
        if listed.sdk not in {None, "static"}:
            raise UsageError(
                f"the Space {self.name} runs on {one_line(listed.sdk, 40)}, not on `sdk: static`",
                "give another Space, or the name of one that there is not yet",
            )

    def _refuse_pages_of_others(self, listed: Listing, page: bytes | None) -> None:
        untouched = page is not None and _UNTOUCHED in page
        theirs = {PAGE, JSON, PARQUET} & listed.files.keys() - ({PAGE} if untouched else set())
        if theirs:
            raise UsageError(
                f"the Space {self.name} has files of others: {', '.join(sorted(theirs))}",
                "give another Space, or remove them there",
            )

    def _contents(self, listed: Listing, path: str) -> bytes | None:
        return self.repository.contents((path,), listed).get(path)

    def _before(self, listed: Listing, path: str, content: bytes, *, shown: bool) -> bytes | None:
        if path not in listed.files:
            return None
        if self._alike(listed, path, content):
            return content
        return (self._contents(listed, path) or b"") if shown else b""

    def _alike(self, listed: Listing, path: str, content: bytes) -> bool:
        there = listed.files.get(path)
        return (
            there is not None and there.size == len(content) and digest_alike(content, there.digest)
        )


def _with(files: Files, readme: bytes) -> Files:
    return {README: readme, **files}
