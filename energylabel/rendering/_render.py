"""Label to artifact: one file per format."""

from typing import Any

from energylabel.records import Label
from energylabel.rendering.base import FORMATS, Artifact


def render_all(label: Label) -> tuple[Artifact, ...]:
    """The label in every format that there is a plug-in for, by the name of the plug-in.

    Raises:
        UsageError: This program does not know the standard that the label follows.
    """
    return tuple(FORMATS.found[name].render(label) for name in sorted(FORMATS.found))


def printed(label: Label) -> dict[str, Any]:
    """The label's figures as text, by name: what all formats and the command line print.

    Raises:
        UsageError: This program does not know the standard that the label follows.
    """
    from energylabel.rendering._drawing.values import common

    return common(label)


def files_of(label: Label) -> dict[str, bytes]:
    """A label in every format, by file name."""
    return {artifact.name: artifact.content for artifact in render_all(label)}
