"""Which class was taken for which, as SVG: a square of classes, and the most frequent errors."""

from energylabel.records import ConfusionMatrix, Label
from energylabel.rendering._drawing.matrix import values
from energylabel.rendering._drawing.templating import render
from energylabel.rendering.base import Format


def draw_confusion(label: Label) -> bytes:
    """The matrix of a label that has one, with the names of model and workload."""
    if label.confusion is None:
        raise ValueError("the label has no confusion matrix")
    return draw_matrix(label.confusion, label.subject.name, label.workload.called)


def draw_matrix(found: ConfusionMatrix, model: str = "", workload: str = "") -> bytes:
    """A matrix, 480 units wide, under the names of model and workload where they are given."""
    return render("confusion.svg.j2", "svg", values(found, model, workload)).encode()


PLUGIN = Format(
    name="confusion",
    file="confusion.svg",
    media_type="image/svg+xml",
    draw=draw_confusion,
    has=lambda label: label.confusion is not None,
)
