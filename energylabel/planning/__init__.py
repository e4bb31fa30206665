"""What the user asks → a plan: everything that is decided before anything is loaded.

In: the request, the resolved model, the hardware. Out: a :class:`Plan`.
"""

from energylabel.planning.choosing import Request, choose, model_of
from energylabel.planning.planner import (
    Options,
    Plan,
    check_limit,
    check_options,
    check_time_limit,
    plan,
    shortest_s,
)
from energylabel.planning.setups import setup_of

__all__ = [
    "Options",
    "Plan",
    "Request",
    "check_limit",
    "check_options",
    "check_time_limit",
    "choose",
    "model_of",
    "plan",
    "setup_of",
    "shortest_s",
]
