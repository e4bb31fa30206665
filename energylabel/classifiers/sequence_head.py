"""Models with a classification head: any ``AutoModelForSequenceClassification`` checkpoint."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from energylabel.classifiers._family import UNMENTIONED, Family
from energylabel.classifiers._files import Claim, Glance, ModelFiles
from energylabel.classifiers._loading.exported import ExportedNetwork
from energylabel.classifiers._loading.heads import CLASSIFIERS
from energylabel.classifiers._loading.loaded_network import LoadedNetwork
from energylabel.classifiers._loading.network import load, load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energylabel.classifiers.base import Placement
    from energylabel.records import ResolvedModel, Task


@contextmanager
def open_head(
    model: ResolvedModel, placement: Placement, task: Task | None = None
) -> Iterator[LoadedNetwork | ExportedNetwork]:
    """Load weights and tokenizer of the model's folder, through one of allowed settings.

    Nothing of it is executed.

    Raises:
        NotRatableError: Weights missing or of another shape, NaN weights, no tokenizer.
    """
    del task  # the head knows its labels
    if placement.graph is not None and placement.facts is not None:
        tokenizer = load_tokenizer(model)
        yield ExportedNetwork(placement.graph, placement.facts, tokenizer, model, placement.dtype)
        return
    found = load(model, placement, "AutoModelForSequenceClassification")
    loaded = LoadedNetwork(found.network, found.tokenizer, model, placement.device)
    loaded.departures = found.departures
    yield loaded


def _recognise(glance: Glance) -> Claim | None:
    return Claim(4, glance.architectures[0]) if glance.has_head else None


PLUGIN = Family(
    name=UNMENTIONED,
    help="a checkpoint with a classification head",
    open=open_head,
    runtimes=("onnxruntime",),
    files=ModelFiles(
        recognise=_recognise, tables=(CLASSIFIERS,), role="text classifier", head=True
    ),
)
