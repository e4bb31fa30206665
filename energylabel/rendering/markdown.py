"""The label as a block of Markdown for a model card: picture, words, table."""

from energylabel.records import Label
from energylabel.rendering._drawing.templating import render
from energylabel.rendering._drawing.values import common
from energylabel.rendering.base import Format


def write_card(label: Label) -> bytes:
    """For pictures that lie beside it."""
    return card_block(label, "").encode()


def card_block(label: Label, place: str) -> str:
    """Heading, badge, a sentence, picture, and every figure in a table that can be opened.

    Args:
        label: What it shows.
        place: Address of the pictures up to their names.
    """
    pictures = {"picture": f"{place}label.png", "badge": f"{place}badge.svg"}
    return render("card.md.j2", "markdown", common(label) | pictures)


PLUGIN = Format(name="markdown", file="card.md", media_type="text/markdown", draw=write_card)
