"""NVIDIA's management library (NVML), spoken to here alone: the GPUs in use and what they say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from energylabel.devices.visibility import WHOLE_GPU, choose
from energylabel.errors import MeasurementError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

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


@dataclass(frozen=True)
class Gpus(Sequence["Gpu"]):
    """GPUs of the opened library, none or several, in the order in which CUDA numbers them.

    A member is told from the others by its UUID; what a record tells of it, by its place.
    """

    members: tuple[Gpu, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Gpu: ...

    @overload
    def __getitem__(self, index: slice) -> Gpus: ...

    def __getitem__(self, index: int | slice) -> Gpu | Gpus:
        """One of them, or some."""
        found = self.members[index]
        return found if isinstance(found, Gpu) else Gpus(found)

    def __len__(self) -> int:
        """How many."""
        return len(self.members)

    def at(self, places: Iterable[str]) -> Gpus:
        """Those at these places, in their order.

        Raises:
            MeasurementError: There is none at one of them any more.
        """
        there = {gpu.bus_id: gpu for gpu in self.members}
        gone = [place for place in places if place not in there]
        if gone:
            raise MeasurementError(
                f"NVML: the GPU at {', '.join(gone)} is gone", "see energylabel doctor"
            )
        return Gpus(tuple(there[place] for place in places))

    def whole(self) -> Gpus:
        """The same; raises :class:`MeasurementError` where one is divided into instances (MIG)."""
        for gpu in self.members:
            if gpu.in_mig_mode():
                raise MeasurementError(
                    f"NVML: {gpu} is in MIG mode, and an instance's energy is not counted",
                    WHOLE_GPU,
                )
        return self

    @property
    def uuids(self) -> tuple[str, ...]:
        """What CUDA knows them by."""
        return tuple(gpu.uuid for gpu in self.members)

    def computing(self) -> tuple[int, ...] | None:
        """How many processes compute on each; None where the driver does not tell of all."""
        counts = [gpu.computing() for gpu in self.members]
        known = tuple(len(each) for each in counts if each is not None)
        return known if len(known) == len(counts) else None


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
    environ: Mapping[str, str] | None = None, places: Sequence[str] = ()
) -> Iterator[Gpus]:
    """Open NVML; the GPUs that CUDA shows to this process, at least one, none in MIG mode.

    Args:
        environ: Where ``CUDA_VISIBLE_DEVICES`` and ``CUDA_DEVICE_ORDER`` stand; by default this
            process's environment.
        places: Bus ids of those that are wanted; without any, all of them.

    Raises:
        MeasurementError: No driver, no such GPU, MIG, or it cannot be told which one is meant.
    """
    with _visible(environ) as gpus:
        yield (gpus.at(places) if places else gpus).whole()


@contextmanager
def _visible(environ: Mapping[str, str] | None) -> Iterator[Gpus]:
    """Open NVML; the GPUs that CUDA shows to this process."""
    try:
        import pynvml
    except ImportError as error:
        raise MeasurementError(
            f"NVML cannot be reached: {error}", "pip install nvidia-ml-py"
        ) from error
    _ask("no access", pynvml.nvmlInit)
    try:
        yield Gpus(choose(_all_gpus(), os.environ if environ is None else environ))
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


def find(wanted: str, environ: Mapping[str, str] | None = None) -> tuple[Found, ...]:
    """The GPUs that a rating is to run on; none only for ``auto``.

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
            chosen = gpus[number : number + 1].whole()
            found = tuple(_found(gpu) for gpu in chosen)
    except MeasurementError as error:
        if wanted == "auto":
            return ()
        raise UsageError(f"--device {wanted}: {error.message}", error.hint) from error
    if not found:
        raise UsageError(
            f"--device {wanted}: this process sees {len(gpus)} GPUs, counted from 0",
            "choose one of them (nvidia-smi -L lists them all)",
        )
    return found


def _found(gpu: Gpu) -> Found:
    return Found(
        name=gpu.name,
        bus_id=gpu.bus_id,
        memory_bytes=gpu.memory_bytes(),
        driver=driver_version(),
        capability=gpu.capability(),
    )


def uuids_at(places: Sequence[str]) -> tuple[str, ...]:
    """What CUDA knows the GPUs at these places by; nothing without places.

    Raises:
        MeasurementError: There is no such GPU any more.
    """
    if not places:
        return ()
    with gpus_in_use(places=places) as gpus:
        return gpus.uuids


def computing(places: Sequence[str]) -> tuple[int, ...] | None:
    """How many processes compute on each of the GPUs now; None where the driver does not tell.

    Their numbers alone: in a container the ids are those of the host, or there are none. Nothing
    without places.

    Raises:
        MeasurementError: There is no such GPU any more.
    """
    if not places:
        return ()
    with gpus_in_use(places=places) as gpus:
        return gpus.computing()
