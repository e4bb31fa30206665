"""Label → pictures, card block and JSON: plug-ins, one format each.

In: a label. Out: artifacts; the same label gives the same bytes, whatever is installed beside the
program.
"""

from energylabel.rendering._comparison import comparison_rows, comparison_sentences
from energylabel.rendering._drawing.templating import (
    escape_markdown,
    plain,
    render,
    template_text,
)
from energylabel.rendering._render import files_of, printed
from energylabel.rendering.base import FORMATS, Format
from energylabel.rendering.confusion import draw_matrix
from energylabel.rendering.markdown import card_block
from energylabel.rendering.png import same_picture

__all__ = [
    "FORMATS",
    "Format",
    "card_block",
    "comparison_rows",
    "comparison_sentences",
    "draw_matrix",
    "escape_markdown",
    "files_of",
    "plain",
    "printed",
    "render",
    "same_picture",
    "template_text",
]
