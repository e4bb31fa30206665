"""ONNX Runtime on the processor: float32, and weights and activations in int8.

Activations are scaled when they come (dynamic quantisation), one scale for all of a batch. Weights
are scaled by channel and keep to 7 bits, so that sums of two products fit into 16 bits: processors
without VNNI would clip them, and the same graph would answer otherwise there.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from energylabel.errors import NotRatableError
from energylabel.runtimes.base import Inputs, Runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_FILE = "model.onnx"
_WEIGHTS = "model.onnx.data"
_INTEGER = frozenset(
    {
        *("MatMulInteger", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "QLinearMatMul"),
        *("QGemm", "QAttention", "ConvInteger", "QLinearConv", "DynamicQuantizeLSTM"),
    }
)
"""Kernels that multiply matrices of integers."""

_FLOAT = frozenset(
    {
        *("MatMul", "FusedMatMul", "Gemm", "FusedGemm", "Attention", "MultiHeadAttention"),
        *("Conv", "FusedConv", "NhwcFusedConv", "Einsum", "LSTM", "GRU"),
    }
)
"""Kernels that multiply matrices of floating-point numbers."""


def _export(
    network: Any, inputs: Inputs, precision: str, folder: Path, compare: Callable[[], None]
) -> None:
    """The network as a graph in the folder, its weights in a file beside it."""
    import onnx_ir
    from transformers.exporters.configs import ExportFormat
    from transformers.exporters.exporter_onnx import OnnxConfig, OnnxExporter

    exported = OnnxExporter().export(network, dict(inputs), OnnxConfig(dynamic=True))
    onnx_ir.save(exported.program, folder / _FILE, external_data=_WEIGHTS)
    compare()
    if precision != "int8":
        return
    from transformers.exporters.quantizers import OnnxRuntimeDynamicConfig, OnnxRuntimeQuantizer

    quantizer = OnnxRuntimeQuantizer(OnnxRuntimeDynamicConfig(per_channel=True, reduce_range=True))
    program = quantizer.quantize(exported.program, dict(inputs), ExportFormat.ONNX)
    onnx_ir.save(program, folder / _FILE, external_data=_WEIGHTS)


class _OpenGraph:
    """An open session as a :class:`~energylabel.runtimes.base.Graph`."""

    def __init__(self, inference: Any) -> None:
        self._inference = inference
        self.inputs = tuple(each.name for each in inference.get_inputs())

    def run(self, inputs: Inputs) -> Any:
        """See :class:`energylabel.runtimes.base.Graph`."""
        return self._inference.run(None, {name: inputs[name] for name in self.inputs})[0]


def _settings(threads: int) -> Any:
    """Threads as a rating has them, which sleep while they wait."""
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    # Threads that spin would double the CPU-seconds beside a busy neighbour.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.add_session_config_entry("session.inter_op.allow_spinning", "0")
    settings.log_severity_level = 3
    return settings


def _started(folder: Path, settings: Any) -> Any:
    """A session over the graph of a folder, whose files stay inside it.

    Raises:
        NotRatableError: A file of the folder is not one of its own.
    """
    import onnxruntime

    strange = [each.name for each in folder.iterdir() if each.is_symlink() or not each.is_file()]
    if strange:
        raise NotRatableError(f"{strange[0]!r:.60} is no file of the exported folder", "")
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(folder / _FILE, settings, providers=providers)


def _open(folder: Path, threads: int) -> _OpenGraph:
    return _OpenGraph(_started(folder, _settings(threads)))


def _refuse_strange_weights(folder: Path) -> None:
    """Refuse a graph that reads its weights elsewhere than in the file beside it.

    Raises:
        NotRatableError: It names another file.
    """
    import onnx

    graph = onnx.load(folder / _FILE, load_external_data=False).graph
    named = {
        entry.value
        for tensor in graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }
    if strange := sorted(named - {_WEIGHTS}):
        raise NotRatableError(f"the graph reads weights from {strange[0]!r:.60}", "")


def _try_out(folder: Path, threads: int, inputs: Inputs) -> Mapping[str, int]:
    """The kernels of one batch, as the session itself counts them."""
    _refuse_strange_weights(folder)
    settings = _settings(threads)
    settings.enable_profiling = True
    settings.profile_file_prefix = str(folder.parent / "profile")
    inference = _started(folder, settings)
    _OpenGraph(inference).run(inputs)
    profile = folder.parent / inference.end_profiling()
    events = json.loads(profile.read_text("utf-8"))
    profile.unlink()
    ran = Counter(
        event["args"]["op_name"]
        for event in events
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time")
    )
    return {name: count for name, count in sorted(ran.items()) if name in _INTEGER | _FLOAT}


PLUGIN = Runtime(
    name="onnxruntime",
    title="ONNX Runtime",
    help="ONNX Runtime, in float32 or int8 (dynamic)",
    precisions=("auto", "float32", "int8"),
    devices=("cpu",),
    scaled=("int8",),
    imports=("onnx", "onnx_ir", "onnxruntime", "onnxscript", "transformers.exporters"),
    distributions=("onnx", "onnx-ir", "onnxruntime", "onnxscript"),
    extra="onnx",
    export=_export,
    open=_open,
    try_out=_try_out,
    integer=_INTEGER,
)
