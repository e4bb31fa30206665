"""Python processes beside a test."""

import subprocess
import sys


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A Python process that says ``ready`` when it has come as far as it should."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()
