"""A stored label → somewhere that people see it: a folder, a model card, the Hub.

In: a label's folder. Out: a proposal that changes nothing, then a receipt of what was done.
"""

from energylabel.publishing.base import FileChange, Proposal
from energylabel.publishing.delivering import (
    check_place,
    check_push,
    preview_push,
    propose_card,
    push,
    write_card,
)
from energylabel.publishing.existing.gathering import (
    Stored,
    folders_below,
    gather,
    read_checked,
    read_stored,
    standing_beside,
    stored_on_hub,
)
from energylabel.publishing.existing.standing import find_standing
from energylabel.publishing.pushing import insist
from energylabel.publishing.removing.delivering import (
    preview_unpush,
    propose_card_removal,
    remove_card,
    unpush,
)
from energylabel.publishing.repository import Repository

__all__ = [
    "FileChange",
    "Proposal",
    "Repository",
    "Stored",
    "check_place",
    "check_push",
    "find_standing",
    "folders_below",
    "gather",
    "insist",
    "preview_push",
    "preview_unpush",
    "propose_card",
    "propose_card_removal",
    "push",
    "read_checked",
    "read_stored",
    "remove_card",
    "standing_beside",
    "stored_on_hub",
    "unpush",
    "write_card",
]
