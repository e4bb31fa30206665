"""A stored label → somewhere that people see it: a folder, a model card, the Hub.

In: a label's folder. Out: a proposal that changes nothing, then a receipt of what was done.
"""

from energylabel.publishing.base import Proposal
from energylabel.publishing.delivering import (
    check_place,
    check_push,
    preview_push,
    propose_card,
    push,
    write_card,
)
from energylabel.publishing.existing.gathering import gather, standing_beside
from energylabel.publishing.existing.standing import find_standing

__all__ = [
    "Proposal",
    "check_place",
    "check_push",
    "find_standing",
    "gather",
    "preview_push",
    "propose_card",
    "push",
    "standing_beside",
    "write_card",
]
