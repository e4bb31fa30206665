"""A stored label → somewhere that people see it: a folder, a model card, the Hub.

In: a label's folder. Out: a plan that changes nothing, then a receipt of what was done.
"""

from energylabel.publishing.base import Plan
from energylabel.publishing.delivering import (
    check_place,
    check_push,
    plan_card,
    preview_push,
    push,
    write_card,
)
from energylabel.publishing.standing import find_standing

__all__ = [
    "Plan",
    "check_place",
    "check_push",
    "find_standing",
    "plan_card",
    "preview_push",
    "push",
    "write_card",
]
