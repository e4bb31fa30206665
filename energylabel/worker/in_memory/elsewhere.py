"""Whether a function computes in this process, or has it done where no meter of ours looks."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from energylabel.errors import NotRatableError
from energylabel.meters import own_cpu_seconds

_SCHEDULE: Final = Path("/proc/thread-self/schedstat")
"""Nanoseconds that this thread computed, and that it waited for a processor: proc(5)."""

_LEAST_S: Final = 0.5
"""Stretches that are shorter tell nothing of waiting: one page fault is a good part of them."""
_IDLE: Final = 0.5
"""Share of a stretch that a thread may sleep which lets others of its process compute."""
_NEVER: Final = 0.1
"""Processor time below this share of a stretch is none that a busy neighbour explains."""


@contextmanager
def computing_here(worker: int) -> Iterator[None]:
    """Refuse a function that has the work done elsewhere, once it has had it done.

    Args:
        worker: The worker's process, which works for us and not for the function.

    Raises:
        NotRatableError: It waits for something, or computes on a GPU.
    """
    clock, used = time.perf_counter(), own_cpu_seconds(worker)
    awake, on_gpu = _awake_s(), _gpu_allocations()
    yield
    seconds = time.perf_counter() - clock
    share = (own_cpu_seconds(worker) - used) / seconds
    after = _awake_s()
    asleep = None if awake is None or after is None else 1 - (after - awake) / seconds
    waits = share < _NEVER or (asleep is not None and asleep > _IDLE and share < _IDLE)
    if seconds >= _LEAST_S and waits:
        raise NotRatableError(
            f"the function computes for {100 * share:.0f} % of the time that it takes: it waits"
            " for something else, whose energy is not seen here",
            "give a function that computes in this process, not one that asks a server",
        )
    if _gpu_allocations() != on_gpu:
        raise NotRatableError(
            "the function computes on a GPU, and functions are rated on the processor",
            "move its model to the CPU, or rate the saved model with device='cuda'",
        )


def _awake_s() -> float | None:
    """Seconds that this thread has computed or waited for a processor; None where none tells."""
    try:
        computed, waited, *_ = _SCHEDULE.read_text(encoding="ascii").split()
        return (int(computed) + int(waited)) / 1e9
    except (OSError, ValueError):
        return None


def _gpu_allocations() -> int:
    """How often PyTorch, where the program has it, took memory of a GPU."""
    cuda: Any = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return 0
    return sum(
        int(cuda.memory_stats(place).get("allocation.all.allocated", 0))
        for place in range(cuda.device_count())
    )
