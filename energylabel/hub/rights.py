"""Who we are on the Hub, and whether we may do what is wanted there.

The token is found and sent by huggingface_hub itself; nothing here prints one.
"""

import os
from typing import TYPE_CHECKING

from energylabel.errors import NetworkError, UsageError, one_line
from energylabel.events import Observer
from energylabel.hub.explaining import explained
from energylabel.hub.retrying import answered, patiently
from energylabel.hub.validating import Kind, read_user

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_GET_ONE = "(huggingface.co/settings/tokens), then `hf auth login`, or set HF_TOKEN"
_WRITER = f"make one that may write there {_GET_ONE}"
CAN_WRITE: dict[Kind, str] = {
    "model": "make one that may write to this repository, or that has discussion.write for pull "
    f"requests {_GET_ONE}",
    "space": _WRITER,
    "dataset": _WRITER,
}
"""What to do about a token that may not."""

_PUSHED: dict[Kind, str] = {"model": "label", "space": "page", "dataset": "file"}


def has_token(name: str) -> bool:
    """Whether there is a token; with Trusted Publishers it is fetched here."""
    from huggingface_hub import get_token
    from huggingface_hub.errors import OIDCError

    try:
        with explained(name):
            return get_token() is not None
    except OIDCError as error:
        raise NetworkError(
            f"no token from the Trusted Publisher: {one_line(error)}",
            "give the job `id-token: write` and enter it on the Hub as a publisher of the model",
            retryable=False,
        ) from error


def identify(
    api: "HfApi", name: str, observer: Observer, kind: Kind = "model"
) -> tuple[str | None, str | None]:
    """The user whose token it is, and its role; None for a token that is nobody's.

    Raises:
        NetworkError: The Hub does not accept the token.
    """
    try:
        who = patiently(lambda: answered(api.whoami), name, observer)
    except NetworkError as error:
        if status_of(error) not in (401, 403):
            raise
        if "HF_OIDC_RESOURCE" in os.environ:
            return None, None  # a Trusted Publisher's: for one repository, without a user
        raise NetworkError(
            "the Hub does not accept the token: it is wrong or has expired",
            CAN_WRITE[kind],
            retryable=False,
        ) from error
    return read_user(who, name)


def check_rights(
    api: "HfApi",
    name: str,
    observer: Observer,
    *,
    write: bool,
    kind: Kind = "model",
    exists: bool = True,
) -> str | None:
    """Make sure that there is a token and that it may do what is wanted.

    Args:
        api: The library's client.
        name: The repository.
        observer: Hears of pauses.
        write: To commit; else to open a pull request, which needs no right to write there.
        kind: A model or a Space.
        exists: Whether the repository is there; else the token alone is looked at.

    Returns:
        The user; None for a Trusted Publisher's token.

    Raises:
        UsageError: Offline.
        NetworkError: There is no token, it has expired, or it may not.
    """
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise UsageError("HF_HUB_OFFLINE is set, and pushing needs a connection", "unset it")
    if not has_token(name):
        raise NetworkError(
            f"there is no token, and pushing a {_PUSHED[kind]} needs one",
            CAN_WRITE[kind],
            retryable=False,
        )
    user, role = identify(api, name, observer, kind)
    if role == "read":
        raise NetworkError(f"the token of {user} may only read", CAN_WRITE[kind], retryable=False)
    if user is None and not write:
        raise NetworkError(
            "a Trusted Publisher's token has no user whose pull request could be found again",
            "commit instead (--as commit, --push commit), or use a token of your own",
            retryable=False,
        )
    if not exists:
        return user

    def check() -> None:
        api.auth_check(name, repo_type=kind, write=write)

    try:
        patiently(lambda: answered(check), name, observer)
    except NetworkError as error:
        if not (write and status_of(error) in (401, 403)):
            raise
        raise NetworkError(
            f"the token may not write to {name}",
            "open a pull request instead of a commit: that needs no such right"
            if kind == "model"
            else CAN_WRITE[kind],
            retryable=False,
        ) from error
    return user


def status_of(error: NetworkError) -> int | None:
    """The status that the Hub answered, if it did."""
    from huggingface_hub.errors import HfHubHTTPError

    cause = error.__cause__
    return cause.response.status_code if isinstance(cause, HfHubHTTPError) else None


def refused_as_missing(error: NetworkError) -> bool:
    """Whether the Hub says that there is no such repository, or none that this token may see."""
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    cause = error.__cause__
    return isinstance(cause, RepositoryNotFoundError) and not isinstance(cause, GatedRepoError)
