"""What the Hub says → records in which every field has been looked at; the one place for it.

Two kinds of oddity are kept apart. What no Hub says is refused whole, with a ValueError that
becomes "did not come from a Hub": then the size, the digest and the commit beside it are no better.
What git can hold, and no file that this program reads or writes is called, is left out: the rest
of such a repository can still be used, and the name reaches neither a disk nor a terminal. Names
that differ in nothing but case are two files, as they are on the Hub.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from energylabel.errors import NetworkError

if TYPE_CHECKING:
    from huggingface_hub import Discussion, ModelInfo, SpaceInfo

Kind = Literal["model", "dataset", "space"]
"""Of a repository, in the Hub's own words."""

MAX_FILE_BYTES = 2**50
"""More than any disk has; a sum of such sizes can still be shown as a number."""

_MAX_PATH = 1024
_MAX_DEPTH = 32

_COMMIT = re.compile("[0-9a-f]{40}")
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Listed:
    """What the Hub says about a file: its bytes, and one of two digests.

    ``sha256`` of a large file, ``blob_id`` (git's, SHA-1) of a small one; the other is None.
    """

    size: int
    sha256: str | None
    blob_id: str | None

    @property
    def digest(self) -> str:
        """The one that there is, in hexadecimal digits."""
        return self.sha256 or self.blob_id or ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository at a commit: what the Hub calls it, and its files by path.

    ``sdk`` is what a Space runs on; None where it does not say, and of what is no Space.
    """

    name: str
    commit: str
    files: Mapping[str, Listed]
    sdk: str | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request. ``status`` is open, draft, closed or merged."""

    number: int
    status: str
    url: str
    title: str = ""
    author: str = ""

    @property
    def open(self) -> bool:
        """Whether it takes further commits."""
        return self.status in ("open", "draft")

    @property
    def revision(self) -> str:
        """The git reference that takes further commits."""
        return f"refs/pr/{self.number}"


def is_commit(given: object) -> bool:
    """Whether this is the whole name of a commit: 40 hexadecimal digits."""
    return isinstance(given, str) and _COMMIT.fullmatch(given) is not None


def read_listing(given: "ModelInfo | SpaceInfo", shown: str) -> Listing:
    """A repository's name, commit and files, as the Hub answers with ``files_metadata``.

    Args:
        given: The answer as the library read it, of which it checked nothing.
        shown: What messages call the repository.

    Raises:
        NetworkError: The Hub has disabled the repository.
        ValueError: No Hub says this.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    if given.disabled is True:
        raise NetworkError(f"{shown} was disabled by the Hub", "give another one", retryable=False)
    if not is_commit(given.sha):
        raise ValueError("no commit")
    name = read_name(given)
    try:
        validate_repo_id(name)  # its pattern forgives a line end
    except HFValidationError as error:
        raise ValueError("no name") from error
    if not name.isprintable():
        raise ValueError("no name")
    files: dict[str, Listed] = {}
    for each in given.siblings or ():
        path = _path(each.rfilename)
        if path in files:
            raise ValueError("a file is listed twice")
        files[path] = _listed(each)
    ours = {path: file for path, file in files.items() if _can_be_ours(path)}
    sdk = getattr(given, "sdk", None)
    return Listing(name, str(given.sha), ours, sdk if isinstance(sdk, str) else None)


def _path(given: object) -> str:
    """The path of a file; raises ValueError where git could not hold it."""
    if not isinstance(given, str) or "\0" in given:
        raise ValueError("no path of a file")
    if any(part in ("", ".", "..") for part in given.split("/")):
        raise ValueError("a path that leads elsewhere")
    return given


def _can_be_ours(path: str) -> bool:
    """Whether a file of this program, or one that it reads, could have this path."""
    short = len(path) <= _MAX_PATH and path.count("/") < _MAX_DEPTH
    return short and "\\" not in path and path.isprintable()


def _listed(file: Any) -> Listed:
    """Size and digest of an entry; raises ValueError where one is missing or none."""
    large = file.lfs or None
    size = large.size if large else file.size
    digest = large.sha256 if large else file.blob_id
    if type(size) is not int or not 0 <= size <= MAX_FILE_BYTES:
        raise ValueError("no size")
    if not isinstance(digest, str) or not (_SHA256 if large else _COMMIT).fullmatch(digest):
        raise ValueError("no digest")
    return Listed(size, digest, None) if large else Listed(size, None, digest)


def read_name(given: "ModelInfo | SpaceInfo") -> str:
    """The name of a model in the Hub's list, which is judged like one that a user typed.

    Raises:
        ValueError: It is no text.
    """
    if not isinstance(given.id, str):
        raise ValueError("no name")  # noqa: TRY004 - the Hub's defect, not ours
    return given.id


def read_pull(given: "Discussion") -> Pull:
    """A pull request from the list of discussions.

    Raises:
        ValueError: No Hub says this.
    """
    if type(given.num) is not int or given.num < 1 or not isinstance(given.status, str):
        raise ValueError("no pull request")
    if not given.url.isprintable():
        raise ValueError("no address")
    return Pull(given.num, given.status, given.url, str(given.title), str(given.author))


def read_user(given: Any, shown: str) -> tuple[str, str | None]:
    """Whose token it is, and its role where that is told.

    Raises:
        NetworkError: The answer names no user.
    """
    user, role = _within(given, "name"), _within(given, "auth", "accessToken", "role")
    if not isinstance(user, str):
        raise NetworkError(f"the answer for {shown} did not come from a Hub", "check HF_ENDPOINT")
    return user, role if isinstance(role, str) else None


def _within(answer: Any, *keys: str) -> Any:
    for key in keys:
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer
