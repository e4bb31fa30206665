"""What a renderer is to the rest of the program: the same label gives the same bytes."""

from dataclasses import dataclass
from typing import Protocol

from energylabel.records import Label


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file made from a label."""

    name: str
    media_type: str
    content: bytes


class Renderer(Protocol):
    """A format that a label can be rendered to. ``name`` is the file stem of its module."""

    name: str

    def render(self, label: Label) -> Artifact:
        """Draw the label. Pure: no clock, no network, no file of the user's."""
        ...
