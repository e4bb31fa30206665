"""Starts the worker in an environment that is built, not inherited, and talks to it.

So ``rate()`` in a notebook measures the same as the command: threads, OpenMP's waiting policy,
offline flags and the home folder are the same everywhere, and no token is there to be taken.
"""

import json
import os
import re
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from types import TracebackType
from typing import IO, Self, TypeVar

from energylabel.devices import uuids_at
from energylabel.errors import EnergyLabelError, MeasurementError
from energylabel.meters import VARIABLE as REPLAY
from energylabel.records import Hardware, Hello, Ready, Reply, Request
from energylabel.worker.sandbox import Seclusion
from energylabel.worker.service import read_reply

R = TypeVar("R", bound=Reply)

WAIT_POLICY = "PASSIVE"
"""Spinning OpenMP threads double even CPU-seconds beside a busy neighbour."""

MALLOC = "glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=4294967296"
"""Freed memory is kept for the next batch: else each gets new pages, which the kernel must fill."""

_LOOK_S = 1.0
"""Between two looks whether the program still runs that waits for a reply."""

_INHERITED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "PYTHONNOUSERSITE",
    "VIRTUAL_ENV",
    "COVERAGE_PROCESS_CONFIG",  # so that coverage is measured in the worker too
)
_START = (
    "import sys; sys.path.append(sys.argv[1])\n"
    "from energylabel.worker.sandbox import seclude; secluded = seclude()\n"  # before any thread
    "from energylabel.worker.process import main; main(secluded)"
)
_PROBE = (
    "import sys; sys.path.append(sys.argv[1])\n"
    "import dataclasses, json; from energylabel.worker.sandbox import seclude\n"
    "print(json.dumps(dataclasses.asdict(seclude())))"
)
_NO_MEMORY = re.compile(r"memory allocation of|bad_alloc|MemoryError|Thread creation failed")


def environment(
    home: str, threads: int, gpus: Sequence[str], inherited: Mapping[str, str]
) -> dict[str, str]:
    """The worker's whole environment.

    Args:
        home: An empty folder that stands in for the home folder.
        threads: Threads for OpenMP, MKL and the tokenizers.
        gpus: UUIDs of the GPUs that CUDA is to show, and no others.
        inherited: The caller's environment, of which a short list is kept.
    """
    kept = {name: inherited[name] for name in _INHERITED if name in inherited}
    # The worker starts in another folder, where a relative path would lead elsewhere.
    if "PYTHONPATH" in inherited:
        entries = inherited["PYTHONPATH"].split(os.pathsep)
        kept["PYTHONPATH"] = os.pathsep.join(str(Path(entry).absolute()) for entry in entries)
    if REPLAY in inherited:
        kept[REPLAY] = str(Path(inherited[REPLAY]).absolute())
    count = str(threads)
    return kept | {
        "HOME": home,
        "TMPDIR": home,  # removed when the worker ends, however it ends
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "OMP_NUM_THREADS": count,
        "OMP_DYNAMIC": "FALSE",
        "OMP_WAIT_POLICY": WAIT_POLICY,
        "KMP_BLOCKTIME": "0",
        "GLIBC_TUNABLES": MALLOC,
        "MKL_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "RAYON_NUM_THREADS": count,
        "TOKENIZERS_PARALLELISM": "true",
        "HF_HOME": str(Path(home) / "hf"),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "DISABLE_SAFETENSORS_CONVERSION": "1",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": ",".join(gpus),
    }


