"""Programs on a machine whose GPU, with its counters, is the fake NVML and the processor."""

import os
from pathlib import Path

from support import fake_nvml

_CUDA = Path(__file__).with_name("fake_cuda")


def environment(library: Path, **switches: object) -> dict[str, str]:
    """As :func:`support.fake_nvml.environment`, with a PyTorch that computes on that GPU.

    Compiling a network is left out, quick ratings are quicker, all formats are float32, and
    networks have one layer.
    """
    path = os.pathsep.join(filter(None, [str(_CUDA), os.environ.get("PYTHONPATH", "")]))
    ours = {"PYTHONPATH": path, "TORCH_COMPILE_DISABLE": "1", "FAKE_CUDA_QUICK": "1"}
    return fake_nvml.environment(library, **switches) | ours
