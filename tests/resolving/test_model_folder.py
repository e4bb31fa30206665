"""Broken, hostile and unsupported model folders: each is one line, none is loaded."""

import json
import struct
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from support.tiny_models import KINDS, edit_config, make_model

from energylabel.errors import NotRatableError
from energylabel.resolving.model_folder import Inspection, inspect, usable_positions
from energylabel.resolving.weights import read_header


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    """A sound model of our own to damage."""
    return copytree(tiny_bert, tmp_path / "model")


def refusal(folder: Path) -> NotRatableError:
    with pytest.raises(NotRatableError) as caught:
        inspect(folder, "org/model")
    for text in (caught.value.message, caught.value.hint):
        assert "\n" not in text
        assert str(folder) not in text
    assert caught.value.message.startswith("org/model: ")
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_passes(kind: str, tmp_path: Path):
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = make_model(tmp_path / "model", kind, labels=("a", "b", "c"), dtype="bfloat16")
    found = inspect(folder, "org/model")
    network = AutoModelForSequenceClassification.from_pretrained(folder)
    assert (network.dtype, found.dtype) == (torch.bfloat16, "BF16")
    assert found.architecture == type(network).__name__
    assert found.labels == ("a", "b", "c")
    assert found.vocabulary_size == network.get_input_embeddings().weight.shape[0]
    assert found.max_positions == 64
    assert found.weight_bytes == (folder / "model.safetensors").stat().st_size
    assert "config.json" in found.files
    assert "tokenizer.json" in found.files


def test_the_table_of_types_is_the_installed_librarys():
    from transformers.models.auto import modeling_auto

    from energylabel.classifiers._loading.heads import CLASSIFIERS, classes

    table = modeling_auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES
    assert classes(CLASSIFIERS) == dict(table)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "config.json is missing"),
        (b'{"a": [1, 2', "config.json is not valid JSON: Expecting ',' delimiter at line 1, col"),
        (b"", "config.json is not valid JSON: Expecting value at line 1, column 1"),
        (b"[1]", "config.json holds a list instead of an object"),
        (b"null", "config.json holds null instead of an object"),
        (b'"x"', "config.json holds a text instead of an object"),
        (b"7", "config.json holds a number instead of an object"),
        (b'{"a": "\xff"}', "config.json is not UTF-8 text (byte 7)"),
        (b'{"a": "' + b"x" * 2**20 + b'"}', "config.json is larger than 1,048,576 bytes"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "config.json is nested deeper than 32 levels"),
        (b"[" * 500_000, "config.json is nested deeper than 32 levels"),
        (b'{"a": ' + b"9" * 5000 + b"}", "config.json holds a number that is too long"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_damaged_configurations(content: bytes | None, message: str, folder: Path):
    (folder / "config.json").unlink()
    if content is not None:
        (folder / "config.json").write_bytes(content)
    assert message in refusal(folder).message


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"auto_map": {"AutoModel": "m.M"}}, "needs code from its repository (auto_map)"),
    ({"num_hidden_layers": 10**6}, "gives num_hidden_layers 1000000"),
    ({"num_hidden_layers": -1}, "gives num_hidden_layers -1"),
    ({"hidden_size": 10**9}, "gives hidden_size 1000000000"),
    ({"nested": [{"trust_remote_code": True}]}, "asks for code from a repository to be trusted"),
    ({"_attn_implementation_internal": "x/y"}, "names its own attention code"),
    ({"transformers_weights": "x.bin"}, "redirects the loading of weights"),
    ({"quantization_config": {"bits": 4}}, "is quantised"),
    ({"architectures": ...}, "names no architecture"),
    ({"architectures": "BertForSequenceClassification"}, "names no architecture"),
    (
        {"architectures": ["BertForTokenClassification"]},
        "names architecture BertForTokenClassification, and there is no modules.json",
    ),
    ({"model_type": ...}, "names no model_type"),
    ({"model_type": "berd"}, "no text classifier of model_type 'berd'"),
    ({"model_type": "vit"}, "no text classifier of model_type 'vit'"),
    ({"problem_type": "multi_label_classification"}, "has a multi-label head"),
    ({"problem_type": "regression"}, "has a regression head"),
    ({"problem_type": 3}, "has another head (problem_type '3')"),
    ({"num_labels": 1, "id2label": ...}, "one logit"),
    ({"id2label": {"0": "LABEL_0"}}, "one logit"),
    ({"num_labels": 0}, "num_labels '0'"),
    ({"num_labels": True}, "num_labels 'True'"),
    ({"num_labels": 10**9}, "num_labels '1000000000'"),
    ({"num_labels": 3}, "num_labels 3 and 2 names in id2label"),
    ({"id2label": {}}, "an id2label without any label"),
    ({"id2label": ["a", "b"]}, "an id2label without any label"),
    ({"id2label": {"zero": "a", "1": "b"}}, "the id 'zero', not a number"),
    ({"id2label": {"0": "a", "00": "b"}}, "the id 0 twice"),
    ({"id2label": {"0": "a", "2": "b"}}, "no label 1: ids have a gap"),
    ({"id2label": {"0": "a", "1": "a"}}, "names 'a' twice"),
    ({"id2label": {"0": "a", "1": ["b"]}}, "names label 1 \"['b']\""),
    ({"id2label": {"0": "a", "1": " "}}, "names label 1 ' '"),
    ({"id2label": {"0": "a", "1": True}}, "names label 1 'True'"),
    ({"id2label": {str(i): f"c{i}" for i in range(3)}}, "has 3 labels, the head 2 rows"),
    ({"max_position_embeddings": 0}, "max_position_embeddings '0'"),
    ({"max_position_embeddings": -1}, "max_position_embeddings '-1'"),
    ({"max_position_embeddings": 10**30}, "max_position_embeddings 10000"),
    ({"max_position_embeddings": 2}, "leaves 2 usable positions"),
    ({"vocab_size": 7}, "gives vocab_size 7, the embeddings have"),
]


