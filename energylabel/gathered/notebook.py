"""What a notebook shows of a label, of many, and of a comparison.

HTML that stands by itself: no script, no style sheet, no address that is fetched. What strangers
wrote passes through the escaper; the picture is one, in which nothing runs.
"""

import base64
from collections.abc import Sequence

from energylabel.paging import ListedLabel, plain_row
from energylabel.records import Comparison, Label
from energylabel.rendering import (
    FORMATS,
    comparison_rows,
    comparison_sentences,
    printed,
    render,
)

SHOWN = 50
"""Rows of many; pandas shows 60."""


def label_html(label: Label) -> str:
    """The label's picture, with its description for those who cannot see it."""
    drawn = FORMATS.found["svg"].render(label).content
    values = printed(label) | {"picture": base64.b64encode(drawn).decode()}
    return render("notebook/label.html.j2", "svg", values)


def labels_html(labels: Sequence[ListedLabel], left_out: Sequence[str] = ()) -> str:
    """A table of the first of them; how many more there are; how many could not be used."""
    rows = [
        plain_row(each) | {"workload": each.workload, "hardware": each.hardware}
        for each in labels[:SHOWN]
    ]
    values = {"rows": rows, "count": len(labels), "left_out": list(left_out)}
    return render("notebook/labels.html.j2", "svg", values)


def comparison_html(found: Comparison) -> str:
    """The table of ``energylabel compare``, and its sentence for each pair."""
    heading, *rows = comparison_rows(found)
    values = {"heading": heading, "rows": rows, "sentences": comparison_sentences(found)}
    return render("notebook/comparison.html.j2", "svg", values)
