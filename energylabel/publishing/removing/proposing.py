"""The files that are there → without those of our labels."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from energylabel import storing
from energylabel.errors import SchemaError
from energylabel.publishing import model_card
from energylabel.publishing.base import FileChange, Proposal, Wishes
from energylabel.publishing.proposing import PUBLISHED, files_in, make_parcel
from energylabel.publishing.removing.card import take_out
from energylabel.records import Evidence

_FILE: Final = re.compile(r"(energylabel/[^/]+/[^/]+)(/history/[0-9a-f]{12})?/([^/]+)")


@dataclass(frozen=True, slots=True)
class _Lying:
    """A label's files: in which folder, of which place, and what they were made of."""

    folder: str
    place: str
    id: str
    evidence: Evidence


def to_read(listed: Iterable[str], readme: str = model_card.README) -> tuple[str, ...]:
    """The card, and the evidence in the folders of labels: what a proposal has to read."""
    found = [path for path in listed if _FILE.fullmatch(path) and path.endswith("/evidence.json")]
    return (readme, *sorted(found))


def propose_removal(
    present: Mapping[str, bytes],
    listed: Iterable[str],
    only: str | None,
    root: str | None,
    readme: str = model_card.README,
) -> Proposal:
    """What is to be taken out, given what is there.

    Of a label's folder those files go that this program writes; whatever else lies there stays, and
    so does a folder whose evidence is none.

    Args:
        present: Those of :func:`to_read` that are there.
        listed: All paths that there are.
        only: Id of the label that goes; None: all of them.
        root: Address of the model's repository; None where it is not on a Hub.
        readme: The card's path.

    Raises:
        CardError: The card cannot be changed without harm.
    """
    there = set(listed)
    found, remarks = _lying(present)
    before = present.get(readme)
    taken = take_out(before, only, root) if before is not None else None
    gone = [each for each in found if only in (None, each.id)]
    changes: dict[str, FileChange] = {}
    for each in gone:
        for path in (f"{each.folder}/{name}" for name in PUBLISHED):
            if path in there:
                changes[path] = FileChange(path, present.get(path, b""), None)
    left = taken.left if taken else None
    for mention in left.mentions if left else ():
        lies = next((each for each in found if each.id == mention.id), None)
        folder = left.folder(mention) if left else ""
        if lies is not None and lies.folder != folder:
            moved = make_parcel(lies.evidence, folder, Wishes())
            for change in files_in(moved, {}):
                old = b"" if change.path in there else None
                changes[change.path] = FileChange(change.path, old, change.after)
            for path in (f"{lies.folder}/{name}" for name in PUBLISHED):
                if path in there and path not in changes:
                    changes[path] = FileChange(path, b"", None)
    if taken is not None:
        changes = {readme: FileChange(readme, before, taken.card), **changes}
        remarks += taken.remarks
    return Proposal(tuple(changes.values()), tuple(remarks))


def _lying(present: Mapping[str, bytes]) -> tuple[list[_Lying], list[str]]:
    found, remarks = [], []
    for path, content in present.items():
        parts = _FILE.fullmatch(path)
        if parts is None:
            continue
        folder = path.rpartition("/")[0]
        try:
            evidence = storing.parse_evidence(content, path)
        except SchemaError:
            remarks.append(f"{folder} stays: its evidence is none that this version can read")
            continue
        if storing.published(evidence) != parts[1]:
            remarks.append(f"{folder} stays: its evidence belongs elsewhere")
            continue
        identity = hashlib.sha256(content).hexdigest()
        found.append(_Lying(folder, parts[1], identity, evidence))
    return found, remarks
