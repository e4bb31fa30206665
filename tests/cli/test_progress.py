"""How far a rating has come: lines in a log, a bar on a terminal of 80 columns."""

import os
import pty
import re
import subprocess
import sys

import pytest

from energylabel.cli import progress as module
from energylabel.cli.output import Output
from energylabel.cli.progress import progress, remaining
from energylabel.events import Event

LONG_LINE = """
import time
from energylabel.cli.output import Output
from energylabel.cli.progress import progress
from energylabel.events import Event
with progress(Output()) as observe:
    told = "block 3 of 24 · index 14.2 ± 2.3 % of a machine with the longest name that there is"
    observe(Event("measuring", told, done=3, total=24, remaining_s=150))
    time.sleep(1.2)
"""


def lines(
    output: Output,
    events: list[tuple[float, Event]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> list[str]:
    """What is told of events at their seconds, where stderr is no terminal."""
    clock = iter([100.0, *(100.0 + second for second, _ in events)])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    with progress(output) as observe:
        for _, event in events:
            observe(event)
    return capsys.readouterr().err.splitlines()


RATING = [
    (0.1, Event("resolving", "looking for demo")),
    (0.2, Event("sampling", "drawing queries")),
    (0.3, Event("waiting", "another rating is running")),
    (9.0, Event("loading", "loading demo")),
    (11.0, Event("loading", "drawing the reference's weights")),
    (20.0, Event("measuring", "block 1 of 6", remaining_s=50)),
    (44.0, Event("measuring", "block 2 of 6", remaining_s=30)),
    (46.0, Event("measuring", "block 3 of 6 to 30", remaining_s=28, most_s=540)),
    (47.0, Event("writing", "writing")),
]


def test_a_log_has_a_line_where_a_stage_begins_and_twice_a_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lines(Output(), RATING, monkeypatch, capsys) == [
        "another rating is running",
        "9.0 s loading: loading demo",
        "20.0 s measuring: block 1 of 6, about 50 s left",
        "46.0 s measuring: block 3 of 6 to 30, about 28 s to 9 min left",
    ]


def test_a_long_download_shows_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    events = [(second, Event("resolving", f"{second} MB")) for second in (1, 20, 26, 40, 52)]
    told = lines(Output(), events, monkeypatch, capsys)
    assert told == ["26.0 s resolving: 26 MB", "52.0 s resolving: 52 MB"]


def test_verbose_tells_every_step_and_quiet_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(lines(Output(verbose=True), RATING, monkeypatch, capsys)) == len(RATING)
    for output in (Output(quiet=True), Output(quiet=True, verbose=True)):
        assert lines(output, RATING, monkeypatch, capsys) == []
        assert output.measuring


@pytest.mark.slow
def test_a_narrow_terminal_cuts_the_message_not_the_time() -> None:
    inside, outside = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm"}
    ran = subprocess.Popen([sys.executable, "-c", LONG_LINE], stderr=outside, env=environment)
    assert ran.wait(60) == 0
    os.close(outside)
    seen = os.read(inside, 65536).decode()
    os.close(inside)
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen).replace("\n", "\r").split("\r")
    told = [line for line in drawn if "measuring" in line]
    assert told
    for line in told:
        assert len(line) <= 80
        assert re.search(
            r"0:00:0\d [━╺╸]+ about 2 min left measuring: block 3 of 24 · .*…", line
        ), line


@pytest.mark.parametrize(
    ("least", "most", "told"),
    [
        (None, None, ""),
        (54, None, "54 s"),
        (54, 540, "54 s to 9 min"),
        (180, 540, "3 to 9 min"),
        (20, 70, "20 s to 70 s"),
        (130, 140, "2 min"),
    ],
)
def test_what_is_left_is_a_range_where_it_is_not_known(
    least: float | None, most: float | None, told: str
) -> None:
    assert remaining(Event("measuring", "", remaining_s=least, most_s=most)) == told
