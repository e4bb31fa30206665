"""The same terms for every family: same queries, same truncation, the same things in a window.

A new family adds one line to ``STUBS``: how to make a small model of it, and one more for each
kind of model that it computes in another way. The stubs are real models with few weights; nothing
here claims an accuracy.
"""

import functools
import random
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.embedders import make_encoder, make_static
from support.embedders import opened as embedder
from support.evidence import make_hardware
from support.tiny_lms import DESKS, train_causal, train_t5
from support.tiny_models import SENTENCES, make_model
from support.tiny_nli import one_thread
from support.workers import resolved

from energylabel import workloads
from energylabel.classifiers import (
    TOKEN_LIMIT,
    Batching,
    Fittable,
    LoadedModel,
    Placement,
    baselines,
    families,
    find_family,
    model_without_files,
)
from energylabel.meters import METERS
from energylabel.records import AnswerSingly, MeasureWindow, TakeTexts
from energylabel.records.subject import ResolvedModel
from energylabel.records.workload import Task
from energylabel.worker.sandbox import Seclusion
from energylabel.worker.server import Server
from energylabel.worker.windows import Meters

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Stub:
    """How to try a family.

    ``make`` writes a model into a folder; None: it has no files. ``modules`` are libraries that it
    may lack here. ``constant``: it answers the same to all. ``extra_tokens`` are those that it
    counts besides a text's own, for what it is asked, at most. ``labels`` are those it tells apart.
    """

    make: Callable[[Path], ResolvedModel] | None = None
    modules: tuple[str, ...] = ()
    constant: bool = False
    extra_tokens: int = 0
    labels: tuple[str, ...] = ("negative", "positive")


LLAMA = {"architecture": "LlamaForCausalLM", "model_type": "llama", "family": "prompted-lm"}
T5 = {"architecture": "T5ForConditionalGeneration", "model_type": "t5", "family": "prompted-lm"}
NLI = ("entailment", "neutral", "contradiction")
STUBS = {
    "sequence-classification": Stub(lambda folder: resolved(make_model(folder))),
    "zero-shot-nli": Stub(
        lambda folder: resolved(make_model(folder, labels=NLI, seed=2), labels=None),
        extra_tokens=TOKEN_LIMIT,  # a text is read once for each of the two labels
    ),
    "prompted-lm": Stub(
        lambda folder: resolved(
            train_causal(folder, with_chat=False, steps=100), None, labels=None, **LLAMA
        ),
        labels=DESKS[:2],
        extra_tokens=256,  # the question and its answers
    ),
    "prompted-lm: chat": Stub(
        lambda folder: resolved(
            train_causal(folder, with_chat=True, steps=100), None, labels=None, **LLAMA
        ),
        labels=DESKS[:2],
        extra_tokens=256,
    ),
    "prompted-lm: encoder-decoder": Stub(
        lambda folder: resolved(train_t5(folder), None, labels=None, **T5),
        labels=DESKS[:2],
        extra_tokens=256,
    ),
    "embedding-probe": Stub(lambda folder: embedder(make_encoder(folder))),
    "embedding-probe: static": Stub(lambda folder: embedder(make_static(folder))),
    "majority": Stub(constant=True),
    "tfidf-linear": Stub(),
    "bow-linear": Stub(),
    "char-tfidf-linear": Stub(),
    "bow-xgboost": Stub(modules=("xgboost",)),
    "char-tfidf-xgboost": Stub(modules=("xgboost",)),
}

TEXTS = SENTENCES[:40]
ROWS = tuple(SENTENCES[40:100])
GOLD = tuple(int("wonderful" in text or "lovely" in text) for text in ROWS)


def test_every_family_is_tried():
    # Functions of a program are in no file and no recipe: tests/classifiers/test_custom.py.
    known = {name for name, family in families().items() if not family.in_memory}
    assert set(map(family_of, STUBS)) == known, "give each family of the registry a line in STUBS"
    assert {*baselines(["a b"]), *baselines(["漢字"])} <= set(STUBS)


def family_of(name: str) -> str:
    return name.partition(":")[0]


def ways() -> list[tuple[str, str | None]]:
    """Each stub in each of its family's modes."""
    known = [(name, find_family(family_of(name)).modes) for name in STUBS]
    return [(name, mode) for name, modes in known for mode in modes or (None,)]


@pytest.fixture(scope="module", params=ways(), ids=lambda way: "-".join(filter(None, way)))
def way(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """A stub and its mode."""
    found: tuple[str, str | None] = request.param
    if family_of(found[0]) not in families():
        pytest.fail(f"{found[0]} is no family of the registry")
    for module in STUBS[found[0]].modules:
        pytest.importorskip(module)
    return found


@pytest.fixture(scope="module")
def stub(way: tuple[str, str | None]) -> Stub:
    return STUBS[way[0]]


@pytest.fixture(scope="module")
def answers(way: tuple[str, str | None]) -> set[int]:
    """What may be answered: a label, or none of them by a model that writes."""
    return set(range(3 if find_family(family_of(way[0])).writes(way[1]) else 2))


@pytest.fixture(scope="module")
def model_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ResolvedModel | None]:
    """The model of a stub, made once for all of its modes."""

    @functools.cache
    def made(name: str) -> ResolvedModel | None:
        make = STUBS[name].make
        return None if make is None else make(tmp_path_factory.mktemp("model") / "m")

    return made


