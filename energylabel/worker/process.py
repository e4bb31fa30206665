"""The process that loads and runs the models.

It reads one request per line from standard input, as JSON, and writes one reply for each to the
descriptor that its last argument names (:mod:`energylabel.records.messages`). Its environment is
built by :mod:`energylabel.worker.client` before Python starts, because OpenMP reads it once.
"""

import os
import sys
from contextlib import ExitStack
from typing import IO

from energylabel.worker.sandbox import Seclusion, end_with_parent
from energylabel.worker.server import Server
from energylabel.worker.service import respond


def serve(requests: IO[str], replies: IO[str], secluded: Seclusion) -> None:
    """Answer requests until the input ends."""
    with ExitStack() as stack:
        server = Server(stack, secluded)
        for line in requests:
            replies.write(respond(server, line) + "\n")
            replies.flush()


def main(secluded: Seclusion) -> None:
    """Serve on standard input and the descriptor named by the last argument.

    Args:
        secluded: What :func:`energylabel.worker.sandbox.seclude` achieved in this process.
    """
    end_with_parent()
    with os.fdopen(int(sys.argv[-1]), "w", encoding="utf-8") as replies:
        serve(sys.stdin, replies, secluded)
