"""What the worker asks of where models run: packages, threads, completion, memory."""

from __future__ import annotations

import gc
import re
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from energylabel.errors import UsageError, one_line

if TYPE_CHECKING:
    from energylabel.records import Device

_PEAK_RESET = Path("/proc/self/clear_refs")  # 5 resets VmHWM: proc(5)
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


_PACKAGES = (
    "codecarbon",
    "numpy",
    "safetensors",
    "scikit-learn",
    "sentencepiece",
    "tokenizers",
    "torch",
    "transformers",
    "xgboost",
    "xgboost-cpu",
)


def versions() -> dict[str, str]:
    """Python's version, and those of the packages that compute, as far as they are installed."""
    found = {"python": sys.version.split()[0]}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def prepare(device: Device, threads: int) -> None:
    """Fix the threads and the arithmetic, and take hold of the GPU.

    Raises:
        UsageError: PyTorch cannot use the GPU.
    """
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    # A float32 that is silently rounded to 19 bits would be another number format.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    if device == "cpu":
        return
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UsageError(
            f"PyTorch {torch.__version__} cannot use the GPU: {one_line(error)}",
            "install a build of PyTorch for this driver, or rate with --device cpu",
        ) from error


def limit_memory(device: Device, most: int | None) -> int | None:
    """Bound what this process can allocate, so that a hostile model cannot take the machine.

    Private writable memory is bounded (RLIMIT_DATA), on a CPU alone: files that are mapped do
    not count, and what CUDA reserves would.

    Args:
        device: Where models run.
        most: Bytes; None for no limit.

    Returns:
        The limit that now holds, None where there is none.
    """
    if most is None or device != "cpu" or sys.platform != "linux":
        return None
    import resource  # which Windows lacks

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY and hard <= most:
        return None  # the caller's own limit is tighter
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    return most


def finish(device: Device) -> None:
    """Wait until the device has done all that it was given."""
    if device == "cuda":
        import torch

        torch.cuda.synchronize()


def peak_bytes(device: Device) -> int:
    """Highest memory so far: that of the GPU which tensors took, else :func:`resident_bytes`."""
    if device == "cuda":
        import torch

        return int(torch.cuda.max_memory_allocated())
    return resident_bytes()


def resident_bytes() -> int:
    """Highest resident memory of this process so far.

    Linux hands ``ru_maxrss`` on from the process that started this one, whatever its size, so
    the kernel's figure of this program alone is read instead where there is one.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        status = ""
    found = re.search(r"^VmHWM:\s*(\d+) kB$", status, re.MULTILINE)
    if found:
        return int(found[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT


def release(device: Device) -> None:
    """Give back what a batch that did not fit, or fitting, has left behind; forget its peak."""
    gc.collect()
    if device == "cuda":
        import torch

        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        return
    try:
        _PEAK_RESET.write_text("5", encoding="ascii")
    except OSError:
        return  # not Linux, or not allowed: the peak stays
