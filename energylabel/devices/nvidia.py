"""NVIDIA's management library (NVML), spoken to here alone: the GPUs in use and what they say."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from energylabel.devices.visibility import WHOLE_GPU, choose
from energylabel.errors import MeasurementError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_NOT_SUPPORTED, _NO_PERMISSION, _FUNCTION_NOT_FOUND, _LOST = 3, 4, 13, 15
_REMEDIES = {
    _NOT_SUPPORTED: "this GPU or driver does not tell it; see energylabel doctor",
    _NO_PERMISSION: "run as a user who may open /dev/nvidia*",
    9: "load the NVIDIA driver: sudo modprobe nvidia",
    12: "install the NVIDIA driver; in a container, start it with --gpus all",
    _FUNCTION_NOT_FOUND: "update the NVIDIA driver",
    _LOST: "restart the machine, look for the cause with: sudo dmesg | grep Xid",
    16: "reset it with sudo nvidia-smi --gpu-reset, or restart the machine",
    18: "the driver was updated while it was loaded: restart the machine",
}


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

    def memory_bytes(self) -> int:
        """Its memory."""
        import pynvml

        return int(self._ask(pynvml.nvmlDeviceGetMemoryInfo).total)

    def capability(self) -> tuple[int, int]:
        """CUDA's compute capability, such as (9, 0)."""
        import pynvml

        major, minor = self._ask(pynvml.nvmlDeviceGetCudaComputeCapability)
        return int(major), int(minor)

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


@dataclass(frozen=True, slots=True)
class Found:
    """A GPU after the library was closed; ``capability`` is CUDA's, such as (9, 0)."""

    name: str
    bus_id: str
    memory_bytes: int
    driver: str
    capability: tuple[int, int]


def _failure(what: str, error: Any) -> MeasurementError:
    return MeasurementError(
        f"NVML: {what}: {error}", _REMEDIES.get(error.value, "rate again; see energylabel doctor")
    )


def driver_version() -> str:
    """The driver's, of the opened library."""
    import pynvml

    return str(_ask("the driver", pynvml.nvmlSystemGetDriverVersion))


def _ask(what: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call NVML; raises :class:`MeasurementError` about ``what`` when it refuses."""
    from pynvml import NVMLError

    try:
        return function(*arguments)
    except NVMLError as error:
        raise _failure(what, error) from error


@contextmanager
def gpus_in_use(
    environ: Mapping[str, str] | None = None, bus_id: str | None = None
) -> Iterator[tuple[Gpu, ...]]:
    """Open NVML; the GPUs that CUDA shows to this process, at least one, none in MIG mode.

    Args:
        environ: Where ``CUDA_VISIBLE_DEVICES`` and ``CUDA_DEVICE_ORDER`` stand; by default this
            process's environment.
        bus_id: The one of them at this place alone.

    Raises:
        MeasurementError: No driver, no such GPU, MIG, or it cannot be told which one is meant.
    """
    with _visible(environ) as gpus:
        chosen = tuple(gpu for gpu in gpus if bus_id in {None, gpu.bus_id})
        if not chosen:
            raise MeasurementError(f"NVML: the GPU at {bus_id} is gone", "see energylabel doctor")
        for gpu in chosen:
            _refuse_mig(gpu)
        yield chosen


@contextmanager
def _visible(environ: Mapping[str, str] | None) -> Iterator[tuple[Gpu, ...]]:
    """Open NVML; the GPUs that CUDA shows to this process."""
    try:
        import pynvml
    except ImportError as error:
        raise MeasurementError(
            f"NVML cannot be reached: {error}", "pip install nvidia-ml-py"
        ) from error
    _ask("no access", pynvml.nvmlInit)
    try:
        yield choose(_all_gpus(), os.environ if environ is None else environ)
    finally:
        _ask("closing", pynvml.nvmlShutdown)


def _refuse_mig(gpu: Gpu) -> None:
    if gpu.in_mig_mode():
        raise MeasurementError(
            f"NVML: {gpu} is in MIG mode, and an instance's energy is not counted", WHOLE_GPU
        )


def _all_gpus() -> tuple[Gpu, ...]:
    """Every GPU that this user may open, in the order of the PCI addresses."""
    import pynvml

    found = []
    for index in range(_ask("no GPU", pynvml.nvmlDeviceGetCount)):
        what = f"GPU {index}"
        try:
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        except pynvml.NVMLError as error:
            if error.value in {_NO_PERMISSION, _LOST}:
                continue  # CUDA cannot use this GPU either
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


def find(wanted: str, environ: Mapping[str, str] | None = None) -> Found | None:
    """The GPU that a rating is to run on; None only for ``auto``.

    Args:
        wanted: ``auto`` (none is no error), ``cuda`` for the first one, or ``cuda:N`` for the one
            of that number, of those that CUDA shows to this process: in the order of
            ``CUDA_VISIBLE_DEVICES`` if it is set, else of the PCI addresses.
        environ: As for :func:`gpus_in_use`.

    Raises:
        UsageError: One was asked for and there is none.
    """
    number = int(wanted.partition(":")[2] or "0")
    try:
        with _visible(environ) as gpus:
            if number < len(gpus):
                gpu = gpus[number]
                _refuse_mig(gpu)
                return Found(
                    name=gpu.name,
                    bus_id=gpu.bus_id,
                    memory_bytes=gpu.memory_bytes(),
                    driver=driver_version(),
                    capability=gpu.capability(),
                )
    except MeasurementError as error:
        if wanted == "auto":
            return None
        raise UsageError(f"--device {wanted}: {error.message}", error.hint) from error
    raise UsageError(
        f"--device {wanted}: this process sees {len(gpus)} GPUs, counted from 0",
        "choose one of them (nvidia-smi -L lists them all)",
    )


def uuid_of(bus_id: str) -> str:
    """What CUDA knows the GPU at this place by.

    Raises:
        MeasurementError: There is no such GPU any more.
    """
    with gpus_in_use(bus_id=bus_id) as (gpu,):
        return gpu.uuid


def computing(bus_id: str) -> int | None:
    """How many processes compute on a GPU now; None where the driver does not tell.

    Their number alone: in a container the ids are those of the host, or there are none.

    Raises:
        MeasurementError: There is no such GPU any more.
    """
    with gpus_in_use(bus_id=bus_id) as (gpu,):
        running = gpu.computing()
    return None if running is None else len(running)
