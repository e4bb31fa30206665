"""A model's repository on the Hub, as far as publishing has to do with it."""

import hashlib
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from energylabel.errors import CardError, EnergyLabelError, NetworkError, UsageError, one_line
from energylabel.events import Observer, silent
from energylabel.hub import Place, explained, fetch_file, passing, patiently
from energylabel.hub import rights as _rights
from energylabel.publishing.base import FileChange
from energylabel.records import Subject
from energylabel.resolving import INDEX, WEIGHTS, small_files

_T = TypeVar("_T")
_PUBLIC = "https://huggingface.co"

TITLE = "Add energy and accuracy label"
"""Of our pull requests, and the first line of our commits."""

_MOVED = frozenset({409, 412})
_MAX_BYTES = 20_000_000
_NOT_UTF8 = b"\xff"


class Moved(Exception):  # noqa: N818 - an answer, not a defect
    """The head is no longer the commit that the change was made for."""


class Unclear(Exception):  # noqa: N818 - an answer, not a defect
    """The Hub may have made the commit, or not.

    ``error`` is for the user if it never works, ``pause_s`` what the Hub asks to wait.
    """

    def __init__(self, error: EnergyLabelError, pause_s: float) -> None:
        super().__init__(error.message)
        self.error = error
        self.pause_s = pause_s


@dataclass(frozen=True, slots=True)
class State:
    """A repository at the head of a revision: its commit, and the files that were asked for."""

    commit: str
    present: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Listed:
    """A file by its bytes and, if it is a large one, its SHA-256."""

    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a commit by path."""

    commit: str
    files: Mapping[str, Listed]


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request of ours. ``status`` is open, draft, closed or merged."""

    number: int
    status: str
    url: str

    @property
    def open(self) -> bool:
        """Whether it takes further commits."""
        return self.status in ("open", "draft")

    @property
    def revision(self) -> str:
        """The git reference that takes further commits."""
        return f"refs/pr/{self.number}"


class Repository:
    """One model on the Hub that ``HF_ENDPOINT`` names.

    Args:
        name: ``org/model``.
        observer: Hears of pauses where the Hub asks for patience.
    """

    def __init__(self, name: str, observer: Observer = silent) -> None:
        from huggingface_hub import HfApi

        self.name = name
        self._observer = observer
        self._api = HfApi(endpoint=endpoint())
        self._author: str | None = None

    @property
    def url(self) -> str:
        """The address of the repository."""
        return f"{endpoint()}/{self.name}"

    def check_rights(self, *, write: bool) -> None:
        """As :func:`energylabel.hub.rights.check_rights`."""
        self._author = _rights.check_rights(self._api, self.name, self._observer, write=write)

    def identify(self) -> None:
        """Know our own pull requests, where there is a token; without one there are none."""
        if _rights.has_token(self.name):
            self._author, _ = _rights.identify(self._api, self.name, self._observer)

    def listing(self, revision: str = "main") -> Listing:
        """What a revision holds, without its contents.

        Raises:
            NetworkError: The Hub cannot be reached, or has no such revision.
        """
        info = self._ask(
            lambda: self._api.model_info(self.name, revision=revision, files_metadata=True)
        )
        files = {
            file.rfilename: (
                Listed(file.lfs.size, file.lfs.sha256) if file.lfs else Listed(file.size or 0, None)
            )
            for file in info.siblings or ()
        }
        return Listing(str(info.sha), files)

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
        place = Place("model", self.name, listed.commit, self.name)
        present = {}
        for path in paths:
            if path not in listed.files:
                continue
            present[path] = _NOT_UTF8
            if listed.files[path].size <= _MAX_BYTES:
                found = fetch_file(place, path, stage="publishing", observer=self._observer)
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

    def pulls(self) -> tuple[Pull, ...]:
        """Our pull requests, the latest first; none where nobody knows who we are."""
        if self._author is None:
            return ()
        found = self._ask(
            lambda: list(
                self._api.get_repo_discussions(
                    self.name, author=self._author, discussion_type="pull_request"
                )
            )
        )
        ours = (
            Pull(each.num, each.status, each.url)
            for each in found
            if each.is_pull_request and each.title == TITLE and each.author == self._author
        )
        return tuple(sorted(ours, key=lambda pull: -pull.number))

    def commit(
        self,
        changes: Iterable[FileChange],
        *,
        parent: str,
        revision: str | None = None,
        description: str = "",
    ) -> str:
        """Make one commit of all changes; returns its address, or that of the pull request.

        Args:
            changes: The files as they are to be.
            parent: The commit that the changes were made for.
            revision: Branch or pull request; None opens a pull request.
            description: What a person reads under the title.

        Raises:
            Moved: The head is another commit by now.
            Unclear: The answer was lost, or tells of the Hub's own trouble.
            CardError: The Hub finds fault with the card's front matter.
            NetworkError: The Hub refuses.
        """
        from huggingface_hub import CommitOperationAdd
        from huggingface_hub.errors import HfHubHTTPError

        operations = [CommitOperationAdd(change.path, change.after) for change in changes]
        try:
            with _quietly():
                made = self._api.create_commit(
                    self.name,
                    operations,
                    commit_message=TITLE,
                    commit_description=description,
                    parent_commit=parent,
                    revision=revision,
                    create_pr=revision is None,
                )
        except Exception as error:
            _refuse_card(error)
            status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
            if status in _MOVED:
                raise Moved from error
            if status == 403:
                raise self._forbidden(revision) from error
            refusal = self._refusal(error)
            may_pass = passing(refusal)
            if may_pass is None:
                raise refusal from error
            raise Unclear(refusal, may_pass.retry_after_s or 0.0) from error
        return str(made.pr_url or made.commit_url)

    def _forbidden(self, revision: str | None) -> NetworkError:
        what = "write to" if revision == "main" else "open pull requests at"
        return NetworkError(
            f"the token may not {what} {self.name}, or its owners have switched that off",
            _rights.CAN_WRITE,
            retryable=False,
        )

    def _refusal(self, error: Exception) -> NetworkError:
        """What went wrong, in our words; a bug of ours is raised again."""
        try:
            # The library wraps what an upload ran into.
            with explained(self.name):
                raise error.__cause__ if _wraps(error) and error.__cause__ else error
        except NetworkError as told:
            _mend_hint(told)
            return told

    def _ask(self, ask: Callable[[], _T]) -> _T:
        try:
            return patiently(ask, self.name, self._observer)
        except NetworkError as error:
            _mend_hint(error)
            raise


def _wraps(error: Exception) -> bool:
    return isinstance(error, RuntimeError)


def _mend_hint(error: NetworkError) -> None:
    """What is said to readers of the cache is no help to who wants to write."""
    if "--offline" in error.hint:
        error.hint = "check the connection and try again"


def _refuse_card(error: Exception) -> None:
    """Tell the Hub's own verdict on the card from whatever else is a ValueError."""
    if isinstance(error, ValueError) and str(error).startswith("Invalid metadata"):
        raise CardError(
            f"the Hub does not take the card: {one_line(error, 300)}",
            "mend the front matter of README.md",
        ) from error


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the library's own bars and remarks on standard error."""
    from huggingface_hub.utils import (  # type: ignore[attr-defined]
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        if shown:
            enable_progress_bars()


def endpoint() -> str:
    """The address of the Hub, without a slash at its end.

    Raises:
        UsageError: It holds a password, which would be published with every label.
    """
    from huggingface_hub import constants

    found = (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT or _PUBLIC).rstrip("/")
    if "@" in urlsplit(found).netloc:
        raise UsageError("HF_ENDPOINT holds a user's name or password", "set it without them")
    return str(found)
