"""What a worker can reach: no network, no token, no more memory than planned; its meters still."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hub.server import LoopbackHub
from support.evidence import make_hardware
from support.tiny_models import SENTENCES
from support.workers import make_plan, opening, resolved

from energylabel.errors import EnergyLabelError, MeasurementError, NotRatableError
from energylabel.records import OpenMeters, SizeBatches, TakeTexts, TellMemory
from energylabel.worker import sandbox as secluding
from energylabel.worker.client import Worker, probe_seclusion
from energylabel.worker.sandbox import seclude

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NOBODY = 65534
BIN = "/usr/bin"
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")

REPORT = """
import json, os, socket, sys
sys.path.append(sys.argv[1])
before = sorted(os.listdir("/proc/self")), sorted(os.listdir("/sys")), os.getuid(), os.getgid()
from energylabel.worker.sandbox import seclude
found = seclude()
after = sorted(os.listdir("/proc/self")), sorted(os.listdir("/sys")), os.getuid(), os.getgid()
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[2])), 2).close()
    reached = True
except OSError as error:
    reached = type(error).__name__ + " " + str(error)
own = sys.argv[3] and open(sys.argv[3]).read()
print(json.dumps([found.network_cut, found.reason, before == after, reached, own]))
"""


def usable_to_nobody(python: str | None) -> bool:
    code = f"import sys; sys.path.append({str(ROOT)!r}); import energylabel.worker.sandbox"
    command = [str(python), "-c", code]
    options: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "cwd": "/", "capture_output": True}
    try:
        return subprocess.run(command, check=False, **options).returncode == 0
    except OSError:
        return False


def report(port: int, python: str = sys.executable, *, own: str = "", **options: Any) -> list[Any]:
    done = subprocess.run(
        [python, "-c", REPORT, str(ROOT), str(port), own],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stderr
    said: list[Any] = json.loads(done.stdout)
    return said


@pytest.fixture
def hub(tmp_path: Path) -> Any:
    running = LoopbackHub(tmp_path / "hub")
    running.start()
    yield running
    running.stop()


@needs_linux
def test_a_secluded_process_reaches_nobody_and_sees_the_same_machine(hub: LoopbackHub):
    cut, reason, same, reached, _ = report(hub.port)
    if not cut:
        pytest.skip(f"this system does not allow it: {reason}")
    assert same
    assert reached is not True
    assert "unreachable" in reached


@needs_linux
def test_a_plain_user_too(hub: LoopbackHub, tmp_path: Path):
    if os.getuid() != 0:
        pytest.skip("only root can start a process as another user")
    python = next(filter(usable_to_nobody, (sys.executable, shutil.which("python3", path=BIN))), "")
    if not python:
        pytest.skip("no Python here is readable to other users")
    own = Path("/tmp", f"energylabel-own-{os.getpid()}")  # noqa: S108 - tmp_path is root's
    own.write_text("mine")
    own.chmod(0o400)
    os.chown(own, NOBODY, NOBODY)
    try:
        cut, reason, same, reached, read = report(
            hub.port, python, own=str(own), user=NOBODY, group=NOBODY, extra_groups=[], cwd="/"
        )
    finally:
        own.unlink()
    if not cut:
        pytest.skip(f"this system does not allow it: {reason}")
    assert same  # the same user and group, by name
    assert reached is not True
    assert read == "mine"


@needs_linux
def test_a_worker_has_no_network(hub: LoopbackHub):
    with Worker(1, make_hardware()) as worker:
        if not worker.ready.network_cut:
            pytest.skip("this system does not allow it")
        assert worker._process is not None
        mine = Path("/proc/self/ns/net").readlink()
        theirs = Path(f"/proc/{worker._process.pid}/ns/net").readlink()
        assert mine != theirs
        status = Path(f"/proc/{worker._process.pid}/status").read_text()
        assert "NoNewPrivs:\t1" in status
        names = ("cpu_time", "codecarbon")
        opened = worker.ask(OpenMeters(hardware=make_hardware(), names=names))
        assert tuple(meter.name for meter in opened.meters) == names
        with socket.create_connection(("127.0.0.1", hub.port), 5):
            pass  # the parent still has its own


@needs_linux
def test_the_doctor_asks_what_a_worker_gets():
    with Worker(1, make_hardware()) as worker:
        assert probe_seclusion().network_cut == worker.ready.network_cut


class Library:
    """A C library whose ``unshare`` fails."""

    def __init__(self, code: int) -> None:
        self.code = code

    def prctl(self, *_: int) -> int:
        return 0

    def unshare(self, _: int) -> int:
        return -1


@needs_linux
@pytest.mark.parametrize(
    ("code", "switches", "rights", "remedy"),
    [
        (1, {}, False, "--network none"),
        (1, {"_APPARMOR": "1"}, False, "apparmor_restrict_unprivileged_userns=0"),
        (1, {"_APPARMOR": "0", "_DEBIAN": "0"}, False, "unprivileged_userns_clone=1"),
        (28, {}, False, "max_user_namespaces"),
        (1, {}, True, "CAP_SYS_ADMIN"),
    ],
)
def test_what_is_refused_comes_with_its_remedy(  # noqa: PLR0917
    code: int,
    switches: dict[str, str],
    rights: bool,
    remedy: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(secluding.ctypes, "CDLL", lambda *_, **__: Library(code))
    monkeypatch.setattr(secluding.ctypes, "get_errno", lambda: code)
    monkeypatch.setattr(secluding, "_has_rights", lambda: rights)
    for name in ("_APPARMOR", "_DEBIAN"):
        path = tmp_path / getattr(secluding, name).name
        monkeypatch.setattr(secluding, name, path)
        if name in switches:
            path.write_text(switches[name])
    found = seclude()
    assert not found.network_cut
    assert found.reason
    assert remedy in found.remedy


@needs_linux
def test_a_container_without_network_needs_no_namespace(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(secluding.ctypes, "CDLL", lambda *_, **__: Library(1))
    monkeypatch.setattr(secluding, "_only_loopback", lambda: True)
    assert seclude().network_cut


@needs_linux
def test_interfaces_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    head = "Inter-|   Receive\n face |bytes\n"
    for told, expected in (("    lo: 1 2\n", True), ("", True), ("    lo: 1\n  eth0: 3\n", False)):
        path = tmp_path / "dev"
        path.write_text(head + told)
        monkeypatch.setattr(secluding, "_INTERFACES", path)
        assert secluding._only_loopback() is expected
    path.unlink()
    assert not secluding._only_loopback()


def test_other_systems_are_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(secluding.sys, "platform", "darwin")
    assert "darwin" in seclude().reason


@needs_linux
def test_memory_is_limited_and_a_batch_that_is_too_large_is_halved(tiny_bert: Path):
    with Worker(1, make_hardware(), 1_000_000_000) as worker:
        assert worker.ready.memory_bytes == 1_000_000_000
        worker.ask(opening(resolved(tiny_bert)))
        worker.ask(TakeTexts(texts=(" ".join(SENTENCES[:20]),) * 20_000))
        indices = tuple(range(20_000))
        asked = SizeBatches(role="candidate", indices=indices, size=20_000, tokens=None)
        assert 1 <= worker.ask(asked).batches.size < 20_000
        # Pages of mapped files come on top of what is limited.
        assert worker.ask(TellMemory()).peak_bytes < 1_600_000_000


@needs_linux
def test_too_little_memory_for_a_model_is_one_line(tiny_bert: Path):
    with pytest.raises((MeasurementError, NotRatableError), match="memory") as caught:  # noqa: SIM117
        with Worker(1, make_hardware(), 10_000_000) as worker:
            worker.ask(opening(resolved(tiny_bert)))
    assert caught.value.exit_code in {3, 4}
    assert caught.value.hint


@pytest.mark.parametrize(
    "words",
    [
        "memory allocation of 9000000000 bytes failed",
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "libgomp: Thread creation failed: Resource temporarily unavailable",
    ],
)
def test_a_library_that_ends_for_want_of_memory(words: str):
    with Worker(1, make_hardware()) as worker:
        worker._log.write_text(f"{words}\nAborted\n")
        assert worker._process is not None
        error: EnergyLabelError = worker._death(-6)
    assert isinstance(error, MeasurementError)
    assert "memory ran out" in error.message


def test_the_limit_is_ample(tiny_bert: Path):
    plan = make_plan(tiny_bert)
    least = 6 * (200_000 + 438_000_000) + 6_000_000_000 + 32 * 150_000_000
    texts = sum(50_000 + 100 * len(text) for text in plan.samples.texts)
    beside = texts + plan.threads * 64_000_000
    assert plan.memory_limit_bytes == least + beside
    large = make_plan(tiny_bert, options={"batch_size": 4096})
    assert large.memory_limit_bytes == max(least, large.hardware.memory_bytes) + beside
