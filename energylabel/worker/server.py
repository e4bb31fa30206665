"""What the worker can be asked for: it holds texts, models and meters, and decides nothing."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from typing import Any

from energylabel.classifiers import Batching, Fittable
from energylabel.errors import NotRatableError, out_of_memory
from energylabel.meters import METERS, carbon_intensity, no_load
from energylabel.records import (
    AnswersCompared,
    AnswerSingly,
    AnswersTaken,
    Batches,
    BatchesSized,
    CarbonTold,
    CompareAnswers,
    CountTokens,
    Device,
    FitModel,
    Hello,
    InterleaveWindows,
    MeasureRest,
    MeasureWindow,
    MemoryTold,
    MeteredPasses,
    MetersOpened,
    MetersStarted,
    MetersStopped,
    ModelFitted,
    ModelOpened,
    OpenMeters,
    OpenModel,
    PassesRun,
    Ready,
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
from energylabel.worker.comparing import compare, taken
from energylabel.worker.device import (
    finish,
    limit_memory,
    peak_bytes,
    prepare,
    release,
    versions,
)
from energylabel.worker.exported.opening import opened
from energylabel.worker.exported.opening import versions as versions_of
from energylabel.worker.failures import blamed, fails_on_empty
from energylabel.worker.models import Models
from energylabel.worker.sandbox import Seclusion
from energylabel.worker.windows import Clock, Metered, Meters, Passes, interleaved, together

_PAUSE_S = 0.01


class Server:
    """A :class:`~energylabel.worker.service.Service`: the requests, one method each."""

    def __init__(self, stack: ExitStack, secluded: Seclusion) -> None:
        self._stack = stack
        self._secluded = secluded
        self._models = Models()
        self._meters = Meters(())
        self._device: Device = "cpu"
        self._peak_bytes = 0

    def hello(self, request: Hello) -> Ready:
        """Fix threads, device and memory; say which versions run, and what was achieved."""
        self._device = request.device
        prepare(request.device, request.threads)
        limited = limit_memory(request.device, request.memory_bytes)
        return Ready(
            versions=versions(),
            base_bytes=peak_bytes(self._device),
            memory_bytes=limited,
            network_cut=self._secluded.network_cut,
        )

    def take_texts(self, request: TakeTexts) -> TextsTaken:
        """Take all texts of the workload, in its order."""
        self._models.texts = request.texts
        return TextsTaken(count=len(request.texts))

    def open_meters(self, request: OpenMeters) -> MetersOpened:
        """Open meters by name, in the order in which they start."""
        opened = [
            self._stack.enter_context(METERS.get(name).open(request.hardware))
            for name in request.names
        ]
        self._meters = Meters(opened)
        return MetersOpened(meters=tuple(meter.describe() for meter in opened))

    def open_model(self, request: OpenModel) -> ModelOpened:
        """Load a model."""
        with blamed(request.role, loading=True):
            loaded = self._stack.enter_context(opened(request, self._models.texts))
        self._models.add(request.role, loaded)
        found = self._described(request.role)
        return found.model_copy(update={"versions": versions_of(request)})

    def fit_model(self, request: FitModel) -> ModelFitted:
        """Fit a model, as one metered window of its own."""
        loaded = self._models.loaded[request.role]
        if not isinstance(loaded, Fittable):
            what = f"the {request.role} cannot be fitted, though its family says so"
            raise NotRatableError(what, "its models have to be energylabel.classifiers.Fittable")
        with blamed(request.role):
            metered = self._meters.around(
                lambda: loaded.fit(request.texts, request.gold),
                lambda: time.sleep(_PAUSE_S),
                short=True,
            )
        self._forget_peak()  # fitting is in no figure of the model
        return ModelFitted(
            seconds=metered.seconds,
            cpu_seconds=metered.usage.own_seconds,
            energy=metered.energy,
            opened=self._described(request.role),
        )

    def _described(self, role: str) -> ModelOpened:
        loaded = self._models.loaded[role]
        return ModelOpened(
            parameters=loaded.parameters,
            dtype=loaded.dtype,
            max_tokens=loaded.max_tokens,
            attention=loaded.attention,
            batch=loaded.batch,
            exported=loaded.exported,
            **asdict(loaded.departures),
        )

    def count_tokens(self, request: CountTokens) -> TokensCounted:
        """Tokens of each of the first texts."""
        loaded = self._models.loaded[request.role]
        with blamed(request.role):
            return TokensCounted(tokens=loaded.count_tokens(self._models.texts[: request.count]))

    def try_texts(self, request: TryTexts) -> TextsTried:
        """Texts one by one, for models that some make fail; an empty one, not asked, may do so."""
        for place in request.indices:
            self._models.ask(request.role, [place], Batching(size=1))
        return TextsTried(fails_on_empty=fails_on_empty(self._models.loaded[request.role]))

    def size_batches(self, request: SizeBatches) -> BatchesSized:
        """Largest batches, from these bounds down by halves, that the (longest) texts fit."""
        role, size, tokens = request.role, request.size, request.tokens
        while True:
            try:
                some = self._models.some(role, request.indices, size)
                self._models.ask(role, some, Batching(size, tokens))
            except (MemoryError, RuntimeError) as error:
                if not out_of_memory(error):
                    raise
                if size == 1:
                    raise NotRatableError(
                        "not even one text at a time fits into memory",
                        "rate the model on a machine with more memory",
                    ) from error
            else:
                self._models.batching = Batching(size, tokens)
                peak = peak_bytes(self._device)
                return BatchesSized(batches=Batches(size=size, tokens=tokens, peak_bytes=peak))
            # Outside the handler the error is freed, and with it the tensors that its frames held.
            size //= 2
            tokens = tokens and max(1, tokens // 2)
            self._forget_peak()

    def compare_answers(self, request: CompareAnswers) -> AnswersCompared:
        """Find the way in which a model gives its own answers; it is asked so from now on."""
        role, loaded, agreement = request.role, self._models.loaded[request.role], request.known
        if agreement is None:
            texts = [self._models.texts[place] for place in request.indices]
            with blamed(role):
                agreement = compare(loaded, texts, self._models.batching, role)
        else:
            taken(loaded, agreement)
        self._models.groupings[role] = agreement.grouping
        self._forget_peak()  # the peak is that of the way that was found
        return AnswersCompared(agreement=agreement)

    def run_passes(self, request: RunPasses) -> PassesRun:
        """Whole passes without meters, for warming up and settling."""
        clock, ran = Clock(), Passes([], 0)
        self._models.run(ran, request.role, request.indices, request.min_seconds)
        return PassesRun(
            passes=len(ran.cpu_seconds), seconds=clock.seconds(), cpu_seconds=sum(ran.cpu_seconds)
        )

    def measure_window(self, request: MeasureWindow) -> WindowMeasured:
        """Whole passes over the texts as one metered window; each one's CPU time if asked for."""
        role, indices = request.role, request.indices
        batching = self._models.batching
        batch = self._models.some(role, indices, batching.texts)

        def work() -> Passes:
            ran = Passes([], 0)
            self._models.run(ran, role, indices, request.min_seconds)
            finish(self._device)
            return ran

        finish(self._device)
        metered = self._meters.around(work, lambda: self._load(role, batch, batching))
        return window_of(metered.result, metered, len(indices), each_pass=request.each_pass)

    def interleave_windows(self, request: InterleaveWindows) -> WindowsInterleaved:
        """A window of each model over the same texts, batch by batch in turn."""
        indices, models = request.indices, self._models
        counts = {"reference": request.reference_passes, "candidate": request.candidate_passes}
        ran = {role: Passes([], 0) for role in counts}
        turns = [models.in_pieces(ran[role], role, indices, n) for role, n in counts.items()]
        metered = self._meters.in_turn(interleaved(turns[0], turns[1], request.turn), no_load)
        for role in counts:
            short = request.min_seconds - metered[role].seconds
            if short > 0:
                work = partial(models.run, ran[role], role, indices, short)
                metered[role] = together([metered[role], self._meters.around(work, no_load)])
        found = {
            role: window_of(ran[role], metered[role], len(indices), each_pass=True)
            for role in counts
        }
        return WindowsInterleaved(reference=found["reference"], candidate=found["candidate"])

    def measure_rest(self, request: MeasureRest) -> RestMeasured:
        """The machine at rest, metered once it has been left alone for a while."""
        time.sleep(request.before)
        return RestMeasured(measured=self._meters.at_rest(request.seconds))

    def start_meters(self, request: StartMeters) -> MetersStarted:
        """Meter energy from now on, for work that is done elsewhere."""
        del request
        self._meters.start()
        return MetersStarted()

    def stop_meters(self, request: StopMeters) -> MetersStopped:
        """What it took since."""
        return MetersStopped(energy=self._meters.stop(short=request.short))

    def take_answers(self, request: TakeAnswers) -> AnswersTaken:
        """Answers to a range of the texts."""
        places = range(request.start, min(request.stop, len(self._models.texts)))
        began = time.perf_counter()
        said = self._models.ask(request.role, places, self._models.batching, count_truncated=True)
        seconds = time.perf_counter() - began
        if said.truncated is None or said.uncut_tokens is None:
            said_of = f"the {request.role} does not count the texts that it cuts"
            raise NotRatableError(said_of, "this is a bug of its family; please report it")
        found = {name: value for name, value in asdict(said).items() if name != "finite"}
        return AnswersTaken(**found, seconds=seconds)

    def answer_singly(self, request: AnswerSingly) -> SinglyAnswered:
        """The first texts one at a time, each timed; the whole is one metered window."""
        one = Batching(size=1)
        for place in range(min(request.count, 20)):
            self._models.ask("candidate", [place], one)

        def one_by_one() -> list[float]:
            latencies = []
            for place in range(request.count):
                before = time.perf_counter()
                self._models.ask("candidate", [place], one)
                latencies.append(time.perf_counter() - before)
            return latencies

        metered = self._meters.around(
            one_by_one, lambda: self._load("candidate", [0], one), short=True
        )
        run = SingleRun(
            latencies_s=tuple(metered.result),
            seconds=metered.seconds,
            cpu_seconds=metered.usage.own_seconds,
            energy=metered.energy,
        )
        return SinglyAnswered(run=run)

    def tell_memory(self, request: TellMemory) -> MemoryTold:
        """Highest memory so far, of the process or of the GPU."""
        del request
        return MemoryTold(peak_bytes=max(self._peak_bytes, peak_bytes(self._device)))

    def tell_carbon(self, request: TellCarbon) -> CarbonTold:
        """A country's carbon intensity."""
        return CarbonTold(intensity=carbon_intensity(request.country))

    def _forget_peak(self) -> None:
        """Let the next peak be that of what comes next; the highest of all is kept."""
        self._peak_bytes = max(self._peak_bytes, peak_bytes(self._device))
        release(self._device)

    def _load(self, role: str, indices: Sequence[int], batching: Batching) -> None:
        """Some of the window's load, uncounted and done when it returns."""
        self._models.ask(role, indices, batching)
        finish(self._device)


def window_of(
    ran: Passes, metered: Metered[Any], queries: int, *, each_pass: bool
) -> WindowMeasured:
    """Passes over so many queries, and what they took, as a reply."""
    return WindowMeasured(
        measured=MeteredPasses(
            passes=len(ran.cpu_seconds),
            queries=len(ran.cpu_seconds) * queries,
            tokens=ran.tokens,
            started_at=metered.started_at,
            seconds=metered.seconds,
            cpu_seconds=metered.usage.own_seconds,
            foreign_cpu_share=metered.foreign_share,
            energy=metered.energy,
        ),
        pass_cpu_seconds=tuple(ran.cpu_seconds) if each_pass else None,
    )
