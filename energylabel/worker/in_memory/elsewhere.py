"""Whether a function computes in this process, or has it done where no meter of ours looks."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

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


class Elsewhere:
    """Refuses, when it is left, a function that had its work done elsewhere.

    Entered around one stretch of work, or around several that :meth:`during` marks.

    Args:
        worker: The worker's process, which works for us and not for the function.

    Raises:
        NotRatableError: It waits for something, or computes on a GPU.
    """

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._seconds = self._own = self._awake = 0.0
        self._telling = True
        self._on_gpu = False
        self._marked = False

    def __enter__(self) -> Self:
        """Begin; all of it counts unless parts are marked."""
        self._began = _Now(self._worker)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, and judge what was seen."""
        if error is not None:
            return
        if not self._marked:
            self._add(self._began)
        share = self._own / self._seconds if self._seconds else 1.0
        asleep = 1 - self._awake / self._seconds if self._seconds else 0.0
        # Where a thread's account is kept, a busy neighbour is no reason, however busy.
        waits = share < _IDLE and asleep > _IDLE if self._telling else share < _NEVER
        if self._seconds >= _LEAST_S and waits:
            raise NotRatableError(
                f"the function computes for {100 * share:.0f} % of the time that it takes: it waits"
                " for something else, whose energy is not seen here",
                "give a function that computes in this process, not one that asks a server",
            )
        if self._on_gpu:
            raise NotRatableError(
                "the function computes on a GPU, and functions are rated on the processor",
                "move its model to the CPU, or rate the saved model with device='cuda'",
            )

    @contextmanager
    def during(self) -> Iterator[None]:
        """A stretch of the function's work; what lies between such stretches does not count."""
        self._marked = True
        began = _Now(self._worker)
        yield
        self._add(began)

    def _add(self, began: "_Now") -> None:
        now = _Now(self._worker)
        self._seconds += now.at - began.at
        self._own += now.own - began.own
        self._telling = self._telling and None not in {began.awake, now.awake}
        self._awake += (now.awake or 0.0) - (began.awake or 0.0)
        self._on_gpu = self._on_gpu or now.on_gpu != began.on_gpu


class _Now:
    """What is known of this moment."""

    def __init__(self, worker: int) -> None:
        self.on_gpu = _gpu_allocations()
        self.awake = _awake_s()
        self.own = own_cpu_seconds(worker)
        self.at = time.perf_counter()


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
