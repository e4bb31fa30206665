"""Real networks, tiny, exported to ONNX Runtime: their answers against plain transformers'."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.tiny_models import SENTENCES, make_model
from support.tiny_zoo import some_texts
from support.workers import resolved

from energylabel.classifiers import Batching, LoadedModel
from energylabel.errors import NotRatableError
from energylabel.records import OpenModel
from energylabel.resolving import parse_model, resolve
from energylabel.runtimes.onnxruntime import PLUGIN, _refuse_strange_weights, _settings
from energylabel.worker.comparing import compare, grouped
from energylabel.worker.exported.opening import opened, versions

pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.slow

TEXTS = [*some_texts(20, 1, 40), *SENTENCES[:4]]
KINDS = ("bert", "distilbert", "electra", "roberta", "xlm-roberta", "deberta-v2", "gpt2")


def request(folder: Path, dtype: str = "auto") -> OpenModel:
    model = resolve(parse_model(str(folder)))
    return OpenModel(
        role="candidate",
        family=model.family,
        model=model,
        device="cpu",
        dtype=dtype,
        threads=1,
        task=None,
        runtime="onnxruntime",
        queries=len(TEXTS),
    )


@contextmanager
def loaded(folder: Path, dtype: str = "auto") -> Iterator[LoadedModel]:
    with opened(request(folder, dtype), TEXTS) as model:
        yield model


def plain(folder: Path, limit: int) -> Any:
    """Logits of plain transformers in float32, one text at a time."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    found = []
    with torch.inference_mode():
        for text in TEXTS:
            given = tokenizer(text, truncation=True, max_length=limit, return_tensors="pt")
            found.append(network.eval()(**given).logits)
    return torch.cat(found).numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_plain_transformers(tmp_path: Path, kind: str) -> None:
    folder = make_model(tmp_path / kind, kind=kind, labels=("a", "b", "c"))
    with loaded(folder) as model:
        agreement = compare(model, TEXTS, Batching(8), "candidate")
        assert agreement.grouping == "any-lengths"
        scores = model.scores(TEXTS, grouped(Batching(8), agreement.grouping))
        expected = plain(folder, model.max_tokens)
        assert np.abs(scores - expected).max() < 1e-4 * np.median(np.abs(expected).max(axis=1))
        assert (model.dtype, model.attention, model.scaled) == ("float32", "exported", None)
        assert model.exported is not None
        assert model.exported.texts == len(TEXTS)
        assert not {*model.exported.products} & PLUGIN.integer


def test_int8_runs_in_integers_and_says_what_its_batches_change(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "bert", labels=("a", "b", "c"))
    with loaded(folder, "int8") as model:
        assert model.dtype == "int8"
        assert model.exported is not None
        assert {*model.exported.products} & PLUGIN.integer
        alone = np.concatenate([model.scores([text], Batching(1)) for text in TEXTS])
        expected = plain(folder, model.max_tokens)
        differing = int((alone.argmax(1) != expected.argmax(1)).sum())
        assert model.exported.flips == differing
        # Quantised scores are near, and not the same.
        apart = np.abs(alone - expected).max() / np.median(np.abs(expected).max(axis=1))
        assert model.exported.apart == pytest.approx(apart, rel=0.01)
        assert 1e-4 < apart < 1
        agreement = compare(model, TEXTS, Batching(8), "candidate")
        labels = model.predict(TEXTS, Batching(8, equal_lengths=False)).labels
        turned = sum(one != other for one, other in zip(labels, alone.argmax(1), strict=True))
        assert agreement.scaled is not None
        assert (agreement.scaled.texts, agreement.scaled.flips) == (len(TEXTS), turned)
        assert agreement.strays == 0  # of the network in float32, whose padding reaches nothing


def test_half_precision_is_refused_until_it_is_widened(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "half", dtype="bfloat16")
    with pytest.raises(NotRatableError, match="its weights are bfloat16, which ONNX") as caught:
        loaded(folder).__enter__()
    assert caught.value.hint == "add --dtype float32"
    with loaded(folder, "float32") as model:
        assert model.dtype == "float32"


def test_a_head_that_looks_for_padding_needs_a_fixed_one(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "gpt2", kind="gpt2-nopad", pad_token_id=None)
    with pytest.raises(NotRatableError, match="has no pad_token_id") as caught:
        loaded(folder).__enter__()
    assert "leave out --runtime" in caught.value.hint


def test_broken_weights_are_refused_as_in_pytorch(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "bert")
    asked = request(folder)
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(NotRatableError, match="does not load") as caught:
        opened(asked, TEXTS).__enter__()
    assert "\n" not in caught.value.message


def test_a_graph_reads_no_weights_from_elsewhere(tmp_path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../secret")
    graph = helper.make_graph([], "g", [], [], [tensor])
    (tmp_path / "model.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    with pytest.raises(NotRatableError, match=r"reads weights from '\.\./secret'"):
        _refuse_strange_weights(tmp_path)
    tensor.external_data[0].value = "model.onnx.data"
    graph = helper.make_graph([], "g", [], [], [tensor])
    onnx.save(helper.make_model(graph), tmp_path / "model.onnx")
    _refuse_strange_weights(tmp_path)


def test_threads_are_set_and_sleep() -> None:
    found = _settings(3)
    assert (found.intra_op_num_threads, found.inter_op_num_threads) == (3, 1)
    for name in ("intra", "inter"):
        assert found.get_session_config_entry(f"session.{name}_op.allow_spinning") == "0"


def test_versions_are_told_of_what_ran_alone(tmp_path: Path) -> None:
    model = resolved(make_model(tmp_path / "bert"))
    asked = OpenModel(
        role="candidate", family=model.family, model=model, device="cpu", dtype="auto",
        threads=1, task=None,
    )  # fmt: skip
    assert versions(asked) == {}
    assert "onnxruntime" in versions(asked.model_copy(update={"runtime": "onnxruntime"}))
