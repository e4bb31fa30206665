"""A comparison for a terminal and in Markdown: a table, and a sentence for each pair."""

from collections.abc import Sequence

from energylabel.cli.output import clean
from energylabel.records import Comparison
from energylabel.rendering import comparison_rows, comparison_sentences, escape_markdown


def human(found: Comparison) -> str:
    """A table with aligned columns, then the sentences."""
    rows = [[clean(cell) for cell in row] for row in comparison_rows(found)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    table = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([*table, "", *(clean(each) for each in comparison_sentences(found))])


def markdown(found: Comparison, lost: Sequence[str] = ()) -> str:
    """The same as Markdown; what became worse stands first."""
    heading, *rows = ([escape_markdown(cell) for cell in row] for row in comparison_rows(found))
    table = [heading, ["---"] * len(heading), *rows]
    return "\n".join(
        [
            *(f"**Worse:** {escape_markdown(each)}\n" for each in lost),
            *(f"| {' | '.join(row)} |" for row in table),
            "",
            *(f"- {escape_markdown(each)}" for each in comparison_sentences(found)),
        ]
    )