class Worker:
    """A running worker process; a context manager that ends it.

    Args:
        threads: Threads for computing.
        hardware: The machine, with the GPUs if any are to compute.
        memory_bytes: Most that it may take for its data, on a CPU; None: no limit of ours.
    """

    ready: Ready
    """What it said when it was started, by entering the context."""

    def __init__(self, threads: int, hardware: Hardware, memory_bytes: int | None = None) -> None:
        self._threads = threads
        self._hardware = hardware
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start the process and fix its threads and its device."""
        shown = uuids_at(self._hardware.places)
        self._home = tempfile.TemporaryDirectory(prefix="energylabel-")
        reading, writing = os.pipe()
        # A file, not a pipe: libraries may write any amount and nobody reads on.
        self._log = Path(self._home.name, "stderr.txt")
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, str(Path(__file__).parents[2]), str(writing)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=(writing,),
                cwd=self._home.name,
                env=environment(self._home.name, self._threads, shown, os.environ),
                start_new_session=True,  # the parent handles Ctrl-C
                text=True,
                encoding="utf-8",
            )
        os.close(writing)
        self._replies = os.fdopen(reading, encoding="utf-8")
        try:
            self.ready = self.ask(
                Hello(
                    threads=self._threads,
                    device=self._hardware.device,
                    memory_bytes=self._memory_bytes,
                )
            )
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process at once; what it held is only in memory."""
        process = self._process
        if process is None:
            return
        self._process = None
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            _close(process.stdin)
        self._replies.close()
        self._home.cleanup()

    @property
    def process_id(self) -> int:
        """Of the running worker."""
        if self._process is None:
            raise MeasurementError("the worker is not running", "this is a bug; please report it")
        return self._process.pid

    def ask(self, request: Request[R]) -> R:
        """Send one request and wait for its reply.

        Raises:
            EnergyLabelError: What the worker reported, of the same class.
            MeasurementError: The worker died.
        """
        return self.ask_within(None, request)

    def ask_within(self, seconds: float | None, request: Request[R]) -> R:
        """The same, but wait no longer than so many seconds (None: as long as it takes).

        Raises:
            TimeoutError: There was no reply; the worker is of no more use.
            EnergyLabelError: As :meth:`ask`.
        """
        return read_reply(request, self._exchange(seconds, request))

    def _exchange(self, seconds: float | None, request: Request[R]) -> str:
        """Send a line and wait for one."""
        process = self._process
        if process is None or process.stdin is None:
            raise MeasurementError("the worker is not running", "this is a bug; please report it")
        try:
            process.stdin.write(request.model_dump_json() + "\n")
            process.stdin.flush()
            # Replies are whole lines, and there is one for each request: nothing is buffered here.
            if not _comes(self._replies.fileno(), seconds):
                asked = type(request).__name__
                raise TimeoutError(f"no reply to {asked} within {seconds:.0f} s")
            line = self._replies.readline()
        except BrokenPipeError:
            line = ""
        if not line.endswith("\n"):  # nothing, or a reply cut short
            raise self._death(process.wait())
        return line

    def _death(self, code: int) -> EnergyLabelError:
        """What the worker's end means."""
        if code == -signal.SIGKILL:
            return MeasurementError(
                "the worker was killed, most likely for want of memory",
                "free memory, lower --batch-size, or rate on a larger machine; "
                "--resume continues from what is measured",
            )
        lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no message")
        if any(_NO_MEMORY.search(line) for line in lines[-20:]):
            return MeasurementError(
                "the worker's memory ran out",
                "lower --batch-size, or rate on a machine with more memory",
            )
        return EnergyLabelError(
            f"the worker ended with code {code}: {last[:300]}", "please report this as a bug"
        )


def probe_seclusion() -> Seclusion:
    """What a worker started now could leave behind of the network; takes a tenth of a second."""
    with tempfile.TemporaryDirectory(prefix="energylabel-") as home:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _PROBE, str(Path(__file__).parents[2])],
            capture_output=True,
            cwd=home,
            env=environment(home, 1, (), os.environ),
            check=True,
        )
    return Seclusion(**json.loads(done.stdout))


def _comes(descriptor: int, seconds: float | None) -> bool:
    """Whether something can be read within so many seconds (None: as long as it takes).

    Raises:
        KeyboardInterrupt: The program is being ended, and this is one of its threads.
    """
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        left = _LOOK_S if end is None else max(0.0, end - time.monotonic())
        if wait([descriptor], min(left, _LOOK_S)):
            return True
        if not threading.main_thread().is_alive():
            raise KeyboardInterrupt  # else the thread would measure on in an ended program
        if left <= 0:
            return False


def _close(stream: IO[str]) -> None:
    """Close a pipe whose reader is gone; what was still to be written is lost on purpose."""
    try:
        stream.close()
    except BrokenPipeError:
        return
