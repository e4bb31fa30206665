import os
import platform
import re
from pathlib import Path

import psutil
import pytest
from support.evidence import make_hardware

from energylabel.devices import machine as dt

GIB = 2**30


def cpu(number: int, package: int, core: int, **more: str) -> str:
    fields = {"processor": number, "physical id": package, "core id": core, **more}
    return "".join(f"{name}\t: {value}\n" for name, value in fields.items())


INTEL = "\n".join(
    cpu(n, 0, n % 2, **{"model name": "Intel(R) Xeon(R) CPU  @ 2.20GHz", "flags": "fpu hypervisor"})
    for n in range(4)
)
ARM = "processor\t: 0\nFeatures\t: fp asimd asimdhp bf16\n\nprocessor\t: 1\nFeatures\t: fp\n"


def test_this_machine():
    found = dt.detect()
    assert found.machine_cpus == os.cpu_count()
    assert 1 <= found.physical_cores <= found.logical_cpus <= found.machine_cpus
    assert 0 < found.memory_bytes <= psutil.virtual_memory().total
    assert found.system.split()[0] == platform.system()
    assert "float32" in found.native_dtypes
    stored = found.model_dump_json()
    assert platform.node() not in stored or not platform.node()


def test_a_system_without_power_supplies(monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise FileNotFoundError("/sys/class/power_supply")

    monkeypatch.setattr(psutil, "sensors_battery", fail, raising=False)
    assert dt.detect().power_source is None


def test_two_threads_of_a_core_are_one_core():
    assert dt._physical_cores(INTEL, (0, 1, 2, 3)) == 2
    assert dt._physical_cores(INTEL, (0, 2)) == 1  # two threads of core 0
    assert dt._physical_cores(INTEL, (0, 1)) == 2
    two_packages = "\n".join(cpu(n, n, 0) for n in range(2))
    assert dt._physical_cores(two_packages, (0, 1)) == 2


@pytest.mark.parametrize("text", ["", ARM, "core id\t: 0\n", "\0\xff", "processor : x\ncore id: y"])
def test_without_core_ids_the_system_is_asked(text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: None if logical else 8)
    assert dt._physical_cores(text, (0, 1)) == 2
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: logical or None)
    assert dt._physical_cores(text, (0, 1, 2)) == 3


def test_model_and_virtualisation():
    assert dt._cpu_model(INTEL) == "Intel(R) Xeon(R) CPU @ 2.20GHz"
    assert dt._cpu_model("")
    assert dt._virtualised(INTEL) is True
    assert dt._virtualised("flags\t: fpu sse2\n") is False
    if platform.system() == "Linux":
        assert dt._virtualised(ARM) is None


@pytest.mark.parametrize(
    ("flags", "native"),
    [
        ("fpu avx2", ("float32", "float64")),
        ("avx512_bf16", ("float32", "float64", "bfloat16")),
        ("amx_bf16 avx512_fp16", ("float32", "float64", "bfloat16", "float16")),
        ("avx512_bf16x notfp16", ("float32", "float64")),
    ],
)
def test_native_types(flags: str, native: tuple[str, ...]):
    assert dt._native_dtypes(f"flags\t\t: {flags}\n") == native
    assert dt._native_dtypes(ARM)[2:] == ("bfloat16", "float16")


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cgroup tree in which this process sits in ``/box/inner``."""
    root = tmp_path / "cgroup"
    (root / "box" / "inner").mkdir(parents=True)
    own = tmp_path / "own"
    own.write_text("12:cpu:/elsewhere\n0::/box/inner\n")
    monkeypatch.setattr(dt, "_CGROUP", root)
    monkeypatch.setattr(dt, "_OWN_CGROUP", own)
    return root


def test_no_limit(cgroup: Path):
    assert dt._cpu_quota() is None
    (cgroup / "cpu.max").write_text("max 100000\n")
    (cgroup / "memory.max").write_text("max\n")
    assert dt._cpu_quota() is None
    assert dt._memory_bytes() == psutil.virtual_memory().total


def test_the_tightest_limit_on_the_way_to_the_root_holds(cgroup: Path):
    (cgroup / "box" / "inner" / "cpu.max").write_text("400000 100000\n")
    assert dt._cpu_quota() == 4
    (cgroup / "box" / "cpu.max").write_text("150000 100000\n")
    assert dt._cpu_quota() == 1.5
    (cgroup / "box" / "memory.max").write_text(f"{GIB}\n")
    assert dt._memory_bytes() == GIB
    (cgroup / "box" / "inner" / "memory.max").write_text(f"{2 * GIB}\n")
    assert dt._memory_bytes() == GIB


def test_version_one(cgroup: Path):
    for folder, name, value in (
        ("cpu", "cpu.cfs_quota_us", "250000"),
        ("cpu", "cpu.cfs_period_us", "100000"),
        ("memory", "memory.limit_in_bytes", str(GIB)),
    ):
        (cgroup / folder).mkdir(exist_ok=True)
        (cgroup / folder / name).write_text(value)
    assert dt._cpu_quota() == 2.5
    assert dt._memory_bytes() == GIB
    (cgroup / "cpu" / "cpu.cfs_quota_us").write_text("-1")
    assert dt._cpu_quota() is None


@pytest.mark.parametrize("nonsense", ["", "0 0", "5 0", "0 100000", "a b", "1 2 3", "-5 9", "\xff"])
def test_nonsense_is_no_limit(cgroup: Path, nonsense: str):
    (cgroup / "cpu.max").write_text(nonsense)
    (cgroup / "memory.max").write_text(nonsense)
    assert dt._cpu_quota() is None
    assert dt._memory_bytes() == psutil.virtual_memory().total


def test_a_quota_limits_the_cores(cgroup: Path):
    (cgroup / "cpu.max").write_text("50000 100000")
    found = dt.detect()
    assert (found.physical_cores, found.cpu_quota) == (1, 0.5)


@pytest.mark.parametrize(
    ("release", "system"),
    [
        ("6.18.3-45.fc43.x86_64", "Linux 6.18"),
        ("6.18-rc1-annas-laptop.lan", "Linux 6.18"),
        ("7-annas-laptop", "Linux 7"),
        ("annas-laptop", "Linux"),
        ("", "Linux"),
    ],
)
def test_the_release_gives_no_name_away(release: str, system: str):
    assert dt._system("Linux", release) == system


@pytest.mark.parametrize(
    ("model", "slug"),
    [
        ("AMD EPYC 9R14", "cpu-amd-epyc-9r14-2"),
        ("Intel(R) Xeon(R) CPU @ 2.20GHz", "cpu-intel-xeon-2"),
        ("Apple M3 Pro", "cpu-apple-m3-pro-2"),
        ("../../etc/passwd", "cpu-etc-passwd-2"),
        ("龙芯", "cpu-unknown-2"),
        ("", "cpu-unknown-2"),
        ("x" * 300, f"cpu-{'x' * 48}-2"),
    ],
)
def test_slugs(model: str, slug: str):
    found = make_hardware(cpu_model=model).slug
    assert found == slug
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", found)
