"""() → Hardware: what this process may use of the machine. Names that identify it are left out."""

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import psutil

from energylabel.devices.nvidia import find
from energylabel.records import GpuUnit, Hardware

_CGROUP = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")
_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16"}
_FLOAT16_FLAGS = {"avx512_fp16", "amx_fp16", "asimdhp"}


def detect(device: str = "auto") -> Hardware:
    """Look at the processor, its limits, the power source, and the GPUs that are to compute.

    Args:
        device: ``cpu``, ``cuda``, ``cuda:N``, or ``auto``: a GPU where there is one that PyTorch
            was built for. What the machine lacks is left out.

    Raises:
        UsageError: A GPU was asked for and there is none.
    """
    gpus, gpu_dtypes = _gpus(device)
    cpuinfo = _read(Path("/proc/cpuinfo"))
    usable = _usable_cpus()
    quota = _cpu_quota()
    cores = _physical_cores(cpuinfo, usable)
    if quota is not None:
        cores = max(1, min(cores, int(quota)))
    return Hardware(
        device="cuda" if gpus else "cpu",
        cpu_model=_cpu_model(cpuinfo),
        physical_cores=cores,
        logical_cpus=len(usable),
        machine_cpus=os.cpu_count() or len(usable),
        memory_bytes=_memory_bytes(),
        architecture=platform.machine(),
        system=_system(platform.system(), platform.release()),
        virtualised=_virtualised(cpuinfo),
        cpu_quota=quota,
        power_source=_power_source(),
        governor=_read(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")).strip()
        or None,
        native_dtypes=gpu_dtypes if gpus else _native_dtypes(cpuinfo),
        gpus=gpus,
    )


def _gpus(device: str) -> tuple[tuple[GpuUnit, ...], tuple[str, ...]]:
    """The GPUs to compute on, and the numbers that all of them have arithmetic for."""
    if device == "cpu" or (device == "auto" and not _torch_has_cuda()):
        return (), ()
    gpus = find(device)
    if not gpus:
        return (), ()
    least = min(gpu.capability for gpu in gpus)
    native = ["float32", "float64"]
    # CUDA C++ Programming Guide, throughput of arithmetic instructions by compute capability.
    if least >= (5, 3):
        native.append("float16")
    if least >= (8, 0):
        native.append("bfloat16")
    units = tuple(
        GpuUnit(name=gpu.name, memory_bytes=gpu.memory_bytes, driver=gpu.driver, bus_id=gpu.bus_id)
        for gpu in gpus
    )
    return units, tuple(native)


def _torch_has_cuda() -> bool:
    """Told by the version's local part (``2.13.0+cpu``), as importing torch takes seconds."""
    try:
        return not version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return False


def _read(path: Path) -> str:
    """A small system file's text; empty where it does not exist or may not be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _sysctl(name: str) -> str:
    """A macOS system value; empty elsewhere."""
    if platform.system() != "Darwin":
        return ""
    import subprocess

    answer = subprocess.run(
        ["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def _cpu_model(cpuinfo: str) -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    if found:
        return " ".join(found[1].split())
    return _sysctl("machdep.cpu.brand_string") or platform.processor() or platform.machine()


def _usable_cpus() -> tuple[int, ...]:
    """Logical CPUs that the scheduler may give this process."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def _physical_cores(cpuinfo: str, usable: tuple[int, ...]) -> int:
    """Distinct (package, core) pairs among the usable CPUs."""
    cores = set()
    for block in cpuinfo.split("\n\n"):
        fields = dict(re.findall(r"^(processor|physical id|core id)\s*:\s*(\d+)$", block, re.M))
        if "core id" in fields and int(fields.get("processor", "-1")) in usable:
            cores.add((fields.get("physical id"), fields["core id"]))
    if cores:
        return len(cores)
    return min(psutil.cpu_count(logical=False) or len(usable), len(usable))


def _own_cgroups() -> tuple[Path, ...]:
    """Folders of this process's cgroup (version 2), innermost first, up to the root."""
    own = re.search(r"^0::(/.*)$", _read(_OWN_CGROUP), re.MULTILINE)
    inner = _CGROUP / own[1].strip("/") if own else _CGROUP
    above = [folder for folder in inner.parents if folder.is_relative_to(_CGROUP)]
    return (inner, *above)


def _cpu_quota() -> float | None:
    """CPUs that the cgroup grants (version 2, then version 1); None without a limit."""
    limits = [_read(folder / "cpu.max") for folder in _own_cgroups()]
    old = _CGROUP / "cpu"
    limits.append(f"{_read(old / 'cpu.cfs_quota_us')} {_read(old / 'cpu.cfs_period_us')}")
    # "max" and version 1's -1 mean that there is no limit.
    found = [re.fullmatch(r"\s*(\d+)\s+(\d+)\s*", limit) for limit in limits]
    grants = [int(each[1]) / int(each[2]) for each in found if each and int(each[2])]
    return min((grant for grant in grants if grant > 0), default=None)


def _memory_bytes() -> int:
    """Memory that this process may use: the machine's, or less where a cgroup limits it."""
    limits = [_read(folder / "memory.max").strip() for folder in _own_cgroups()]
    limits.append(_read(_CGROUP / "memory" / "memory.limit_in_bytes").strip())
    known = [int(limit) for limit in limits if limit.isdecimal()]
    return min([int(psutil.virtual_memory().total), *known])


def _system(name: str, release: str) -> str:
    """``Linux 6.18``: the rest of a kernel's release may hold a machine's name."""
    version = re.match(r"\d+(\.\d+)?", release)
    return f"{name} {version[0]}" if version else name


def _virtualised(cpuinfo: str) -> bool | None:
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    if flags:
        return "hypervisor" in flags[1].split()
    vmm = _sysctl("kern.hv_vmm_present")
    return vmm == "1" if vmm else None


def _power_source() -> Literal["mains", "battery"] | None:
    try:
        battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    except OSError:  # a system without /sys/class/power_supply
        return None
    if battery is None or battery.power_plugged is None:
        return None
    return "mains" if battery.power_plugged else "battery"


def _native_dtypes(cpuinfo: str) -> tuple[str, ...]:
    """Floating-point types that the processor has arithmetic for."""
    found = re.search(r"^(?:flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    flags = set(found[1].split()) if found else set()
    native = ["float32", "float64"]
    if flags & _BFLOAT16_FLAGS or _sysctl("hw.optional.arm.FEAT_BF16") == "1":
        native.append("bfloat16")
    if flags & _FLOAT16_FLAGS or _sysctl("hw.optional.arm.FEAT_FP16") == "1":
        native.append("float16")
    return tuple(native)
