"""What the user asks → a plan: everything that is decided before anything is loaded.

In: the options, the resolved model, the hardware. Out: a :class:`Plan`.
"""

from energylabel.planning.expecting import expected_s
from energylabel.planning.handed import settle_function
from energylabel.planning.inputs import choose, mapped_by, model_of, own_samples, settle
from energylabel.planning.planner import (
    Plan,
    check_limit,
    check_time_limit,
    plan,
    shortest_s,
)
from energylabel.planning.setups import setup_of

__all__ = [
    "Plan",
    "check_limit",
    "check_time_limit",
    "choose",
    "expected_s",
    "mapped_by",
    "model_of",
    "own_samples",
    "plan",
    "settle",
    "settle_function",
    "setup_of",
    "shortest_s",
]
