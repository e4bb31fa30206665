"""The label as a block of Markdown for a model card: picture, words, table."""

from energylabel.records import Label
from energylabel.rendering._drawing.templating import render
from energylabel.rendering._drawing.values import common
from energylabel.rendering.base import Format


def write_card(label: Label) -> bytes:
    """For pictures that lie beside it."""
    return card_block(label, "").encode()


def card_block(label: Label, place: str, folder: str = "") -> str:
    """Heading, badge, a sentence, picture, and every figure in a table that can be opened.

    Args:
        label: What it shows.
        place: Address of the pictures up to their names.
        folder: Where the evidence lies, seen from the card.
    """
    places = {
        "picture": f"{place}label.png",
        "badge": f"{place}badge.svg",
        "matrix": f"{place}confusion.svg" if label.confusion else "",
        "folder": folder,
    }
    return render("card.md.j2", "markdown", common(label) | places)


PLUGIN = Format(name="markdown", file="card.md", media_type="text/markdown", draw=write_card)
