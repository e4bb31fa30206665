"""The labels that a block has, and another → the labels that it is to have.

One label has one place in the block: the same model and files, workload, kind of machine, setup
and protocol. There a later one replaces it; all others stay beside it. Standard labels come before
quick looks, and of either kind the newest first; so any order of pushes gives the same block.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from energylabel import formatting
from energylabel.errors import OlderLabelError, UsageError
from energylabel.publishing.on_card.mentions import MOST
from energylabel.records import Mention


@dataclass(frozen=True, slots=True)
class Merged:
    """What the block is to have, and what a person should know of it."""

    mentions: tuple[Mention, ...]
    remarks: tuple[str, ...] = ()

    def owner(self, place: str) -> Mention | None:
        """The label whose files lie in a place: the first of the block's; the others' moved on."""
        return next((each for each in self.mentions if each.place == place), None)

    def folder(self, mention: Mention) -> str:
        """Where the files of a label lie."""
        return mention.place if self.owner(mention.place) == mention else mention.folder

    def front(self) -> Mention | None:
        """The label that the front matter is about: the first that may stand there."""
        return next((each for each in self.mentions if each.in_front), None)


def merge(
    there: Sequence[Mention], new: Mention, *, replace: bool = False, own_card: bool = False
) -> Merged:
    """Put a label among those of a block.

    Args:
        there: The labels that the block has.
        new: The label to be put there.
        replace: Whether it may take the place of a later one, and of labels of another model.
        own_card: The card is known to be that of the model, so labels of another were copied.

    Raises:
        OlderLabelError: There is a later label in its place.
        UsageError: The block has labels of another model.
    """
    remarks = []
    others = [each for each in there if each.model == new.model]
    strangers = [each for each in there if each.model != new.model]
    if not (replace or own_card):
        refuse_strangers(there, new.model)
    if strangers:
        gone = formatting.counted(len(strangers), "label")
        remarks.append(f"{gone} of {strangers[0].model}, another model, left the block")
    rivals = [each for each in others if each.id == new.id or same_place(each, new)]
    for each in rivals:
        if not replace:
            refuse_older(new, each)
    # Who once asked for the front matter need not ask again for each new label.
    in_front = new.in_front or any(each.in_front for each in rivals)
    added = new.model_copy(update={"in_front": in_front})

    def order(mention: Mention) -> tuple[object, ...]:
        # Of two of one moment in one place, the last to come has it.
        parts = mention.quick, -mention.issued_at, mention.place
        return *parts, mention.id != added.id, mention.id

    kept = sorted((each for each in others if each not in rivals), key=order)
    if len(kept) >= MOST:
        remarks.append(f"a block has room for {MOST} labels; the oldest left it")
    return Merged(tuple(sorted((*kept[: MOST - 1], added), key=order)), tuple(remarks))


def refuse_strangers(there: Sequence[Mention], model: str) -> None:
    """Refuse to put a label of one model into the card of another.

    Raises:
        UsageError: The block has labels of another model.
    """
    for each in there:
        if each.model != model:
            raise UsageError(
                f"the card has labels of {each.model}, and this one is of {model}",
                "give the model's own card; `energylabel card --replace` takes the others out",
            )


def same_place(one: Mention, other: Mention) -> bool:
    """Whether two labels are of the same files, workload, kind of machine, setup and protocol."""
    known = None not in {one.loaded, other.loaded}
    alike = (one.place, one.quick) == (other.place, other.quick)
    return alike and (one.loaded == other.loaded or not known)


def refuse_older(new: Mention, there: Mention) -> None:
    """Refuse to put an older label in the place of a later one.

    Raises:
        OlderLabelError: It would.
    """
    if there.id == new.id or there.issued_at <= new.issued_at:
        return
    where = f"{new.figures.workload}, {new.place.rpartition('/')[2]}"
    raise OlderLabelError(
        f"there is a later label of {new.model} ({where}): {_when(there)}; this one: {_when(new)}",
        "--replace puts the older one in its place",
    )


def _when(mention: Mention) -> str:
    seconds = int(mention.issued_at) % 86_400
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02} UTC"
    return f"{mention.id[:12]} of {formatting.date(mention.issued_at)}, {clock}"
