"""The energy counter, over a library of known power."""

from pathlib import Path
from typing import Any

import pytest
from support import fake_nvml
from support.fake_nvml import UUIDS, needs_compiler, run

pytestmark = needs_compiler

ONE_WINDOW = """
with nvml.PLUGIN.open(machine) as session:
    joules, seconds = window(session, SECONDS)
    answer = joules / seconds
"""
PROBE = """
found = nvml.PLUGIN.probe(machine)
answer = [found.usable, found.reason, found.remedy]
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fake_nvml.build(tmp_path_factory.mktemp("nvml"))


def watts(library: Path, seconds: float = 0.5, **switches: object) -> Any:
    """Mean power over a window as the counter tells it, or the error."""
    return run(library, ONE_WINDOW.replace("SECONDS", str(seconds)), **switches)


@pytest.mark.alone
def test_two_seconds_are_right_to_half_a_per_cent_and_naive_reading_is_not(library: Path):
    code = """
from energylabel.meters._ticks import next_ticks

def naive(shift, seconds):
    "Read at a moment of its own between two ticks."
    (gpu,) = session._gpus
    next_ticks([gpu], load)
    time.sleep(shift)
    first, began = gpu.joules(), time.perf_counter()
    time.sleep(seconds)
    return (gpu.joules() - first) / (time.perf_counter() - began)

with nvml.PLUGIN.open(machine) as session:
    aligned = [joules / seconds for joules, seconds in (window(session, 2.0) for _ in range(2))]
    plain = [naive(shift, 1.95) for shift in (0.01, 0.08)]
    answer = [aligned, plain, session.describe().model_dump(mode="json")]
"""
    aligned, plain, record = run(library, code, watts=300, tick_ms=100)
    print("watts of 300, read at the ticks:", aligned, "and at any moment:", plain)
    assert aligned == pytest.approx([300] * 2, rel=0.005)
    assert record["name"] == "nvml"
    assert record["method"] == "hardware-counter"
    assert record["covers"] == ["gpu"]
    assert record["details"] == {"gpus": "Fake GPU", "count": 1, "driver": "999.1"}


@pytest.mark.alone
def test_a_counter_without_ticks(library: Path):
    assert watts(library, 1.0, watts=70, tick_ms=0) == pytest.approx(70, rel=0.005)


@pytest.mark.alone
def test_slow_looks_do_not_make_a_window_wait_for_the_time_out(library: Path):
    code = """
from energylabel.meters import _ticks

_ticks.TIME_OUT_S = 60.0
with nvml.PLUGIN.open(machine) as session:
    began = time.perf_counter()
    joules, seconds = window(session, 1.0)
    answer = [joules / seconds, time.perf_counter() - began]
"""
    found, seconds = run(library, code, watts=300, tick_ms=100, look_ms=4)
    print("watts of 300, looks of 4 ms:", found)
    assert found == pytest.approx(300, rel=0.012)  # 2 × (4 + 1 + 4 ms) ÷ 2 of a second, at worst
    assert seconds < 30


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shown", "power"),
    [
        (None, 400),
        (UUIDS[0], 300),
        (UUIDS[1], 100),
        ("0000:41:00.0", 100),
        ("0", 100),  # the lower PCI bus is index 1 of the library
        ("1,0", 400),
    ],
)
def test_exactly_the_gpus_in_use_are_read(library: Path, shown: str | None, power: float):
    switches = {} if shown is None else {"cuda_visible_devices": shown}
    found = watts(library, gpus=2, watts="300,100", buses="82,41", **switches)
    assert found == pytest.approx(power, rel=0.03)


@pytest.mark.alone
def test_each_gpu_is_read_at_its_own_ticks(library: Path):
    found = watts(library, 1.0, gpus=2, watts="300,100", tick_ms="100,70")
    assert found == pytest.approx(400, rel=0.01)


@pytest.mark.slow
def test_the_filler_runs_before_and_after_the_window_only(library: Path):
    code = """
calls = []
def filler():
    calls.append(time.perf_counter())
    load()

with nvml.PLUGIN.open(machine) as session:
    session.start(filler)
    before, began = len(calls), time.perf_counter()
    time.sleep(0.3)
    ended = time.perf_counter()
    session.stop(filler)
    within = [at for at in calls if began <= at <= ended]
    session.start()  # a machine at rest: it waits without one
    time.sleep(0.3)
    idle = session.stop().joules["gpu"]
