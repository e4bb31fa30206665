"""One pull request: whether it conflicts, what its author wrote first, and how it is closed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True, slots=True)
class PullDetails:
    """What the list of pull requests does not tell of one.

    ``conflicts``: it cannot be merged as it is. ``commits`` are the first lines of its commits.
    ``opening`` is the text above it and ``opening_id`` what the Hub calls that; empty without.
    """

    conflicts: bool
    commits: tuple[str, ...]
    opening: str = ""
    opening_id: str = ""


def details(api: "HfApi", name: str, number: int) -> PullDetails:
    """Ask for one; what the library raises is for the caller to explain."""
    found = api.get_discussion_details(name, number)
    commits = tuple(
        str(getattr(each, "summary", "")) for each in found.events if each.type == "commit"
    )
    first = next((each for each in found.events if each.type == "comment"), None)
    words = getattr(first, "content", "")
    return PullDetails(
        conflicts=bool(found.conflicting_files),
        commits=commits,
        opening=words if isinstance(words, str) else "",
        opening_id=str(first.id) if first is not None else "",
    )


def rewrite(api: "HfApi", name: str, number: int, comment: str, text: str) -> None:
    """Put other words above a pull request; the same words twice do no harm."""
    api.edit_discussion_comment(name, number, comment, text)


def close(api: "HfApi", name: str, number: int, why: str) -> None:
    """Close one with a word; one that is closed already is as good."""
    api.change_discussion_status(name, number, "closed", comment=why)
