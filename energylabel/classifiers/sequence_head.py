"""Models with a classification head: any ``AutoModelForSequenceClassification`` checkpoint."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from energylabel.classifiers._loading.network import load
from energylabel.classifiers._loading.session import NetworkSession
from energylabel.classifiers.base import Classifier, Placement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from energylabel.records import ResolvedModel, Task


class SequenceHead:
    """The ``sequence-classification`` family."""

    family = "sequence-classification"

    @contextmanager
    def open(
        self, model: ResolvedModel, placement: Placement, task: Task | None = None
    ) -> Iterator[NetworkSession]:
        """Load weights and tokenizer of the model's folder, through one of allowed settings.

        Nothing of it is executed.

        Raises:
            NotRatableError: Weights missing or of another shape, NaN weights, no tokenizer.
        """
        del task  # the head knows its labels
        network, tokenizer = load(model, placement, "AutoModelForSequenceClassification")
        yield NetworkSession(network, tokenizer, model, placement.device)


PLUGIN: Classifier = SequenceHead()
