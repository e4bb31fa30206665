"""Which Hub is asked, who says that it asks, and which address is written for people to follow."""

import os
from typing import TypedDict
from urllib.parse import urlsplit

from energylabel import __version__
from energylabel.errors import UsageError

PUBLIC = "https://huggingface.co"
SHOWN = "ENERGYLABEL_HUB_URL"
"""The variable with the address that people know a Hub by, where ``HF_ENDPOINT`` is its mirror."""


class Agent(TypedDict):
    """The arguments by which the Hub's library is told who uses it."""

    library_name: str
    library_version: str


AGENT = Agent(library_name="energylabel", library_version=__version__)
"""The name and version that the Hub, or a mirror, reads in ``User-Agent``."""


def asked_endpoint() -> str:
    """The address that is asked, without a slash at its end."""
    from huggingface_hub import constants

    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT or PUBLIC).rstrip("/")


def shown_endpoint() -> str:
    """The address that is written into cards and labels, without a slash at its end.

    No answer tells a mirror from a Hub of one's own, so it is the one that is asked, unless a
    variable says otherwise.

    Raises:
        UsageError: It is no address, or holds a password, which would be published.
    """
    name = SHOWN if os.environ.get(SHOWN) else "HF_ENDPOINT"
    found = (os.environ.get(SHOWN) or asked_endpoint()).rstrip("/")
    try:
        parts = urlsplit(found)
    except ValueError:
        parts = urlsplit("")
    if "@" in parts.netloc:
        raise UsageError(f"{name} holds a user's name or password", "set it without them")
    if parts.scheme not in ("http", "https") or not parts.netloc or not found.isprintable():
        raise UsageError(f"{name} is no address of a Hub", f"write it as {PUBLIC}")
    return found


def shown_elsewhere() -> str | None:
    """What to tell whose links lead to a Hub, or a mirror, that is not the public Hub; else None.

    Nothing where the variable says which address is meant.
    """
    if os.environ.get(SHOWN) or shown_endpoint() == PUBLIC:
        return None
    return (
        f"links lead to {shown_endpoint()}, as HF_ENDPOINT says; if that is a mirror, "
        f"{SHOWN}={PUBLIC} makes them the Hub's own"
    )
