import inspect
import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.evidence import make_hardware

from energylabel.errors import MeasurementError, UsageError
from energylabel.meters import codecarbon as cc

HARDWARE = make_hardware()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Settings of the user's that double everything, in each place where CodeCarbon looks."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / ".codecarbon.config").write_text(
        "[codecarbon]\nforce_cpu_power=500\npue=3\nforce_mode_cpu_load=False\n"
        "output_dir=/nowhere\nelectricitymaps_api_token=x\nsave_to_file=true\n"
        "tracking_mode=process\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder))
        patch.setenv("CODECARBON_FORCE_CPU_POWER", "500")
        patch.setenv("CODECARBON_PUE", "2")
        patch.setenv("CODECARBON_LOG_LEVEL", "info")
        patch.chdir(folder)
        connect = socket.socket.connect

        def local_only(self: socket.socket, address: Any) -> None:
            if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1"}:
                raise AssertionError(f"the network was asked for: {address}")
            connect(self, address)

        patch.setattr(socket.socket, "connect", local_only)
        yield folder


@pytest.fixture(scope="module")
def carbon(hostile: Path) -> Iterator[cc.ActiveCodeCarbon]:
    del hostile
    with cc.PLUGIN.open(HARDWARE) as session:
        assert isinstance(session, cc.ActiveCodeCarbon)
        yield session


def law(tdp: float, load: float) -> float:
    """Watts of CodeCarbon's machine mode (facts: P = TDP × (0.1 + 0.9 × load³))."""
    return tdp * (0.1 + 0.9 * load**3)


def window(session: cc.ActiveCodeCarbon, seconds: float, workers: int) -> tuple[float, float]:
    """Joules, and the machine's load meanwhile."""
    spin = (
        f"import time\nend = time.monotonic() + {seconds + 3}\nwhile time.monotonic() < end: pass"
    )
    busy = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(workers)]
    time.sleep(0.3 if workers else 0)
    psutil.cpu_percent(None)
    session.start()
    time.sleep(seconds)
    reading = session.stop()
    load = psutil.cpu_percent(None) / 100
    for process in busy:
        process.kill()
        process.wait()
    assert (reading.method, list(reading.joules)) == ("load-model", ["cpu"])
    return reading.joules["cpu"], load


def test_it_says_what_it_is(carbon: cc.ActiveCodeCarbon):
    record = carbon.describe()
    assert record.details["mode"] == "cpu_load"
    assert isinstance(record.details["tdp_watts"], float)
    assert 1 < record.details["tdp_watts"] < 1000
    assert isinstance(record.details["tdp_is_generic"], bool)
    assert record.covers == ("cpu",)


@pytest.mark.alone
def test_joules_follow_the_law_and_no_stray_setting(carbon: cc.ActiveCodeCarbon):
    tdp = float(carbon.describe().details["tdp_watts"] or 0)
    seconds = 2.0
    floor, ceiling = law(tdp, 0) * seconds, law(tdp, 1) * seconds
    some, _ = window(carbon, seconds, 0)
    assert 0.95 * floor <= some <= 1.1 * ceiling
    full, load = window(carbon, seconds, os.cpu_count() or 1)
    assert load > 0.9
    assert full == pytest.approx(ceiling, rel=0.25)
    assert full < 1.1 * ceiling  # 500 W or a PUE of 2 or 3 would be far above


def test_nothing_is_written(carbon: cc.ActiveCodeCarbon, hostile: Path):
    carbon.start()
    time.sleep(0.1)
    carbon.stop()
    assert [path.name for path in hostile.iterdir()] == [".codecarbon.config"]


def test_every_argument_is_given():
    """What is left out is looked up in the user's files; ``save_to_*`` is deprecated."""
    from codecarbon import OfflineEmissionsTracker
    from codecarbon.emissions_tracker import BaseEmissionsTracker

    known = {
        *inspect.signature(BaseEmissionsTracker.__init__).parameters,
        *inspect.signature(OfflineEmissionsTracker.__init__).parameters,
    } - {"self", "args", "kwargs", "co2_signal_api_token"}
    assert {name for name in known if not name.startswith("save_to_")} == set(cc._ARGUMENTS)


class FakeData:
    def __init__(self, kwh: float) -> None:
        self.cpu_energy = kwh


class FakeTracker:
    """As much of a tracker as a window needs."""

    def __init__(self, data: Any, *, starts: bool = True, alive: bool = True) -> None:
        self.data, self.starts, self._active_task = data, starts, None
        self._scheduler_monitor_power = self
        self._lock = threading.Lock()
        self._timer = threading.current_thread() if alive else threading.Thread()

    def start_task(self) -> None:
        self._active_task = "task" if self.starts else None

    def stop_task(self) -> Any:
        self._active_task = None
        return self.data


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "no figure"),
        (FakeData(0), "no usable energy"),
        (FakeData(-1e-6), "no usable energy"),
        (FakeData(math.nan), "no usable energy"),
        (FakeData(math.inf), "no usable energy"),
    ],
)
def test_impossible_answers_fail_closed(data: Any, told: str):
    session = cc.ActiveCodeCarbon(FakeTracker(data))
    session.start()
    with pytest.raises(MeasurementError, match=told):
        session.stop()


def test_a_dead_sampler_and_a_task_that_does_not_start():
    session = cc.ActiveCodeCarbon(FakeTracker(FakeData(1e-6), alive=False))
    session.start()
    with pytest.raises(MeasurementError, match="sampling thread has died"):
        session.stop()
    with pytest.raises(MeasurementError, match="did not start"):
        cc.ActiveCodeCarbon(FakeTracker(None, starts=False)).start()
    nested = cc.ActiveCodeCarbon(FakeTracker(FakeData(1e-6)))
    nested.start()
    with pytest.raises(MeasurementError, match="did not start"):
        nested.start()


def test_joules_by_hand():
    session = cc.ActiveCodeCarbon(FakeTracker(FakeData(2e-6)))
    session.start()
    assert session.stop().joules == {"cpu": pytest.approx(7.2)}


def test_a_set_up_that_fails_silently(hostile: Path, monkeypatch: pytest.MonkeyPatch):
    del hostile
    from codecarbon.emissions_tracker import BaseEmissionsTracker

    def fail(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(BaseEmissionsTracker, "_initialize_scheduler_state", fail)
    with pytest.raises(MeasurementError, match="set up"), cc.PLUGIN.open(HARDWARE):
        pass


def test_carbon_intensity(hostile: Path):
    del hostile
    france, poland = cc.carbon_intensity("fra"), cc.carbon_intensity("POL")
    assert france.country == "FRA"
    assert 10 < france.grams_per_kwh < 100
    assert 400 < poland.grams_per_kwh < 1200
    assert "offline" in france.source
    for unknown in ("ZZZ", "", "FR", "France"):
        with pytest.raises(UsageError, match="no carbon intensity"):
            cc.carbon_intensity(unknown)
