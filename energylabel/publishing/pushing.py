"""The Hub: seven files in one commit, as a pull request or straight to ``main``.

Every step begins by looking at what is there, so a push that was broken off anywhere can be run
again: what has already happened is found and not done twice.
"""

import random
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from energylabel.errors import ConflictError, EnergyLabelError, NetworkError, UsageError
from energylabel.events import Event, Observer, silent
from energylabel.hub import Forbidden, Listing, Moved, Pull, Unclear
from energylabel.publishing.base import Parcel, Proposal, Wishes
from energylabel.publishing.proposing import fold, paths, propose
from energylabel.publishing.pull_requests.describing import describe, words
from energylabel.publishing.pull_requests.finding import Bringing, bringing
from energylabel.publishing.repository import Repository
from energylabel.records import Delivery, PushMode, Receipt

ATTEMPTS = 5
_CLOSED = 10
_LONGEST_WAIT_S = 30.0
_LONGEST_ASKED_S = 300.0
"""The Hub counts requests over five minutes."""

Sleep = Callable[[float], None]


def preview(parcel: Parcel, observer: Observer = silent) -> Proposal:
    """What a push would change now, in our open pull request or on ``main``; nothing is sent.

    Raises:
        EnergyLabelError: As :func:`push`.
    """
    repository = Repository(parcel.label.subject.name, observer)
    listed, present = _read_main(parcel, repository)
    proposal = propose(parcel, present)
    repository.identify()
    if repository.user is None or not proposal.changed:
        return proposal
    found = bringing(repository, listed, parcel.place)
    ours = next((each.pull for each in found if not each.conflicts), None)
    if ours is None:
        renewed = [
            f"{each.pull.url} conflicts with main and is renewed" for each in found if each.mine
        ]
        return Proposal(proposal.changes, (*proposal.remarks, *renewed))
    proposal = propose(parcel, repository.read(paths(parcel), ours.revision).present)
    return Proposal(proposal.changes, (*proposal.remarks, f"beside what is in {ours.url}"))


def push(
    parcel: Parcel, mode: PushMode, *, observer: Observer = silent, sleep: Sleep = time.sleep
) -> Receipt:
    """Bring a label to its model's repository.

    Args:
        parcel: The label and its files.
        mode: ``pr`` opens a pull request or updates our open one; ``commit`` commits to ``main``
            and falls back to a pull request when others are always faster.
        observer: Hears of every attempt.
        sleep: Waits between attempts.

    Returns:
        What came of it; ``unchanged`` when all is there already.

    Raises:
        UsageError: ``main`` holds other weights than those that were rated.
        CardError: The card cannot be changed without harm.
        NetworkError: No token or no right, or the Hub cannot be reached or refuses.
        ConflictError: Others changed the repository during every attempt.
    """
    repository = Repository(parcel.label.subject.name, observer)
    repository.check_rights(write=mode == "commit")
    pushing = _Push(parcel, repository, observer, sleep)
    if mode == "pr":
        return pushing.insist(pushing.propose)
    try:
        return pushing.insist(pushing.commit)
    except ConflictError as error:
        observer(Event("publishing", "main keeps moving; opening a pull request instead"))
        try:
            receipt = pushing.insist(pushing.propose)
        except EnergyLabelError as last:
            raise ConflictError(
                f"{error.message}, and a pull request failed too: {last.message}", last.hint
            ) from last
        remark = "main kept moving, so this is a pull request"
        return receipt.model_copy(update={"remarks": (*receipt.remarks, remark)})


class Step(Protocol):
    """Looks, plans and sends, once; with ``only_look`` it raises :class:`Moved` before it sends."""

    def __call__(self, *, only_look: bool) -> Receipt:
        """What came of it."""
        ...


