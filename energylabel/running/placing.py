"""What the worker measured, as records that say where in the rating it belongs."""

from energylabel.records import (
    Fitting,
    IdleRun,
    MeteredPasses,
    MeteredRest,
    ModelFitted,
    Moment,
    Role,
    SliceRun,
    Training,
    Window,
    WindowMeasured,
)


def slice_run(measured: MeteredPasses, *, session: int, part: int) -> SliceRun:
    """Passes over the slice with the number ``part``."""
    return SliceRun(
        session=session,
        slice=part,
        passes=measured.passes,
        queries=measured.queries,
        tokens=measured.tokens,
        started_at=measured.started_at,
        seconds=measured.seconds,
        cpu_seconds=measured.cpu_seconds,
        foreign_cpu_share=measured.foreign_cpu_share,
        energy=measured.energy,
    )


def window(
    told: WindowMeasured, *, session: int, part: int, block: int, position: int, role: Role
) -> Window:
    """A window of a block, over the slice with the number ``part``, whose passes were timed."""
    measured = told.measured
    return Window(
        session=session,
        slice=part,
        passes=measured.passes,
        queries=measured.queries,
        tokens=measured.tokens,
        started_at=measured.started_at,
        seconds=measured.seconds,
        cpu_seconds=measured.cpu_seconds,
        foreign_cpu_share=measured.foreign_cpu_share,
        energy=measured.energy,
        block=block,
        position=position,
        role=role,
        kept=True,
        pass_cpu_seconds=told.pass_cpu_seconds or (),
    )


def idle_run(measured: MeteredRest, *, session: int, moment: Moment) -> IdleRun:
    """The machine at rest at one moment of the rating."""
    return IdleRun(
        moment=moment,
        session=session,
        started_at=measured.started_at,
        seconds=measured.seconds,
        busy_seconds=measured.busy_seconds,
        energy=measured.energy,
    )


def fitting(told: ModelFitted, training: Training, *, rows: int, classes: int) -> Fitting:
    """What fitting took on the first ``rows`` of the rows, where there are so many classes."""
    return Fitting(
        rows=rows,
        content_sha256=training.content_sha256,
        own_rows=training.own,
        asked_rows=training.asked,
        unlearnt=training.unlearnt(rows, classes),
        seconds=told.seconds,
        cpu_seconds=told.cpu_seconds,
        energy=told.energy,
    )
