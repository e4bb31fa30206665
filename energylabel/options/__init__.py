"""Every choice about one rating, defined once: name, type, default, range, words.

In: nothing. Out: :class:`Options`, and what the command line, Python, a job's JSON and the Action
need to offer them. Nothing but the standard library is loaded, so that ``--help`` stays quick.
"""

from energylabel.options.choice import Written
from energylabel.options.definition import DEVICE, OFFERS, Options
from energylabel.options.offering import Offer

__all__ = [
    "DEVICE",
    "OFFERS",
    "Offer",
    "Options",
    "Written",
]
