import math
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from support.evidence import make_hardware

from energylabel.errors import MeasurementError
from energylabel.meters import cpu_time
from energylabel.meters.base import ActiveMeter

HARDWARE = make_hardware()


def burn(cpu_seconds: float) -> float:
    before = time.process_time()
    while time.process_time() - before < cpu_seconds:
        math.sqrt(2.0)
    return time.process_time() - before


@pytest.fixture
def clock() -> Iterator[ActiveMeter]:
    with cpu_time.PLUGIN.open(HARDWARE) as session:
        yield session


@pytest.mark.alone
def test_a_second_of_work_reads_as_a_second(clock: ActiveMeter):
    clock.start()
    burnt = burn(1.0)
    reading = clock.stop()
    assert reading.joules == {}
    assert reading.usage is not None
    assert reading.usage.own_seconds == pytest.approx(burnt, abs=0.1)
    assert reading.usage.busy_seconds is not None
    assert reading.usage.busy_seconds >= burnt - 0.1


@pytest.mark.slow
def test_children_count_while_they_live_and_after(clock: ActiveMeter):
    work = "import time\nwhile time.process_time() < 0.5: pass\n"
    clock.start()
    subprocess.run([sys.executable, "-c", work], check=True)
    ended = clock.stop().usage
    assert ended is not None
    assert 0.47 <= ended.own_seconds < 0.9
    clock.start()
    work += "print(1, flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", work], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    alive = clock.stop().usage
    clock.start()
    child.kill()
    child.communicate()
    burn(0.05)
    over = clock.stop().usage
    assert alive is not None
    assert over is not None
    assert 0.47 <= alive.own_seconds < 0.9
    assert over.own_seconds < 0.3  # its earlier work is not counted again


def test_others_work_is_not_ours(clock: ActiveMeter):
    spin = (
        "import os, time\nos.setsid()\nif os.fork(): os._exit(0)\n"
        "end = time.monotonic() + 1\nwhile time.monotonic() < end: pass"
    )
    subprocess.run([sys.executable, "-c", spin], check=True)  # an orphan, nobody's child
    clock.start()
    time.sleep(0.5)
    burn(0.02)
    usage = clock.stop().usage
    assert usage is not None
    assert usage.own_seconds < 0.2
    assert usage.busy_seconds is not None
    assert usage.busy_seconds > usage.own_seconds


def test_a_stopped_clock_is_an_error(clock: ActiveMeter, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(MeasurementError, match="before it was started"):
        clock.stop()
    monkeypatch.setattr(cpu_time, "own_cpu_seconds", lambda _: 5.0)
    clock.start()
    with pytest.raises(MeasurementError, match="stands still"):
        clock.stop()


def test_a_machine_that_never_works_is_unknown_and_not_idle(
    clock: ActiveMeter, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cpu_time, "machine_busy_seconds", lambda: 0.0)
    clock.start()
    burn(0.05)
    usage = clock.stop().usage
    assert usage is not None
    assert usage.busy_seconds is None


def test_waiting_stolen_and_guest_time_by_hand(monkeypatch: pytest.MonkeyPatch):
    from collections import namedtuple

    fields = "user nice system idle iowait irq softirq steal guest guest_nice"
    times = namedtuple("times", fields)(100, 10, 20, 5000, 300, 1, 2, 40, 30, 5)
    monkeypatch.setattr(psutil, "cpu_times", lambda: times)
    assert cpu_time.machine_busy_seconds() == 100 + 10 + 20 + 1 + 2
