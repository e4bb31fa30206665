"""The worker's requests, called directly: what no real model here would do."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from energylabel.classifiers.base import Batching, Fittable, Predictions
from energylabel.errors import MeasurementError, NotRatableError, out_of_memory
from energylabel.meters.base import Filler, no_load
from energylabel.records.evidence import Reading
from energylabel.worker.device import resident_bytes
from energylabel.worker.failures import failure
from energylabel.worker.sandbox import Seclusion
from energylabel.worker.server import Server
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


@pytest.fixture
def server() -> Iterator[Server]:
    with ExitStack() as stack:
        made = Server(stack, Seclusion(network_cut=False))
        made.texts([str(n) for n in range(100)])
        yield made


@pytest.mark.skipif(sys.platform != "linux", reason="peaks can be forgotten on Linux alone")
def test_fitting_is_in_no_peak_of_the_model(server: Server):
    class Learner(Fake, Fittable):
        parameters, dtype, max_tokens, attention, batch = 1, "float64", 512, "none", None

        def fit(self, texts: Any, gold: Any) -> None:
            del texts, gold
            bytearray(b"x") * 400_000_000

    server._sessions["candidate"] = Learner(32)
    usage = {"own_seconds": 2.0, "busy_seconds": 2.5}
    server._meters = Meters([Clock("time", [], method="cpu-time", usage=usage)])
    server.learn("candidate", ["a"], [0])
    peak = server.fit("candidate", [0], 1)["peak_bytes"]
    assert server.memory()["peak_bytes"] - peak > 200e6


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_batches_shrink_until_they_fit(server: Server, error: Exception):
    fake = server._sessions["candidate"] = Fake(5, error)
    answer = server.fit("candidate", list(range(32)), 32)
    assert answer["batch_size"] == 4
    assert fake.asked == [(32, 32), (16, 16), (8, 8), (4, 4)]
    server.run("candidate", [1, 2], 0)
    assert fake.asked[-1] == (2, 4)


def test_batches_of_tokens_shrink_too(server: Server):
    fake = server._sessions["candidate"] = Fake(16, RuntimeError("CUBLAS_STATUS_ALLOC_FAILED"))
    answer = server.fit("candidate", list(range(32)), 64, 64)
    assert (answer["batch_size"], answer["batch_tokens"]) == (16, 16)
    assert [size for _, size in fake.asked] == [64, 32, 16]


def test_a_gpu_that_fails_is_no_bug_of_ours():
    told = failure(RuntimeError("CUDA error: unspecified launch failure\nCompile with"))
    assert "the GPU failed in the middle" in told.message
    assert "memory ran out" in failure(MemoryError()).message
    with pytest.raises(RuntimeError, match="shape"):
        failure(RuntimeError("shape mismatch"))


def test_not_even_one_text_fits(server: Server):
    server._sessions["candidate"] = Fake(0)
    with pytest.raises(NotRatableError, match="not even one"):
        server.fit("candidate", list(range(3)), 3)


def test_another_failure_of_a_model_is_its_own(server: Server):
    server._sessions["candidate"] = Fake(0, IndexError("index out of\nrange in self"))
    with pytest.raises(NotRatableError, match="does not answer: index out of range in self"):
        server.fit("candidate", [0], 1)


def test_a_text_that_the_code_of_a_model_cannot_take(server: Server):
    server._sessions["candidate"] = Fake(0, ValueError("All examples must have\nthe same <eos>"))
    for ask in (lambda: server.answer(0, 2), lambda: server.run("candidate", [1], 0)):
        with pytest.raises(NotRatableError, match="does not answer: All examples must have the"):
            ask()


def test_scores_that_are_no_numbers_stop_everything(server: Server):
    server._sessions["candidate"] = Fake(99, finite=False)
    for ask in (
        lambda: server.fit("candidate", [0], 1),
        lambda: server.run("candidate", [0], 0),
        lambda: server.window("candidate", [0], 0),
        lambda: server.answer(0, 3),
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
    server._sessions["candidate"] = Fake(99)
    window = server.window("candidate", [0, 1], 0)
    assert notes == ["+joules", "+time", "-time", "-joules"]
    assert window["cpu_seconds"] == 2.0
    assert window["foreign_cpu_share"] == pytest.approx(0.25)
    assert [reading["joules"] for reading in window["energy"]] == [{"cpu": 3.0}]
    clock.reading["usage"] = {"own_seconds": 2.0, "busy_seconds": None}
    assert server.window("candidate", [0], 0)["foreign_cpu_share"] is None
    server._meters = Meters((joules,))
    with pytest.raises(MeasurementError, match="no meter counts processor time"):
        server.window("candidate", [0], 0)
