"""Energy and accuracy labels for text classifiers.

``rate()`` measures a model and writes its label; ``relabel()`` makes a label again from stored
evidence; ``load_label()`` reads one, ``load_labels()`` many; ``push()`` brings one to the Hub.
Everything else is for plug-ins and the command line.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Label",
    "Labels",
    "__version__",
    "load_label",
    "load_labels",
    "push",
    "rate",
    "relabel",
]

if TYPE_CHECKING:
    from energylabel.api import load_label, load_labels, push, rate, relabel
    from energylabel.gathered import Labels
    from energylabel.records import Label


def __getattr__(name: str) -> Any:
    """Load the front door on first use, so that ``energylabel --help`` stays quick."""
    if name in {"Labels", "load_label", "load_labels", "push", "rate", "relabel"}:
        from energylabel import api

        return getattr(api, name)
    if name == "Label":
        from energylabel.records import Label

        return Label
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
