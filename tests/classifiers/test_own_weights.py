"""Files that hold other things than the network's weights: refused where answers may change."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.tiny_models import SENTENCES, edit_config, make_model
from support.workers import THREADS

from energylabel.classifiers import families
from energylabel.classifiers.base import Batching, Placement
from energylabel.errors import NotRatableError
from energylabel.resolving import parse_model, resolve

Tensors = dict[str, Any]
QUERY = "bert.encoder.layer.0.attention.self.query"
WEIGHT = f"{QUERY}.weight"


def rewrite(folder: Path, change: Callable[[Tensors], Tensors]) -> Path:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    tensors = {name: each.clone().contiguous() for name, each in change(load_file(path)).items()}
    save_file(tensors, path, metadata={"format": "pt"})
    return folder


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_bert, tmp_path / "model")


def answers(folder: Path, family: str | None = None) -> tuple[tuple[int, ...], str, Any]:
    model = resolve(parse_model(str(folder)), family=family)
    with families()[model.family].open(model, Placement("cpu", "auto", THREADS), None) as loaded:
        if family:
            return (), loaded.dtype, loaded.departures
        said = loaded.predict(SENTENCES[:40], Batching(8)).labels
        return said, loaded.dtype, loaded.departures


def refusal(folder: Path) -> NotRatableError:
    with pytest.raises(NotRatableError) as caught:
        answers(folder)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def added(name: str, *shape: int, dtype: str = "float32") -> Callable[[Tensors], Tensors]:
    import torch

    return lambda held: held | {name: torch.ones(shape).to(getattr(torch, dtype))}


def retyped(name: str, dtype: str) -> Callable[[Tensors], Tensors]:
    import torch

    return lambda held: held | {name: held[name].to(getattr(torch, dtype))}


def split(*leaves: str) -> Callable[[Tensors], Tensors]:
    """The weight's numbers under other names than its own."""

    def change(held: Tensors) -> Tensors:
        weight = held.pop(WEIGHT)
        return held | {f"{QUERY}.{leaf}": weight for leaf in leaves}

    return change


AT_RESOLVING: list[tuple[str, Callable[[Tensors], Tensors]]] = [
    ("query.weight is I8", retyped(WEIGHT, "int8")),
    ("query.weight is I64", retyped(WEIGHT, "int64")),
    ("query.weight is F8_E4M3", retyped(WEIGHT, "float8_e4m3fn")),
    ("classifier.bias is F8_E5M2", retyped("classifier.bias", "float8_e5m2")),
    ("query.weight_scale stands beside", added(f"{WEIGHT}_scale", 1)),
    ("query.weight_scale_inv stands beside", added(f"{WEIGHT}_scale_inv", 1, 1)),
    ("query.weight.absmax stands beside", added(f"{WEIGHT}.absmax", 4)),
    ("query.weight.quant_map is U8", added(f"{WEIGHT}.quant_map", 16, dtype="uint8")),
    ("query.qweight is I32", added(f"{QUERY}.qweight", 4, 32, dtype="int32")),
    ("classifier.weight_zero_point", added("classifier.weight_zero_point", 1)),
]
WHEN_LOADED: list[tuple[str, Callable[[Tensors], Tensors]]] = [
    ("query.bias is saved in I32", retyped(f"{QUERY}.bias", "int32")),
    ("classifier.bias is saved in I64", retyped("classifier.bias", "int64")),
    ("holds bert.encoder.layer.0.attention.self.query.input_scale", added(f"{QUERY}.input_scale")),
    ("query.qzeros", added(f"{QUERY}.qzeros", 4, 4, dtype="int32")),
    ("query.g_idx", added(f"{QUERY}.g_idx", 32, dtype="int32")),
    ("query.SCB", added(f"{QUERY}.SCB", 32)),
    ("self.k_scale", added("bert.encoder.layer.0.attention.self.k_scale")),
    ("query.lora_A.weight", added(f"{QUERY}.lora_A.weight", 4, 32)),
    ("classifier.lora_B.default.weight", added("classifier.lora_B.default.weight", 2, 4)),
    (
        "output.adapters.x.down.weight",
        added("bert.encoder.layer.1.output.adapters.x.down.weight", 4),
    ),
    (
        "self.distance_embedding.weight",
        added("bert.encoder.layer.0.attention.self.distance_embedding.weight", 127, 16),
    ),
    ("bert.embeddings_project.weight", added("bert.embeddings_project.weight", 32, 32)),
    ("query.parametrizations.weight.original0", split("weight_g", "weight_v")),
    (
        "query.parametrizations.weight.original1 instead",
        split("parametrizations.weight.original0", "parametrizations.weight.original1"),
    ),
    ("query.base_layer.weight instead", split("base_layer.weight")),
    ("query.weight_orig instead", split("weight_orig")),
]


