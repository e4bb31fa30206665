import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import powercap
from support.evidence import make_hardware

from energylabel.errors import MeasurementError
from energylabel.meters import _powercap
from energylabel.meters._powercap import Counter, Zone, find_zones
from energylabel.meters.rapl import rapl_meter, survey

HARDWARE = make_hardware()
PACKAGES = {"intel-rapl:0": "package-0", "intel-rapl:1": "package-1"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return powercap.plant(tmp_path / "sys")


def names(zones: tuple[Zone, ...]) -> list[str]:
    return [zone.name for zone in zones]


def test_packages_and_memory_are_counted_and_nothing_twice(tree: Path):
    found = find_zones(tree)
    assert names(found.of("cpu")) == ["package-0", "package-1"]
    assert names(found.of("dram")) == ["package-0/dram", "package-1/dram"]
    assert sorted(found.ignored) == ["package-0/core", "package-1/core", "psys"]
    assert found.read[0].joules_range == pytest.approx(262_143.32885)


def test_twins_and_second_links_are_left_out(tmp_path: Path):
    zones = PACKAGES | {"intel-rapl-mmio:0": "package-0"}
    tree = powercap.plant(tmp_path / "sys", zones)
    (tree / "class" / "powercap" / "intel-rapl:7").symlink_to(powercap.folder(tree, "intel-rapl:0"))
    assert names(find_zones(tree).read) == ["package-0", "package-1"]


@pytest.mark.slow
def test_power_is_right_over_a_window(tree: Path):
    # The process that writes the counters may have to wait a while on a busy machine.
    with powercap.running(tree), rapl_meter(tree).open(HARDWARE) as session:
        session.start()
        began = time.monotonic()
        time.sleep(2)
        reading = session.stop()
        seconds = time.monotonic() - began
    assert reading.joules["cpu"] / seconds == pytest.approx(150, rel=0.1)
    assert reading.joules["cpu"] / reading.joules["dram"] == pytest.approx(10, rel=0.1)
    assert (reading.meter, reading.method) == ("rapl", "hardware-counter")
    record = session.describe()
    assert record.covers == ("cpu", "dram")
    assert record.details["zones"] == "package-0, package-0/dram, package-1, package-1/dram"


class Steady(Zone):
    """A counter that advances at 100 W, exactly."""

    def joules(self) -> float:
        return time.monotonic() * 100 % self.joules_range


@pytest.mark.slow
def test_wraps_inside_a_window_are_all_seen():
    # 100 W in a range of 30 J: six wraps in two seconds.
    zone = Steady("cpu", "package-0", "package-0", Path("unused"), 30)
    with Counter([zone], max_watts=110) as counter:
        edges = [time.monotonic()]
        before = counter.joules()["cpu"]
        edges.append(time.monotonic())
        time.sleep(2)
        edges.append(time.monotonic())
        after = counter.joules()["cpu"]
        edges.append(time.monotonic())
    longest, shortest = edges[3] - edges[0], edges[2] - edges[1]
    assert 100 * shortest - 1e-6 <= after - before <= 100 * longest + 1e-6


def test_a_reader_that_has_to_wait_is_no_jump():
    waits = [0.2]

    class Waiting(Steady):
        """After its first read, the reader is put to sleep before it looks at the clock."""

        def joules(self) -> float:
            value = Steady.joules(self)
            time.sleep(waits.pop() if waits else 0)
            return value

    zone = Waiting("cpu", "package-0", "package-0", Path("unused"), 1e6)
    with Counter([zone], max_watts=101) as counter:
        assert counter.joules()["cpu"] == pytest.approx(20, abs=5)


@given(st.floats(1, 1e5), st.floats(0, 1), st.lists(st.floats(0, 0.99), min_size=1, max_size=30))
def test_the_sum_of_steps_is_the_energy_whatever_the_range(joules_range, start, steps):
    """Any steps shorter than the range add up, from any starting point."""
    counter = Counter.__new__(Counter)
    zone = Zone("cpu", "package-0", "package-0", Path("unused"), joules_range)
    position = start * joules_range * 0.999
    counter._max_watts = float("inf")
    total, clock = 0.0, 0.0
    counter._joules, counter._last = {zone: 0.0}, {zone: (clock, position)}
    for step in steps:
        advance = step * joules_range
        position = (position + advance) % joules_range
        counter._add(zone, clock, position)
        total += advance
    assert counter._joules[zone] == pytest.approx(total, rel=1e-6, abs=1e-6 * joules_range)


def test_no_powercap_at_all(tmp_path: Path):
    found = rapl_meter(tmp_path).probe(HARDWARE)
    assert not found.usable
    assert "no RAPL" in found.reason
    assert "systempaths=unconfined" in found.remedy


def test_a_frozen_counter_is_not_used(tree: Path):
    with powercap.running(tree, {"intel-rapl:0": 100.0}):
        found = rapl_meter(tree).probe(HARDWARE)
    assert not found.usable
    assert "package-1" in found.reason
    assert "stands still" in found.reason
    assert "package-0," not in found.reason


def test_a_counter_that_freezes_later_is_an_error(tree: Path):
    with powercap.running(tree):
        opened = rapl_meter(tree).open(HARDWARE)
        session = opened.__enter__()
    session.start()
    with pytest.raises(MeasurementError, match="stands still"):
        session.stop()
    opened.__exit__(None, None, None)


@pytest.mark.parametrize("limit", ["0", "-5", "", "many"])
def test_a_range_that_cannot_be_read_is_refused(tree: Path, limit: str):
    (powercap.folder(tree, "intel-rapl:1") / "max_energy_range_uj").write_text(limit)
    found = rapl_meter(tree).probe(HARDWARE)
    assert not found.usable
    assert "package-1" in found.reason


def test_memory_counts_only_where_every_package_has_it(tree: Path):
    watts = dict(powercap.WATTS)
    del watts["intel-rapl:1:1"]
    with powercap.running(tree, watts):
        zones, still = survey(tree)  # one that stands still
        assert names(zones.read) == ["package-0", "package-1"]
        assert still == ()
        (powercap.folder(tree, "intel-rapl:1:1") / "energy_uj").unlink()
        assert names(survey(tree)[0].read) == ["package-0", "package-1"]
        assert rapl_meter(tree).probe(HARDWARE).usable


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up its rights to read a zone")
@pytest.mark.parametrize(("zone", "usable"), [("intel-rapl:1", False), ("intel-rapl:1:1", True)])
def test_rights_are_per_zone(zone: str, usable: bool):
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from energylabel.meters.rapl import rapl_meter\n"
        "rapl_meter(Path(sys.argv[1])).probe(None)  # loads what only root may read\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "found = rapl_meter(Path(sys.argv[1])).probe(None)\n"
        "print(found.usable, found.reason, found.remedy)\n"
    )
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        tree = powercap.plant(Path(name, "sys"))
        (powercap.folder(tree, zone) / "energy_uj").chmod(0o400)
        with powercap.running(tree):
            ran = subprocess.run(
                [sys.executable, "-c", code, str(tree)], capture_output=True, text=True, check=False
            )
    assert ran.stdout.startswith(str(usable)), ran.stderr
    if not usable:
        assert "package-1 may not be read by this user, and the rest would be" in ran.stdout
        assert "systemd-tmpfiles" in ran.stdout


