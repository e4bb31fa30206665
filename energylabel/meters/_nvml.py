"""NVIDIA's management library: which GPUs this process uses, and what they say.

An index alone is never trusted. NVML counts the GPUs by PCI address; CUDA puts the fastest first
unless told otherwise, and ``CUDA_VISIBLE_DEVICES`` renumbers what it leaves. An index of the one
taken for an index of the other meters a neighbour's GPU, and nothing shows it. So GPUs are named
by UUID or PCI address, and an index only counts along the PCI addresses, as CUDA itself does under
``CUDA_DEVICE_ORDER=PCI_BUS_ID``. Source: CUDA C++ Programming Guide, CUDA environment variables;
NVML API reference, device queries.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from energylabel.errors import MeasurementError
from energylabel.meters.base import Availability

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

_NOT_SUPPORTED, _NO_PERMISSION, _FUNCTION_NOT_FOUND = 3, 4, 13
_REMEDIES = {
    _NOT_SUPPORTED: "this GPU or driver does not tell it; see energylabel doctor",
    _NO_PERMISSION: "run as a user who may open /dev/nvidia*",
    9: "load the NVIDIA driver: sudo modprobe nvidia",
    12: "install the NVIDIA driver",
    _FUNCTION_NOT_FOUND: "update the NVIDIA driver",
    15: "restart the machine, look for the cause with: sudo dmesg | grep Xid",
    16: "reset it with sudo nvidia-smi --gpu-reset, or restart the machine",
    18: "the driver was updated while it was loaded: restart the machine",
}
_ADDRESS = re.compile(r"(?:([0-9a-f]{4,8}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})(?:\.0)?", re.I)
_WHOLE_GPU = "switch MIG off (sudo nvidia-smi -mig 0), or rate on a whole GPU"


@dataclass(frozen=True, slots=True, eq=False)
class Gpu:
    """A GPU of the opened library.

    ``address`` is its PCI domain, bus and device. ``uuid`` names this very GPU in the world and
    stays out of records.
    """

    name: str
    uuid: str
    address: tuple[int, int, int]
    handle: Any

    @property
    def bus_id(self) -> str:
        """``00000000:41:00.0``."""
        domain, bus, device = self.address
        return f"{domain:08x}:{bus:02x}:{device:02x}.0"

    def __str__(self) -> str:
        """Name and place, for messages."""
        return f"{self.name} ({self.bus_id})"

    def joules(self) -> float:
        """Its energy counter, which runs since the driver was loaded (Volta and later)."""
        import pynvml

        return int(self._ask(pynvml.nvmlDeviceGetTotalEnergyConsumption)) / 1e3

    def watts(self) -> float:
        """Its power; the mean of the last second on Ampere (but GA100) and later.

        Raises:
            MeasurementError: It cannot be read, or is nothing that a running GPU draws.
        """
        import pynvml

        milliwatts = int(self._ask(pynvml.nvmlDeviceGetPowerUsage))
        if not 0 < milliwatts < 2**31:  # the library's type has no sign
            shown = milliwatts - 2**32 if milliwatts else 0
            raise MeasurementError(
                f"NVML: {self} says that it draws {shown / 1e3:g} W",
                "update the NVIDIA driver, or rate on another GPU",
            )
        return milliwatts / 1e3

    def in_mig_mode(self) -> bool:
        """Whether it is divided into instances."""
        import pynvml

        try:
            return int(pynvml.nvmlDeviceGetMigMode(self.handle)[0]) != 0
        except pynvml.NVMLError as error:
            if error.value in {_NOT_SUPPORTED, _FUNCTION_NOT_FOUND}:
                return False  # a GPU or driver older than MIG
            raise _failure(str(self), error) from error

    def computing(self) -> tuple[int, ...] | None:
        """Ids of the processes that compute on it; None where the driver does not tell."""
        import pynvml

        try:
            found = pynvml.nvmlDeviceGetComputeRunningProcesses_v3(self.handle)
        except pynvml.NVMLError as error:
            if error.value in {_NOT_SUPPORTED, _NO_PERMISSION, _FUNCTION_NOT_FOUND}:
                return None
            raise _failure(str(self), error) from error
        return tuple(int(process.pid) for process in found)

    def _ask(self, function: Callable[..., Any]) -> Any:
        return _ask(str(self), function, self.handle)


def _failure(what: str, error: Any) -> MeasurementError:
    return MeasurementError(
        f"NVML: {what}: {error}", _REMEDIES.get(error.value, "rate again; see energylabel doctor")
    )


def _ask(what: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call NVML; raises :class:`MeasurementError` about ``what`` when it refuses."""
    from pynvml import NVMLError

    try:
        return function(*arguments)
    except NVMLError as error:
        raise _failure(what, error) from error


