"""Processes of the GPU check: ended with all that they started, and none outlives the check."""

import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

import psutil

_LOOK_S = 0.5


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and everything below it; nothing happens to one that has ended."""
    if process.poll() is None:
        kill_below(process.pid)
        process.kill()
    process.wait()


def kill_below(pid: int) -> None:
    """Kill what a process has started, and what that has started."""
    for each in psutil.Process(pid).children(recursive=True):
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue  # ended by itself


def follow(parent: int) -> None:
    """End this process, and what it started, soon after its parent is gone.

    A parent that is killed cannot end its children itself.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_S)
        kill_below(os.getpid())
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def exit_on_termination() -> None:
    """Let SIGTERM unwind the program, so that children are ended and files are told."""

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