@pytest.mark.parametrize(("changes", "message"), CHANGES, ids=[m for _, m in CHANGES])
def test_unusable_configurations(changes: dict[str, Any], message: str, folder: Path):
    assert message in refusal(edit_config(folder, **changes)).message


def test_similar_types_are_suggested(folder: Path):
    assert "bert" in refusal(edit_config(folder, model_type="berd")).hint
    assert "bert" in refusal(edit_config(folder, model_type="zzzzzz")).hint


def test_labels_are_ordered_by_id_and_may_be_numbers_or_missing(folder: Path):
    def labels(**changes: Any) -> tuple[str, ...]:
        return inspect(edit_config(folder, **changes), "m").labels

    assert labels(id2label={"1": "late", "0": "early"}) == ("early", "late")
    assert labels(id2label={"0": 1, "1": 2}) == ("1", "2")
    assert labels(id2label=...) == ("LABEL_0", "LABEL_1")
    assert labels(num_labels=2) == ("LABEL_0", "LABEL_1")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"model_type": "bert", "max_position_embeddings": 512}, 512),
        ({"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}, 512),
        ({"model_type": "xlm-roberta", "max_position_embeddings": 514}, 512),
        ({"model_type": "roberta", "max_position_embeddings": 130, "pad_token_id": None}, 128),
        ({"model_type": "mpnet", "max_position_embeddings": 514, "pad_token_id": 0}, 513),
        ({"model_type": "longformer", "max_position_embeddings": 4098}, 4096),
        ({"model_type": "gpt2", "n_positions": 1024, "n_ctx": 512}, 1024),
        ({"model_type": "xlnet"}, None),
    ],
)
def test_usable_positions(config: dict[str, Any], expected: int | None):
    assert usable_positions(config) == expected


KINDS_OF_REPOSITORY = [
    ((), "empty"),
    ((".gitattributes",), "empty"),
    (("config.json",), "has no model.safetensors"),
    (("config.json", "model.fp16.safetensors"), "(only model.fp16.safetensors)"),
    (("adapter_config.json", "adapter_model.safetensors"), "only an adapter"),
    (("model-q4.GGUF", "README.md"), "only GGUF weights"),
    (("config.json", "pytorch_model.bin"), "only pickle weights"),
    (("config.json", "pytorch_model-00001-of-00002.bin"), "only pickle weights"),
    (("config.json", "onnx/model.onnx"), "only ONNX weights"),
    (("config.json", "tf_model.h5"), "only TensorFlow or Flax weights"),
]


@pytest.mark.parametrize(("names", "message"), KINDS_OF_REPOSITORY)
def test_other_kinds_of_repository_are_named(names: tuple[str, ...], message: str, tmp_path: Path):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"{}")
    assert message in refusal(tmp_path).message


