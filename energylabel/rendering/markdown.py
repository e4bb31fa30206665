"""The label as a block of Markdown for a model card: picture, words, table."""

from energylabel.records import Label
from energylabel.rendering._drawing.templating import render
from energylabel.rendering._drawing.values import common
from energylabel.rendering.base import Format


def write_card(label: Label) -> bytes:
    """The picture ``label.png`` beside it, and every figure in a table."""
    return card_block(label, "label.png").encode()


def card_block(label: Label, picture: str) -> str:
    """Picture and table, for a card that finds the picture at an address of its own."""
    return render("card.md.j2", "markdown", common(label) | {"picture": picture})


PLUGIN = Format(name="markdown", file="card.md", media_type="text/markdown", draw=write_card)
