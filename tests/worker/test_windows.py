import time

import pytest

from energylabel.errors import MeasurementError
from energylabel.meters.base import no_load
from energylabel.records.evidence import MeterRecord
from energylabel.records.readings import CpuUsage, Reading
from energylabel.worker import windows as windowing
from energylabel.worker.windows import Clock, Meters, interleaved


class Meter:
    """Notes when it is started and stopped."""

    def __init__(self, name, log, *, joules=True, busy=1.5):
        self.name, self.log, self.joules, self.busy = name, log, joules, busy

    def start(self, filler=no_load):
        filler()
        self.log.append(f"{self.name} on")

    def stop(self, filler=no_load):
        filler()
        self.log.append(f"{self.name} off")
        if self.joules:
            return Reading(meter=self.name, method="hardware-counter", joules={"cpu": 2.0})
        usage = CpuUsage(own_seconds=1.0, busy_seconds=self.busy)
        return Reading(meter=self.name, method="cpu-time", usage=usage)

    def describe(self):
        return MeterRecord(
            name=self.name,
            method="hardware-counter" if self.joules else "cpu-time",
            covers=("cpu",) if self.joules else (),
            version=None,
            details={},
        )


def test_meters_stop_in_the_reverse_order_and_fill_with_load():
    log = []
    meters = Meters((Meter("a", log), Meter("time", log, joules=False)))
    metered = meters.around(lambda: log.append("work") or 7, lambda: log.append("load"))
    assert metered.result == 7
    assert log == ["load", "a on", "load", "time on", "work", "load", "time off", "load", "a off"]
    assert [reading.meter for reading in metered.energy] == ["a"]
    assert metered.foreign_share == pytest.approx(0.5)
    assert metered.seconds >= 0


@pytest.mark.parametrize(("busy", "share"), [(None, None), (0.9, 0.0), (2.0, 1.0)])
def test_the_share_of_others(busy, share):
    meters = Meters((Meter("time", [], joules=False, busy=busy),))
    assert meters.around(lambda: None, no_load).foreign_share == share


class Coarse(Meter):
    """A counter that saw no tick."""

    def stop(self, filler=no_load):
        super().stop(filler)
        raise MeasurementError("too few ticks")


def test_a_short_stretch_may_be_too_short_for_a_meter():
    log = []
    meters = Meters((Coarse("a", log), Meter("b", log), Meter("time", log, joules=False)))
    metered = meters.around(lambda: 1, no_load, short=True)
    assert [reading.meter for reading in metered.energy] == ["b"]
    assert metered.usage.own_seconds == 1.0
    with pytest.raises(MeasurementError, match="too few ticks"):
        meters.around(lambda: 1, no_load)


def test_processor_time_is_never_too_short():
    class Broken(Meter):
        def stop(self, filler=no_load):
            super().stop(filler)
            raise MeasurementError("no clock")

    with pytest.raises(MeasurementError, match="no clock"):
        Meters((Broken("time", [], joules=False),)).around(lambda: 1, no_load, short=True)


@pytest.mark.parametrize(
    ("first", "second", "turn", "merged"),
    [
        ("abc", "123", 0, "a12bc3"),
        ("abc", "123", 1, "1ab23c"),
        ("ab", "1234", 0, "1a23b4"),
        ("a", "123", 0, "1a23"),
        ("a", "123", 1, "12a3"),
        ("abcdef", "1", 0, "abc1def"),
        ("abcdef", "1", 5, "abc1def"),
        ("a", "1", 4, "a1"),
        ("a", "1", 7, "1a"),
    ],
)
def test_both_are_spread_evenly_and_lead_by_turns(first, second, turn, merged):
    assert "".join(interleaved(first, second, turn)) == merged


def test_what_pieces_took_in_turn_is_added_up_by_whose_they_are():
    log = []
    meters = Meters((Meter("a", log), Meter("time", log, joules=False)))
    pieces = [(role, lambda role=role: log.append(role)) for role in "RCCR"]
    found = meters.in_turn(pieces, no_load)
    around = ["a on", "time on", "|", "time off", "a off"]
    assert log == [
        step
        for roles in ("R", "CC", "R")
        for each in around
        for step in (roles if each == "|" else [each])
    ]
    assert found["C"].usage == CpuUsage(own_seconds=1.0, busy_seconds=1.5)
    assert found["R"].usage == CpuUsage(own_seconds=2.0, busy_seconds=3.0)
    assert [reading.joules for reading in found["R"].energy] == [{"cpu": 4.0}]
    assert found["R"].foreign_share == pytest.approx(0.5)
    assert found["R"].started_at <= found["C"].started_at
    hidden = Meters((Meter("time", [], joules=False, busy=None),))
    assert hidden.in_turn(pieces, no_load)["R"].foreign_share is None


def test_at_rest_only_energy_is_metered():
    log = []
    meters = Meters((Meter("a", log), Meter("time", log, joules=False)))
    rest = meters.at_rest(0.05)
    assert log == ["a on", "a off"]
    assert rest.seconds >= 0.05
    assert [reading.joules for reading in rest.energy] == [{"cpu": 2.0}]


def test_no_processor_time_is_a_bug():
    with pytest.raises(MeasurementError, match="no meter counts processor time"):
        Meters((Meter("a", []),)).around(lambda: None, no_load)


@pytest.mark.parametrize("jump", [-3600.0, 0.6, 30.0])
def test_a_clock_that_jumps_is_an_error(monkeypatch, jump):
    clock = Clock()
    real = time.time
    monkeypatch.setattr(windowing.time, "time", lambda: real() + jump)
    with pytest.raises(MeasurementError, match="the clock jumped by"):
        clock.seconds()


def test_a_clock_that_is_slewed_is_not():
    clock = Clock()
    clock.started_at -= 0.4
    assert clock.seconds() < 0.4