def insist(
    step: Step, name: str, what: str, *, observer: Observer, sleep: Sleep = time.sleep
) -> Receipt:
    """Repeat a step after conflicts and lost answers, with pauses that grow.

    After the last attempt it looks once more whether that one arrived.

    Args:
        step: What is repeated.
        name: The repository.
        what: Is pushed; for messages.
        observer: Hears of every attempt.
        sleep: Waits between attempts.

    Raises:
        NetworkError: The Hub refuses, or its answers were lost every time.
        ConflictError: Others changed the repository during every attempt.
    """
    trouble: EnergyLabelError | None = None
    asked_s = 0.0
    for attempt in range(ATTEMPTS + 1):
        only_look = attempt == ATTEMPTS
        if only_look and trouble is None:
            break
        if attempt:
            # Without jitter, two clients that retry at the same moments would keep colliding.
            jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
            sleep(max(min(2.0**attempt, _LONGEST_WAIT_S) * jitter, asked_s))
        message = f"pushing {what}" if attempt == 0 else "looking and trying again"
        observer(Event("publishing", f"{name}: {message}"))
        try:
            return step(only_look=only_look)
        except Moved:
            if only_look:
                break
            trouble, asked_s = None, 0.0
        except Unclear as unclear:
            trouble, asked_s = unclear.error, min(unclear.pause_s, _LONGEST_ASKED_S)
    if trouble is not None:
        raise trouble
    raise ConflictError(f"{name} changed during each of {ATTEMPTS} attempts", "try again later")


