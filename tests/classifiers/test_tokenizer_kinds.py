"""Every tokenizer class of text classifiers, made of its own files alone, against transformers.

The files are those that a class names, without tokenizer.json; the yardstick is AutoTokenizer and
the network, one text at a time.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from support.tiny_models import SENTENCES, make_model
from support.vocabularies import ROWS, sentencepiece, write
from support.workers import THREADS

from energylabel.classifiers import families
from energylabel.classifiers._loading.heads import CLASSIFIERS, classes
from energylabel.classifiers._loading.tokenizer_classes import _tables, tokenizer_class_of
from energylabel.classifiers.base import Batching, Placement
from energylabel.errors import NotRatableError
from energylabel.resolving import parse_model, resolve

TEXTS = (*SENTENCES[::9], "a", "The film seemed too long, didn't it? 2 + 2 = 4")

OF_NO_FILES = {
    "FastSpeech2ConformerTokenizer",
    "ParakeetTokenizer",
    "Qwen3_5Tokenizer",
    "RagTokenizer",
    "TokenizersBackend",
}
"""Without a dictionary of files in their source, or without the package that they need."""

NOT_CUTTING = {"entity_vocab.json", "normalizer.json"}
LONGER = SENTENCES[::5]
"""CANINE's own network takes no text that is shorter than four signs."""

MAPPED = sorted(
    {tokenizer_class_of({"model_type": kind}, {}).name for kind in classes(CLASSIFIERS)}
    | set(_tables()[0].values())
    | {"CodeGenTokenizer", "DistilBertTokenizer", "LlamaTokenizer", "MBart50Tokenizer"}
)
"""All of the library's table, and some that tokenizers are saved with."""

REFUSED = {
    "XGLMTokenizer": "has no tokenizer: XGLMTokenizer reads tokenizer.json, not there",
    "Siglip2Tokenizer": "has no tokenizer: Siglip2Tokenizer reads tokenizer.json, not there",
    "CpmAntTokenizer": "needs the package rjieba, which is not installed",
    "FSMTTokenizer": "needs the package sacremoses, which is not installed",
    "GemmaTokenizer": "has no tokenizer: GemmaTokenizer reads tokenizer.json, not there",
    "BioGptTokenizer": "needs the package sacremoses, which is not installed",
    "FlaubertTokenizer": "needs the package sacremoses, which is not installed",
    "XLMTokenizer": "needs the package sacremoses, which is not installed",
    "CpmTokenizer": "needs the package rjieba, which is not installed",
    "RoFormerTokenizer": "needs the package rjieba, which is not installed",
}
"""What a class cannot do without: said in one line, whatever else is there."""

NOT_ASKED = {
    **dict.fromkeys(
        ("LayoutLMv2Tokenizer", "LayoutLMv3Tokenizer", "LayoutXLMTokenizer", "UdopTokenizer"),
        "reads words with the boxes that they stand in",
    ),
    **dict.fromkeys(
        ("FastSpeech2ConformerTokenizer", "VitsTokenizer", "Wav2Vec2PhonemeCTCTokenizer"),
        "writes sounds, with packages that are not there",
    ),
    "CanineTokenizer": "a network of its own hashes the signs: below",
    "LukeTokenizer": "its entities are numbered in a third file",
    "MarkupLMTokenizer": "reads the nodes of a page",
    "MgpstrTokenizer": "reads single letters of pictures",
    "MyT5Tokenizer": "has a table of rewritten bytes",
    "PegasusTokenizer": "wants pieces that are not trained here",
    "RagTokenizer": "is two tokenizers",
    "TapasTokenizer": "reads tables",
}
"""Classes of which no folder of tiny files is asked here, and why."""


def the_class(name: str) -> Any:
    from transformers.models.auto.tokenization_auto import tokenizer_class_from_name

    return tokenizer_class_from_name(name)


