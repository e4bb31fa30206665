"""A machine without neighbours, whose one processor computes at one speed.

Run as part of ``sitecustomize``: the models' answers and tokens are real, and what a window took is
reckoned from its texts and tokens.
"""

import math
from typing import Any

from energylabel.worker.client import Worker

SECONDS_PER_TOKEN = {"reference": 1e-3, "candidate": 1e-5}
SECONDS_PER_TEXT = 1e-6

_ask = Worker.ask


def ask(worker: Worker, op: str, /, **arguments: Any) -> Any:
    """The worker's answer, with the clocks and counters of that machine in a window's."""
    told = _ask(worker, op, **arguments)
    if op != "window":
        return told
    tokens, texts = told["tokens"] / told["passes"], len(arguments["indices"])
    one = tokens * SECONDS_PER_TOKEN.get(arguments["role"], 0) + texts * SECONDS_PER_TEXT
    passes = math.ceil(arguments["min_seconds"] / one)
    seconds = one * passes
    took = {
        "passes": passes,
        "queries": passes * texts,
        "tokens": round(passes * tokens),
        "seconds": seconds,
        "cpu_seconds": seconds,
        "foreign_cpu_share": 0.0,
    }
    if "pass_cpu_seconds" in told:
        took["pass_cpu_seconds"] = [one] * passes
    for reading in told["energy"]:
        scale = seconds / told["seconds"]
        reading["joules"] = {part: scale * of for part, of in reading["joules"].items()}
    return told | took


Worker.ask = ask