class _Push:
    """One push. Each step looks, plans and sends; :func:`insist` repeats it while that may help."""

    def __init__(
        self, parcel: Parcel, repository: Repository, observer: Observer, sleep: Sleep
    ) -> None:
        self._parcel = parcel
        self._repository = repository
        self._observer = observer
        self._sleep = sleep
        self._sent: Delivery | None = None
        self._barred: dict[int, str] = {}
        self._only_look = False

    def insist(self, step: Callable[[], Receipt]) -> Receipt:
        """Repeat a step after conflicts and lost answers."""

        def once(*, only_look: bool) -> Receipt:
            self._only_look = only_look
            return step()

        name = self._parcel.label.subject.name
        return insist(once, name, "the label", observer=self._observer, sleep=self._sleep)

    def commit(self) -> Receipt:
        """Onto the head of ``main`` as it was read."""
        listed, present = _read_main(self._parcel, self._repository)
        proposal = propose(self._parcel, present)
        if not proposal.changed:
            url = f"{self._parcel.root}/commit/{listed.commit}"
            return self._nothing(proposal, url, pull=False)
        url = self._send("committed", proposal, listed.commit, "main")
        return _receipt("committed", url, proposal)

    def propose(self) -> Receipt:
        """Into the open pull request that brings labels, or a new one.

        One of ours that conflicts with ``main`` is renewed: its labels go with this one into a new
        one, and it is closed.
        """
        listed, present = _read_main(self._parcel, self._repository)
        proposal = propose(self._parcel, present)
        if not proposal.changed:
            return self._nothing(proposal, f"{self._parcel.root}/tree/main", pull=False)
        found = bringing(self._repository, listed, self._parcel.place)
        ours = [each for each in found if each.mine and (each.whole or each.conflicts)]
        for each in found:
            others = [other for other in ours if other is not each]
            if not each.conflicts and each.pull.number not in self._barred:
                before = self._sent
                try:
                    receipt = self._update(each.pull, others)
                except Forbidden:
                    self._sent = before
                    self._barred[each.pull.number] = each.pull.url
                else:
                    return self._finish(receipt, each.pull, others)
        closed = None if ours else self._closed()
        if closed is not None:
            return closed
        proposal = fold(self._parcel, self._carried(ours), present)
        outcome: Delivery = "renewed" if ours else "opened"
        url = self._send(outcome, proposal, listed.commit, None)
        return self._settle(_receipt(outcome, url, proposal), ours)

    def _settle(self, receipt: Receipt, replaced: list[Bringing]) -> Receipt:
        """Two pushes at once open two: the later gives way, its label goes into the earlier."""
        there = self._repository.open_pulls()
        pull = next((each for each in there if each.url == receipt.url), None)
        if pull is None:
            return receipt
        before = {each.pull.number for each in replaced} | self._barred.keys()
        if any(each.number < pull.number and each.number not in before for each in there):
            listed, _ = _read_main(self._parcel, self._repository)
            found = bringing(self._repository, listed, self._parcel.place)
            first = next(
                (e for e in found if not e.conflicts and e.pull.number not in before), None
            )
            if first is not None and first.pull.number < pull.number:
                return self.propose()
        return self._finish(receipt, pull, replaced)

    def _update(self, pull: Pull, others: list[Bringing]) -> Receipt:
        carried = self._carried(others)
        wanted = {path for each in (self._parcel, *carried) for path in paths(each)}
        state = self._repository.read(sorted(wanted), pull.revision)
        proposal = fold(self._parcel, carried, state.present)
        if not proposal.changed:
            return self._nothing(proposal, pull.url, pull=True)
        self._send("updated", proposal, state.commit, pull.revision)
        return _receipt("updated", pull.url, proposal)

    def _carried(self, others: list[Bringing]) -> list[Parcel]:
        return [made for each in others for made in each.parcels(Wishes(own_card=True))]

    def _finish(self, receipt: Receipt, pull: Pull, others: list[Bringing]) -> Receipt:
        """Close those of ours whose labels are in this one now, and say above it what it is."""
        remarks = [f"{url} is not ours to change" for url in self._barred.values()]
        for each in others:
            why = "conflicts with main" if each.conflicts else "brings labels too"
            remark = f"{each.pull.url} {why}; its labels are in {pull.url} now"
            if not each.whole:
                remark += ", but it has commits of others and stays open"
            else:
                try:
                    self._repository.close(each.pull, f"{remark[len(each.pull.url) + 1 :]}.")
                except NetworkError as error:
                    remark += f", and it could not be closed: {error.message}"
            remarks.append(remark)
        if pull.author == self._repository.user:
            sent = receipt.outcome != "unchanged"
            trouble = describe(self._repository, pull, self._parcel, anew=sent)
            remarks += [trouble] if trouble else []
        return receipt.model_copy(update={"remarks": (*receipt.remarks, *remarks)})

    def _closed(self) -> Receipt | None:
        """That the owners closed a pull request about this very label; None where they did not."""
        pulls = [pull for pull in self._repository.pulls() if pull.status == "closed"]
        for pull in pulls[:_CLOSED]:
            if self._holds_this(pull):
                remark = "its owners closed this pull request; it is not opened again"
                return Receipt(outcome="closed", url=pull.url, remarks=(remark,), pull_request=True)
        return None

    def _holds_this(self, pull: Pull) -> bool:
        """Whether a closed pull request was about this very label."""
        path = f"{self._parcel.place}/evidence.json"
        held = self._repository.read((path,), pull.revision).present
        return held.get(path) == self._parcel.files["evidence.json"]

    def _send(
        self, outcome: Delivery, proposal: Proposal, parent: str, revision: str | None
    ) -> str:
        if self._only_look:
            raise Moved  # the commit did not arrive; the caller looks again
        # Noted before sending: if the answer is lost, a commit found there next is our own.
        self._sent = outcome
        return self._repository.commit(
            proposal.changed,
            parent=parent,
            revision=revision,
            description=words(self._parcel),
        )

    def _nothing(self, proposal: Proposal, url: str, *, pull: bool) -> Receipt:
        """All is there: it was before, or an attempt whose answer was lost did arrive."""
        if self._sent is None:
            return Receipt(
                outcome="unchanged", url=url, remarks=proposal.remarks, pull_request=pull
            )
        sent = tuple(change.path for change in proposal.changes)
        return Receipt(
            outcome=self._sent, url=url, files=sent, remarks=proposal.remarks, pull_request=pull
        )


def _receipt(outcome: Delivery, url: str, proposal: Proposal) -> Receipt:
    sent = tuple(change.path for change in proposal.changed)
    return Receipt(
        outcome=outcome,
        url=url,
        files=sent,
        remarks=proposal.remarks,
        pull_request=outcome != "committed",
    )


def _read_main(parcel: Parcel, repository: Repository) -> tuple[Listing, Mapping[str, bytes]]:
    """``main`` as it is; refuses to label it with figures of other weights."""
    listed = repository.listing()
    rated = parcel.label.subject.revision
    other = None
    if rated != listed.commit:
        other = repository.another(parcel.evidence.subject, listed)
    if other is not None:
        name = parcel.label.subject.name
        raise UsageError(
            f"{name} has another {other} by now than when it was rated at {rated[:12]}",
            f"rate it again: energylabel rate {name}",
        )
    return listed, repository.contents(paths(parcel), listed)
