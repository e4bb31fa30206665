# ruff: noqa: ARG002 - the requests have the fields that they have
"""A worker that answers at once, for everything about a rating but its figures."""

from collections.abc import Callable, Sequence
from typing import Self, TypeVar

from energylabel.errors import EnergyLabelError
from energylabel.records import (
    Agreement,
    AnswersCompared,
    AnswerSingly,
    AnswersTaken,
    Batches,
    BatchesSized,
    CarbonIntensity,
    CarbonTold,
    CompareAnswers,
    Component,
    CountTokens,
    FitModel,
    Hardware,
    Hello,
    InterleaveWindows,
    MeasureRest,
    MeasureWindow,
    MemoryTold,
    MeteredPasses,
    MeteredRest,
    MeterRecord,
    MetersOpened,
    MetersStarted,
    MetersStopped,
    Method,
    ModelFitted,
    ModelOpened,
    OpenMeters,
    OpenModel,
    PassesRun,
    Reading,
    Ready,
    Record,
    Reply,
    Request,
    RestMeasured,
    RunPasses,
    SingleRun,
    SinglyAnswered,
    SizeBatches,
    StartMeters,
    StopMeters,
    TakeAnswers,
    TakeTexts,
    TellCarbon,
    TellMemory,
    TextsTaken,
    TextsTried,
    TokensCounted,
    TryTexts,
    WindowMeasured,
    WindowsInterleaved,
)
from energylabel.worker.client import Worker
from energylabel.worker.service import respond

WINDOW_S = 1.25
REFERENCE_CPU_S = 0.08  # per query; the candidate takes a quarter of it

Q = TypeVar("Q", bound=Record)
R = TypeVar("R", bound=Reply)