@pytest.fixture(scope="module")
def session(
    way: tuple[str, str | None], model_of: Callable[[str], ResolvedModel | None]
) -> Iterator[Any]:
    """Opened and fitted, with the network cut."""
    (name, mode), family = way, family_of(way[0])
    model = model_of(name)
    task = Task(
        labels=STUBS[name].labels,
        wording=workloads.wording("en"),
        mode=mode,
    )

    def refuse(*_: object) -> None:
        raise AssertionError(f"{family} reaches for the network")

    with pytest.MonkeyPatch.context() as patch, one_thread():
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr(socket, "getaddrinfo", refuse)
        known = find_family(family)
        model = model or model_without_files(known, family)
        with known.open(model, Placement("cpu", "auto", 1), task) as opened:
            assert isinstance(opened, LoadedModel)
            assert isinstance(opened, Fittable) == bool(known.training_rows)
            if isinstance(opened, Fittable):
                opened.fit(ROWS, GOLD)
            yield opened


def ask(session: Any, texts: Sequence[str], size: int = 32) -> tuple[int, ...]:
    said = session.predict(texts, Batching(size))
    assert len(said.labels) == len(texts)
    assert said.finite
    return tuple(said.labels)


def test_answers_stand_in_the_order_of_the_texts(session: Any, stub: Stub, answers: set[int]):
    labels = ask(session, TEXTS)
    assert set(labels) <= answers
    assert (len(set(labels)) == 1) == stub.constant
    order = list(range(len(TEXTS)))
    random.Random(3).shuffle(order)
    assert ask(session, [TEXTS[i] for i in order]) == tuple(labels[i] for i in order)


def test_answers_do_not_depend_on_the_size_of_batches(session: Any):
    labels = ask(session, TEXTS)
    assert all(ask(session, TEXTS, size) == labels for size in (1, 3, 1024))
    bounded = session.predict(TEXTS, Batching(16_384, tokens=50))
    assert bounded.labels == labels


def test_no_more_than_the_standards_tokens_are_read(session: Any, stub: Stub):
    assert session.max_tokens <= TOKEN_LIMIT
    start = " ".join(SENTENCES[n] for n in range(140))
    long = [f"{start} {tail}" for tail in ("wonderful " * 90, "dreadful " * 90)]
    assert len(start.split()) > TOKEN_LIMIT
    labels = ask(session, long)
    assert labels[0] == labels[1]
    assert max(session.count_tokens(long)) <= TOKEN_LIMIT + stub.extra_tokens
    said = session.predict(long, Batching(1), count_truncated=True)
    assert said.tokens <= 2 * (TOKEN_LIMIT + stub.extra_tokens)
    if not stub.constant:  # that one reads nothing, so that nothing is cut
        assert said.truncated == 2
        assert said.uncut_tokens > said.tokens


def test_odd_texts_get_an_answer(session: Any, answers: set[int]):
    odd = ["", " ", "\0", "a" * 30_000, "\U0001f600 😀", "漢字かな", "\n\t\r", "\u202e\ufeff"]
    assert set(ask(session, odd)) <= answers


def test_other_texts_get_other_answers(session: Any, stub: Stub):
    """A session that remembers by position or by number of texts would repeat itself."""
    labels = ask(session, TEXTS)
    for label in set(labels):
        same = [text for text, said in zip(TEXTS, labels, strict=True) if said == label]
        assert set(ask(session, (same * len(TEXTS))[: len(TEXTS)])) == {label}


def work(call: Callable[[], object]) -> int:
    """Function calls that it takes, Python's and C's: the same work is the same number."""
    count = 0

    def seen(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        call()
    finally:
        sys.setprofile(before)
    return count


def test_the_same_texts_cost_the_same_again(session: Any):
    fresh = [f"{text} {number}" for number, text in enumerate(TEXTS)]
    ask(session, TEXTS)  # whatever a library prepares the first time is prepared
    first = work(lambda: ask(session, fresh))
    again = work(lambda: ask(session, fresh))
    assert again >= 0.98 * first


class Recorder:
    """A session that notes what is asked of it."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.calls: list[tuple[str, tuple[str, ...]]] = []

    def predict(self, texts: Sequence[str], batching: Batching, **more: Any) -> Any:
        self.calls.append(("predict", tuple(texts)))
        return self._session.predict(texts, batching, **more)

    def __getattr__(self, name: str) -> Any:
        self.calls.append((name, ()))
        return getattr(self._session, name)


def test_a_window_holds_predictions_of_its_slice_alone(session: Any):
    """The very texts of the slice reach ``predict``, which is told nothing of them before."""
    recorder = Recorder(session)
    with ExitStack() as stack:
        server = Server(stack, Seclusion(network_cut=False))
        clock = METERS.get("cpu_time").open(make_hardware())
        server._meters = Meters([stack.enter_context(clock)])
        server._models.loaded["candidate"] = recorder  # type: ignore[assignment]
        server.take_texts(TakeTexts(texts=TEXTS))
        indices = (3, 1, 17, 30)
        asked = MeasureWindow(role="candidate", indices=indices, min_seconds=0.02, each_pass=False)
        passes = server.measure_window(asked).measured.passes
        assert recorder.calls == [("predict", tuple(TEXTS[i] for i in indices))] * passes
        singly = server.answer_singly(AnswerSingly(count=2))
        assert len(singly.run.latencies_s) == 2
        assert {name for name, _ in recorder.calls} == {"predict"}
