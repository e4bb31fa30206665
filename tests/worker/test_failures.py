"""A model's failure is the model's, with the text that brings it about; a bug of ours is a bug."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from energylabel.classifiers import Batching, LoadedModel, Predictions
from energylabel.classifiers._batches.padding import Masked
from energylabel.classifiers._loading.forward import Scores, classify
from energylabel.errors import MeasurementError, NotRatableError
from energylabel.records import AnswerSingly, TakeAnswers, TakeTexts, TryTexts
from energylabel.worker.failures import blamed, broken, failure
from energylabel.worker.sandbox import Seclusion
from energylabel.worker.server import Server


class PanicException(BaseException):
    """As Rust's tokenizers raise it."""


class Picky(LoadedModel):
    """Fails on texts of some lengths, however they are asked."""

    parameters, max_tokens, attention, dtype = 1, 512, "none", "float32"

    def __init__(self, error: BaseException, *lengths: int) -> None:
        self.error, self.lengths = error, lengths

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(map(len, texts))

    def predict(self, texts: Sequence[str], batching: Batching, **_: Any) -> Predictions:
        del batching
        if any(len(text) in self.lengths for text in texts):
            raise self.error
        return Predictions((0,) * len(texts), tokens=1, truncated=0, finite=True, uncut_tokens=1)


def serving(model: LoadedModel) -> Server:
    server = Server(ExitStack(), Seclusion(network_cut=False))
    server.take_texts(TakeTexts(texts=("a", "bb", "cc", "dddd", "eeeee")))
    server._models.loaded["candidate"] = model
    return server


ERRORS = [
    RuntimeError("output with shape [1]\ndoesn't match"),
    IndexError("index out of range in self"),
    ZeroDivisionError("division by zero"),
    RecursionError("maximum recursion depth exceeded"),
    PanicException("byte index 3 is not a char boundary"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_whatever_a_model_raises_is_its_own_with_the_text(error: BaseException):
    server = serving(Picky(error, 4))
    said = " ".join(str(error).split())
    for ask in (
        lambda: server.take_answers(TakeAnswers(role="candidate", start=0, stop=5)),
        lambda: server.try_texts(TryTexts(role="candidate", indices=(1, 3))),
        lambda: server.answer_singly(AnswerSingly(count=5)),
    ):
        with pytest.raises(NotRatableError) as caught:
            ask()
        which = "text 4 of the workload's order (4 tokens)"
        assert caught.value.message == f"the candidate does not answer {which}: {said}"


def test_an_empty_text_that_nobody_asked_is_no_reason_to_end():
    tried = serving(Picky(RuntimeError("too short"), 0)).try_texts(
        TryTexts(role="candidate", indices=(0, 4))
    )
    assert tried.fails_on_empty
    whole = serving(Picky(RuntimeError("too short"), 99))
    assert not whole.try_texts(TryTexts(role="candidate", indices=(0,))).fails_on_empty


def test_an_error_without_words_is_named():
    assert broken("candidate", KeyError()).message == "the candidate does not answer: KeyError"


def test_want_of_memory_and_a_failing_gpu_are_no_fault_of_the_model():
    for error in (MemoryError(), RuntimeError("CUDA out of memory. Tried")):
        with pytest.raises(type(error)), blamed("candidate"):
            Picky(error, 1).predict(["a"], Batching(1))
        assert isinstance(failure(error), MeasurementError)
    with pytest.raises(RuntimeError, match="CUDA error"), blamed("candidate"):
        Picky(RuntimeError("CUDA error: launch failure"), 1).predict(["a"], Batching(1))


def ask(network: Any, rows: list[list[int]]) -> None:
    """The program's own loop, over another's network."""
    with blamed("candidate"):
        classify(
            network,
            rows,
            padding=Masked(0),
            batching=Batching(2),
            device="cpu",
            token_types=False,
        )


def test_the_network_is_blamed_for_what_it_raises():
    import torch

    def network(**inputs: Any) -> Any:
        return torch.nn.functional.linear(inputs["input_ids"].float(), torch.ones(1, 99))

    with pytest.raises(NotRatableError, match="does not answer"):
        ask(network, [[1, 2]])


@pytest.mark.parametrize("rows", [[["a"]], [[2**80]]])
def test_what_our_own_code_raises_is_a_bug(rows: Any):
    with pytest.raises((ValueError, OverflowError)):
        ask(lambda **_: None, rows)


@pytest.mark.parametrize("logits", [None, 3.0, [[1.0, 2.0]]])
def test_a_network_without_logits_is_not_rated(logits: Any):
    import torch

    said = None if logits is None else Scores(torch.tensor(logits))
    with pytest.raises(NotRatableError, match="no logits"):
        ask(lambda **_: said, [[1, 2], [3, 4]])
