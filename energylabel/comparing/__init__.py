"""Several labels side by side: paired differences, who dominates whom, what regressed.

In: evidence with its label, two or more. Out: a comparison that says what the intervals allow,
and names what may not be compared. No I/O.
"""

from energylabel.comparing.comparison import Entry, Prices, compare
from energylabel.comparing.fronts import Contender, asked_of, contender, dominated
from energylabel.comparing.losses import regressions

__all__ = [
    "Contender",
    "Entry",
    "Prices",
    "asked_of",
    "compare",
    "contender",
    "dominated",
    "regressions",
]
