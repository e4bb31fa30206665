"""What kind of classifier a folder holds, from its files."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from energylabel.classifiers import Glance
from energylabel.errors import NotRatableError, UsageError
from energylabel.records.subject import ModelRef
from energylabel.resolving.families import recognise
from energylabel.resolving.model_folder import inspect
from energylabel.resolving.models import parse_model, resolve

TOLD: list[tuple[list[str], dict[str, Any], str]] = [
    ([], {"architectures": ["BertForSequenceClassification"]}, "sequence-classification"),
    ([], {"architectures": ["LlamaForCausalLM"]}, "prompted-lm"),
    ([], {"architectures": ["GPT2LMHeadModel"]}, "prompted-lm"),
    ([], {"architectures": ["T5ForConditionalGeneration"]}, "prompted-lm"),
    ([], {"architectures": ["BertModel"]}, "embedding-probe"),
    ([], {"architectures": ["BertForMaskedLM"]}, "embedding-probe"),
    (["modules.json"], {"architectures": ["Qwen3ForCausalLM"]}, "embedding-probe"),
    (["modules.json"], {"architectures": ["BertForSequenceClassification"]}, "sequence-classif"),
    ([], {"model_type": "model2vec"}, "embedding-probe"),
]
NLI = [
    ["ENTAILMENT", "NEUTRAL", "CONTRADICTION"],
    ["contradiction", "entailment"],
    ["entailment", "not_entailment"],
]


@pytest.mark.parametrize(("names", "config", "family"), TOLD)
def test_a_family_is_told_by_the_files(names: list[str], config: dict[str, Any], family: str):
    assert recognise(Glance(names, config))[0].startswith(family)


@pytest.mark.parametrize("labels", NLI, ids=["-".join(labels) for labels in NLI])
def test_labels_of_inference_make_a_zero_shot_classifier(labels: list[str]):
    config = {
        "architectures": ["BertForSequenceClassification"],
        "id2label": {str(number): label for number, label in enumerate(labels)},
    }
    assert recognise(Glance([], config))[0] == "zero-shot-nli"


def test_what_fits_no_family_says_what_was_looked_at():
    with pytest.raises(NotRatableError) as caught:
        recognise(Glance([], {"architectures": ["BertForTokenClassification"]}))
    for part in ("BertForTokenClassification", "config.json", "modules.json"):
        assert part in caught.value.message
    assert caught.value.exit_code == 3
    with pytest.raises(NotRatableError, match=r"model_head\.pkl"):
        recognise(Glance(["model_head.pkl", "modules.json"], {"architectures": ["BertModel"]}))


def test_the_user_may_name_the_family(tiny_bert: Path, tmp_path: Path):
    folder = tmp_path / "nli"
    shutil.copytree(tiny_bert, folder)
    config = json.loads((folder / "config.json").read_text())
    config["id2label"] = {"0": "entailment", "1": "contradiction"}
    (folder / "config.json").write_text(json.dumps(config))
    found = inspect(folder, "m")
    assert (found.family, found.labels) == ("zero-shot-nli", None)
    named = inspect(folder, "m", "sequence-classification")
    assert named.labels == ("entailment", "contradiction")
    with pytest.raises(NotRatableError, match="other labels than those of inference"):
        inspect(tiny_bert, "m", "zero-shot-nli")


def test_a_name_that_is_no_family_is_refused(tiny_bert: Path):
    folder = ModelRef(source="folder", name=str(tiny_bert))
    with pytest.raises(UsageError, match="there is no family 'bert'") as caught:
        resolve(folder, family="bert")
    assert caught.value.hint == (
        "there are: embedding-probe, prompted-lm, sequence-classification, zero-shot-nli"
    )
    with pytest.raises(UsageError, match="tfidf-linear has no files") as caught:
        resolve(folder, family="tfidf-linear")
    assert caught.value.hint == "rate it by its name: tfidf-linear"
    with pytest.raises(UsageError, match="tfidf-linear is a family itself"):
        resolve(parse_model("tfidf-linear"), family="prompted-lm")
