"""A machine without neighbours, whose one processor computes at one speed.

Run as part of ``sitecustomize``: the models' answers and tokens are real, and what a window took is
reckoned from its texts and tokens.
"""

import math
from typing import TypeVar

from energylabel.records import (
    InterleaveWindows,
    MeasureWindow,
    Reading,
    Reply,
    Request,
    WindowMeasured,
    WindowsInterleaved,
)
from energylabel.worker.client import Worker

SECONDS_PER_TOKEN = {"reference": 1e-3, "candidate": 1e-5}
SECONDS_PER_TEXT = 1e-6

R = TypeVar("R", bound=Reply)
_ask = Worker.ask


def ask(worker: Worker, request: Request[R]) -> R:
    """The worker's reply, with the clocks and counters of that machine in a window's."""
    told = _ask(worker, request)
    if isinstance(request, MeasureWindow) and isinstance(told, WindowMeasured):
        return reckoned(request, request.role, told)
    if isinstance(request, InterleaveWindows) and isinstance(told, WindowsInterleaved):
        both = {role: reckoned(request, role, getattr(told, role)) for role in SECONDS_PER_TOKEN}
        return told.model_copy(update=both)
    return told


def reckoned(
    request: MeasureWindow | InterleaveWindows, role: str, told: WindowMeasured
) -> WindowMeasured:
    """The window as that machine would have measured it."""
    measured = told.measured
    tokens, texts = measured.tokens / measured.passes, len(request.indices)
    one = tokens * SECONDS_PER_TOKEN.get(role, 0) + texts * SECONDS_PER_TEXT
    passes = math.ceil(request.min_seconds / one)
    seconds = one * passes
    scale = seconds / measured.seconds
    took = {
        "passes": passes,
        "queries": passes * texts,
        "tokens": round(passes * tokens),
        "seconds": seconds,
        "cpu_seconds": seconds,
        "foreign_cpu_share": 0.0,
        "energy": tuple(scaled(reading, scale) for reading in measured.energy),
    }
    each = {"pass_cpu_seconds": (one,) * passes} if told.pass_cpu_seconds is not None else {}
    return told.model_copy(update={"measured": measured.model_copy(update=took)} | each)


def scaled(reading: Reading, by: float) -> Reading:
    """A reading with so many times the joules."""
    joules = {part: by * of for part, of in reading.joules.items()}
    return reading.model_copy(update={"joules": joules})


Worker.ask = ask
