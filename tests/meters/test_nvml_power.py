"""The power sensor, over a library of known power."""

from pathlib import Path

import pytest
from support import fake_nvml
from support.fake_nvml import needs_compiler, run

pytestmark = needs_compiler

ONE_WINDOW = """
with nvml_power.PLUGIN.open(machine) as session:
    joules, seconds = window(session, 0.6)
    answer = joules / seconds
"""
PROBE = """
found = nvml_power.PLUGIN.probe(machine)
answer = [found.usable, found.reason, found.remedy]
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fake_nvml.build(tmp_path_factory.mktemp("nvml"))


@pytest.mark.alone
def test_the_sum_of_samples_is_the_integral(library: Path):
    # P(t) = 300 W × (1 + ½ sin 2πt) on the clock that both read; its integral is known.
    code = """
from math import cos, pi
def integral(t):
    return 300 * (t - 0.5 * cos(2 * pi * t) / (2 * pi))

answer = []
with nvml_power.PLUGIN.open(machine) as session:
    for seconds in (0.5, 0.75, 1.3):
        session.start()
        began = time.monotonic()
        time.sleep(seconds)
        ended = time.monotonic()
        answer.append(session.stop().joules["gpu"] / (integral(ended) - integral(began)))
    answer.append(session.describe().model_dump(mode="json"))
"""
    *ratios, record = run(library, code, swing=0.5)
    assert ratios == pytest.approx([1] * 3, rel=0.02)
    assert record["method"] == "sampled-power"
    assert record["covers"] == ["gpu"]
    assert record["details"] == {
        "gpus": "Fake GPU",
        "count": 1,
        "driver": "999.1",
        "period_s": 0.05,
    }


@pytest.mark.alone
def test_several_gpus_are_summed(library: Path):
    assert run(library, ONE_WINDOW, gpus=2, watts="300,100") == pytest.approx(400, rel=0.01)


@pytest.mark.alone
def test_counter_and_sensor_beside_each_other(library: Path):
    code = """
with nvml.PLUGIN.open(machine) as counter, nvml_power.PLUGIN.open(machine) as sensor:
    counter.start(load)
    outer = time.perf_counter()
    sensed, inner = window(sensor, 1.0)
    outer = time.perf_counter() - outer
    answer = [sensed / inner, counter.stop(load).joules["gpu"] / outer]
"""
    found = run(library, code, watts=300, sensor_watts=240)
    assert found == pytest.approx([240, 300], rel=0.01)


@pytest.mark.parametrize(
    ("switches", "message", "hint"),
    [
        ({"watts": 0}, "Fake GPU (00000000:41:00.0) says that it draws 0 W", "another GPU"),
        ({"watts": -20}, "says that it draws -20 W", "another GPU"),
        ({"lost_after": 3}, "GPU is lost", "Xid"),
        ({"no_sensor": 1}, "Not Supported", "doctor"),
        ({"mig": 1}, "MIG mode", "-mig 0"),
    ],
)
def test_no_figure_is_given_out_of_a_broken_sensor(
    library: Path, switches: dict[str, object], message: str, hint: str
):
    found = run(library, ONE_WINDOW, **switches)
    assert message in found["message"]
    assert hint in found["hint"]


@pytest.mark.slow
def test_a_thread_that_died_or_slept_is_an_error(library: Path):
    code = """
from energylabel.devices.nvidia import gpus_in_use
answer = []
with gpus_in_use() as gpus:
    for period in (0.01, 30):
        sampler = nvml_power.Sampler(gpus, period)
        sampler.begin()
        if period < 1:
            sampler.end()
        else:
            time.sleep(1.1)
        try:
            sampler.joules(1.0)
        except MeasurementError as error:
            answer.append(error.message)
"""
    died, slept = run(library, code)
    assert died == "NVML: the thread that samples the power has died"
    assert slept.startswith(
        "NVML: the power of Fake GPU (00000000:41:00.0) was not sampled for 1.1"
    )


@pytest.mark.parametrize(
    ("switches", "reason", "remedy"),
    [
        ({"no_sensor": 1}, "Not Supported", "doctor"),
        ({"sensor_watts": 0}, "draws 0 W", "another GPU"),
        ({"mig": 1}, "MIG mode", "-mig 0"),
        ({"gpus": 0}, "no GPU", "--gpus all"),
        ({"cuda_visible_devices": "-1"}, "leaves no GPU", "unset"),
        ({"init": 12}, "Library Not Found", "install the NVIDIA driver"),
    ],
)
def test_probe_says_why_not(library: Path, switches: dict[str, object], reason: str, remedy: str):
    usable, why, what = run(library, PROBE, **switches)
    assert not usable
    assert reason in why
    assert remedy in what


def test_probe_goes_by_the_sensor_alone(library: Path):
    assert run(library, PROBE, no_counter=1) == [True, "", ""]


def test_stop_before_start(library: Path):
    code = "with nvml_power.PLUGIN.open(machine) as session: answer = session.stop().joules"
    assert run(library, code)["message"] == "nvml_power: stopped before it was started"
