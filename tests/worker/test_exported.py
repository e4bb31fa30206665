"""Exported networks held against PyTorch's answers: what is refused, what is told."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.tiny_models import SENTENCES, make_model
from support.workers import resolved

from energylabel.classifiers import Batching
from energylabel.classifiers.base import Predictions, Scaled
from energylabel.errors import NotRatableError
from energylabel.records import Agreement, OpenModel
from energylabel.runtimes import find_runtime
from energylabel.worker.comparing import compare
from energylabel.worker.exported import child
from energylabel.worker.exported.holding import held, refuse_apart
from energylabel.worker.exported.opening import _refuse_other_precision, opened

RUNTIME = find_runtime("onnxruntime")


def asked(folder: Path, dtype: str = "auto", family: str = "sequence-classification") -> OpenModel:
    return OpenModel(
        role="candidate",
        family=family,
        model=resolved(folder),
        device="cpu",
        dtype=dtype,
        threads=1,
        task=None,
        runtime="onnxruntime",
        queries=12,
    )


def test_how_far_scores_are_apart_is_a_share_of_the_usual_largest() -> None:
    expected = np.array([[1.0, -4.0], [2.0, 1.0], [0.5, 8.0]])  # largest 4, 2, 8
    found = expected + np.array([[0.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    assert held(found, expected) == (1, 0.5)
    assert held(expected, expected) == (0, 0.0)


def test_scores_of_another_shape_or_that_are_no_numbers_are_refused() -> None:
    expected = np.ones((3, 2))
    with pytest.raises(NotRatableError, match=r"shape \(2, 2\), PyTorch \(3, 2\)"):
        held(expected[:2], expected)
    with pytest.raises(NotRatableError, match="NaN or infinite"):
        held(np.full((3, 2), np.nan), expected)


def test_rounding_passes_and_more_does_not() -> None:
    expected = np.array([[1.0, -1.0], [3.0, 1.0]])  # the median of the largest is 2
    refuse_apart(expected + 1.9e-4, expected, "a runtime")
    with pytest.raises(NotRatableError, match="other scores on a runtime than in PyTorch"):
        refuse_apart(expected + 2.1e-4, expected, "a runtime")


@pytest.mark.parametrize(
    ("dtype", "kernels", "message"),
    [
        ("auto", {"MatMul": 3}, None),
        ("int8", {"MatMul": 3, "MatMulIntegerToFloat": 2}, None),
        ("int8", {"MatMul": 3}, "does not run it in int8, but with 3 × MatMul"),
        ("float32", {"MatMulInteger": 1}, "does not run it in float32"),
        ("auto", {}, "multiplied no matrices"),
    ],
)
def test_the_precision_is_the_one_that_ran(
    tmp_path: Path, dtype: str, kernels: dict[str, int], message: str | None
) -> None:
    request = asked(make_model(tmp_path / "m"), dtype)
    if message is None:
        _refuse_other_precision(request, RUNTIME, kernels)
        return
    with pytest.raises(NotRatableError, match=message):
        _refuse_other_precision(request, RUNTIME, kernels)


def test_other_families_run_on_pytorch_alone(tmp_path: Path) -> None:
    request = asked(make_model(tmp_path / "m"), family="zero-shot-nli")
    with pytest.raises(NotRatableError, match="family zero-shot-nli run on PyTorch alone"):
        opened(request, SENTENCES).__enter__()


def test_the_sample_begins_with_the_shortest_and_the_longest_of_all_texts() -> None:
    assert child._telling([5, 3, 9, 4, 1, 20], 3) == [4, 5, 0, 1, 2]
    assert child._telling([2, 2], 2) == [0, 1]
    assert len(child._telling(range(5000), 1000)) == 200


class Turning:
    """A model whose labels of the first texts turn in a batch."""

    dtype, state = "int8", None

    def __init__(self, turned: int, grouping: Any = "any-lengths") -> None:
        agreement = Agreement(texts=20, scored=True, grouping=grouping)
        if grouping != "any-lengths":
            agreement = agreement.model_copy(update={"strays": 3})
        self.scaled = Scaled(SENTENCES[:20], (0,) * 20, agreement)
        self.turned = turned
        self.asked: list[Batching] = []

    def predict(self, texts: Sequence[str], batching: Batching, **_: bool) -> Predictions:
        self.asked.append(batching)
        labels = tuple(int(place < self.turned) for place in range(len(texts)))
        return Predictions(labels, tokens=1, truncated=None, finite=True)


@pytest.mark.parametrize(
    ("turned", "grouping"), [(0, "any-lengths"), (2, "any-lengths"), (3, "one-by-one")]
)
def test_batches_that_change_more_than_a_tenth_are_given_up(turned: int, grouping: str) -> None:
    model: Any = Turning(turned)
    found = compare(model, SENTENCES, Batching(8), "candidate")
    assert found.grouping == grouping
    assert found.scaled is not None
    assert (found.scaled.texts, found.scaled.flips) == (20, turned)
    assert model.asked == [Batching(8, equal_lengths=False)]


def test_texts_share_batches_as_the_network_needs_it() -> None:
    model: Any = Turning(1, "equal-lengths")
    found = compare(model, SENTENCES, Batching(8), "candidate")
    assert (found.grouping, found.strays) == ("equal-lengths", 3)
    assert model.asked == [Batching(8, equal_lengths=True)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the exporter's own, in this process
@pytest.mark.parametrize("dtype", ["auto", "int8"])
def test_a_graph_that_computes_something_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: str
) -> None:
    """A planted fault of the exporter: one weight of the head is another."""
    pytest.importorskip("onnxruntime")
    import torch

    def wrong(network: Any, *others: Any) -> None:
        with torch.no_grad():
            network.classifier.bias[0] += 0.01
        assert RUNTIME.export is not None
        RUNTIME.export(network, *others)

    planted = RUNTIME.model_copy(update={"export": wrong})
    monkeypatch.setattr(child, "find_runtime", lambda _: planted)
    folder = tmp_path / "graph"
    folder.mkdir()
    with pytest.raises(NotRatableError, match="other scores on ONNX Runtime than in PyTorch"):
        child._export(asked(make_model(tmp_path / "m"), dtype), SENTENCES[:12], folder)


@pytest.mark.slow
def test_what_the_exporter_raises_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        cause = ValueError("\n\nno such operator\nand pages more")
        raise RuntimeError("failed\nto export") from cause

    planted = RUNTIME.model_copy(update={"export": failing})
    monkeypatch.setattr(child, "find_runtime", lambda _: planted)
    with pytest.raises(NotRatableError) as caught:
        child._export(asked(make_model(tmp_path / "m")), SENTENCES[:12], tmp_path)
    said = "it cannot be exported for ONNX Runtime: ValueError: no such operator"
    assert caught.value.message == said
