"""Which open pull requests bring labels: told by the evidence in them, not by title or author."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from energylabel import storing
from energylabel.errors import SchemaError
from energylabel.hub import Listing, Pull
from energylabel.publishing.base import Parcel, Wishes
from energylabel.publishing.model_card import README
from energylabel.publishing.proposing import make_parcel
from energylabel.publishing.repository import TITLE, Repository
from energylabel.records import Evidence

_EVIDENCE: Final = re.compile(r"(energylabel/[^/]+/[^/]+)(/history/[0-9a-f]{12})?/evidence\.json")
_OTHERS: Final = 30
"""Pull requests with a title and author that are not ours that are looked into, the latest first:
each costs a request, and some repositories have hundreds."""


@dataclass(frozen=True, slots=True)
class Bringing:
    """An open pull request that brings labels to ``main``.

    ``evidence`` is what ``main`` has not, by path. ``mine``: we opened it. ``conflicts``: it cannot
    be merged as it is. ``whole``: all of its commits are of this program.
    """

    pull: Pull
    evidence: Mapping[str, Evidence]
    mine: bool
    conflicts: bool
    whole: bool

    def parcels(self, wishes: Wishes) -> list[Parcel]:
        """Its labels, the oldest first."""
        found = sorted(self.evidence.values(), key=lambda each: each.finished_at)
        return [make_parcel(each, storing.published(each), wishes) for each in found]


def bringing(repository: Repository, main: Listing, place: str) -> list[Bringing]:
    """Open pull requests that bring labels, the one that a label of this place goes into first.

    That is the earliest of ours and of those that bring a label of the same place.

    Args:
        repository: Of the model.
        main: What its ``main`` holds.
        place: Folder of the label.

    Raises:
        NetworkError: The Hub cannot be reached or refuses.
    """
    there = sorted(repository.open_pulls(), key=lambda pull: -pull.number)
    likely = [each for each in there if each.title == TITLE or each.author == repository.user]
    rest = [each for each in there if each not in likely][:_OTHERS]
    found = []
    for pull in (*likely, *rest):
        listed = repository.listing(pull.revision)
        mine = pull.author == repository.user
        # Of others' nothing is taken over with it: what goes beyond a label is for its author.
        if not mine and _beyond(listed, main):
            continue
        evidence = _brought(repository, listed, main)
        if not evidence:
            continue
        details = repository.details(pull)
        whole = bool(details.commits) and all(each == TITLE for each in details.commits)
        found.append(Bringing(pull, evidence, mine, details.conflicts, whole))
    path = f"{place}/{storing.EVIDENCE}"
    return sorted(
        found, key=lambda each: (not each.mine and path not in each.evidence, each.pull.number)
    )


def _beyond(listed: Listing, main: Listing) -> bool:
    """Whether a revision differs from ``main`` in more than cards and labels."""
    differ = (
        path
        for path in listed.files.keys() | main.files.keys()
        if _digest(listed, path) != _digest(main, path)
    )
    return any(path != README and not path.startswith("energylabel/") for path in differ)


def _digest(listed: Listing, path: str) -> str | None:
    file = listed.files.get(path)
    return file.digest if file is not None else None


def _brought(repository: Repository, listed: Listing, main: Listing) -> dict[str, Evidence]:
    """Evidence that ``main`` has not; an older one than there is what ``main`` was before."""
    paths = [
        path
        for path in listed.files
        if _EVIDENCE.fullmatch(path) and _digest(listed, path) != _digest(main, path)
    ]
    here = _read(repository, paths, listed)
    known = _read(repository, [path for path in here if path in main.files], main)
    return {
        path: evidence
        for path, evidence in here.items()
        if path not in known or evidence.finished_at > known[path].finished_at
    }


def _read(repository: Repository, paths: list[str], listed: Listing) -> dict[str, Evidence]:
    """What a stranger may have written: evidence of this model, in its own place."""
    found = {}
    for path, content in repository.contents(paths[:50], listed).items():
        parts = _EVIDENCE.fullmatch(path)
        try:
            evidence = storing.parse_evidence(content, path)
        except SchemaError:
            continue
        whose = evidence.subject.name in (repository.name, listed.name)
        if parts and whose and storing.published(evidence) == parts[1]:
            found[path] = evidence
    return found
