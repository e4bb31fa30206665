"""What a notebook shows of a label, of many, and of a comparison.

HTML that stands by itself: no script, no style sheet, no address that is fetched. What strangers
wrote passes through the escaper; the picture is one, in which nothing runs.
"""

import base64
import sys
import time
from collections.abc import Sequence
from typing import Any

from energylabel.events import Event, Observer, silent
from energylabel.paging import ListedLabel, plain_row
from energylabel.records import Comparison, ConfusionMatrix, Label
from energylabel.rendering import (
    FORMATS,
    comparison_rows,
    comparison_sentences,
    draw_matrix,
    printed,
    render,
)

SHOWN = 50
"""Rows of many; pandas shows 60."""

_REDRAW_S = 0.5
"""Between two lines of one stage."""
_KEPT = frozenset({"noticed", "renamed", "standing"})
"""Stages whose news stands until the end: nobody is told them again."""


def label_html(label: Label) -> str:
    """The label's picture, with its description for those who cannot see it."""
    drawn = FORMATS.found["svg"].render(label).content
    values = printed(label) | {"picture": base64.b64encode(drawn).decode()}
    return render("notebook/label.html.j2", "svg", values)


def matrix_html(found: ConfusionMatrix) -> str:
    """The picture of a confusion matrix, with its errors in words for those who cannot see it."""
    drawn = draw_matrix(found)
    errors = "; ".join(
        f"{true} taken for {said or 'none of the classes'}: {count:,}"
        for true, said, count in found.worst(SHOWN)
    )
    values = {"picture": base64.b64encode(drawn).decode(), "errors": errors}
    return render("notebook/confusion.html.j2", "svg", values)


def labels_html(labels: Sequence[ListedLabel], left_out: Sequence[str] = ()) -> str:
    """A table of the first of them; how many more there are; how many could not be used."""
    rows = [
        plain_row(each) | {"workload": each.called, "hardware": each.hardware}
        for each in labels[:SHOWN]
    ]
    values = {"rows": rows, "count": len(labels), "left_out": list(left_out)}
    return render("notebook/labels.html.j2", "svg", values)


def comparison_html(found: Comparison) -> str:
    """The table of ``energylabel compare``, and its sentence for each pair."""
    heading, *rows = comparison_rows(found)
    values = {"heading": heading, "rows": rows, "sentences": comparison_sentences(found)}
    return render("notebook/comparison.html.j2", "svg", values)


def usual_observer() -> Observer:
    """Progress in the cell of a notebook; elsewhere none, as a library does not print."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    # Colab's and others' shells are made of the notebook's own.
    if not any(each.__name__ == "ZMQInteractiveShell" for each in type(shell).__mro__):
        return silent
    from IPython.display import display

    handle = display({"text/plain": "energylabel"}, raw=True, display_id=True)
    shown_at, stage = 0.0, ""
    kept: list[str] = []

    def observe(event: Event) -> None:
        nonlocal shown_at, stage
        now = time.monotonic()
        said = "".join(each for each in event.message if each.isprintable())
        if event.stage in _KEPT:
            kept.append(said)
        elif event.stage == stage and now - shown_at < _REDRAW_S:
            return
        shown_at, stage = now, event.stage
        line = [] if event.stage in _KEPT else [f"{event.stage}: {said}"]
        handle.update({"text/plain": "\n".join([*kept, *line])}, raw=True)

    return observe
