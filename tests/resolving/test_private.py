"""Settings of a hostile model: what is not allowed never reaches the loader."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.evidence import make_hardware
from support.tiny_models import KINDS, SENTENCES, edit_config, make_model
from support.workers import THREADS, opening, resolved

from energylabel.classifiers._loading.allowed import allowed_config
from energylabel.classifiers._loading.heads import CLASSIFIERS, classes
from energylabel.classifiers._loading.private import private_folder
from energylabel.classifiers._loading.tokenizer_settings import (
    allowed_tokenizer_config,
    tokenizer_class,
)
from energylabel.classifiers.base import Batching, Placement
from energylabel.classifiers.sequence_head import PLUGIN
from energylabel.errors import NotRatableError
from energylabel.records import TellMemory
from energylabel.resolving.model_folder import inspect
from energylabel.worker.client import Worker

HOSTILE = {
    "auto_map": {"AutoModelForSequenceClassification": "evil.Model", "AutoConfig": "evil.C"},
    "_attn_implementation": "evil/kernel",
    "_attn_implementation_internal": "evil/kernel",
    "_experts_implementation_internal": "evil/kernel",
    "attn_implementation": "evil/kernel",
    "trust_remote_code": True,
    "quantization_config": {"quant_method": "evil"},
    "transformers_weights": "evil.bin",
    "_name_or_path": "evil/repository",
    "name_or_path": "/etc",
    "per_layer_config": {"0": {"hidden_size": 10**9}},
    "torchscript": True,
    "return_dict": False,
    "output_attentions": True,
    "use_kernels": True,
    "backbone": "evil/backbone",
    "something_of_its_own": {"trust_remote_code": True},
}
LLAMA = {
    "model_type": "llama",
    "hidden_size": 32,
    "rope_scaling": {"rope_type": "linear", "factor": 2.0, "trust_remote_code": True},
    "rope_theta": 500.0,
}


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_bert, tmp_path / "model")


def answers(folder: Path) -> tuple[int, ...]:
    with PLUGIN.open(resolved(folder), Placement("cpu", "auto", THREADS)) as session:
        return session.predict(SENTENCES[:60], Batching(size=16)).labels


def private_json(folder: Path, name: str) -> Any:
    with private_folder(resolved(folder)) as place:
        return json.loads((place / name).read_text())


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_keys_change_nothing(kind: str, tmp_path: Path):
    folder = make_model(tmp_path / "m", kind)
    sound = private_json(folder, "config.json")
    before = answers(folder)
    assert len(set(before)) > 1
    edit_config(folder, **HOSTILE)
    assert private_json(folder, "config.json") == sound
    assert not HOSTILE.keys() & sound.keys()
    assert answers(folder) == before


def test_old_names_and_parts_are_kept_without_what_hides_in_them():
    kept = allowed_config(LLAMA | HOSTILE)
    expected = {"rope_type": "linear", "factor": 2.0}
    assert kept == {**LLAMA, "rope_scaling": expected}
    from transformers import AutoConfig

    config = AutoConfig.for_model(**kept)
    assert config.rope_parameters["factor"] == 2.0
    assert config.rope_parameters["rope_theta"] == 500.0


def test_a_part_is_held_to_its_own_class():
    inner = {"model_type": "gemma3_text", "hidden_size": 32, **HOSTILE}
    kept = allowed_config({"model_type": "gemma3", "text_config": inner})
    assert kept["text_config"] == {"model_type": "gemma3_text", "hidden_size": 32}


def test_every_field_of_every_type_survives():
    """What transformers writes for a model of its own describes the same model afterwards."""
    from transformers import AutoConfig

    checked = 0
    for model_type in ("bert", "deberta-v2", "modernbert", "qwen2", "llama", "gpt2", "t5", "mpnet"):
        assert model_type in classes(CLASSIFIERS)
        written = json.loads(AutoConfig.for_model(model_type).to_json_string(use_diff=False))
        again = AutoConfig.for_model(**allowed_config(written))
        assert json.loads(again.to_json_string(use_diff=False)) == written
        checked += len(written)
    assert checked > 200


@pytest.mark.parametrize("model_type", ["evil", None, 7, ["bert"], "../bert"])
def test_types_of_others_are_refused(model_type: Any):
    with pytest.raises(NotRatableError, match="transformers itself has no model_type"):
        allowed_config({"model_type": model_type})


def test_a_type_that_a_plug_in_registered_is_not_transformers_own(
    monkeypatch: pytest.MonkeyPatch,
):
    from transformers import CONFIG_MAPPING, PreTrainedConfig

    class Evil(PreTrainedConfig):
        model_type = "evil"

    monkeypatch.setitem(CONFIG_MAPPING._extra_content, "evil", Evil)
    with pytest.raises(NotRatableError, match="no model_type 'evil'"):
        allowed_config({"model_type": "evil"})


def test_label_names_are_free():
    labels = {"0": "_internal", "1": "auto_map"}
    config = {"model_type": "bert", "id2label": labels, "label2id": {"_internal": 0, "auto_map": 1}}
    assert allowed_config(config) == config


def test_a_path_in_the_tokenizers_settings_is_never_opened(folder: Path, tmp_path: Path):
    secret = tmp_path / "secret.json"
    shutil.copyfile(folder / "tokenizer.json", secret)
    before = answers(folder)
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    hostile = {
        "vocab_file": "../secret.json",
        "tokenizer_file": str(secret),
        "merges_file": "/etc/passwd",
        "fast_tokenizer_files": ["../secret.json"],
        "name_or_path": "/etc",
        "auto_map": {"AutoTokenizer": ["evil.T", "evil.T"]},
        "chat_template": "{{ evil }}",
        "sp_model_kwargs": {"model_file": "/etc/passwd"},
        "backend": "evil",
        "tokenizer_object": "x",
    }
    path.write_text(json.dumps(settings | hostile))
    secret.write_text("no tokenizer at all")
    assert not hostile.keys() & private_json(folder, "tokenizer_config.json").keys()
    assert answers(folder) == before


@pytest.mark.parametrize("name", ["pipeline", "AutoModel", "evil.T", "__class__", "Evil", 7, ["x"]])
def test_only_tokenizers_of_transformers_own(name: Any, folder: Path):
    assert tokenizer_class(name, True)[0] == "PreTrainedTokenizerFast"
    with pytest.raises(NotRatableError, match="has no tokenizer"):
        tokenizer_class(name, False)
    before = answers(folder)
    edit_config(folder, tokenizer_class=name)
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tokenizer_class": name}))
    assert answers(folder) == before


def test_native_tokenizers_keep_their_arguments():
    config = {"tokenizer_class": "DebertaV2Tokenizer", "split_by_punct": True}
    assert allowed_tokenizer_config(config | {"strange": 1}, has_json=False) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"added_tokens_decoder": {str(n): "x" for n in range(100_001)}}, "more than 100,000"),
        ({"additional_special_tokens": 7}, "as a list of tokens"),
        ({"pad_token": 7}, "as a token"),
        ({"pad_token": "x" * 2001}, "as a token"),
        ({"pad_token": {"content": None}}, "as a token"),
    ],
)
def test_tokens_that_are_none(change: dict[str, Any], message: str, folder: Path):
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(NotRatableError, match=message) as caught:
        answers(folder)
    assert caught.value.message.startswith("local/tiny: ")
    assert caught.value.hint


def test_the_loader_sees_the_digested_files_and_nothing_else(folder: Path):
    (folder / "added_tokens.json").write_text(json.dumps({"<x>": 5, "<y>": "/etc/passwd"}))
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": "[PAD]", "x": "/etc"}))
    model = resolved(folder)
    for name in ("evil.py", "pytorch_model.bin", "adapter_config.json", "chat_template.jinja"):
        (folder / name).write_text("{}")
    with private_folder(model) as place:
        assert {path.name for path in place.iterdir()} == {file.path for file in model.files}
        assert json.loads((place / "added_tokens.json").read_text()) == {"<x>": 5}
        told = json.loads((place / "special_tokens_map.json").read_text())
        assert told == {"pad_token": "[PAD]"}
        assert place.stat().st_mode & 0o077 == 0
    assert not place.exists()


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(THREADS, make_hardware(), 12_000_000_000) as running:
        yield running


@pytest.mark.parametrize(
    "change",
    [
        {"vocab_size": 10_000_000, "hidden_size": 10_000_000},
        {"hidden_size": 1_000_000},
        {"max_position_embeddings": 2**31 - 1},
        {"intermediate_size": 10_000_000},
        {"num_hidden_layers": 1_000, "hidden_size": 100_000},
    ],
    ids=str,
)
@pytest.mark.slow
def test_a_giant_on_paper_is_never_made(change: dict[str, Any], folder: Path, worker: Worker):
    edit_config(folder, **change)
    before = worker.ask(TellMemory()).peak_bytes
    with pytest.raises(NotRatableError, match=r"parameters, the files hold|does not load"):
        worker.ask(opening(resolved(folder)))
    assert worker.ask(TellMemory()).peak_bytes < before + 300_000_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_layer": 10**6}, "gives n_layer 1000000"),
        ({"text_config": {"hidden_size": 10**9}}, "gives hidden_size 1000000000"),
        ({"num_local_experts": 10**5}, "gives num_local_experts"),
        ({"anything": 2**41}, "gives anything"),
        ({"anything": -(2**41)}, "gives anything"),
        ({"layer_types": ["full_attention"] * 10_001}, "layer_types of 10,001 entries"),
    ],
)
def test_numbers_that_no_model_has(change: dict[str, Any], message: str, folder: Path):
    with pytest.raises(NotRatableError) as caught:
        inspect(edit_config(folder, **change), "m")
    assert message in caught.value.message