answer = [before, len(within), len(calls) - before, idle]
"""
    before, within, after, idle = run(library, code)
    assert before > 0
    assert within == 0
    assert after > 0
    assert idle > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("switches", "message", "hint"),
    [
        ({"lost_after": 5}, "Fake GPU (00000000:41:00.0): GPU is lost", "dmesg | grep Xid"),
        ({"frozen_after": 0}, "stands still under load", "update the NVIDIA driver"),
        ({"tick_ms": 800}, "ticks of the counter of Fake GPU (00000000:41:00.0)", "longer"),
        ({"no_counter": 1}, "Not Supported", "doctor"),
        ({"mig": 1}, "MIG mode", "-mig 0"),
        ({"init": 9}, "Driver Not Loaded", "modprobe nvidia"),
    ],
)
def test_no_figure_is_given_out_of_a_broken_counter(
    library: Path, switches: dict[str, object], message: str, hint: str
):
    found = watts(library, 0.7, **switches)
    assert message in found["message"]
    assert hint in found["hint"]
    assert "\n" not in found["message"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wait", "name", "value", "message"),
    [
        (0.0, "LOST_AFTER", 0, "Fake GPU (00000000:41:00.0): GPU is lost"),
        (0.5, "LOST_AFTER", 0, "Fake GPU (00000000:41:00.0): GPU is lost"),
        (0.0, "BACK_AFTER", 0, "the energy counter of Fake GPU (00000000:41:00.0) stepped back by"),
        (0.5, "BACK_AFTER", 0, "the energy counter of Fake GPU (00000000:41:00.0) stepped back by"),
        (0.5, "FROZEN_AFTER", 1.3, "of Fake GPU (00000000:41:00.0) stands still under load"),
    ],
)
def test_what_happens_in_mid_window_is_not_overlooked(
    library: Path, wait: float, name: str, value: float, message: str
):
    # Until it has ticked twice the counter is watched, then it rests until the window's end.
    code = f"""
with nvml.PLUGIN.open(machine) as session:
    session.start(load)
    time.sleep({wait})
    os.environ["FAKE_NVML_{name}"] = "{value}"
    time.sleep(1.0)
    answer = session.stop(load).joules
"""
    found = run(library, code, **{name.lower(): 1e6, "back_by": 1000})
    assert message in found["message"]
    assert found["hint"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("switches", "reason", "remedy"),
    [
        ({"no_counter": 1}, "Not Supported", "doctor"),
        ({"frozen_after": 0}, "stands still", "sampled instead"),
        ({"mig": 1}, "MIG mode", "-mig 0"),
        ({"gpus": 0}, "the driver shows no GPU", "--gpus all"),
        ({"gpus": 2, "mig": "0,1"}, "00000000:42:00.0) is in MIG mode", "-mig 0"),
        ({"cuda_visible_devices": ""}, "leaves no GPU", "unset CUDA_VISIBLE_DEVICES"),
        ({"cuda_visible_devices": "MIG-1234"}, "MIG instance", "-mig 0"),
        ({"init": 18}, "version mismatch", "restart the machine"),
        ({"init": 4}, "Insufficient Permissions", "/dev/nvidia"),
        ({"init": 12}, "Library Not Found", "install the NVIDIA driver"),
    ],
)
def test_probe_says_why_not(library: Path, switches: dict[str, object], reason: str, remedy: str):
    usable, why, what = run(library, PROBE, **switches)
    assert not usable
    assert reason in why
    assert remedy in what


@pytest.mark.slow
def test_probe_without_a_library(library: Path, tmp_path: Path):
    (tmp_path / "libnvidia-ml.so.1").touch()  # goes before a real one, and cannot be loaded
    usable, why, what = run(tmp_path, PROBE)
    assert not usable
    assert what == "install the NVIDIA driver; in a container, start it with --gpus all"
    assert "Library Not Found" in why
    missing = PROBE.replace("found", "import sys; sys.modules['pynvml'] = None; found", 1)
    assert run(library, missing)[2] == "pip install nvidia-ml-py"
    assert run(library, PROBE) == [True, "", ""]


@pytest.mark.slow
def test_processes_are_counted_and_not_named(library: Path):
    code = """
answer = [nvidia.computing([f"00000000:{bus}:00.0"]) for bus in ("41", "42")]
"""
    assert run(library, code, gpus=2, pids="70,71,72") == [[3], [3]]
    assert run(library, code, gpus=2) == [[0], [0]]
    assert run(library, code, gpus=2, no_pids="1,0") == [None, [0]]
    assert "is gone" in run(library, code, gpus=1)["message"]


def test_nothing_runs_on_after_a_window_that_broke_off(library: Path):
    code = """
def broken():
    raise ZeroDivisionError

answer = []
for meter in (nvml, nvml_power):
    with meter.PLUGIN.open(machine) as session:
        session.start()
        session.start()
        answer.append(threading.active_count())
    answer.append(threading.active_count())
with nvml.PLUGIN.open(machine) as session:
    try:
        session.start(broken)
    except ZeroDivisionError:
        answer.append(threading.active_count())
"""
    assert run(library, code) == [2, 1, 2, 1, 1]


def test_stop_before_start(library: Path):
    code = "with nvml.PLUGIN.open(machine) as session: answer = session.stop().joules"
    assert run(library, code)["message"] == "nvml: stopped before it was started"