def test_mirrored_dies_count_once(tmp_path: Path):
    dies = {"intel-rapl:0": "package-0-die-0", "intel-rapl:1": "package-0-die-1"}
    tree = powercap.plant(tmp_path / "sys", dies)
    powercap.set_joules(tree, "intel-rapl:0", 400)
    powercap.set_joules(tree, "intel-rapl:1", 400)
    found = find_zones(tree)
    assert names(found.read) == ["package-0-die-0"]
    assert found.mirrors == ("package-0-die-1",)
    powercap.set_joules(tree, "intel-rapl:1", 437.5)
    assert names(find_zones(tree).read) == ["package-0-die-0", "package-0-die-1"]


def opened(tree: Path, **options: float) -> Counter:
    return Counter(find_zones(tree).of("cpu"), **options)


def test_a_step_backwards_is_an_error(tree: Path):
    powercap.set_joules(tree, "intel-rapl:0", 1000)
    with opened(tree) as counter:
        powercap.set_joules(tree, "intel-rapl:0", 900)
        with pytest.raises(MeasurementError, match="package-0 jumped"):
            counter.joules()
        with pytest.raises(MeasurementError, match="jumped"):  # and it stays so
            counter.joules()


def test_a_zone_that_vanishes_is_an_error(tree: Path):
    with opened(tree) as counter:
        (powercap.folder(tree, "intel-rapl:1") / "energy_uj").unlink()
        with pytest.raises(MeasurementError, match="package-1 can no longer be read"):
            counter.joules()


def test_a_pause_long_enough_for_a_wrap_is_an_error(tree: Path, monkeypatch: pytest.MonkeyPatch):
    with opened(tree) as counter:
        now = time.monotonic()
        # 262,143 J at 1,500 W: 174.8 s
        monkeypatch.setattr(_powercap.time, "monotonic", lambda: now + 170)
        assert counter.joules() == {"cpu": 0.0}
        monkeypatch.setattr(_powercap.time, "monotonic", lambda: now + 345)
        with pytest.raises(MeasurementError, match="may have wrapped unseen"):
            counter.joules()


def test_a_dead_thread_is_an_error(tree: Path):
    with opened(tree) as counter:
        counter._ended.set()
        counter._thread.join()
        with pytest.raises(MeasurementError, match="has died"):
            counter.joules()


def test_it_polls_four_times_in_the_shortest_wrap(tree: Path):
    assert opened(tree)._period_s == 5.0
    assert opened(tree, max_watts=52_428.66577)._period_s == pytest.approx(1.25)


def test_stop_before_start(tree: Path):
    with (
        powercap.running(tree),
        rapl_meter(tree).open(HARDWARE) as session,
        pytest.raises(MeasurementError, match="before it was started"),
    ):
        session.stop()
