"""A repository on the Hub, as far as publishing has to do with it."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from energylabel.errors import NetworkError
from energylabel.events import Observer, silent
from energylabel.hub import HubClient, Kind, Listing, Place, Pull, PullDetails, Unclear
from energylabel.publishing.base import FileChange
from energylabel.records import Subject
from energylabel.resolving import INDEX, WEIGHTS, small_files

TITLE = "Add energy and accuracy label"
"""Of our pull requests, and the first line of our commits."""

_MAX_BYTES = 20_000_000
_NOT_UTF8 = b"\xff"


@dataclass(frozen=True, slots=True)
class State:
    """A repository at the head of a revision: its commit, and the files that were asked for."""

    commit: str
    present: Mapping[str, bytes]


class Repository:
    """One model, or one Space, on the Hub that ``HF_ENDPOINT`` names.

    Args:
        name: ``org/model``.
        observer: Hears of pauses where the Hub asks for patience.
        kind: What it is.
    """

    def __init__(self, name: str, observer: Observer = silent, *, kind: Kind = "model") -> None:
        self.name = name
        self._kind = kind
        self._hub = HubClient(observer)
        self._author: str | None = None
        self.url = self._hub.address(name, kind)
        """The address of the repository."""

    def check_rights(self, *, write: bool, exists: bool = True) -> None:
        """Make sure that something may be pushed: by a commit, or by a pull request.

        Args:
            write: By a commit.
            exists: Whether the repository is there; else the token alone is looked at.

        Raises:
            UsageError: Offline.
            NetworkError: There is no token, it has expired, or it may not.
        """
        self._author = self._hub.check_rights(
            self.name, write=write, kind=self._kind, exists=exists
        )

    def identify(self) -> None:
        """Know our own pull requests, where there is a token; without one there are none."""
        self._author = self._hub.user(self.name)

    def listing(self, revision: str = "main") -> Listing:
        """What a revision holds, without its contents.

        Raises:
            NetworkError: The Hub cannot be reached, or has no such revision.
        """
        with _for_writers():
            return self._hub.listing(self.name, revision, kind=self._kind)

    def read(self, paths: Iterable[str], revision: str = "main") -> State:
        """Head of a revision and those of the files that are there.

        A file that is larger than any of ours is not fetched: of it there is a byte that no card
        and no record begins with.

        Raises:
            NetworkError: The Hub cannot be reached or refuses.
        """
        listed = self.listing(revision)
        return State(listed.commit, self.contents(paths, listed))

    def contents(self, paths: Iterable[str], listed: Listing) -> dict[str, bytes]:
        """Those of the files that the listing has, as :meth:`read` gives them."""
        place = Place(self._kind, self.name, listed.commit, self.name)
        present = {}
        for path in paths:
            file = listed.files.get(path)
            if file is None:
                continue
            present[path] = _NOT_UTF8
            if file.size <= _MAX_BYTES:
                found = self._hub.fetch(place, path, stage="publishing", digest=file.digest)
                present[path] = found.read_bytes()
        return present

    def another(self, subject: Subject, listed: Listing) -> str | None:
        """The first file that a rating of this commit would load other than was rated, if any.

        Large files are told by what the Hub lists, small ones by what they hold.
        """
        rated = {file.path: file for file in subject.files}
        weights = {path for path in rated if path == INDEX or path.endswith(".safetensors")}
        known = {WEIGHTS} if WEIGHTS in listed.files else weights
        loaded = {*small_files(subject.family), *known} & listed.files.keys()
        for path in sorted(rated.keys() ^ loaded):
            return path
        small = [path for path in sorted(rated) if listed.files[path].sha256 is None]
        digests = {path: listed.files[path].sha256 for path in rated}
        for path, content in self.contents(small, listed).items():
            digests[path] = hashlib.sha256(content).hexdigest()
        return next((path for path in sorted(rated) if digests[path] != rated[path].sha256), None)

    @property
    def user(self) -> str | None:
        """Who pushes, where that is known."""
        return self._author

    def pulls(self, title: str | None = None) -> tuple[Pull, ...]:
        """Our pull requests, the latest first; none where nobody knows who we are.

        Args:
            title: Those of this title alone.
        """
        if self._author is None:
            return ()
        with _for_writers():
            return self._hub.pulls(self.name, author=self._author, title=title)

    def open_pulls(self) -> tuple[Pull, ...]:
        """Anybody's open pull requests, the latest first."""
        with _for_writers():
            return self._hub.pulls(self.name, only_open=True)

    def details(self, pull: Pull) -> PullDetails:
        """What the list does not tell of a pull request."""
        with _for_writers():
            return self._hub.pull_details(self.name, pull.number)

    def rewrite(self, pull: Pull, comment: str, text: str) -> None:
        """Put other words above a pull request."""
        with _for_writers():
            self._hub.rewrite_pull(self.name, pull.number, comment, text)

    def close(self, pull: Pull, why: str) -> None:
        """Close a pull request with a word."""
        with _for_writers():
            self._hub.close_pull(self.name, pull.number, why)

    def commit(
        self,
        changes: Iterable[FileChange],
        *,
        parent: str,
        revision: str | None = None,
        description: str = "",
        title: str = TITLE,
    ) -> str:
        """Make one commit of all changes; returns its address, or that of the pull request.

        Args:
            changes: The files as they are to be, or that they go.
            parent: The commit that the changes were made for.
            revision: Branch or pull request; None opens a pull request.
            description: What a person reads under the title.
            title: First line of the commit.

        Raises:
            Moved: The head is another commit by now.
            Unclear: The answer was lost, or tells of the Hub's own trouble.
            CardError: The Hub finds fault with the card's front matter.
            NetworkError: The Hub refuses.
        """
        files = {change.path: change.after for change in changes}
        with _for_writers():
            return self._hub.commit(
                self.name,
                files,
                title=title,
                description=description,
                parent=parent,
                revision=revision,
                kind=self._kind,
            )

    def create_space(self) -> None:
        """Make the Space, a static one.

        Raises:
            Unclear: The answer was lost, or tells of the Hub's own trouble.
            NetworkError: The Hub refuses.
        """
        with _for_writers():
            self._hub.create_space(self.name)


@contextmanager
def _for_writers() -> Iterator[None]:
    """What is said to readers of the cache is no help to who wants to write."""
    try:
        yield
    except NetworkError as error:
        _mend_hint(error)
        raise
    except Unclear as unclear:
        _mend_hint(unclear.error)
        raise


def _mend_hint(error: NetworkError) -> None:
    if "--offline" in error.hint:
        error.hint = "check the connection and try again"
