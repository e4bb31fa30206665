"""A PyTorch that takes the processor for a GPU, for programs started with this folder in PYTHONPATH.

With the fake NVML beside it, everything that runs on ``cuda`` runs here: what is placed on a GPU
is placed on the processor, and what is asked of a GPU is answered. Stands in for hardware only.
"""

import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


def become_gpu(torch: Any) -> None:
    from torch.overrides import TorchFunctionMode

    def placed(value: Any) -> Any:
        kind = value.type if isinstance(value, torch.device) else value
        return "cpu" if isinstance(kind, str) and kind.partition(":")[0] == "cuda" else value

    class OnProcessor(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            named = {name: placed(value) for name, value in (kwargs or {}).items()}
            return func(*map(placed, args), **named)

    OnProcessor().__enter__()
    torch.cuda.is_available = lambda: True
    for name in ("synchronize", "empty_cache", "reset_peak_memory_stats"):
        setattr(torch.cuda, name, lambda *_: None)
    torch.cuda.max_memory_allocated = lambda *_: 10**9


class _Afterwards(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        become_gpu(module)


class _Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Afterwards(spec.loader)
        return spec


sys.meta_path.insert(0, _Finder())
