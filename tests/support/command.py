"""The command line as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

WAITING = "another rating is running on this machine; waiting for it\n"


def command(*arguments: str, state: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    if state is not None:
        environment["XDG_STATE_HOME"] = str(state)
    return subprocess.run(
        [sys.executable, "-m", "energylabel", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
