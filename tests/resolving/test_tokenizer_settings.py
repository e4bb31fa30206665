"""Settings of a tokenizer: words and numbers reach its class, and what does not is told."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.evidence import make_evidence, make_subject
from support.findings import find
from support.tiny_models import SENTENCES, edit_config
from support.workers import THREADS, resolved

from energylabel.classifiers._loading.private import dropped_settings, private_folder
from energylabel.classifiers._loading.tokenizer_settings import allowed_tokenizer_config, dropped
from energylabel.classifiers.base import Departures, Placement
from energylabel.classifiers.sequence_head import PLUGIN
from energylabel.judging import contradictions

SUDACHI = {"sudachi_split_mode": "A", "sudachi_dict_type": "core"}
MECAB = {"mecab_dic": "unidic_lite", "normalize_text": True, "never_split": ["[X]", "a/b"]}


def passed(kind: str, **settings: Any) -> tuple[dict[str, Any], list[str]]:
    """What a class gets of settings, and the names of those that it does not."""
    config = {"tokenizer_class": kind, **settings}
    kept = allowed_tokenizer_config(config, has_json=False)
    left = sorted(dropped(config, kept))
    del kept["tokenizer_class"]
    return kept, left


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("BertJapaneseTokenizer", {"mecab_kwargs": MECAB, "word_tokenizer_type": "mecab"}),
        ("BertJapaneseTokenizer", {"sudachi_kwargs": SUDACHI}),
        ("BertJapaneseTokenizer", {"jumanpp_kwargs": {"trim_whitespace": True}}),
        ("BertJapaneseTokenizer", {"mecab_kwargs": {}}),
        ("XLMTokenizer", {"lang2id": {"de": 0, "en": 1}, "id2lang": {"0": "de", "1": "en"}}),
        ("MarkupLMTokenizer", {"tags_dict": {"a": 0, "div": 1}}),
        ("BartphoTokenizer", {"sp_model_kwargs": {"enable_sampling": True, "alpha": 0.1}}),
        ("LayoutXLMTokenizer", {"cls_token_box": [0, 0, 0, 0], "pad_token_label": -100}),
        ("BertTokenizer", {"max_len": 12}),
        ("BertTokenizer", {"entity_token": "<ent>"}),
    ],
)
def test_words_and_numbers_are_passed(kind: str, settings: dict[str, Any]):
    assert passed(kind, **settings) == (settings, [])


@pytest.mark.parametrize(
    ("kind", "settings", "kept", "left"),
    [
        (
            "BertJapaneseTokenizer",
            {"mecab_kwargs": {"mecab_dic": None, "mecab_option": "-d /etc/mecab -r x"}},
            {"mecab_kwargs": {"mecab_dic": None}},
            ["mecab_kwargs.mecab_option"],
        ),
        (
            "BertJapaneseTokenizer",
            {"sudachi_kwargs": {**SUDACHI, "sudachi_config_path": "x", "sudachi_resource_dir": 1}},
            {"sudachi_kwargs": SUDACHI},
            ["sudachi_kwargs.sudachi_config_path", "sudachi_kwargs.sudachi_resource_dir"],
        ),
        (
            "BertJapaneseTokenizer",
            {"sudachi_kwargs": {"sudachi_dict_type": "evil.dic", "sudachi_config_path": None}},
            {"sudachi_kwargs": {"sudachi_config_path": None}},
            ["sudachi_kwargs.sudachi_dict_type"],
        ),
        (
            "BartphoTokenizer",
            {"sp_model_kwargs": {"model_file": "/etc/passwd", "model_proto": "x"}},
            {},
            ["sp_model_kwargs"],
        ),
        ("BertTokenizer", {"strange": 1, "mecab_kwargs": MECAB}, {}, ["mecab_kwargs", "strange"]),
        ("BertTokenizer", {"never_split": [["a"], {"b": 1}]}, {}, ["never_split"]),
        ("BertTokenizer", {"tokenizer_object": "x"}, {}, ["tokenizer_object"]),
        (
            "BertTokenizer",
            {"name_or_path": "/etc", "tokenizer_file": "x", "max_length": 8, "stride": 0,
             "special_tokens_map_file": None, "chat_template": "x", "strange": None},
            {"max_length": 8},
            [],
        ),
    ],
)  # fmt: skip
def test_what_may_name_a_file_or_is_of_no_class_is_told(
    kind: str, settings: dict[str, Any], kept: dict[str, Any], left: list[str]
):
    assert passed(kind, **settings) == (kept, left)


@pytest.mark.parametrize("change", [{"tokenizer_class": "BertJapaneseTokenizer"}, {}])
def test_the_class_may_be_told_by_config_json_alone(
    change: dict[str, Any], tiny_bert: Path, tmp_path: Path
):
    """As Japanese BERTs are saved: the class in one file, its settings in the other."""
    folder = edit_config(shutil.copytree(tiny_bert, tmp_path / "m"), **change)
    told = {"word_tokenizer_type": "mecab", "mecab_kwargs": {"mecab_dic": "unidic_lite"}}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    with private_folder(resolved(folder)) as place:
        kept = json.loads((place / "tokenizer_config.json").read_text())
        left = dropped_settings(resolved(folder), place)
    # BERT's own class neither takes nor reads any of them.
    assert (kept, left) == ((told, ((), ())) if change else ({}, ((), tuple(sorted(told)))))


def test_dropped_settings_stand_in_the_departures(tiny_bert: Path, tmp_path: Path):
    folder = shutil.copytree(tiny_bert, tmp_path / "m")
    path = folder / "tokenizer_config.json"
    strange = {"own_segmenter": {"a": 1}, "line\nbreak <b>": 1, "do_lower_case": True}
    strange |= {"fast_tokenizer_files": ["tokenizer.4.json"]}
    path.write_text(json.dumps(json.loads(path.read_text()) | strange))
    with PLUGIN.open(resolved(folder), Placement("cpu", "auto", THREADS), None) as loaded:
        assert loaded.departures.dropped_settings == ("fast_tokenizer_files",)
        assert loaded.departures.unread_settings == ("line?break??b?", "own_segmenter")
    with PLUGIN.open(resolved(tiny_bert), Placement("cpu", "auto", THREADS), None) as loaded:
        assert loaded.departures == Departures()
        assert len(set(loaded.count_tokens(SENTENCES))) > 1


def test_they_are_a_finding_and_so_are_several_formats():
    names = ("mecab_kwargs.mecab_option", "own_segmenter")
    evidence = make_evidence(
        subject=make_subject(dropped_settings=names, saved_dtypes=("bfloat16", "float32"))
    )
    found = find("tokenizer-settings", evidence)
    assert found.outcome == "warned"
    assert all(name in found.message for name in names)
    unread = find("tokenizer-settings", make_evidence(subject=make_subject(unread_settings=names)))
    assert unread.outcome == "noted"
    assert all(name in unread.message for name in names)
    formats = find("saved-dtypes", evidence)
    assert formats.outcome == "noted"
    assert "saved in bfloat16 and float32, most in bfloat16, and were computed in float32" in (
        formats.message
    )


@pytest.mark.parametrize(
    "change",
    [
        {"saved_dtypes": ("float32",)},
        {"saved_dtypes": ("float32", "float32")},
        {"saved_dtypes": ("float32", "int8")},
        {"dropped_settings": ("b", "a")},
        {"dropped_settings": ("a", "a")},
        {"unread_settings": ("b", "a")},
    ],
)
def test_evidence_of_another_form_contradicts_itself(change: dict[str, Any]):
    (name,) = change
    assert any(
        name in told for told in contradictions(make_evidence(subject=make_subject(**change)))
    )
