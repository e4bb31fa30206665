"""The worker's requests, called directly: what no real model here would do."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from energylabel.classifiers.base import Batching, Fittable, Predictions
from energylabel.errors import EnergyLabelError, MeasurementError, NotRatableError, out_of_memory
from energylabel.meters.base import Filler, no_load
from energylabel.records import (
    AnswersTaken,
    Batches,
    FitModel,
    MeasureWindow,
    MeteredPasses,
    PassesRun,
    Reading,
    RunPasses,
    SizeBatches,
    TakeAnswers,
    TakeTexts,
    TellMemory,
)
from energylabel.worker.device import resident_bytes
from energylabel.worker.failures import failure
from energylabel.worker.sandbox import Seclusion
from energylabel.worker.server import Server
from energylabel.worker.service import read_reply, respond
from energylabel.worker.windows import Meters


class Fake:
    """A model that fails above a size of batch."""

    def __init__(self, fits: int, error: Exception | None = None, *, finite: bool = True) -> None:
        self.fits = fits
        self.error = error or MemoryError()
        self.finite = finite
        self.asked: list[tuple[int, int]] = []

    def count_tokens(self, texts: Any) -> tuple[int, ...]:
        return tuple(map(len, texts))

    def predict(self, texts: Any, batching: Batching, **_: bool) -> Predictions:
        self.asked.append((len(texts), batching.size))
        if batching.size > self.fits:
            raise self.error
        return Predictions((0,) * len(texts), tokens=7, truncated=0, finite=self.finite)


def sized(server: Server, texts: int, size: int, tokens: int | None = None) -> Batches:
    indices = tuple(range(texts))
    asked = SizeBatches(role="candidate", indices=indices, size=size, tokens=tokens)
    return server.size_batches(asked).batches


def passes(server: Server, *indices: int) -> PassesRun:
    return server.run_passes(RunPasses(role="candidate", indices=indices, min_seconds=0))


def window(server: Server, *indices: int) -> MeteredPasses:
    asked = MeasureWindow(role="candidate", indices=indices, min_seconds=0, each_pass=True)
    return server.measure_window(asked).measured


def answered(server: Server, stop: int) -> AnswersTaken:
    return server.take_answers(TakeAnswers(role="candidate", start=0, stop=stop))


@pytest.fixture
def server() -> Iterator[Server]:
    with ExitStack() as stack:
        made = Server(stack, Seclusion(network_cut=False))
        made.take_texts(TakeTexts(texts=tuple(map(str, range(100)))))
        yield made


@pytest.mark.skipif(sys.platform != "linux", reason="peaks can be forgotten on Linux alone")
def test_fitting_is_in_no_peak_of_the_model(server: Server):
    class Learner(Fake, Fittable):
        parameters, dtype, max_tokens, attention, batch = 1, "float64", 512, "none", None

        def fit(self, texts: Any, gold: Any) -> None:
            del texts, gold
            bytearray(b"x") * 400_000_000

    server._models.loaded["candidate"] = Learner(32)
    usage = {"own_seconds": 2.0, "busy_seconds": 2.5}
    server._meters = Meters([Clock("time", [], method="cpu-time", usage=usage)])
    server.fit_model(FitModel(role="candidate", texts=("a",), gold=(0,)))
    peak = sized(server, 1, 1).peak_bytes
    assert server.tell_memory(TellMemory()).peak_bytes - peak > 200e6


def test_a_session_that_learns_nothing_is_not_fitted(server: Server):
    server._models.loaded["candidate"] = Fake(1)
    with pytest.raises(NotRatableError, match="cannot be fitted"):
        server.fit_model(FitModel(role="candidate", texts=("a",), gold=(0,)))


@pytest.mark.slow
@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_batches_shrink_until_they_fit(server: Server, error: Exception):
    fake = server._models.loaded["candidate"] = Fake(5, error)
    assert sized(server, 32, 32).size == 4
    assert fake.asked == [(32, 32), (16, 16), (8, 8), (4, 4)]
    passes(server, 1, 2)
    assert fake.asked[-1] == (2, 4)


@pytest.mark.slow
def test_batches_of_tokens_shrink_too(server: Server):
    fake = server._models.loaded["candidate"] = Fake(16, RuntimeError("CUBLAS_STATUS_ALLOC_FAILED"))
    batches = sized(server, 32, 64, 64)
    assert (batches.size, batches.tokens) == (16, 16)
    assert [size for _, size in fake.asked] == [64, 32, 16]


def test_a_gpu_that_fails_is_no_bug_of_ours():
    told = failure(RuntimeError("CUDA error: unspecified launch failure\nCompile with"))
    assert "the GPU failed in the middle" in told.message
    assert "memory ran out" in failure(MemoryError()).message
    with pytest.raises(RuntimeError, match="shape"):
        failure(RuntimeError("shape mismatch"))


def test_not_even_one_text_fits(server: Server):
    server._models.loaded["candidate"] = Fake(0)
    with pytest.raises(NotRatableError, match="not even one"):
        sized(server, 3, 3)


def test_another_failure_of_a_model_is_its_own(server: Server):
    server._models.loaded["candidate"] = Fake(0, IndexError("index out of\nrange in self"))
    with pytest.raises(NotRatableError, match=r"text 1 .*\(1 token\): index out of range in"):
        sized(server, 1, 1)


def test_a_text_that_the_code_of_a_model_cannot_take(server: Server):
    server._models.loaded["candidate"] = Fake(
        0, ValueError("All examples must have\nthe same <eos>")
    )
    for ask in (lambda: answered(server, 2), lambda: passes(server, 1)):
        with pytest.raises(NotRatableError, match=r"answer text . of .*: All examples must"):
            ask()


def test_scores_that_are_no_numbers_stop_everything(server: Server):
    server._models.loaded["candidate"] = Fake(99, finite=False)
    for ask in (
        lambda: sized(server, 1, 1),
        lambda: passes(server, 0),
        lambda: window(server, 0),
        lambda: answered(server, 3),
    ):
        with pytest.raises(NotRatableError, match="NaN or infinite"):
            ask()


def test_only_want_of_memory_is_out_of_memory():
    assert out_of_memory(MemoryError())
    assert out_of_memory(RuntimeError("CUDA out of memory. Tried"))
    assert not out_of_memory(RuntimeError("shape mismatch"))
    assert not out_of_memory(ValueError("out of memory"))
    assert resident_bytes() > 10e6


class Clock:
    """A meter that says what it is told and notes when it is asked."""

    def __init__(self, name: str, notes: list[str], **reading: Any) -> None:
        self.name, self.notes, self.reading = name, notes, reading

    def start(self, filler: Filler = no_load) -> None:
        filler()
        self.notes.append(f"+{self.name}")

    def stop(self, filler: Filler = no_load) -> Reading:
        filler()
        self.notes.append(f"-{self.name}")
        return Reading(meter=self.name, **self.reading)

    def describe(self) -> Any:
        raise NotImplementedError


def test_meters_nest_and_processor_time_is_told_apart(server: Server):
    notes: list[str] = []
    usage = {"own_seconds": 2.0, "busy_seconds": 2.5}
    joules = Clock("joules", notes, method="load-model", joules={"cpu": 3.0})
    clock = Clock("time", notes, method="cpu-time", usage=usage)
    server._meters = Meters((joules, clock))
    server._models.loaded["candidate"] = Fake(99)
    measured = window(server, 0, 1)
    assert notes == ["+joules", "+time", "-time", "-joules"]
    assert measured.cpu_seconds == 2.0
    assert measured.foreign_cpu_share == pytest.approx(0.25)
    assert [reading.joules for reading in measured.energy] == [{"cpu": 3.0}]
    clock.reading["usage"] = {"own_seconds": 2.0, "busy_seconds": None}
    assert window(server, 0).foreign_cpu_share is None
    server._meters = Meters((joules,))
    with pytest.raises(MeasurementError, match="no meter counts processor time"):
        window(server, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"op": "open-door"}', "'open-door'"),
        ('{"op": "_load", "role": "candidate"}', "'_load'"),
        ('{"op": "__class__"}', "'__class__'"),
        ("{}", "op"),
        ("[]", "an object"),
        ("not JSON\n" * 9, "Invalid JSON"),
        ('{"op": "take-texts", "texts": ["a", 1]}', "take-texts.texts.1"),
        ('{"op": "take-texts", "texts": [], "more": 1}', "take-texts.more"),
        ('{"op": "run-passes", "role": "candidate", "indices": [], "min_seconds": 0}', "indices"),
        ('{"op": "tell-carbon"}', "tell-carbon.country"),
    ],
)
def test_what_is_no_request_is_one_clear_error_and_the_next_is_served(
    server: Server, line: str, said: str
):
    reply = respond(server, line)
    assert "\n" not in reply
    with pytest.raises(EnergyLabelError) as caught:
        read_reply(TellMemory(), reply)
    assert type(caught.value) is EnergyLabelError
    assert caught.value.message.startswith("the worker was sent no request: ")
    assert said in caught.value.message
    assert len(caught.value.message) < 300
    memory = respond(server, TellMemory().model_dump_json())
    assert read_reply(TellMemory(), memory).peak_bytes > 0


def test_an_error_keeps_its_class_and_words_even_if_they_are_no_unicode(server: Server):
    server._models.loaded["candidate"] = Fake(0, ValueError("a file called \udcff\n"))
    asked = TakeAnswers(role="candidate", start=0, stop=1)
    reply = respond(server, asked.model_dump_json())
    with pytest.raises(NotRatableError, match=r"a file called \?"):
        read_reply(asked, reply)
