"""The machine's lock: one rating at a time, who holds it, and how long others wait."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.processes import end, start

from energylabel.errors import MeasurementError
from energylabel.storing import holding as hd

HOLDER = (
    "import sys, time; from pathlib import Path; from energylabel.storing import holding\n"
    "holding.lock_paths = lambda: (Path(sys.argv[1]),)\n"
    "with holding.machine_lock(wait_s=0):\n"
    "    print('ready', flush=True); time.sleep(float(sys.argv[2]))"
)


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "energylabel.lock"
    monkeypatch.setattr(hd, "lock_paths", lambda: (path,))
    return path


def test_a_second_rating_is_refused(lock: Path):
    process = start(HOLDER, str(lock), "60")
    try:
        with pytest.raises(MeasurementError, match="another rating"), hd.machine_lock(wait_s=0):
            pass
    finally:
        end(process)


@pytest.mark.slow
def test_a_second_rating_waits_and_says_so_once(lock: Path):
    process = start(HOLDER, str(lock), "0.7")
    told: list[str] = []
    began = time.monotonic()
    with hd.machine_lock(wait_s=None, waiting=told.append):
        assert time.monotonic() - began > 0.3
    assert [each.endswith("on this machine; waiting for it") for each in told] == [True]
    end(process)


def test_the_lock_dies_with_its_process(lock: Path):
    process = start(HOLDER, str(lock), "60")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert lock.exists()
    with hd.machine_lock(wait_s=0):
        pass


def test_the_lock_is_free_after_an_error_and_nobody_waits_for_nothing(lock: Path):
    with pytest.raises(ZeroDivisionError), hd.machine_lock(wait_s=0):
        raise ZeroDivisionError
    with hd.machine_lock(wait_s=None, waiting=lambda _: pytest.fail("nobody holds it")):
        pass


def test_a_child_process_does_not_inherit_the_lock(lock: Path):
    with hd.machine_lock(wait_s=0):
        child = subprocess.Popen(["sleep", "30"])
    try:
        with hd.machine_lock(wait_s=0):
            pass
    finally:
        child.kill()
        child.wait()


def test_the_next_place_serves_when_the_first_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    link, missing, last = tmp_path / "link", tmp_path / "no" / "lock", tmp_path / "lock"
    link.symlink_to(tmp_path / "target")
    monkeypatch.setattr(hd, "lock_paths", lambda: (link, missing, last))
    with hd.machine_lock(wait_s=0):
        assert last.exists()
    assert not (tmp_path / "target").exists()
    monkeypatch.setattr(hd, "lock_paths", lambda: (link, missing))
    with pytest.raises(MeasurementError, match="no lock file"), hd.machine_lock(wait_s=0):
        pass


def test_every_user_of_the_machine_looks_in_the_same_place_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ENERGYLABEL_LOCK_DIR")  # the tests' own
    assert hd.lock_paths()[0] == Path("/var/lock/energylabel.lock")
    assert all(path.name == "energylabel.lock" for path in hd.lock_paths())


def test_a_folder_for_the_lock_is_the_only_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ENERGYLABEL_LOCK_DIR", str(tmp_path / "missing"))
    with (
        pytest.raises(MeasurementError, match="no lock file") as told,
        hd.machine_lock(wait_s=None),
    ):
        pass
    assert str(tmp_path / "missing") in told.value.hint
    (tmp_path / "missing").mkdir()
    with hd.machine_lock(wait_s=0):
        assert (tmp_path / "missing" / "energylabel.lock").exists()


def test_who_waits_hears_who_holds_the_machine_and_that_it_lives(lock: Path):
    process = start(HOLDER, str(lock), "60")
    os.utime(lock, (time.time() - 200, time.time() - 200))
    told: list[str] = []
    began = time.monotonic()
    with (
        pytest.raises(MeasurementError) as refused,
        hd.machine_lock(wait_s=0.6, waiting=told.append),
    ):
        pass
    assert 0.5 < time.monotonic() - began < 30
    end(process)
    assert refused.value.retryable
    (first,) = told
    assert f"another rating (process {process.pid}) has been running for" in first
    assert "last sign of life 3 min ago" in first
    assert f"process {process.pid}" in refused.value.message
    assert "--wait" in refused.value.hint


def test_a_sign_of_life_moves_the_time_of_the_file(lock: Path, monkeypatch: pytest.MonkeyPatch):
    with hd.machine_lock(wait_s=0) as hold:
        os.utime(lock, (1000, 1000))
        hold.beat()
        assert lock.stat().st_mtime == 1000  # once in two seconds is enough
        monkeypatch.setattr(hd, "_BEAT_S", 0)
        hold.beat()
        assert lock.stat().st_mtime > 1000
        assert b"process" in lock.read_bytes()
    assert lock.read_bytes() == b""


@pytest.mark.parametrize(
    "left", [b"", b"{", b"[1]", b'{"process": "x", "since": 1}', b"\xff" * 500]
)
def test_what_stands_in_the_file_is_not_believed_blindly(lock: Path, left: bytes):
    process = start(HOLDER, str(lock), "60")
    lock.write_bytes(left)
    try:
        with pytest.raises(MeasurementError) as refused, hd.machine_lock(wait_s=0):
            pass
    finally:
        end(process)
    assert refused.value.message == "another rating is running on this machine"


def test_what_a_killed_rating_left_names_nobody(lock: Path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    process = start(HOLDER, str(lock), "60")
    lock.write_text(json.dumps({"process": dead.pid, "since": 1}))
    try:
        with pytest.raises(MeasurementError) as refused, hd.machine_lock(wait_s=0):
            pass
    finally:
        end(process)
    assert "process" not in refused.value.message


def test_a_file_with_two_names_is_locked_and_not_written(lock: Path, tmp_path: Path):
    lock.write_text("of somebody")
    os.link(lock, tmp_path / "other")
    with hd.machine_lock(wait_s=0) as hold:
        hold.beat()
        assert lock.read_text() == "of somebody"


WAITS = """
import sys, threading
from pathlib import Path
from energylabel.storing import holding
holding.lock_paths = lambda: (Path(sys.argv[1]),)

def work():
    with holding.machine_lock(wait_s=None, waiting=lambda _: print("ready", flush=True)):
        pass

threading.Thread(target=work).start()
threading.Event().wait()
"""


def test_a_thread_that_waits_does_not_keep_an_ended_program(lock: Path):
    process = start(HOLDER, str(lock), "60")
    waiter = start(WAITS, str(lock))
    waiter.send_signal(signal.SIGINT)
    try:
        waiter.wait(30)
    finally:
        end(process)
        end(waiter)
