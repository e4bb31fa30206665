"""A stored label → somewhere that people see it: a folder, a model card, the Hub.

In: a label's folder. Out: a plan that changes nothing, then a receipt of what was done.
"""

from energylabel.publishing.base import FileChange, Parcel, Plan
from energylabel.publishing.delivering import (
    check_place,
    check_push,
    check_pushable,
    parcel,
    plan_card,
    preview_push,
    push,
    write_card,
)
from energylabel.publishing.standing import Standing, find_standing

__all__ = [
    "FileChange",
    "Parcel",
    "Plan",
    "Standing",
    "check_place",
    "check_push",
    "check_pushable",
    "find_standing",
    "parcel",
    "plan_card",
    "preview_push",
    "push",
    "write_card",
]
