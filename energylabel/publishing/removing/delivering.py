"""Labels taken out of a card on this machine, or of a repository on the Hub."""

import time
from dataclasses import dataclass
from pathlib import Path

from energylabel import storing
from energylabel.errors import UsageError
from energylabel.events import Observer, silent
from energylabel.hub import Moved
from energylabel.publishing import folder as folders
from energylabel.publishing.base import Proposal
from energylabel.publishing.pushing import Sleep, insist
from energylabel.publishing.removing.proposing import propose_removal, to_read
from energylabel.publishing.repository import Repository
from energylabel.records import Delivery, PushMode, Receipt
from energylabel.resolving import parse_model

TITLE = "Remove energy and accuracy label"


def propose_card_removal(readme: Path, path: Path | None = None) -> Proposal:
    """What taking labels out of a card on this machine, with their files, would change.

    Args:
        readme: The card.
        path: Folder of the label that goes; None: all that the card and ``energylabel/`` have.

    Raises:
        CardError: The card cannot be changed without harm.
        OutputError: A file cannot be read.
        SchemaError: The folder's label cannot be read.
    """
    root = readme.parent
    listed = folders.list_below(root, "energylabel")
    present = folders.read_present(root, to_read(listed, readme.name))
    only, where = None, None
    if path is not None:
        evidence = storing.read_evidence(storing.find(path))
        only = evidence.digest()
        if evidence.subject.source == "hub":
            where = Repository(evidence.subject.name).url
    return propose_removal(present, listed, only, where, readme.name)


def remove_card(readme: Path, path: Path | None = None) -> Receipt:
    """Do what :func:`propose_card_removal` proposes."""
    receipt = folders.write(readme.parent, propose_card_removal(readme, path))
    url = str(readme).encode(errors="replace").decode()
    outcome: Delivery = "removed" if receipt.files else "unchanged"
    return receipt.model_copy(update={"url": url, "outcome": outcome})


@dataclass(frozen=True, slots=True)
class _Target:
    """Whose labels go: all of a model's, or one by its id."""

    model: str
    only: str | None


def preview_unpush(target: str, observer: Observer = silent) -> Proposal:
    """What :func:`unpush` would change on ``main`` now; nothing is sent.

    Raises:
        EnergyLabelError: As :func:`unpush`.
    """
    wanted = _target(target)
    repository = Repository(wanted.model, observer)
    return _look(repository, wanted, "main")[1]


def unpush(
    target: str, mode: PushMode, *, observer: Observer = silent, sleep: Sleep = time.sleep
) -> Receipt:
    """Take labels out of a model's repository: block, our front matter, and files, in one commit.

    Args:
        target: ``org/model`` for all its labels, or the folder of one label.
        mode: ``pr`` opens a pull request, ``commit`` commits to ``main``.
        observer: Hears of every attempt.
        sleep: Waits between attempts.

    Returns:
        What came of it; ``unchanged`` when there is nothing to remove, or a pull request of ours
        does so already.

    Raises:
        UsageError: The target is no model of the Hub and no label of one.
        CardError: The card cannot be changed without harm.
        NetworkError: No token or no right, or the Hub cannot be reached or refuses.
        ConflictError: Others changed the repository during every attempt.
    """
    wanted = _target(target)
    repository = Repository(wanted.model, observer)
    repository.check_rights(write=mode == "commit")
    sent = False

    def once(*, only_look: bool) -> Receipt:
        nonlocal sent
        commit, proposal = _look(repository, wanted, "main")
        outcome: Delivery = "removed"
        url = f"{repository.url}/tree/main"
        pull = False
        if proposal.changed and mode == "pr":
            outcome, pull = "opened", True
            for each in repository.pulls(TITLE):
                if each.open and not _look(repository, wanted, each.revision)[1].changed:
                    state = outcome if sent else "unchanged"
                    return _receipt(state, each.url, proposal, pull=True, files=sent)
        if not proposal.changed:
            return _receipt(outcome if sent else "unchanged", url, proposal, pull=False, files=sent)
        if only_look:
            raise Moved
        sent = True
        url = repository.commit(
            proposal.changed,
            parent=commit,
            revision="main" if mode == "commit" else None,
            description="This takes out what `energylabel push` brought: the block of the model"
            " card, `energy_label` and our results in its front matter, and the files of the"
            " labels. Nothing else changes.",
            title=TITLE,
        )
        return _receipt(outcome, url, proposal, pull=pull, files=True)

    return insist(once, wanted.model, "the removal", observer=observer, sleep=sleep)


def _target(target: str) -> _Target:
    path = Path(target)
    if path.exists():
        evidence = storing.read_evidence(storing.find(path))
        if evidence.subject.source != "hub":
            raise UsageError(
                f"{evidence.subject.name} is no model of the Hub",
                "energylabel card --remove takes its label out of a README.md on this machine",
            )
        return _Target(evidence.subject.name, evidence.digest())
    reference = parse_model(target)
    if reference.source != "hub" or "/" not in reference.name or reference.revision:
        raise UsageError(
            f"{target} is no folder of a label here, nor org/model on the Hub",
            "give org/model, or the folder of the label that is to go",
        )
    return _Target(reference.name, None)


def _look(repository: Repository, wanted: _Target, revision: str) -> tuple[str, Proposal]:
    """The head of a revision, and what would be taken out there."""
    listed = repository.listing(revision)
    present = repository.contents(to_read(listed.files), listed)
    made = propose_removal(present, listed.files, wanted.only, repository.url)
    return listed.commit, made


def _receipt(
    outcome: Delivery, url: str, proposal: Proposal, *, pull: bool, files: bool
) -> Receipt:
    return Receipt(
        outcome=outcome,
        url=url,
        files=tuple(change.path for change in proposal.changed) if files else (),
        remarks=proposal.remarks,
        pull_request=pull,
    )
