"""A function of the caller's program as the candidate, beside a worker that has all the rest.

The reference, the baselines and the meters of energy are in the secluded process as ever. The
function runs here, where it is: its processor time is this process's and that of its children, but
for the worker's own.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Self, TypeVar

from energylabel.classifiers import Batching, Function, LoadedFunction
from energylabel.errors import MeasurementError
from energylabel.meters import ActiveCpuTime, Filler, no_load
from energylabel.records import (
    AnswerSingly,
    CountTokens,
    Hardware,
    InterleaveWindows,
    ModelOpened,
    OpenModel,
    PassesRun,
    Reading,
    Reply,
    Request,
    RunPasses,
    SizeBatches,
    StartMeters,
    StopMeters,
    TakeTexts,
    WindowsInterleaved,
)
from energylabel.worker.client import Worker
from energylabel.worker.in_memory.elsewhere import Elsewhere
from energylabel.worker.in_memory.reference import FarPasses, FarReference
from energylabel.worker.sandbox import Seclusion
from energylabel.worker.server import Server, window_of
from energylabel.worker.service import read_reply, respond
from energylabel.worker.windows import Clock, Metered, Meters, Passes, interleaved, together

R = TypeVar("R", bound=Reply)
T = TypeVar("T")

_ROLE: Final = "candidate"
_REFERENCE: Final = "reference"


class FunctionWorker(Worker):
    """A worker whose candidate is a function of this process.

    Args:
        threads: Threads for computing, in the worker.
        hardware: The machine.
        memory_bytes: As for :class:`Worker`.
        function: The candidate.
    """

    def __init__(
        self, threads: int, hardware: Hardware, memory_bytes: int | None, function: Function
    ) -> None:
        super().__init__(threads, hardware, memory_bytes)
        self._function = function

    def __enter__(self) -> Self:
        """Start the process, and what serves the function beside it."""
        super().__enter__()
        self._beside = _Beside(self._function, self._far, self.process_id)
        return self

    def _exchange(self, seconds: float | None, request: Request[R]) -> str:
        """A line from the function's server, or the worker's; both have the same texts.

        There is no way to end a function that takes longer than ``seconds``, but for Ctrl-C.
        """
        ours = isinstance(request, AnswerSingly | InterleaveWindows)
        if ours or getattr(request, "role", "") == _ROLE:
            return respond(self._beside, request.model_dump_json())
        line = super()._exchange(seconds, request)
        if isinstance(request, TakeTexts):
            self._beside.take_texts(request)
        if isinstance(request, SizeBatches):
            fitted = read_reply(request, line).batches
            self._beside.take_batches(Batching(fitted.size, fitted.tokens))
        if isinstance(request, CountTokens) and request.role == _REFERENCE:
            self._beside.take_reference(read_reply(request, line).tokens)
        return line

    def _far(self, request: Request[R]) -> R:
        return read_reply(request, super()._exchange(None, request))


class _Beside(Server):
    """Serves the function alone, on the texts and with the batches that the worker has too."""

    def __init__(self, function: Function, far: Callable[[Request[Any]], Any], worker: int) -> None:
        super().__init__(ExitStack(), Seclusion(network_cut=False))
        self._function = function
        self._far = far
        self._worker = worker
        self._meters = self._own = _FarMeters(far, worker)

    def open_model(self, request: OpenModel) -> ModelOpened:
        """Nothing is read: the function is here."""
        labels = request.task.labels if request.task else ()
        self._models.add(request.role, LoadedFunction(self._function, labels))
        return self._described(request.role)

    def take_batches(self, batching: Batching) -> None:
        """Batches that the reference holds too."""
        self._models.batching = batching

    def take_reference(self, tokens: Sequence[int]) -> None:
        """How many tokens the first texts have for the reference, which tells its batches."""
        known = dict(zip(self._models.texts, tokens, strict=False))
        self._models.add(_REFERENCE, FarReference(known))

    def run_passes(self, request: RunPasses) -> PassesRun:
        """As ever, if the function computes here."""
        with Elsewhere(self._worker):
            return super().run_passes(request)

    def interleave_windows(self, request: InterleaveWindows) -> WindowsInterleaved:
        """As ever, but that the reference's turns are the worker's."""
        indices, models = request.indices, self._models
        far, ran = FarPasses(self._far, indices), Passes([], 0)
        turns = interleaved(
            far.in_pieces(models.pieces(_REFERENCE, indices), request.reference_passes),
            models.in_pieces(ran, _ROLE, indices, request.candidate_passes),
            request.turn,
        )
        metered: list[Metered[None]] = []
        with self._own.together():
            for role, group in groupby(turns, key=itemgetter(0)):
                works = [work for _, work in group]
                if role == _ROLE:
                    metered.append(self._meters.around(partial(_all, works), no_load))
                else:
                    _all(works)
            short = request.min_seconds - together(metered).seconds
            if short > 0:
                work = partial(models.run, ran, _ROLE, indices, short)
                metered.append(self._meters.around(work, no_load))
        far.last(request.min_seconds)
        own = window_of(ran, together(metered), len(indices), each_pass=True)
        return WindowsInterleaved(reference=far.window(), candidate=own)

    def _forget_peak(self) -> None:
        """The memory of this process is not the function's, and its peak is not ours to reset."""


def _all(works: Sequence[Callable[[], None]]) -> None:
    for work in works:
        work()


class _FarMeters(Meters):
    """Energy by the meters of the worker, processor time of this process.

    The function is refused that does not compute here: the worker's answers are waited for too, so
    that only its own work is looked at.
    """

    def __init__(self, far: Callable[[Request[Any]], Any], worker: int) -> None:
        super().__init__(())
        self._far = far
        self._worker = worker
        self._watched: Elsewhere | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Look at several stretches as one: each may be too short to tell."""
        with Elsewhere(self._worker) as self._watched:
            yield
        self._watched = None

    def around(self, work: Callable[[], T], filler: Filler, *, short: bool = False) -> Metered[T]:
        """See :meth:`Meters.around`."""
        del filler
        self._far(StartMeters())
        counted = ActiveCpuTime(without=self._worker)
        counted.start()
        clock = Clock()
        with self._watched.during() if self._watched else Elsewhere(self._worker):
            result = work()
        seconds = clock.seconds()
        usage = counted.stop().usage
        energy: tuple[Reading, ...] = self._far(StopMeters(short=short)).energy
        if usage is None:
            raise MeasurementError(
                "no meter counts processor time", "this is a bug; please report it"
            )
        return Metered(result, clock.started_at, seconds, usage, energy)
