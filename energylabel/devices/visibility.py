"""Which GPUs CUDA shows to a process, told from its environment.

An index alone is never trusted. NVML counts the GPUs by PCI address; CUDA puts the fastest first
unless told otherwise, and ``CUDA_VISIBLE_DEVICES`` renumbers what it leaves. An index of the one
taken for an index of the other meters a neighbour's GPU, and nothing shows it. So GPUs are named
by UUID or PCI address, and an index only counts along the PCI addresses, as CUDA itself does under
``CUDA_DEVICE_ORDER=PCI_BUS_ID``. Source: CUDA C++ Programming Guide, CUDA environment variables;
NVML API reference, device queries.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from energylabel.errors import MeasurementError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from energylabel.devices.nvidia import Gpu

WHOLE_GPU = "switch MIG off (sudo nvidia-smi -mig 0), or rate on a whole GPU"
"""What to do about an instance, whose energy nobody counts."""

_ADDRESS = re.compile(r"(?:([0-9a-f]{4,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})(?:\.0)?", re.I)


def choose(gpus: Sequence[Gpu], environ: Mapping[str, str]) -> tuple[Gpu, ...]:
    """Those of the GPUs that CUDA shows to a process with this environment.

    As CUDA does, the list ends at the first entry that names no GPU; the start of a UUID is enough.

    Args:
        gpus: All of them, in the order of their PCI addresses.
        environ: The process's environment.

    Raises:
        MeasurementError: None is left, a MIG instance is named, or an index could mean either of
            two unlike GPUs, because CUDA was not told to go by PCI address.
    """
    if not gpus:
        raise MeasurementError(
            "NVML: the driver shows no GPU", "in a container, start it with --gpus all"
        )
    value = environ.get("CUDA_VISIBLE_DEVICES")
    if value is None:
        return tuple(gpus)
    chosen: list[Gpu] = []
    for entry in value.split(","):
        named = _named(entry.strip(), gpus, environ)
        if named is None:
            break
        if named not in chosen:
            chosen.append(named)
    if not chosen:
        raise MeasurementError(
            f"CUDA_VISIBLE_DEVICES={value[:80]!r} leaves no GPU to this process",
            "unset CUDA_VISIBLE_DEVICES, or name a GPU as nvidia-smi -L does",
        )
    return tuple(chosen)


def _named(entry: str, gpus: Sequence[Gpu], environ: Mapping[str, str]) -> Gpu | None:
    """The GPU that an entry of ``CUDA_VISIBLE_DEVICES`` names; None when CUDA would stop there."""
    if entry.upper().startswith("MIG-"):
        raise MeasurementError(
            "CUDA_VISIBLE_DEVICES names a MIG instance, whose energy is not counted", WHOLE_GPU
        )
    if entry.upper().startswith("GPU-"):
        alike = [gpu for gpu in gpus if gpu.uuid.upper().startswith(entry.upper())]
        return alike[0] if len(alike) == 1 else None
    address = _ADDRESS.fullmatch(entry)
    if address:
        place = tuple(int(part or "0", 16) for part in address.groups())
        return next((gpu for gpu in gpus if gpu.address == place), None)
    if re.fullmatch(r"[0-9]{1,4}", entry) is None or int(entry) >= len(gpus):
        return None
    if environ.get("CUDA_DEVICE_ORDER") != "PCI_BUS_ID" and len({gpu.name for gpu in gpus}) > 1:
        raise MeasurementError(
            f"CUDA_VISIBLE_DEVICES={entry} may mean either of two unlike GPUs",
            "export CUDA_DEVICE_ORDER=PCI_BUS_ID, or name the GPU by its UUID (nvidia-smi -L)",
        )
    return gpus[int(entry)]
