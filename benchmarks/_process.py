"""What the benchmarks share: a process like a worker's, and the texts of a file."""

import argparse
import json
import os
import sys
from pathlib import Path

from energylabel.worker.client import environment


def become_worker(cores: int) -> None:
    """Start this process again in a worker's environment, unless it is in one.

    OpenMP and the C library read their variables once, when a program starts.
    """
    settings = environment(os.environ.get("HOME", "/"), cores, (), os.environ)
    if os.environ.get("OMP_WAIT_POLICY") != settings["OMP_WAIT_POLICY"]:
        os.execve(sys.executable, [sys.executable, *sys.argv], settings)  # noqa: S606


def read_texts(data: Path, count: int) -> list[str]:
    """The first texts of a file of JSON lines."""
    with data.open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines][:count]


def model_and_data(about: str | None) -> argparse.ArgumentParser:
    """The options of a benchmark that rates one model on a file of texts."""
    parser = argparse.ArgumentParser(description=about.split("\n")[0] if about else None)
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--text-column", default="text")
    parser.add_argument("--label-column", default="label")
    return parser
