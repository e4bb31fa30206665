"""The process that loads and runs the models.

It reads one JSON object per line from standard input and writes one for each to the descriptor
that its last argument names: ``{"result": …}`` or ``{"error": {kind, message, hint}}``. Its
environment is built by :mod:`energylabel.worker.client` before Python starts, because OpenMP reads
it once.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO, Any

from energylabel.errors import EnergyLabelError
from energylabel.worker.failures import failure, told
from energylabel.worker.sandbox import Seclusion
from energylabel.worker.server import Server

_PR_SET_PDEATHSIG = 1


def serve(requests: IO[str], answers: IO[str], secluded: Seclusion) -> None:
    """Answer requests until the input ends."""
    with ExitStack() as stack:
        server = Server(stack, secluded)
        for line in requests:
            request = json.loads(line)
            method: Callable[..., Any] = getattr(server, request.pop("op"))
            try:
                answer = {"result": method(**request)}
            except EnergyLabelError as error:
                answer = {"error": told(error)}
            except (MemoryError, RuntimeError) as error:
                answer = {"error": told(failure(error))}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


def main(secluded: Seclusion) -> None:
    """Serve on standard input and the descriptor named by the last argument.

    Args:
        secluded: What :func:`energylabel.worker.sandbox.seclude` achieved in this process.
    """
    if sys.platform == "linux":
        import ctypes

        # Without this, a worker in mid-window would outlive a parent that was killed.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with os.fdopen(int(sys.argv[-1]), "w", encoding="ascii") as answers:
        serve(sys.stdin, answers, secluded)