def saved(folder: Path, name: str, **settings: Any) -> Path:
    """A BERT of three classes whose tokenizer is of a class, from that class's files alone."""
    make_model(folder, labels=("a", "b", "c"), vocab_size=ROWS, pad_token_id=0)
    for old in folder.glob("*token*"):
        old.unlink()
    write(folder, the_class(name))
    told = {"tokenizer_class": name, "model_max_length": 64, **settings}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    return folder


def plain(
    folder: Path, limit: int = 64, texts: tuple[str, ...] = TEXTS
) -> tuple[list[list[int]], list[int]]:
    """Token ids and answers of transformers alone, one text at a time."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    ids, answers = [], []
    for text in texts:
        encoded = tokenizer(text, truncation=True, max_length=limit, return_tensors="pt")
        ids.append(encoded["input_ids"][0].tolist())
        with torch.inference_mode():
            answers.append(int(network(**encoded).logits.argmax()))
    return ids, answers


def said(
    folder: Path, texts: tuple[str, ...] = TEXTS
) -> tuple[list[list[int]], list[tuple[int, ...]]]:
    """The same of the program, and its answers one by one and in batches."""
    model = resolve(parse_model(str(folder)))
    with families()[model.family].open(model, Placement("cpu", "auto", THREADS), None) as opened:
        loaded: Any = opened
        ids = [list(row) for row in loaded._encode(list(texts))["input_ids"]]
        assert loaded.count_tokens(texts) == tuple(map(len, ids))
        return ids, [loaded.predict(texts, Batching(size)).labels for size in (1, 8)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
@pytest.mark.parametrize("name", [name for name in MAPPED if name not in NOT_ASKED])
def test_a_class_made_of_its_own_files(name: str, tmp_path: Path):
    folder = saved(tmp_path / "m", name)
    if name in REFUSED:
        with pytest.raises(NotRatableError) as caught:
            said(folder)
        assert REFUSED[name] in caught.value.message
        assert caught.value.hint
        return
    ids, answers = plain(folder)
    assert len({tuple(row) for row in ids}) > len(TEXTS) // 2, "the vocabulary says nothing"
    found, labels = said(folder)
    assert found == ids
    assert labels == [tuple(answers)] * 2


LABELS = {"num_labels": 3, "id2label": {0: "a", 1: "b", 2: "c"}}
SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 256,
}
NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "canine": ("", {**SMALL, "local_transformer_stride": 16, "num_hash_buckets": 64}),
    "perceiver": (
        "",
        {
            "d_latents": 32,
            "d_model": 32,
            "num_latents": 8,
            "num_blocks": 1,
            "num_self_attends_per_block": 1,
            "num_self_attention_heads": 2,
            "num_cross_attention_heads": 2,
            "max_position_embeddings": 256,
        },
    ),
    "t5": (
        "ByT5Tokenizer",
        {
            "vocab_size": 384,
            "d_model": 32,
            "d_kv": 16,
            "d_ff": 64,
            "num_layers": 2,
            "num_heads": 2,
            "eos_token_id": 1,
            "decoder_start_token_id": 0,
        },
    ),
    "rembert": (
        "",
        {**SMALL, "vocab_size": ROWS, "input_embedding_size": 16, "output_embedding_size": 16},
    ),
    "xlnet": ("", {"vocab_size": ROWS, "d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 64}),
    "ctrl": (
        "",
        {"vocab_size": ROWS, "n_positions": 256, "n_embd": 32, "dff": 64, "n_layer": 2,
         "n_head": 2, "pad_token_id": 0},
    ),
}  # fmt: skip
"""Model type → tokenizer class, empty where the type tells it alone, and configuration."""


def networked(folder: Path, kind: str) -> Path:
    """A network whose model type tells the tokenizer, without any settings of a tokenizer.

    Of the first seed whose answers differ from text to text.
    """
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    named, sizes = NETWORKS[kind]
    config = AutoConfig.for_model(kind, **sizes, **LABELS)
    network = AutoModelForSequenceClassification.from_config(config).eval()
    network.save_pretrained(folder)
    if named:
        the_class(named)().save_pretrained(folder)
    else:
        write(folder, the_class(tokenizer_class_of({"model_type": kind}, {}).name))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoded = [tokenizer(text, return_tensors="pt") for text in LONGER]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for seed in range(100):
            torch.manual_seed(seed)
            for weight in network.parameters():
                torch.nn.init.normal_(weight, std=0.5)
            answers = {int(network(**each).logits.argmax()) for each in encoded}
            if len(answers) > 1:
                break
    network.save_pretrained(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_with_a_tokenizer_of_its_own(kind: str, tmp_path: Path):
    folder = networked(tmp_path / "m", kind)
    ids, answers = plain(folder, 256, LONGER)
    assert len(set(answers)) > 1
    found, labels = said(folder, LONGER)
    assert found == ids
    assert labels[0] == tuple(answers)  # batches are compared where a rating begins


@pytest.mark.slow
def test_a_sentencepiece_file_by_the_usual_name_does_for_any_fast_class(tmp_path: Path):
    folder = saved(tmp_path / "m", "GemmaTokenizer")
    (folder / "tokenizer.model").write_bytes(sentencepiece("bpe"))
    ids, answers = plain(folder)
    assert len({tuple(row) for row in ids}) == len(TEXTS)
    assert said(folder) == (ids, [tuple(answers)] * 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "lost", "message"),
    [
        ("GPT2Tokenizer", "merges.txt", "GPT2Tokenizer reads tokenizer.json or merges.txt, not"),
        (
            "BertTokenizer",
            "vocab.txt",
            "BertTokenizer reads tokenizer.json or vocab.txt, not there",
        ),
        ("RemBertTokenizer", "sentencepiece.model", "tokenizer.json or sentencepiece.model, not"),
        ("PhobertTokenizer", "bpe.codes", "its tokenizer does not load: "),
        ("ProphetNetTokenizer", "prophetnet.tokenizer", "reads prophetnet.tokenizer, not there"),
        ("Strange_Tokenizer", "", "TokenizersBackend reads tokenizer.json, not there"),
    ],
)
def test_what_a_tokenizer_lacks_is_named(name: str, lost: str, message: str, tmp_path: Path):
    """A fast class without one of its files would cut texts in another way and say nothing."""
    folder = saved(tmp_path / "m", "BertTokenizer" if name.startswith("Str") else name)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | {"tokenizer_class": name}))
    if lost:
        (folder / lost).unlink()
    with pytest.raises(NotRatableError) as caught:
        said(folder)
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert "save it" not in caught.value.hint


def test_a_dictionary_that_a_segmenter_needs_is_named(tmp_path: Path):
    folder = saved(tmp_path / "m", "BertJapaneseTokenizer", word_tokenizer_type="mecab")
    with pytest.raises(NotRatableError, match="needs the package fugashi, which is not inst") as it:
        said(folder)
    assert it.value.hint == "pip install fugashi"


def test_the_tables_are_the_installed_librarys():
    from transformers.models.auto import tokenization_auto as auto

    types, mistaken = _tables()
    for kind, name in auto.TOKENIZER_MAPPING_NAMES.items():
        if name is not None and kind not in mistaken:
            assert types[kind] == name, kind
    assert mistaken == auto.MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS


@pytest.mark.parametrize("name", MAPPED)
def test_files_read_from_the_source_are_those_of_the_class(name: str):
    from transformers import TokenizersBackend

    kind, found = the_class(name), tokenizer_class_of({}, {"tokenizer_class": name})
    if name in OF_NO_FILES:
        return
    files = kind.vocab_files_names.values()
    assert found.files == tuple(n for n in files if not n.startswith("tokenizer") or ".m" in n)
    if found.fast and found.files:
        assert set(found.files) >= {*found.cutting} >= {*found.files} - NOT_CUTTING
    assert found.fast == issubclass(kind, TokenizersBackend)
