"""Label to artifact: one file per format."""

from energylabel.records.label import Label
from energylabel.renderers.base import Artifact


def render_all(label: Label) -> tuple[Artifact, ...]:
    """The label in every format that there is a plug-in for, by the name of the plug-in.

    Raises:
        UsageError: This program does not know the standard that the label follows.
    """
    from energylabel.registry import plugins

    found = plugins("renderers").found
    return tuple(found[name].render(label) for name in sorted(found))
