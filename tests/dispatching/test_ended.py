"""What is left of a job whose process is ended: an outcome that is whole, or the earlier one."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.parcels import FILES, rated, store

from energylabel.records.outcome import Outcome

PROGRAM = """
import os, signal, sys, time
from pathlib import Path

from energylabel import storing
from energylabel.cli.app import main
from energylabel.dispatching import jobs
from energylabel.pipeline import Rated

folder, place = Path(sys.argv[2]), sys.argv[3]


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def rate(job, observer):
    if place == "rating":
        die()
    if place == "waiting":
        print("rating", flush=True)
        time.sleep(60)
    return Rated(storing.read_label(folder), folder)


jobs.rate = rate
if place == "writing":
    os.fsync = die
if place == "moving":
    Path.replace = die
main(["run-job", sys.argv[1]])
"""


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The words of a process that does a job, but for the place where it ends."""
    folder = store(tmp_path / "labels", rated("acme/one", "a" * 40, FILES))
    (tmp_path / "job.json").write_text('{"model": "acme/one"}')
    return [sys.executable, "-c", PROGRAM, str(tmp_path / "job.json"), str(folder)]


@pytest.mark.slow
@pytest.mark.parametrize("place", ["rating", "writing", "moving"])
def test_a_killed_job_leaves_no_half_outcome(words: list[str], place: str, tmp_path: Path) -> None:
    outcome = tmp_path / "job.outcome.json"
    ended = subprocess.run([*words, place], capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert not outcome.exists()
    outcome.write_text("an earlier one")
    subprocess.run([*words, place], capture_output=True, check=False)
    assert outcome.read_text() == "an earlier one"
    done = subprocess.run([*words, "nowhere"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Outcome.from_json(outcome.read_bytes()).label is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")],
    ids=["terminated", "interrupted"],
)
def test_a_stopped_job_says_so(
    words: list[str], tmp_path: Path, number: int, code: int, word: str
) -> None:
    with subprocess.Popen(
        [*words, "waiting"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "rating\n"
        process.send_signal(number)
        _, talk = process.communicate(timeout=60)
    assert (process.returncode, talk) == (code, f"error: {word}\n")
    found = Outcome.from_json((tmp_path / "job.outcome.json").read_bytes())
    assert found.error is not None
    assert (found.error.code, found.error.kind, found.error.retryable) == (code, word, True)
    assert "options.resume" in found.error.hint
    assert found.label is None
