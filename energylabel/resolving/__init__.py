"""What the user typed → a model's checked files on this machine. Nothing is executed.

In: a reference such as ``org/name@revision``. Out: a :class:`~energylabel.records.ResolvedModel`.
"""

from energylabel.resolving.listing import INDEX, WEIGHTS, small_files
from energylabel.resolving.models import DEMO, handed_over, parse_model, resolve

__all__ = [
    "DEMO",
    "INDEX",
    "WEIGHTS",
    "handed_over",
    "parse_model",
    "resolve",
    "small_files",
]
