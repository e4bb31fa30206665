"""How far a command has come: a bar on a terminal, lines in a log."""

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from energylabel.cli.output import Output, clean
from energylabel.events import Event, Observer

if TYPE_CHECKING:
    from rich.progress import Task

_LONG = {"loading", "warming", "measuring", "answering"}
"""Stages that begin with a line in a log. Once they begin there is something to resume."""
_SAID = {"waiting", "standing", "renamed", "noticed"}
"""Stages that are told in full, whether or not progress is shown."""
_PAUSE_S = 25.0
"""Between two lines of one stage in a log, and before the first of a stage that is mostly short."""


@contextmanager
def progress(output: Output) -> Iterator[Observer]:
    """An observer that shows a rating's progress on stderr while the context lasts.

    A bar on a terminal; every step with ``--verbose``; elsewhere, as in a log, a line where a
    long stage begins and about twice a minute; nothing when quiet.
    """
    if output.quiet:
        yield lambda event: _note(event, output)
    elif output.verbose:
        yield _lines(output, 0.0)
    elif output.format == "github" or not sys.stderr.isatty():
        # A bar's cursor codes before "::" would hide a workflow command from the runner.
        yield _lines(output, _PAUSE_S)
    else:
        with _bar(output) as observer:
            yield observer


def _note(event: Event, output: Output) -> None:
    """Remember that there is something to resume; say what would else look like a hang."""
    if event.stage in _LONG:
        output.measuring = True
    if event.stage in _SAID:
        output.say(event.message)


def _lines(output: Output, pause_s: float) -> Observer:
    """Lines with the time since the start, ``pause_s`` apart where no long stage begins."""
    began = time.monotonic()
    shown, shown_at = "", began

    def observe(event: Event) -> None:
        nonlocal shown, shown_at
        _note(event, output)
        now = time.monotonic()
        begins = event.stage in _LONG and event.stage != shown
        if event.stage in _SAID or (not begins and now - shown_at < pause_s):
            return
        shown, shown_at = event.stage, now
        text = f"{now - began:7.1f} s  {event.stage}: {event.message}"
        if left := remaining(event):
            text += f", about {left} left"
        output.say(text)

    return observe


@contextmanager
def _bar(output: Output) -> Iterator[Observer]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column
    from rich.text import Text

    class Message(TextColumn):
        """What is cut where the terminal is narrow."""

        def render(self, task: "Task") -> Text:
            shown = super().render(task)
            shown.no_wrap, shown.overflow = True, "ellipsis"
            return shown

    whole = Column(no_wrap=True)
    columns = (
        SpinnerColumn(table_column=whole),
        TimeElapsedColumn(table_column=whole),
        BarColumn(bar_width=16, table_column=whole),
        TextColumn("{task.fields[left]}", markup=False, table_column=whole),
        Message("{task.description}", markup=False, table_column=Column()),
    )
    # The bar is redrawn twice a second at most, so that its work does not show in the measurement.
    with Progress(
        *columns, console=Console(stderr=True), refresh_per_second=2, transient=True
    ) as bar:
        task = bar.add_task("starting", total=None, left="")

        def observe(event: Event) -> None:
            _note(event, output)
            left = remaining(event)
            left = left and f"about {left} left"
            text = clean(f"{event.stage}: {event.message}")
            bar.update(
                task, description=text, total=event.total, completed=event.done or 0, left=left
            )

        yield observe


def remaining(event: Event) -> str:
    """What is left, as a range where that is not known; empty where nothing is."""
    if event.remaining_s is None:
        return ""
    least = duration(event.remaining_s)
    most = least if event.most_s is None else duration(event.most_s)
    if most == least:
        return least
    # "3 to 9 min", "54 s to 9 min"
    return f"{least.removesuffix(' min') if most.endswith(' min') else least} to {most}"


def duration(seconds: float | Decimal, direction: str | None = None) -> str:
    """Seconds in words short enough for a progress line; rounded as the direction says."""
    whole = {ROUND_FLOOR: math.floor, ROUND_CEILING: math.ceil}.get(direction or "", round)
    if seconds < 90:
        return f"{max(1, whole(float(seconds)))} s"
    return f"{whole(float(seconds) / 60)} min"
