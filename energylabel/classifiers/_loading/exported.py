"""An exported network as a loaded model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from energylabel.classifiers._batches.padding import Masked
from energylabel.classifiers._loading.forward import Scores
from energylabel.classifiers._loading.loaded_network import NetworkModel, Reads
from energylabel.classifiers.base import Departures

if TYPE_CHECKING:
    from torch import Tensor

    from energylabel.records import ResolvedModel
    from energylabel.runtimes import Facts, Graph


class ExportedNetwork(NetworkModel):
    """A graph, which a runtime executes on the processor, with the tokenizer of its model.

    Args:
        graph: Takes a batch's arrays by name.
        facts: What the network told before it was exported.
        tokenizer: Of transformers.
        model: Whose name and positions are told.
        dtype: The precision in which the graph runs; ``auto`` is float32.
    """

    def __init__(
        self, graph: Graph, facts: Facts, tokenizer: Any, model: ResolvedModel, dtype: str
    ) -> None:
        reads = Reads(Masked(facts.pad), facts.rows, "token_type_ids" in graph.inputs)
        super().__init__(self._run, reads, tokenizer, model, "cpu")
        self._graph = graph
        self.parameters = facts.parameters
        self.dtype = "float32" if dtype == "auto" else dtype
        self.attention = "exported"
        self.departures = Departures(
            facts.dropped_settings, facts.unread_settings, facts.saved_dtypes
        )

    def _run(self, **inputs: Tensor) -> Scores:
        import torch

        arrays = {name: tensor.numpy() for name, tensor in inputs.items()}
        return Scores(torch.from_numpy(self._graph.run(arrays)))