@pytest.mark.parametrize(("message", "change"), AT_RESOLVING, ids=[row[0] for row in AT_RESOLVING])
def test_what_the_headers_show_is_refused_before_anything_is_loaded(
    message: str, change: Callable[[Tensors], Tensors], folder: Path
):
    rewrite(folder, change)
    with pytest.raises(NotRatableError, match="quantised or not floating-point in part") as caught:
        resolve(parse_model(str(folder)))
    assert message in caught.value.message


@pytest.mark.parametrize(("message", "change"), WHEN_LOADED, ids=[row[0] for row in WHEN_LOADED])
def test_what_the_network_has_no_place_for_is_refused(
    message: str, change: Callable[[Tensors], Tensors], folder: Path
):
    assert message in refusal(rewrite(folder, change)).message


MASK = "bert.encoder.layer.0.attention.self.bias"
HARMLESS: list[tuple[str, Callable[[Tensors], Tensors]]] = [
    ("positions", added("bert.embeddings.position_ids", 1, 64, dtype="int64")),
    ("types", added("bert.embeddings.token_type_ids", 1, 64, dtype="int64")),
    ("another head", added("cls.predictions.transform.dense.weight", 32, 32)),
    ("another head's integers", added("cls.predictions.scale", 4, dtype="int64")),
    ("a loss", added("loss.class_weights", 2)),
    ("a causal mask", added(MASK, 1, 1, 64, 64, dtype="bool")),
    ("an old causal mask", added(MASK, 1, 1, 64, 64, dtype="uint8")),
    ("what fills it", added("bert.encoder.layer.0.attention.self.masked_bias")),
    (
        "base prefix on the head",
        lambda held: {f"bert.{n.removeprefix('bert.')}": t for n, t in held.items()},
    ),
    ("no prefix at all", lambda held: {n.removeprefix("bert."): t for n, t in held.items()}),
]


@pytest.mark.parametrize("change", [row[1] for row in HARMLESS], ids=[row[0] for row in HARMLESS])
def test_what_changes_no_answer_is_left_aside(
    change: Callable[[Tensors], Tensors], folder: Path, tiny_bert: Path
):
    assert answers(rewrite(folder, change)) == answers(tiny_bert)


@pytest.mark.parametrize("prefix", ["_orig_mod.", "module.", "model.", "base_model.model.", "a.b."])
def test_a_prefix_is_named_with_the_way_to_save_without_it(prefix: str, folder: Path):
    rewrite(folder, lambda held: {prefix + name: each for name, each in held.items()})
    error = refusal(folder)
    assert f"begin with {prefix!r}" in error.message
    assert f"without {prefix!r}" in error.hint


def test_a_prefix_that_hides_the_base_models(folder: Path):
    """``module.`` of a base model alone, beside a training loop's own weights."""
    rewrite(
        folder,
        lambda held: {f"net.{name.removeprefix('bert.')}": each for name, each in held.items()},
    )
    rewrite(folder, added("criterion.weight", 2))
    assert "begin with 'net.'" in refusal(folder).message


def test_a_pooler_of_the_base_class_is_harmless_where_the_head_has_none(tmp_path: Path):
    folder = make_model(tmp_path / "m", "roberta")
    before = answers(folder)
    for name in ("roberta.pooler.dense.weight", "lm_head.dense.weight"):
        rewrite(folder, added(name, 32, 32))
    assert answers(folder) == before


def test_the_weights_of_another_family_are_no_obstacle_to_a_probe(folder: Path):
    rewrite(folder, added("cls.predictions.decoder.weight", 32, 32))
    assert answers(folder, "embedding-probe")[1] == "float32"


def test_mixed_formats_are_told_and_computed_in_one(folder: Path, tiny_bert: Path):
    """Most numbers in bfloat16, some in float32; config.json says in what they are computed."""
    import torch

    def narrowed(held: Tensors) -> Tensors:
        return {n: t.bfloat16() if "encoder" in n else t for n, t in held.items()}

    _, dtype, departures = answers(rewrite(folder, narrowed))
    assert dtype == "float32"
    assert departures.saved_dtypes == ("bfloat16", "float32")
    edit_config(folder, dtype="bfloat16", torch_dtype=...)
    _, dtype, departures = answers(folder)
    assert dtype == "bfloat16"
    assert departures.saved_dtypes == ("bfloat16", "float32")
    assert answers(tiny_bert)[2].saved_dtypes == ()
    assert torch.bfloat16.is_floating_point
