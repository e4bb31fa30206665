"""The words above a pull request: what it is, with its picture, and how to check it."""

from urllib.parse import quote

from energylabel.errors import NetworkError
from energylabel.hub import Pull
from energylabel.publishing.base import Parcel
from energylabel.publishing.repository import Repository
from energylabel.rendering import printed, render


def words(parcel: Parcel, pull: Pull | None = None) -> str:
    """What the owners of the model read.

    Args:
        parcel: The label.
        pull: Where it lies until it is merged; None: not known yet, so nothing is linked.
    """
    revision = pull.revision if pull is not None else ""
    encoded, path = quote(revision, safe=""), quote(parcel.place)
    values = printed(parcel.label) | {
        "place": parcel.place,
        "model": parcel.label.subject.name,
        "revision": revision,
        "picture": f"{parcel.root}/resolve/{encoded}/{path}/label.png",
        "matrix": f"{parcel.root}/resolve/{encoded}/{path}/confusion.svg",
        "evidence": f"{parcel.root}/blob/{encoded}/{path}/evidence.json",
        "card": f"{parcel.root}/blob/{encoded}/README.md",
    }
    return render("pull_request.md.j2", "markdown", values).strip()


def describe(repository: Repository, pull: Pull, parcel: Parcel, *, anew: bool) -> str | None:
    """Write the words above our own pull request; returns why not, where that failed.

    Args:
        repository: Of the model.
        pull: The pull request, which we opened.
        parcel: The label that was sent last.
        anew: Whether words that have links of this pull request are replaced too.
    """
    wanted = words(parcel, pull)
    try:
        details = repository.details(pull)
        linked = quote(pull.revision, safe="") in details.opening
        if details.opening_id and details.opening != wanted and (anew or not linked):
            repository.rewrite(pull, details.opening_id, wanted)
    except NetworkError as error:
        return f"its description could not be written: {error.message}"
    return None
