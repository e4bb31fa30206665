"""A stored label → the model's card, a checkout of its repository, or the Hub."""

import os
from pathlib import Path

from energylabel.errors import OutputError, UsageError
from energylabel.events import Observer, silent
from energylabel.planning import model_of
from energylabel.publishing import folder as folders
from energylabel.publishing import model_card
from energylabel.publishing import pushing as hub
from energylabel.publishing.base import Proposal, Wishes
from energylabel.publishing.proposing import parcel, paths, propose
from energylabel.publishing.repository import Repository
from energylabel.records import Job, Label, PushMode, Receipt


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


def push(
    path: Path, mode: PushMode, observer: Observer = silent, *, replace: bool = False
) -> Receipt:
    """Push a stored label to its model's repository.

    Args:
        path: Folder of the label.
        mode: As a pull request, or a commit to ``main``.
        observer: Hears of every attempt.
        replace: Whether it may take the place of a later label.

    Raises:
        EnergyLabelError: As :func:`check_pushable` and :func:`energylabel.publishing.pushing.push`.
    """
    made = parcel(path, Wishes(replace=replace, own_card=True))
    check_pushable(made.label)
    return hub.push(made, mode, observer=observer)


def preview_push(path: Path, observer: Observer = silent, *, replace: bool = False) -> Proposal:
    """What a push would change; nothing is sent."""
    made = parcel(path, Wishes(replace=replace, own_card=True))
    check_pushable(made.label)
    return hub.preview(made, observer)


def check_place(readme: Path, job: Job | None = None, *, replace: bool = False) -> None:
    """Refuse a card that is no file, or that cannot be changed, before anything is measured.

    Args:
        readme: The card.
        job: What is to be rated; the name of a folder's model is known later.
        replace: Whether what somebody else wrote under our key may be overwritten.

    Raises:
        UsageError: It shows labels of another model.
        CardError: The card cannot be changed without harm.
        OutputError: It is no file, cannot be read, or has no folder to be in.
    """
    if readme.is_dir():
        raise OutputError(f"{readme} is a folder", "give the card itself: README.md in it")
    if readme.parent.exists() and not os.access(readme.parent, os.W_OK):
        raise OutputError(f"{readme.parent} cannot be written", "make the folder writable")
    there = folders.read_present(readme.parent, (readme.name,))
    meant = model_of(job) if job is not None else None
    known = meant is not None and meant.source != "folder" and "/" in meant.name
    model_card.check(
        there.get(readme.name, b""), meant.name if meant and known else None, replace=replace
    )


def propose_card(
    path: Path, readme: Path, *, replace: bool = False, front_matter: bool = False
) -> Proposal:
    """What putting a label into a card on this machine would change.

    Args:
        path: Folder of the label.
        readme: The card, which need not exist; the label's files go beside it.
        replace: Whether a later label, or labels of another model, may be taken out.
        front_matter: Whether a quick look, or the label of a model that is not on the Hub, may
            stand in the front matter.

    Raises:
        CardError: The card cannot be changed without harm.
        OlderLabelError: The label would replace a later one.
        OutputError: The card cannot be read, or is no file.
        UsageError: The card shows labels of another model, or the label is a function's.
    """
    made = parcel(path, Wishes(replace=replace, front_matter=front_matter))
    if made.label.subject.is_function:
        raise UsageError(
            f"{made.label.subject.name} was a function of a Python program: nothing ties its label"
            " to the model of a card",
            "rate the model itself, from its folder or the Hub",
        )
    check_place(readme, replace=True)  # what is replaced is looked at with the label in hand
    present = folders.read_present(readme.parent, paths(made, readme.name))
    return propose(made, present, readme.name)


def write_card(
    path: Path, readme: Path, *, replace: bool = False, front_matter: bool = False
) -> Receipt:
    """Do what :func:`propose_card` proposes."""
    proposal = propose_card(path, readme, replace=replace, front_matter=front_matter)
    receipt = folders.write(readme.parent, proposal)
    url = str(readme).encode(errors="replace").decode()
    return receipt.model_copy(update={"url": url})
