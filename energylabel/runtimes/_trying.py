"""A runtime's first batch, in a process of its own: a session may hang, and says nothing then."""

from __future__ import annotations

import importlib.util
import json
import math
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from energylabel.errors import NotRatableError, UsageError, one_line
from energylabel.runtimes.base import find_runtime
from energylabel.untrusted import ask_child

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from energylabel.runtimes.base import Inputs, Runtime

_PATIENCE_S = 120.0
"""For opening a graph and one batch of a few texts: billions of parameters take less."""


def refuse_lacking(runtime: Runtime) -> None:
    """Refuse a runtime whose packages are not installed.

    Raises:
        UsageError: With the command that installs them.
    """
    lacking = [name for name in runtime.imports if importlib.util.find_spec(name) is None]
    if lacking:
        raise UsageError(
            f"the runtime {runtime.name} needs {' and '.join(lacking)}, not installed here",
            runtime.install,
        )


def try_out(
    runtime: Runtime, folder: Path, threads: int, inputs: Inputs, patience_s: float = _PATIENCE_S
) -> Mapping[str, int]:
    """Kernels that multiplied matrices for one batch, and how often each ran.

    Args:
        runtime: Not PyTorch.
        folder: Of the exported graph.
        threads: As many as in the rating.
        inputs: Lists of token ids and the like, by name.
        patience_s: Seconds after which it is given up.

    Raises:
        NotRatableError: It fails, or does not end.
    """
    request = {
        "runtime": runtime.name,
        "folder": str(folder),
        "threads": threads,
        "inputs": inputs,
        "patience_s": math.ceil(patience_s),
    }
    try:
        answer, code = ask_child(__name__, request, patience_s)
    except subprocess.TimeoutExpired as error:
        raise NotRatableError(
            f"{runtime.title} gave no answer within {patience_s:.0f} s and was given up",
            "rate the model with PyTorch: leave out --runtime",
        ) from error
    if "kernels" not in answer:
        cause = answer.get("error") or f"its process ended with code {code}"
        raise NotRatableError(
            f"{runtime.title} does not run the exported model: {cause}",
            "rate the model with PyTorch: leave out --runtime",
        )
    kernels: dict[str, int] = answer["kernels"]
    return kernels


def main() -> None:
    """Serve one request from standard input."""
    from pathlib import Path

    import numpy as np

    request = json.load(sys.stdin)
    signal.alarm(1 + request["patience_s"])  # for a parent that was killed, and gives nothing up
    inputs = {name: np.asarray(rows, np.int64) for name, rows in request["inputs"].items()}
    runtime = find_runtime(request["runtime"])
    try:
        assert runtime.try_out is not None  # noqa: S101 - never asked of PyTorch
        kernels = runtime.try_out(Path(request["folder"]), request["threads"], inputs)
        answer: dict[str, Any] = {"kernels": dict(kernels)}
    except Exception as error:  # noqa: BLE001 - whatever a runtime raises
        answer = {"error": one_line(f"{type(error).__name__}: {error}", 300)}
    sys.stdout.write("\n" + json.dumps(answer))