def test_pickle_weights_come_with_the_way_to_convert_them(tmp_path: Path):
    (tmp_path / "pytorch_model.bin").write_bytes(b"never read")
    assert "from_pretrained(NAME).save_pretrained(FOLDER)" in refusal(tmp_path).hint


def test_tokenizers(folder: Path):
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | {"auto_map": {"a": "b"}}))
    assert "the tokenizer needs code from its repository" in refusal(folder).message
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    content = json.loads((folder / "tokenizer.json").read_text())
    rows = inspect(folder, "m").vocabulary_size
    for damage, message in (
        ({"model": {"vocab": {"a": rows}}}, f"ids go up to {rows}, the embeddings have {rows} r"),
        ({"added_tokens": [{"id": "5"}]}, "tokenizer.json holds no usable vocabulary"),
        ({"model": {"vocab": [["a", 0.0]] * (rows + 1)}, "added_tokens": None}, f"up to {rows}, "),
        ({"model": {"vocab": {"a": "0"}}}, "tokenizer.json holds no usable vocabulary"),
        ({"model": []}, "tokenizer.json holds no usable vocabulary"),
        ({"added_tokens": [1]}, "tokenizer.json holds no usable vocabulary"),
    ):
        (folder / "tokenizer.json").write_text(json.dumps(content | damage))
        assert message in refusal(folder).message
    # A token that no text makes, as Gemma 3's for pictures, may lie above the embeddings.
    above = {"added_tokens": [*content["added_tokens"], {"id": rows + 5}]}
    (folder / "tokenizer.json").write_text(json.dumps(content | above))
    assert inspect(folder, "m").vocabulary_size == rows
    (folder / "tokenizer.json").unlink()
    assert "has no tokenizer" in refusal(folder).message
    (folder / "vocab.txt").write_text("token\n" * rows)
    # The plain class, which the settings name, reads nothing else than tokenizer.json.
    assert "TokenizersBackend reads tokenizer.json, not there" in refusal(folder).message
    (folder / "tokenizer_config.json").unlink()
    assert "vocab.txt" in inspect(folder, "m").files
    (folder / "vocab.txt").write_text("token\n" * (rows + 1))
    assert f"ids go up to {rows}" in refusal(folder).message
    (folder / "vocab.txt").rename(folder / "spiece.model")
    error = refusal(folder)
    assert "BertTokenizer reads tokenizer.json or vocab.txt, not there" in error.message
    assert "save_pretrained" in error.hint


def write_weights(path: Path, header: Any, data: bytes = b"", length: int | None = None) -> Path:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    size = struct.pack("<Q", len(raw) if length is None else length)
    path.write_bytes(size + raw + data)
    return path


