"""What a format is to the rest of the program: the same label gives the same bytes.

A plug-in file ends in ``PLUGIN = Format(…)`` and adds one file to a label's folder. Importing it is
cheap; drawing is pure: no clock, no network, no file of the user's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import StringConstraints

from energylabel.records import Label
from energylabel.registry import Plugin, Registry

FileName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+)+$")]
MediaType = Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9.+-]+$")]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file made from a label."""

    name: str
    media_type: str
    content: bytes


class Format(Plugin):
    """A format that a label can be rendered to, in a file of its own.

    ``draw`` makes its bytes; ``has`` says whether a label has what is drawn, as every one has by
    default.
    """

    file: FileName
    media_type: MediaType
    draw: Callable[[Label], bytes]
    has: Callable[[Label], bool] = lambda _: True

    def render(self, label: Label) -> Artifact:
        """The file of a label.

        Raises:
            UsageError: This program does not know the standard that the label follows.
        """
        return Artifact(self.file, self.media_type, self.draw(label))


def _closed(made: Format, others: Mapping[str, Format]) -> str | None:
    taken = next((each for each in others.values() if each.file == made.file), None)
    return f"file: {made.file} is what {taken.name} writes" if taken else None


FORMATS = Registry("formats", Format, "energylabel.rendering", _closed)
"""The formats by name."""
