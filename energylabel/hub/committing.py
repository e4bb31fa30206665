"""Files → one commit on the Hub, and what its refusal means.

A commit is never repeated here: whether a lost answer was a yes can be told only by looking at
what is there, so :class:`Moved` and :class:`Unclear` leave that to the caller.
"""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from energylabel.errors import CardError, NetworkError, one_line
from energylabel.hub.explaining import explained, passing, said
from energylabel.hub.rights import CAN_WRITE
from energylabel.hub.validating import Kind

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_MOVED = frozenset({409, 412})


class Moved(Exception):  # noqa: N818 - an answer, not a defect
    """The head is no longer the commit that the change was made for."""


class Forbidden(NetworkError):  # noqa: N818 - an answer, not a defect
    """The token may not make this commit."""


class Unclear(Exception):  # noqa: N818 - an answer, not a defect
    """The Hub may have made the commit, or not.

    ``error`` is for the user if it never works, ``pause_s`` what the Hub asks to wait.
    """

    def __init__(self, error: NetworkError, pause_s: float) -> None:
        super().__init__(error.message)
        self.error = error
        self.pause_s = pause_s


def commit(
    api: "HfApi",
    name: str,
    files: Mapping[str, bytes | None],
    *,
    title: str,
    description: str,
    parent: str,
    revision: str | None,
    kind: Kind = "model",
) -> str:
    """Make one commit of all files; returns its address, or that of the pull request.

    Args:
        api: The library's client.
        name: The repository.
        files: What is to be in them, by path; None deletes.
        title: First line of the commit, and title of the pull request.
        description: What a person reads under the title.
        parent: The commit that the change was made for.
        revision: Branch or pull request; None opens a pull request.
        kind: A model or a Space.

    Raises:
        Moved: The head is another commit by now.
        Unclear: The answer was lost, or tells of the Hub's own trouble.
        CardError: The Hub finds fault with the card's front matter.
        Forbidden: The token may not.
        NetworkError: The Hub refuses.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete
    from huggingface_hub.errors import HfHubHTTPError

    operations = [
        CommitOperationDelete(path, is_folder=False)
        if content is None
        else CommitOperationAdd(path, content)
        for path, content in files.items()
    ]
    try:
        with _quietly():
            made = api.create_commit(
                name,
                operations,
                repo_type=kind,
                commit_message=title,
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
            raise _forbidden(name, revision, kind, said(error)) from error
        refusal = _refusal(error, name)
        may_pass = passing(refusal)
        if may_pass is None:
            raise refusal from error
        raise Unclear(refusal, may_pass.retry_after_s or 0.0) from error
    return str(made.pr_url or made.commit_url)


def create_space(api: "HfApi", name: str) -> None:
    """Make a static Space; one that is there by now is as good.

    Raises:
        Unclear: The answer was lost, or tells of the Hub's own trouble.
        NetworkError: The Hub refuses.
    """
    from huggingface_hub.errors import HfHubHTTPError

    try:
        api.create_repo(name, repo_type="space", space_sdk="static", exist_ok=True)
    except Exception as error:
        status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
        if status in (401, 402, 403):
            raise NetworkError(
                f"the token may not make the Space {name}{said(error)}",
                "make the Space yourself (sdk: static), or use a token that may write there",
                retryable=False,
            ) from error
        refusal = _refusal(error, name)
        may_pass = passing(refusal)
        if may_pass is None:
            raise refusal from error
        raise Unclear(refusal, may_pass.retry_after_s or 0.0) from error


def _forbidden(name: str, revision: str | None, kind: Kind, spoken: str) -> Forbidden:
    what = "write to" if revision == "main" else "open pull requests at"
    return Forbidden(
        f"the token may not {what} {name}, or its owners have switched that off{spoken}",
        CAN_WRITE[kind],
        retryable=False,
    )


def _refusal(error: Exception, name: str) -> NetworkError:
    """What went wrong, in our words; a bug of ours is raised again."""
    try:
        # The library wraps what an upload ran into.
        with explained(name):
            raise error.__cause__ if _wraps(error) and error.__cause__ else error
    except NetworkError as explanation:
        return explanation


def _wraps(error: Exception) -> bool:
    return isinstance(error, RuntimeError)


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
