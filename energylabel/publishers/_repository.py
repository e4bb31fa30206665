"""A model's repository on the Hub, as far as publishing has to do with it.

Tokens are found and sent by huggingface_hub itself; nothing here reads or prints one.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from energylabel.errors import CardError, EnergyLabelError, NetworkError, one_line
from energylabel.explaining import explained, passing
from energylabel.observing import Observer, silent
from energylabel.publishers.base import FileChange
from energylabel.records.subject import FileDigest
from energylabel.retrying import patiently

_T = TypeVar("_T")

_PUBLIC = "https://huggingface.co"

TITLE = "Add energy and accuracy label"
"""Of our pull requests, and the first line of our commits."""

_CAN_WRITE = (
    "make one that may write to this repository (huggingface.co/settings/tokens), then "
    "`hf auth login`, or set HF_TOKEN"
)
_MOVED = frozenset({409, 412})


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
class Listing:
    """The files of a commit by path, with the SHA-256 of large ones, None of small ones."""

    commit: str
    files: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request of ours. ``status`` is open, draft, closed or merged."""

    number: int
    status: str
    url: str

    @property
    def revision(self) -> str:
        """The git reference that takes further commits."""
        return f"refs/pr/{self.number}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A commit that was made: its address, or that of the pull request that it opened."""

    url: str


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
        self._api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None)
        self._author: str | None = None

    @property
    def url(self) -> str:
        """The address of the repository."""
        return f"{endpoint()}/{self.name}"

    def check_rights(self, *, write: bool) -> None:
        """Make sure that there is a token and that it may do what is wanted.

        Args:
            write: To commit; else to open a pull request, which needs no right to write there.

        Raises:
            NetworkError: There is none, it has expired, or it may not.
        """
        from huggingface_hub import get_token

        with explained(self.name):
            token = get_token()
        if token is None:
            raise NetworkError(
                "there is no token, and pushing a label needs one", _CAN_WRITE, retryable=False
            )
        try:
            who = self._ask(self._api.whoami)
        except NetworkError as error:
            if _status(error) not in (401, 403):
                raise
            # A token of Trusted Publishers is nobody's: it is for one repository.
            if "HF_OIDC_RESOURCE" not in os.environ:
                raise NetworkError(
                    "the Hub does not accept the token: it is wrong or has expired",
                    _CAN_WRITE,
                    retryable=False,
                ) from error
            who = {}
        self._author = who.get("name")
        role = who.get("auth", {}).get("accessToken", {}).get("role")
        if role == "read":
            raise NetworkError(
                f"the token of {self._author} may only read", _CAN_WRITE, retryable=False
            )
        try:
            self._ask(lambda: self._api.auth_check(self.name, write=write))
        except NetworkError as error:
            if not (write and _status(error) in (401, 403)):
                raise
            raise NetworkError(
                f"the token may not write to {self.name}",
                "open a pull request instead of a commit: that needs no such right",
                retryable=False,
            ) from error

    def _ask(self, ask: Callable[[], _T]) -> _T:
        return patiently(ask, self.name, self._observer)

    def read(self, paths: Iterable[str], revision: str = "main") -> State:
        """Head of a revision and those of the files that are there.

        Raises:
            NetworkError: The Hub cannot be reached or refuses.
        """
        from huggingface_hub import hf_hub_download

        info = self._ask(lambda: self._api.model_info(self.name, revision=revision))
        commit = str(info.sha)

        def content(path: str) -> bytes:
            found = hf_hub_download(self.name, path, revision=commit, endpoint=self._api.endpoint)
            return Path(found).read_bytes()

        there = {file.rfilename for file in info.siblings or ()}
        present = {}
        for path in paths:
            if path in there:
                present[path] = self._ask(partial(content, path))
        return State(commit, present)

    def listing(self, revision: str) -> Listing:
        """What a revision holds, without its contents.

        Raises:
            NetworkError: The Hub cannot be reached, or has no such revision.
        """
        info = self._ask(
            lambda: self._api.model_info(self.name, revision=revision, files_metadata=True)
        )
        files = {
            file.rfilename: file.lfs.sha256 if file.lfs else None for file in info.siblings or ()
        }
        return Listing(str(info.sha), files)

    def another(self, files: Iterable[FileDigest], revision: str) -> str | None:
        """The first of the files that the revision lacks or holds with other content.

        Large files are told by what the Hub lists, small ones by what they hold.
        """
        listed = self.listing(revision)
        small = []
        for file in files:
            if file.path not in listed.files:
                return file.path
            digest = listed.files[file.path]
            if digest is None:
                small.append(file)
            elif digest != file.sha256:
                return file.path
        present = self.read([file.path for file in small], listed.commit).present
        return next(
            (
                file.path
                for file in small
                if hashlib.sha256(present.get(file.path, b"")).hexdigest() != file.sha256
            ),
            None,
        )

    def pulls(self) -> tuple[Pull, ...]:
        """Our pull requests, the latest first."""
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
            if each.is_pull_request and each.title == TITLE and self._author in (None, each.author)
        )
        return tuple(sorted(ours, key=lambda pull: -pull.number))

    def commit(
        self,
        changes: Iterable[FileChange],
        *,
        parent: str,
        revision: str | None = None,
        description: str = "",
    ) -> Sent:
        """Make one commit of all changes.

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
        from huggingface_hub.errors import (  # type: ignore[attr-defined]
            HfHubHTTPError,
            HTTPError,
        )

        operations = [CommitOperationAdd(change.path, change.after) for change in changes]
        try:
            made = self._api.create_commit(
                self.name,
                operations,
                commit_message=TITLE,
                commit_description=description,
                parent_commit=parent,
                revision=revision,
                create_pr=revision is None,
            )
        except (HTTPError, OSError) as error:
            if isinstance(error, HfHubHTTPError) and error.response.status_code in _MOVED:
                raise Moved from error
            refusal = _refusal(error, self.name)
            may_pass = passing(refusal) if isinstance(refusal, NetworkError) else None
            if may_pass is None:
                raise refusal from error
            raise Unclear(refusal, may_pass.retry_after_s or 0.0) from error
        except ValueError as error:
            raise CardError(
                f"the Hub does not take the card: {one_line(error, 300)}",
                "mend the front matter of README.md",
            ) from error
        return Sent(str(made.pr_url or made.commit_url))


def _refusal(error: Exception, name: str) -> EnergyLabelError:
    """What an answer of the Hub means, in our words."""
    try:
        with explained(name):
            raise error
    except EnergyLabelError as told:
        return told


def _status(error: NetworkError) -> int | None:
    """The status that the Hub answered, if it did."""
    from huggingface_hub.errors import HfHubHTTPError

    cause = error.__cause__
    return cause.response.status_code if isinstance(cause, HfHubHTTPError) else None


def endpoint() -> str:
    """The address of the Hub, without a slash at its end."""
    from huggingface_hub import constants

    found: Any = os.environ.get("HF_ENDPOINT") or constants.ENDPOINT or _PUBLIC
    return str(found).rstrip("/")