def entry(begin: int, end: int, *, dtype: str = "F32", shape: Any = None) -> dict[str, Any]:
    return {
        "dtype": dtype,
        "shape": [(end - begin) // 4] if shape is None else shape,
        "data_offsets": [begin, end],
    }


MANY = b"{" + b",".join(b'"%d":{"dtype":"F32"}' % i for i in range(100_001)) + b"}"
HEADERS: list[tuple[Any, bytes, int | None, str]] = [
    (b"", b"", 2**40, "claims a header of 1,099,511,627,776 bytes"),
    (b"{}", b"", 99, "is truncated: its header ends at byte 107 of 10"),
    (b"{x}", b"", None, "the header of model.safetensors is not valid JSON"),
    (b"[]", b"", None, "the header of model.safetensors holds a list"),
    ({}, b"", None, "holds no tensors"),
    (MANY, b"", None, "holds more than 100,000 tensors"),
    ({"a": entry(0, 8)}, b"1234", None, "is truncated: 'a' ends at byte 8 of 4"),
    ({"a": entry(0, 8), "b": entry(4, 8)}, b"12345678", None, "'b' overlaps another tensor"),
    ({"a": entry(0, 4), "b": entry(8, 12)}, b"x" * 12, None, "'b' follows a gap"),
    ({"a": entry(0, 4)}, b"12345678", None, "holds 4 bytes that belong to no tensor"),
    ({"a": entry(0, 4, dtype="X9")}, b"1234", None, "describes the tensor 'a' wrongly"),
    ({"a": entry(0, 4, shape=[2])}, b"1234", None, "describes the tensor 'a' wrongly"),
    ({"a": entry(0, 4, shape=[-1, -1])}, b"1234", None, "describes the tensor 'a' wrongly"),
    ({"a": entry(0, 4, shape=[True])}, b"1234", None, "describes the tensor 'a' wrongly"),
    ({"a": entry(4, 0, shape=[-1])}, b"1234", None, "describes the tensor 'a' wrongly"),
    ({"a": 1}, b"", None, "describes the tensor 'a' wrongly"),
    ({"a": entry(0, 4, dtype="I8", shape=[4])}, b"1234", None, "quantised or not floating-"),
    ({"a": entry(0, 4)}, b"1234", None, "hold no classification head"),
    ({"score.weight": entry(0, 8, shape=[1, 2])}, b"12345678", None, "with one logit"),
]


@pytest.mark.parametrize(
    ("header", "data", "length", "message"), HEADERS, ids=[row[3][:40] for row in HEADERS]
)
def test_hostile_weights(header: Any, data: bytes, length: int | None, message: str, folder: Path):
    write_weights(folder / "model.safetensors", header, data, length)
    assert message in refusal(folder).message


def test_truncated_weights_are_seen_without_loading(folder: Path):
    path = folder / "model.safetensors"
    content = path.read_bytes()
    for size in (0, 7, 300, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        assert "model.safetensors is truncated" in refusal(folder).message


def test_headers_agree_with_the_library(tiny_bert: Path):
    from safetensors import safe_open

    found = read_header(tiny_bert / "model.safetensors")
    with safe_open(tiny_bert / "model.safetensors", "pt") as file:
        assert {n: list(t.shape) for n, t in found.items()} == {
            name: file.get_slice(name).get_shape()
            for name in file.keys()  # noqa: SIM118
        }


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ({}, "has no weight_map"),
        ({"weight_map": {"a": "../model.safetensors"}}, "names '../model.safetensors', which is"),
        ({"weight_map": {"a": "/etc/passwd"}}, "not a file beside it"),
        ({"weight_map": {"a": 3}}, "not a file beside it"),
        ({"weight_map": {"a": "pytorch_model.bin"}}, "is no safetensors file"),
        ({"weight_map": {"a": "lost.safetensors"}}, "the shard lost.safetensors is missing"),
        ({"weight_map": {"zz": "one.safetensors"}}, "one.safetensors lacks the tensor 'zz'"),
        ({"weight_map": dict.fromkeys(map(str, range(100_001)), "a")}, "more than 100,000 tens"),
    ],
)
def test_broken_shards(index: Any, message: str, folder: Path):
    (folder / "model.safetensors").rename(folder / "one.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert message in refusal(folder).message


def test_an_unreadable_file_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch):
    real = Path.open

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "model.safetensors":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert "model.safetensors cannot be read: Permission denied" in refusal(folder).message


CARDS = [
    (b"---\nlanguage: en\ndatasets:\n- a/b\n- c\n- c\n---\ntext", (("a/b", "c"), "en")),
    (b"\xef\xbb\xbf---\r\nlanguage: [de]\r\ndatasets: one\r\n---\r\n", (("one",), "de")),
    (b"---\nlanguage: [de, en]\n---\n", ((), None)),
    (b"---\nlanguage: no\ndatasets: [1, {a: b}, '<script>']\n---\n", ((), None)),
    (b"---\nlanguage: !!python/object/apply:os.system [ls]\n---\n", ((), None)),
    (b"---\n- a\n- b\n---\n", ((), None)),
    (b"---\na: [\n---\n", ((), None)),
    (b"---\na: " + b"[" * 20_000 + b"\n---\n", ((), None)),
    (b"---\na: 2026-99-99\n---\n", ((), None)),
    (b"---\nlanguage: \xff\n---\n", ((), None)),
    (b"# no front matter\n---\nlanguage: en\n---\n", ((), None)),
    (b"---\n" + b"x: y\n" * 100_000 + b"language: en\n---\n", ((), None)),
]


@pytest.mark.parametrize(("card", "expected"), CARDS, ids=range(len(CARDS)))
def test_cards_are_hints_only(card: bytes, expected: tuple[Any, Any], folder: Path):
    (folder / "README.md").write_bytes(card)
    found: Inspection = inspect(folder, "m")
    assert (found.datasets, found.language) == expected
    assert "README.md" not in found.files
