"""A stored label → the model's card, a checkout of its repository, or the Hub."""

import os
from pathlib import Path
from urllib.parse import quote

from energylabel import storing
from energylabel.errors import OutputError, UsageError
from energylabel.events import Observer, silent
from energylabel.judging import judge
from energylabel.planning import model_of
from energylabel.publishing import folder as folders
from energylabel.publishing import model_card
from energylabel.publishing import pushing as hub
from energylabel.publishing.base import FileChange, Parcel, Proposal
from energylabel.publishing.repository import Repository
from energylabel.records import Job, Label, PushMode, Receipt
from energylabel.rendering import files_of

_PUBLISHED = ("label.json", "label.svg", "label.png", "badge.svg")


def parcel(path: Path) -> Parcel:
    """A stored label with the address that its evidence has, or will have, on the Hub.

    Raises:
        SchemaError: There is no evidence, or it is unreadable or newer than this program.
    """
    evidence = storing.read_evidence(storing.find(path))
    place = storing.published(evidence)
    root = None
    if evidence.subject.source == "hub":
        root = Repository(evidence.subject.name).url
    url = None if root is None else f"{root}/blob/main/{quote(place)}/{storing.EVIDENCE}"
    label = judge(evidence, url)
    drawn = files_of(label)
    files = {name: drawn[name] for name in _PUBLISHED} | {storing.EVIDENCE: evidence.canonical()}
    return Parcel(label, evidence, files, place, root)


def check_pushable(label: Label) -> None:
    """Refuse what must not go to the Hub.

    Raises:
        UsageError: A local folder, the demo, a quick look, or a label without an energy class.
    """
    if label.subject.source != "hub":
        raise UsageError(
            f"{label.subject.name} is no model of the Hub, so its label cannot be pushed",
            "energylabel card puts it into a README.md on this machine",
        )
    if label.quick_look:
        raise UsageError(
            "a quick look is not for publishing", "rate again with --protocol standard"
        )
    if label.withheld:
        raise UsageError(
            f"the label has no energy class: {'; '.join(label.grades.energy.reasons)}",
            "mend the cause and rate again",
        )


def check_push(job: Job, observer: Observer = silent) -> None:
    """Refuse before the measurement what could not be pushed after it.

    Raises:
        UsageError: No model of the Hub, a quick look, or offline.
        NetworkError: No token, or it may not.
        CardError: The card cannot be changed without harm.
    """
    reference = model_of(job)
    if reference.source != "hub":
        raise UsageError(
            f"{job.model} is no model of the Hub, so its label cannot be pushed",
            "leave out --push; --card puts the label into a README.md on this machine",
        )
    if job.options.protocol == "quick":
        raise UsageError("a quick look is not for publishing", "leave out --protocol quick")
    if job.options.offline:
        raise UsageError("--push needs a connection", "leave out --offline or --push")
    repository = Repository(reference.name, observer)
    repository.check_rights(write=job.push == "commit")
    there = repository.read((model_card.README,)).present
    model_card.check(there.get(model_card.README, b""))


def push(path: Path, mode: PushMode, observer: Observer = silent) -> Receipt:
    """Push a stored label to its model's repository.

    Raises:
        EnergyLabelError: As :func:`check_pushable` and :func:`energylabel.publishing.pushing.push`.
    """
    made = parcel(path)
    check_pushable(made.label)
    return hub.push(made, mode, observer=observer)


def preview_push(path: Path, observer: Observer = silent) -> Proposal:
    """What a push would change; nothing is sent."""
    made = parcel(path)
    check_pushable(made.label)
    return hub.preview(made, observer)


def check_place(readme: Path) -> None:
    """Refuse a card that is no file, or that cannot be changed, before anything is measured.

    Raises:
        CardError: The card cannot be changed without harm.
        OutputError: It is no file, cannot be read, or has no folder to be in.
    """
    if readme.is_dir():
        raise OutputError(f"{readme} is a folder", "give the card itself: README.md in it")
    if readme.parent.exists() and not os.access(readme.parent, os.W_OK):
        raise OutputError(f"{readme.parent} cannot be written", "make the folder writable")
    there = folders.read_present(readme.parent, (readme.name,))
    model_card.check(there.get(readme.name, b""))


def propose_card(path: Path, readme: Path) -> Proposal:
    """What putting a label into a card on this machine would change.

    Args:
        path: Folder of the label.
        readme: The card, which need not exist; the label's files go beside it.

    Raises:
        CardError: The card cannot be changed without harm.
        OutputError: It cannot be read, or is no file.
    """
    made = parcel(path)
    check_place(readme)
    root, name = readme.parent, readme.name
    there = folders.read_present(root, (name,))
    before = there.get(name)
    after, remark = model_card.splice(before or b"", made)
    card = FileChange(name, before, after)
    files = folders.PUBLISHER
    beside = files.propose(made, folders.read_present(root, files.paths(made)))
    return Proposal((card, *beside.changes), (remark,) if remark else ())


def write_card(path: Path, readme: Path) -> Receipt:
    """Do what :func:`propose_card` proposes."""
    receipt = folders.write(readme.parent, propose_card(path, readme))
    url = str(readme).encode(errors="replace").decode()
    return receipt.model_copy(update={"url": url})
