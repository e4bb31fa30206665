"""A PyTorch whose GPU is the processor, for programs that start with this folder in PYTHONPATH.

With the fake NVML beside it, everything that runs on ``cuda`` runs here: what is placed on a GPU
is placed on the processor, and what is asked of a GPU is answered. Stands in for hardware only.
FAKE_CUDA_QUICK makes quick ratings shorter still, computes in float32 alone, draws no weights, and
builds every network with one layer.
"""

import importlib.util
import os
import sys
from collections.abc import Callable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import MappingProxyType, ModuleType
from typing import Any


def become_gpu(torch: Any) -> None:
    from torch.overrides import TorchFunctionMode

    quick = bool(os.environ.get("FAKE_CUDA_QUICK"))

    def placed(value: Any) -> Any:
        kind = value.type if isinstance(value, torch.device) else value
        return "cpu" if isinstance(kind, str) and kind.partition(":")[0] == "cuda" else value

    class OnProcessor(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            named = {name: placed(value) for name, value in (kwargs or {}).items()}
            given = [placed(value) for value in args]
            if quick and func is torch.Tensor.normal_:  # nobody reads the answers of such weights
                return given[0].zero_()
            if quick and func is torch.Tensor.to:  # a processor is slow at other formats
                given = [torch.float32 if isinstance(v, torch.dtype) else v for v in given]
            return func(*given, **named)

    OnProcessor().__enter__()
    torch.cuda.is_available = lambda: True
    for name in ("synchronize", "empty_cache", "reset_peak_memory_stats"):
        setattr(torch.cuda, name, lambda *_: None)
    torch.cuda.max_memory_allocated = lambda *_: 10**9


def shorten(protocols: Any) -> None:
    if not os.environ.get("FAKE_CUDA_QUICK"):
        return
    quick = protocols.PROTOCOLS["quick"]
    shorter = quick.model_copy(update={"min_window_s": 0.2, "settle_s": 0.1})
    protocols.PROTOCOLS = MappingProxyType({**protocols.PROTOCOLS, "quick": shorter})
    protocols.GPU_PROTOCOL["warm_up_s"] = 1.0


def flatten(modeling: Any) -> None:
    if not os.environ.get("FAKE_CUDA_QUICK"):
        return
    network = modeling.PreTrainedModel
    begin = network.__init__

    def with_one_layer(self: Any, config: Any, *args: Any, **kwargs: Any) -> None:
        config.num_hidden_layers = 1  # before the layers are made
        begin(self, config, *args, **kwargs)

    network.__init__ = with_one_layer


CHANGES: dict[str, Callable[[Any], None]] = {
    "torch": become_gpu,
    "transformers.modeling_utils": flatten,
    "energylabel.standard.protocols": shorten,
}
"""What is done with a module once it is loaded."""


class _Afterwards(Loader):
    def __init__(self, loader: Loader, change: Callable[[Any], None]) -> None:
        self._loader, self._change = loader, change

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._change(module)


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        change = CHANGES.pop(name, None)
        if change is None:
            return None
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Afterwards(spec.loader, change)
        return spec


sys.meta_path.insert(0, _Finder())
