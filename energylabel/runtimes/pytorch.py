"""PyTorch, as transformers runs its networks: what every family has."""

from energylabel.runtimes.base import PYTORCH, Runtime

PLUGIN = Runtime(
    name=PYTORCH,
    title="PyTorch",
    help="PyTorch, eager, as transformers runs it",
    precisions=("auto", "float32", "bfloat16", "float16"),
    devices=("cpu", "cuda"),
)
