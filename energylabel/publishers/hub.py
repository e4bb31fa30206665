"""The Hub: five files in one commit, as a pull request or straight to ``main``.

Every step begins by looking at what is there, so a push that was broken off anywhere can be run
again: what has already happened is found and not done twice.
"""

import random
import time
from collections.abc import Callable, Mapping

from energylabel.errors import ConflictError, EnergyLabelError, UsageError
from energylabel.observing import Event, Observer, silent
from energylabel.publishers._repository import Moved, Pull, Repository, Sent, Unclear
from energylabel.publishers.base import Mode, Outcome, Parcel, Plan, Publisher, Receipt
from energylabel.publishers.folder import PUBLISHER as FOLDER
from energylabel.publishers.model_card import PUBLISHER as CARD
from energylabel.renderers import told

ATTEMPTS = 5
_LONGEST_WAIT_S = 30.0
_LONGEST_ASKED_S = 300.0
"""The Hub counts requests over five minutes."""

Sleep = Callable[[float], None]


class HubPublisher:
    """The card and the label's four files, in the repository of the model."""

    name = "hub"

    def paths(self, parcel: Parcel) -> tuple[str, ...]:
        """All five files."""
        return (*CARD.paths(parcel), *FOLDER.paths(parcel))

    def plan(self, parcel: Parcel, present: Mapping[str, bytes]) -> Plan:
        """The five files as they are to be."""
        card, files = CARD.plan(parcel, present), FOLDER.plan(parcel, present)
        return Plan((*card.changes, *files.changes), card.remarks)


PUBLISHER: Publisher = HubPublisher()


def preview(parcel: Parcel) -> Plan:
    """What a push would change on ``main`` now; nothing is sent.

    Raises:
        EnergyLabelError: As :func:`push`.
    """
    repository = Repository(parcel.label.subject.name)
    state = repository.read(PUBLISHER.paths(parcel))
    _check_current(parcel, repository, state.commit)
    return PUBLISHER.plan(parcel, state.present)


def push(
    parcel: Parcel, mode: Mode, *, observer: Observer = silent, sleep: Sleep = time.sleep
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
        return Receipt(receipt.outcome, receipt.url, receipt.files, (*receipt.remarks, remark))


class _Push:
    """One push. Each step looks, plans and sends; :meth:`insist` repeats it while that may help."""

    def __init__(
        self, parcel: Parcel, repository: Repository, observer: Observer, sleep: Sleep
    ) -> None:
        self._parcel = parcel
        self._repository = repository
        self._observer = observer
        self._sleep = sleep
        self._sent: Outcome | None = None

    def insist(self, step: Callable[[], Receipt]) -> Receipt:
        """Repeat a step after conflicts and lost answers, with pauses that grow."""
        trouble: EnergyLabelError | None = None
        asked_s = 0.0
        name = self._parcel.label.subject.name
        for attempt in range(ATTEMPTS):
            if attempt:
                # Two who retry at the same moments would collide again and again.
                jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
                self._sleep(max(min(2.0**attempt, _LONGEST_WAIT_S) * jitter, asked_s))
            message = "pushing the label" if attempt == 0 else f"attempt {attempt + 1}"
            self._observer(Event("publishing", f"{name}: {message}"))
            try:
                return step()
            except Moved:
                trouble, asked_s = None, 0.0
            except Unclear as unclear:
                trouble, asked_s = unclear.error, min(unclear.pause_s, _LONGEST_ASKED_S)
        if trouble is not None:
            raise trouble
        raise ConflictError(
            f"{name} changed during each of {ATTEMPTS} attempts",
            "try again, or push without --push commit to open a pull request",
        )

    def commit(self) -> Receipt:
        """Onto the head of ``main`` as it was read."""
        state = self._repository.read(PUBLISHER.paths(self._parcel))
        _check_current(self._parcel, self._repository, state.commit)
        plan = PUBLISHER.plan(self._parcel, state.present)
        root = self._parcel.root
        if not plan.changed:
            return self._nothing(plan, f"{root}/commit/{state.commit}")
        sent = self._send("committed", plan, state.commit, "main")
        return _receipt("committed", sent.url, plan)

    def propose(self) -> Receipt:
        """Into our open pull request, or a new one."""
        paths = PUBLISHER.paths(self._parcel)
        main = self._repository.read(paths)
        _check_current(self._parcel, self._repository, main.commit)
        plan = PUBLISHER.plan(self._parcel, main.present)
        if not plan.changed:
            return self._nothing(plan, f"{self._parcel.root}/tree/main")
        pulls = self._repository.pulls()
        ours = next((pull for pull in pulls if pull.status in ("open", "draft")), None)
        if ours is not None:
            return self._update(ours)
        refused = next((pull for pull in pulls if pull.status == "closed"), None)
        if refused is not None and self._holds_this(refused):
            remark = "its owners closed this pull request; it is not opened again"
            return Receipt("unchanged", refused.url, (), (*plan.remarks, remark))
        sent = self._send("opened", plan, main.commit, None)
        return _receipt("opened", sent.url, plan)

    def _update(self, pull: Pull) -> Receipt:
        state = self._repository.read(PUBLISHER.paths(self._parcel), pull.revision)
        plan = PUBLISHER.plan(self._parcel, state.present)
        if not plan.changed:
            return self._nothing(plan, pull.url)
        self._send("updated", plan, state.commit, pull.revision)
        return _receipt("updated", pull.url, plan)

    def _holds_this(self, pull: Pull) -> bool:
        """Whether a closed pull request was about this very label."""
        path = f"{self._parcel.place}/evidence.json"
        held = self._repository.read((path,), pull.revision).present
        return held.get(path) == self._parcel.files["evidence.json"]

    def _send(self, outcome: Outcome, plan: Plan, parent: str, revision: str | None) -> Sent:
        # Noted before it is sent: if the answer is lost, what is found there next is our own.
        self._sent = outcome
        return self._repository.commit(
            plan.changed, parent=parent, revision=revision, description=_description(self._parcel)
        )

    def _nothing(self, plan: Plan, url: str) -> Receipt:
        """All is there: it was before, or an attempt whose answer was lost did arrive."""
        if self._sent is None:
            return Receipt("unchanged", url, (), plan.remarks)
        return Receipt(self._sent, url, tuple(c.path for c in plan.changes), plan.remarks)


def _receipt(outcome: Outcome, url: str, plan: Plan) -> Receipt:
    return Receipt(outcome, url, tuple(change.path for change in plan.changed), plan.remarks)


def _check_current(parcel: Parcel, repository: Repository, head: str) -> None:
    """Refuse to label ``main`` with figures of other weights."""
    rated = parcel.label.subject.revision
    if rated == head:
        return
    other = repository.another(parcel.evidence.subject.files, head)
    if other is not None:
        name = parcel.label.subject.name
        raise UsageError(
            f"{name} holds another {other} by now than the one rated at {rated[:12]}",
            f"rate it again: energylabel rate {name}",
        )


def _description(parcel: Parcel) -> str:
    """What the owners of the model read in the pull request."""
    from energylabel.templating import render

    values = told(parcel.label) | {"place": parcel.place}
    return render("pull_request.md.j2", "markdown", values).strip()