class FakeWorker(Worker):
    """The parent's end as it is, but no process: requests and replies are lines all the same.

    Args:
        before_window: Called with the number of windows so far; may raise.
        foreign: Foreign share of the n-th window.
        joules: Whether windows come with counted joules of the processor.
        meters: What meters there are, instead: name, method, component, joules per CPU-second.
        fits: The largest batch that each role can hold.
        faults: What goes wrong when a role is fitted.
    """

    def __init__(
        self,
        *,
        before_window: Callable[[int], None] = lambda _: None,
        foreign: Callable[[int], float | None] = lambda _: 0.01,
        joules: bool = False,
        meters: Sequence[tuple[str, Method, Component, float]] = (),
        fits: dict[str, int] | None = None,
        error: EnergyLabelError | None = None,
        faults: dict[str, EnergyLabelError] | None = None,
    ) -> None:
        self.before_window = before_window
        self.foreign = foreign
        self.meters = tuple(meters)
        if joules:
            self.meters = (("fake", "hardware-counter", "cpu", 4.0),)
        self.fits = fits or {}
        self.error = error
        self.faults = faults or {}
        self.ready = self.hello(Hello(threads=1, device="cpu"))
        self.asked: list[Record] = []
        self.windows = 0

    def __call__(self, threads: int, hardware: Hardware, memory_bytes: int | None = None) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def of(self, kind: type[Q]) -> list[Q]:
        """The requests of one kind so far."""
        return [request for request in self.asked if isinstance(request, kind)]

    def _exchange(self, seconds: float | None, request: Request[R]) -> str:
        self.asked.append(request)
        return respond(self, request.model_dump_json())

    def hello(self, request: Hello) -> Ready:
        return Ready(versions={"torch": "2"}, base_bytes=5, memory_bytes=None, network_cut=True)

    def take_texts(self, request: TakeTexts) -> TextsTaken:
        return TextsTaken(count=len(request.texts))

    def open_meters(self, request: OpenMeters) -> MetersOpened:
        clock = MeterRecord(name="clock", method="cpu-time", covers=(), version=None, details={})
        others = (
            MeterRecord(name=name, method=method, covers=(part,), version=None, details={})
            for name, method, part, _ in self.meters
        )
        return MetersOpened(meters=(clock, *others))

    def _readings(self, cpu: float) -> tuple[Reading, ...]:
        return tuple(
            Reading(meter=name, method=method, joules={part: factor * cpu})
            for name, method, part, factor in self.meters
        )

    def start_meters(self, request: StartMeters) -> MetersStarted:
        return MetersStarted()

    def stop_meters(self, request: StopMeters) -> MetersStopped:
        return MetersStopped(energy=self._readings(1.0))

    def open_model(self, request: OpenModel) -> ModelOpened:
        if self.error is not None:
            raise self.error
        return self._opened(request.role)

    def _opened(self, role: str) -> ModelOpened:
        return ModelOpened(
            parameters=7, dtype="float32", max_tokens=64, attention="sdpa", batch=self._batch(role)
        )

    def _batch(self, role: str) -> int | None:
        return None

    def count_tokens(self, request: CountTokens) -> TokensCounted:
        return TokensCounted(tokens=tuple(5 + n % 9 for n in range(request.count)))

    def try_texts(self, request: TryTexts) -> TextsTried:
        return TextsTried(fails_on_empty=False)

    def compare_answers(self, request: CompareAnswers) -> AnswersCompared:
        agreement = Agreement(texts=len(request.indices), scored=True, grouping="any-lengths")
        return AnswersCompared(agreement=request.known or agreement)

    def size_batches(self, request: SizeBatches) -> BatchesSized:
        fits = min(request.size, self.fits.get(request.role, request.size))
        tokens = None if request.tokens is None else fits
        batches = Batches(size=fits, tokens=tokens, peak_bytes=1000 + request.size)
        return BatchesSized(batches=batches)

    def run_passes(self, request: RunPasses) -> PassesRun:
        cpu = self._cpu(request.role, len(request.indices))
        return PassesRun(passes=1, seconds=cpu, cpu_seconds=cpu)

    def _cpu(self, role: str, queries: int) -> float:
        return REFERENCE_CPU_S * queries / (1 if role == "reference" else 4)

    def fit_model(self, request: FitModel) -> ModelFitted:
        fault = self.faults.get(request.role)
        if fault is not None:
            raise fault
        return ModelFitted(
            seconds=0.2,
            cpu_seconds=0.3,
            energy=self._readings(0.3),
            opened=self._opened(request.role),
        )

    def interleave_windows(self, request: InterleaveWindows) -> WindowsInterleaved:
        asked = {
            role: MeasureWindow(
                role=role,
                indices=request.indices,
                min_seconds=request.min_seconds,
                each_pass=True,
            )
            for role in ("reference", "candidate")
        }
        return WindowsInterleaved(
            reference=self.measure_window(asked["reference"]),
            candidate=self.measure_window(asked["candidate"]),
        )

    def measure_window(self, request: MeasureWindow) -> WindowMeasured:
        self.before_window(self.windows)
        n, self.windows = self.windows, self.windows + 1
        queries = len(request.indices)
        cpu = self._cpu(request.role, queries) * (1 + n * 7919 % 13 / 10_000)
        measured = MeteredPasses(
            passes=1,
            queries=queries,
            tokens=9 * queries,
            started_at=1000.0 + n,
            seconds=WINDOW_S,
            cpu_seconds=cpu,
            foreign_cpu_share=self.foreign(n),
            energy=self._readings(cpu),
        )
        return WindowMeasured(
            measured=measured, pass_cpu_seconds=(cpu,) if request.each_pass else None
        )

    def measure_rest(self, request: MeasureRest) -> RestMeasured:
        energy = tuple(
            Reading(meter=name, method=method, joules={part: 3.0 * request.seconds})
            for name, method, part, _ in self.meters
        )
        measured = MeteredRest(
            started_at=900.0, seconds=request.seconds, busy_seconds=0.001, energy=energy
        )
        return RestMeasured(measured=measured)

    def take_answers(self, request: TakeAnswers) -> AnswersTaken:
        texts = range(request.start, request.stop)
        tokens = 9 * len(texts)
        return AnswersTaken(
            labels=tuple(n % 2 for n in texts),
            tokens=tokens,
            uncut_tokens=tokens,
            truncated=0,
            seconds=0.5,
        )

    def answer_singly(self, request: AnswerSingly) -> SinglyAnswered:
        latencies = (0.1,) * request.count
        run = SingleRun(latencies_s=latencies, seconds=1.0, cpu_seconds=1.0, energy=())
        return SinglyAnswered(run=run)

    def tell_memory(self, request: TellMemory) -> MemoryTold:
        return MemoryTold(peak_bytes=9)

    def tell_carbon(self, request: TellCarbon) -> CarbonTold:
        found = CarbonIntensity(country=request.country, grams_per_kwh=300.0, source="a table")
        return CarbonTold(intensity=found)