@contextmanager
def gpus_in_use(environ: Mapping[str, str] | None = None) -> Iterator[tuple[Gpu, ...]]:
    """Open NVML; the GPUs that CUDA shows to this process, at least one, none in MIG mode.

    Args:
        environ: Where ``CUDA_VISIBLE_DEVICES`` and ``CUDA_DEVICE_ORDER`` stand; by default this
            process's environment.

    Raises:
        MeasurementError: No driver, no such GPU, MIG, or it cannot be told which one is meant.
    """
    try:
        import pynvml
    except ImportError as error:
        raise MeasurementError(
            f"NVML cannot be reached: {error}", "pip install nvidia-ml-py"
        ) from error
    _ask("no access", pynvml.nvmlInit)
    try:
        gpus = choose(_all_gpus(), os.environ if environ is None else environ)
        for gpu in gpus:
            if gpu.in_mig_mode():
                raise MeasurementError(
                    f"NVML: {gpu} is in MIG mode, and an instance's energy is not counted",
                    _WHOLE_GPU,
                )
        yield gpus
    finally:
        _ask("closing", pynvml.nvmlShutdown)


def _all_gpus() -> tuple[Gpu, ...]:
    """Every GPU that this user may open, in the order of the PCI addresses."""
    import pynvml

    found = []
    for index in range(_ask("no GPU", pynvml.nvmlDeviceGetCount)):
        what = f"GPU {index}"
        try:
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        except pynvml.NVMLError as error:
            if error.value == _NO_PERMISSION:
                continue  # nor does CUDA see it
            raise _failure(what, error) from error
        place = _ask(what, pynvml.nvmlDeviceGetPciInfo, handle)
        found.append(
            Gpu(
                name=_ask(what, pynvml.nvmlDeviceGetName, handle),
                uuid=_ask(what, pynvml.nvmlDeviceGetUUID, handle),
                address=(int(place.domain), int(place.bus), int(place.device)),
                handle=handle,
            )
        )
    return tuple(sorted(found, key=lambda gpu: gpu.address))


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
            "CUDA_VISIBLE_DEVICES names a MIG instance, whose energy is not counted", _WHOLE_GPU
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


def available(check: Callable[[Gpu], object]) -> Availability:
    """Whether every GPU in use passes a check that raises :class:`MeasurementError` if not."""
    try:
        with gpus_in_use() as gpus:
            for gpu in gpus:
                check(gpu)
    except MeasurementError as error:
        return Availability(False, error.message, error.hint)
    return Availability(usable=True)


def details(gpus: Sequence[Gpu]) -> dict[str, str | float | bool | None]:
    """What a record tells of the GPUs: names, number and driver; nothing that identifies them."""
    import pynvml

    return {
        "gpus": ", ".join(gpu.name for gpu in gpus),
        "count": len(gpus),
        "driver": _ask("the driver", pynvml.nvmlSystemGetDriverVersion),
    }


def foreign_processes(
    own: Collection[int] = (), environ: Mapping[str, str] | None = None
) -> dict[str, int | None]:
    """How many other processes compute on each of the GPUs in use, by PCI bus id.

    Args:
        own: Process ids that are no strangers, besides this process's.
        environ: As for :func:`gpus_in_use`.

    Returns:
        Numbers only; None where the driver does not tell.

    Raises:
        MeasurementError: As for :func:`gpus_in_use`.
    """
    ours = {os.getpid(), *own}
    with gpus_in_use(environ) as gpus:
        running = {gpu.bus_id: gpu.computing() for gpu in gpus}
    return {
        place: None if pids is None else len(set(pids) - ours) for place, pids in running.items()
    }
