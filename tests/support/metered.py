"""Evidence of a machine whose counters can be read, with its power at rest."""

from typing import Any

from support.evidence import CPU_TIME, RAPL, START, make_evidence, make_windows

from energylabel.records.evidence import Component, Evidence, IdleRun, Moment, Reading, Window

REST_S = 10.0


def make_idle(
    watts: float = 5.0,
    *,
    windows: tuple[Window, ...] = (),
    components: tuple[Component, ...] = ("cpu",),
) -> tuple[IdleRun, ...]:
    """Three baselines of ten seconds: before, halfway and after the windows, in their gaps."""
    counted = Reading(
        meter="rapl", method="hardware-counter", joules=dict.fromkeys(components, REST_S * watts)
    )
    starts = dict.fromkeys(("before", "halfway", "after"), START)
    if windows:
        half = next(window for window in windows if window.block == 3)
        starts["before"] = windows[0].started_at - REST_S - 1
        starts["halfway"] = half.started_at - REST_S - 1
        starts["after"] = windows[-1].started_at + windows[-1].seconds + 1
    moments: tuple[Moment, ...] = ("before", "halfway", "after")
    return tuple(
        IdleRun(
            moment=moment,
            session=0,
            started_at=starts[moment],
            seconds=REST_S,
            busy_seconds=0.05,
            energy=(counted,),
        )
        for moment in moments
    )


def with_a_rest(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """The windows, the machine at rest for a while after half of the first round."""
    return tuple(
        window.model_copy(update={"started_at": window.started_at + REST_S + 2})
        if window.block >= 3
        else window
        for window in windows
    )


def metered_evidence(**overrides: Any) -> Evidence:
    """The same rating on a machine whose package counters can be read."""
    windows = with_a_rest(make_windows(method="hardware-counter"))
    single = make_evidence().single.model_copy(update={"energy": ()})  # too short for the counter
    values = {
        "windows": windows,
        "meters": (RAPL, CPU_TIME),
        "idle": make_idle(windows=windows),
        "single": single,
    }
    return make_evidence(**values | overrides)
