"""Energy and accuracy labels for text classifiers.

``rate()`` measures a model and writes its label; ``relabel()`` makes a label again from stored
evidence, ``verify()`` compares both; ``load_label()`` reads one, ``load_labels()`` many;
``gate()`` holds one against limits; ``card()`` puts one into a model card, ``push()`` brings one
to the Hub; ``doctor()`` looks at the machine. What is raised is in ``errors``. Everything
else is for plug-ins and the command line.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Label",
    "Labels",
    "Rated",
    "Verdict",
    "__version__",
    "card",
    "doctor",
    "errors",
    "gate",
    "load_label",
    "load_labels",
    "push",
    "rate",
    "relabel",
    "verify",
]
_API = frozenset(__all__) - {"Label", "__version__", "errors"}

if TYPE_CHECKING:
    from energylabel import errors
    from energylabel.api import (
        card,
        doctor,
        gate,
        load_label,
        load_labels,
        push,
        rate,
        relabel,
        verify,
    )
    from energylabel.gathered import Labels, Rated
    from energylabel.gating import Verdict
    from energylabel.records import Label


def __getattr__(name: str) -> Any:
    """Load the front door on first use, so that ``energylabel --help`` stays quick."""
    if name == "errors":
        return import_module("energylabel.errors")
    if name in _API:
        from energylabel import api

        return getattr(api, name)
    if name == "Label":
        from energylabel.records import Label

        return Label
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
