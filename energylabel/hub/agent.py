"""Who asks: the name and version that the Hub, or a mirror, reads in ``User-Agent``."""

from typing import TypedDict

from energylabel import __version__


class Agent(TypedDict):
    """The arguments by which the Hub's library is told who uses it."""

    library_name: str
    library_version: str


AGENT = Agent(library_name="energylabel", library_version=__version__)
