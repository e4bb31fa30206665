"""Label to artifact: one file per format."""

from typing import Any

from energylabel.records import Label
from energylabel.rendering.base import FORMATS, Artifact


def render_all(label: Label) -> tuple[Artifact, ...]:
    """The label in every format that has something of it, by the name of the plug-in.

    Raises:
        UsageError: This program does not know the standard that the label follows.
    """
    known = (FORMATS.found[name] for name in sorted(FORMATS.found))
    return tuple(each.render(label) for each in known if each.has(label))


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
