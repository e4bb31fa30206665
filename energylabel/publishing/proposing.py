"""A stored label, and the files that are there → the files as they are to be."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from energylabel import storing
from energylabel.errors import MeasurementError, OlderLabelError, UsageError
from energylabel.judging import contradictions, judge
from energylabel.publishing import model_card
from energylabel.publishing.base import FileChange, Parcel, Proposal, Wishes
from energylabel.publishing.on_card.mentions import mention_of
from energylabel.publishing.repository import Repository
from energylabel.records import Evidence, Mention
from energylabel.rendering import files_of

PUBLISHED: Final = (
    "label.json",
    "label.svg",
    "label.png",
    "badge.svg",
    "confusion.svg",
    storing.EVIDENCE,
)
"""What lies in the folder of a label in its model's repository."""


def parcel(path: Path, wishes: Wishes | None = None) -> Parcel:
    """A stored label with the address that its evidence has, or will have, on the Hub.

    Raises:
        SchemaError: There is no evidence, or it is unreadable or newer than this program.
    """
    evidence = storing.read_evidence(storing.find(path))
    return make_parcel(evidence, storing.published(evidence), wishes or Wishes())


def make_parcel(evidence: Evidence, folder: str, wishes: Wishes) -> Parcel:
    """The label of evidence, with what is drawn of it, for a folder of the repository."""
    root = None
    if evidence.subject.source == "hub":
        root = Repository(evidence.subject.name).url
    url = None if root is None else f"{root}/blob/main/{quote(folder)}/{storing.EVIDENCE}"
    label = judge(evidence, url)
    drawn = files_of(label) | {storing.EVIDENCE: evidence.canonical()}
    files = {name: drawn[name] for name in PUBLISHED}
    return Parcel(label, evidence, files, folder, root, wishes)


def paths(made: Parcel, readme: str = model_card.README) -> tuple[str, ...]:
    """The files that a proposal looks at: the card, and the label's in either of its folders."""
    folders = (made.place, _past(made.place, made.label.id))
    return (readme, *(f"{folder}/{name}" for folder in folders for name in sorted(PUBLISHED)))


def propose(
    made: Parcel, present: Mapping[str, bytes], readme: str = model_card.README
) -> Proposal:
    """What is to be written, given what is there.

    Where a label of other files of the model has the same place, the later of the two has the
    folder, and the other's files lie in ``history/`` there, as in a tree of labels.

    Args:
        made: The label and its files.
        present: Those of :func:`paths` that are there.
        readme: The card's path.

    Raises:
        CardError: The card cannot be changed without harm.
        OlderLabelError: The label would replace a later one.
        UsageError: The card shows labels of another model.
    """
    there = _there(made, present)
    before = present.get(readme)
    # What contradicts itself is no label that would keep another out of its place.
    beside = there[1] if there and not contradictions(there[0]) else None
    spliced = model_card.splice(before or b"", made, beside)
    merged = spliced.merged
    changes = [FileChange(readme, before, spliced.card)]
    for mention in merged.mentions:
        folder = merged.folder(mention)
        if mention.id == made.label.id:
            own = made if folder == made.place else make_parcel(made.evidence, folder, made.wishes)
            changes += files_in(own, present)
        elif there and there[1].id == mention.id and folder != made.place:
            changes += files_in(make_parcel(there[0], folder, made.wishes), present)
    return Proposal(tuple(changes), spliced.remarks)


def fold(made: Parcel, carried: Sequence[Parcel], present: Mapping[str, bytes]) -> Proposal:
    """As :func:`propose`, with other labels put there first.

    Args:
        made: The label that is wanted.
        carried: Labels of pull requests that this one takes over; one that is older than what is
            there already is left out.
        present: Those of :func:`paths` of all of them that are there.
    """
    now, touched = dict(present), dict[str, None]()
    remarks: tuple[str, ...] = ()
    for each in (*carried, made):
        try:
            proposal = propose(each, now)
        except OlderLabelError:
            if each is made:
                raise
            continue
        remarks = proposal.remarks
        for change in proposal.changes:
            touched[change.path] = None
            if change.after is not None:
                now[change.path] = change.after
    changes = (FileChange(path, present.get(path), now[path]) for path in touched)
    return Proposal(tuple(changes), remarks)


def files_in(made: Parcel, present: Mapping[str, bytes]) -> list[FileChange]:
    """The files of a label, in its folder."""
    places = ((f"{made.place}/{name}", made.files[name]) for name in sorted(made.files))
    return [FileChange(path, present.get(path), content) for path, content in places]


def _past(place: str, identity: str) -> str:
    return f"{place}/history/{identity[:12]}"


def _there(made: Parcel, present: Mapping[str, bytes]) -> tuple[Evidence, Mention] | None:
    """The other label whose files lie in the place; what is unreadable is none."""
    path = f"{made.place}/{storing.EVIDENCE}"
    content = present.get(path)
    if content is None or hashlib.sha256(content).hexdigest() == made.label.id:
        return None
    try:
        evidence = storing.parse_evidence(content, path)
        if evidence.subject.name != made.label.subject.name:
            return None
        label = judge(evidence)
        usual = label.subject.source == "hub" and not label.quick_look
        return evidence, mention_of(label, evidence, made.place, in_front=usual)
    except (UsageError, MeasurementError, ValueError):  # a stranger may have written it
        return None
