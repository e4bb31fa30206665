"""The steps in a stranger's folder: what is understood, and what is refused with its name."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from support.embedders import MEAN, STEP, add_dense, make_encoder, opened, steps, write
from support.tiny_models import edit_config

from energylabel.classifiers._embedding.sentence import FILES, Dense, Steps, read_steps
from energylabel.classifiers.base import Placement
from energylabel.classifiers.embedding_probe import PLUGIN
from energylabel.errors import NotRatableError
from energylabel.resolving.listing import names_in, small_files

ENCODER = {"path": "", "type": f"{STEP}Transformer"}
POOL = {"path": "1_Pooling", "type": f"{STEP}Pooling"}


def read(folder: Path) -> Steps:
    return read_steps(folder, names_in(folder))


def test_the_libraries_newer_names_mean_the_same(tmp_path: Path):
    modules = [
        {"path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.sentence_transformer.Pooling"},
        {"path": "2_Dropout", "type": f"{STEP}Dropout"},
        {"path": "3_Dense", "type": "sentence_transformers.base.modules.dense.Dense"},
        {"path": "4_Normalize", "type": f"{STEP}Normalize", "kwargs": ["task"]},
    ]
    write(tmp_path / "modules.json", modules)
    write(tmp_path / "1_Pooling" / "config.json", {"pooling_mode": "cls"})
    write(tmp_path / "sentence_roberta_config.json", {"max_seq_length": 77})
    add_dense(tmp_path, "3_Dense", 8, 4)
    assert read(tmp_path) == Steps(
        pooling=("cls",),
        after=(Dense("3_Dense/model.safetensors", 8, 4, True, "Tanh"), None),
        max_tokens=77,
    )


def test_without_modules_nothing_is_asked(tmp_path: Path):
    write(tmp_path / "1_Pooling" / "config.json", {"pooling_mode": "nonsense"})
    assert read(tmp_path) == Steps()


NO_STEPS: list[tuple[Any, str]] = [
    ({}, "an object instead of a list"),
    ([], "names 0 steps"),
    ([ENCODER] * 17, "names 17 steps"),
    (["Transformer"], "no step of sentence-transformers' own"),
    ([{"path": ""}], "'None', which is no step"),
    ([{"path": "", "type": "os.system"}], r"'os\.system'"),
    ([{"path": "", "type": "custom_st.Transformer"}], r"'custom_st\.Transformer'"),
    ([{"path": "", "type": "evil.sentence_transformers.models.Transformer"}], "no step of"),
    ([{"path": "", "type": f"{STEP}Transformer\n"}], "no step of"),
    ([ENCODER | {"path": "../other"}], r"names the folder '\.\./other'"),
    ([ENCODER | {"path": "/etc"}], "names the folder '/etc'"),
    ([ENCODER | {"path": ".."}], "names the folder"),
    ([ENCODER | {"path": None}], "names the folder 'None'"),
    ([ENCODER | {"path": "0_Transformer"}], "keeps its Transformer in the folder '0_Transformer'"),
    ([{"path": "", "type": f"{STEP}CLIPModel"}], "begins with CLIPModel"),
    ([POOL, ENCODER], "begins with Pooling"),
    ([ENCODER], "has no Pooling"),
    ([ENCODER, POOL, POOL], "has Pooling as a later step"),
    ([ENCODER, POOL, {"path": "2_LSTM", "type": f"{STEP}LSTM"}], "has LSTM as a later step"),
    ([ENCODER, POOL | {"path": "pool"}], "keeps its Pooling in the folder 'pool'"),
    ([ENCODER, POOL | {"path": "2_Pooling"}], r"there is no 2_Pooling/config\.json"),
    ([ENCODER, POOL, {"path": "a", "type": f"{STEP}Normalize"}], "keeps its Normalize"),
    ([ENCODER, POOL, {"path": "2_Dense", "type": f"{STEP}Dense"}], "there is no 2_Dense"),
]


@pytest.mark.parametrize(("modules", "cause"), NO_STEPS, ids=[case[1] for case in NO_STEPS])
def test_hostile_modules_are_refused(tmp_path: Path, modules: Any, cause: str):
    write(tmp_path / "modules.json", modules)
    write(tmp_path / "1_Pooling" / "config.json", MEAN)
    with pytest.raises(NotRatableError, match=cause) as caught:
        read(tmp_path)
    assert "\n" not in caught.value.message


SETTINGS: list[tuple[str, Any, str]] = [
    ("1_Pooling/config.json", {"pooling_mode": "attention"}, "the pooling 'attention'"),
    ("1_Pooling/config.json", {"pooling_mode": []}, "Pooling is given as"),
    ("1_Pooling/config.json", {"pooling_mode": {"mean": True}}, "Pooling is given as"),
    ("1_Pooling/config.json", {"pooling_mode": ["mean"] * 7}, "Pooling is given as"),
    ("1_Pooling/config.json", {"pooling_mode": [["mean"]]}, "the pooling"),
    ("1_Pooling/config.json", {"pooling_mode_mean_tokens": "yes"}, "is 'yes'"),
    ("1_Pooling/config.json", {"pooling_mode_first_last": True}, "'pooling_mode_first_last'"),
    ("1_Pooling/config.json", [], "a list instead of an object"),
    ("sentence_bert_config.json", {"max_seq_length": 0}, "max_seq_length '0'"),
    ("sentence_bert_config.json", {"max_seq_length": "128"}, "max_seq_length '128'"),
    ("sentence_bert_config.json", {"do_lower_case": 3}, "do_lower_case is '3'"),
    ("sentence_bert_config.json", {"config_args": {"a": 1}}, "the setting 'config_args'"),
    ("sentence_bert_config.json", {"transformer_task": "fill-mask"}, "'fill-mask'"),
    ("sentence_bert_config.json", {"module_output_name": "x"}, "module_output_name 'x'"),
    ("sentence_bert_config.json", {"modality_config": {"image": {}}}, "modality_config"),
    ("config_sentence_transformers.json", {"model_type": "SparseEncoder"}, "a SparseEncoder"),
    ("config_sentence_transformers.json", {"default_prompt_name": "q"}, "no usable prompt 'q'"),
    (
        "config_sentence_transformers.json",
        {"prompts": {"q": "x" * 3000}, "default_prompt_name": "q"},
        "no usable prompt 'q'",
    ),
    ("2_Dense/config.json", {"activation_function": "os.system"}, r"activation 'os\.system'"),
    ("2_Dense/config.json", {"activation_function": "torch.nn.Bilinear"}, "Bilinear"),
    ("2_Dense/config.json", {"activation_function": None}, "activation 'None'"),
    ("2_Dense/config.json", {"in_features": -1}, "Dense is -1 × 4 wide"),
    ("2_Dense/config.json", {"out_features": 10**9}, "wide"),
    ("2_Dense/config.json", {"in_features": 8}, "does not hold what its config"),
    ("2_Dense/config.json", {"use_residual": True}, "the setting 'use_residual'"),
    ("2_Dense/config.json", {"module_input_name": "token_embeddings"}, "token_embeddings"),
    ("3_Normalize/config.json", {"module_input_name": "token_embeddings"}, "token_embeddings"),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_encoder(tmp_path_factory.mktemp("files") / "whole")
    add_dense(folder, "2_Dense", 32, 4)
    return steps(folder, "Dense", "Normalize")


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(whole, tmp_path / "model"))


@pytest.mark.parametrize(("name", "content", "cause"), SETTINGS, ids=[s[2] for s in SETTINGS])
def test_settings_that_are_not_known_are_refused(folder: Path, name: str, content: Any, cause: str):
    path = folder / name
    if isinstance(content, dict) and path.is_file() and "Dense" in name:
        content = json.loads(path.read_text()) | content
    write(path, content)
    with pytest.raises(NotRatableError, match=cause) as caught:
        opened(folder)
    assert caught.value.message.startswith("local/model: ")
    assert caught.value.hint


def test_a_prompt_that_is_left_out_of_the_pooling_is_refused(folder: Path):
    write(folder / "1_Pooling" / "config.json", MEAN | {"include_prompt": False})
    assert opened(folder)  # without a prompt it says nothing
    prompt = {"prompts": {"q": "query: "}, "default_prompt_name": "q"}
    write(folder / "config_sentence_transformers.json", prompt)
    with pytest.raises(NotRatableError, match="include_prompt"):
        opened(folder)


def test_dense_weights_are_never_a_pickle(folder: Path):
    file = folder / "2_Dense" / "model.safetensors"
    file.rename(file.with_name("pytorch_model.bin"))
    with pytest.raises(NotRatableError, match=r"no 2_Dense/model\.safetensors; a pickle"):
        opened(folder)


def test_dense_weights_that_do_not_fit_are_refused(folder: Path):
    placement = Placement("cpu", "auto", 1)
    add_dense(folder, "2_Dense", 16, 4)  # the encoder gives 32 numbers
    with (
        pytest.raises(NotRatableError, match="local/model makes no vector of a text"),
        PLUGIN.open(opened(folder), placement),
    ):
        pass
    add_dense(folder, "2_Dense", 32, 4)
    model = opened(folder)
    (folder / "2_Dense" / "model.safetensors").write_bytes(b"\x08" + b"\0" * 20)
    with pytest.raises(NotRatableError, match="cannot be read"), PLUGIN.open(model, placement):
        pass
    with pytest.raises(NotRatableError, match=r"model\.safetensors"):
        opened(folder)


def test_a_step_is_no_way_out_of_the_folder(folder: Path, tmp_path: Path):
    outside = tmp_path / "secret.json"
    outside.write_text(json.dumps(MEAN))
    path = folder / "1_Pooling" / "config.json"
    path.unlink()
    path.symlink_to(outside)
    with pytest.raises(NotRatableError, match=r"1_Pooling/config\.json is a link to a file out"):
        opened(folder)
    path.unlink()
    path.parent.rmdir()
    (tmp_path / "elsewhere").mkdir()
    outside.rename(tmp_path / "elsewhere" / "config.json")
    path.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotRatableError, match="is a link to a file outside"):
        opened(folder)


def test_every_file_that_decides_is_digested_and_downloaded(folder: Path):
    write(folder / "sentence_bert_config.json", {"max_seq_length": 9})
    write(folder / "config_sentence_transformers.json", {})
    needed = {
        "modules.json",
        "1_Pooling/config.json",
        "2_Dense/config.json",
        "2_Dense/model.safetensors",
        "sentence_bert_config.json",
        "config_sentence_transformers.json",
    }
    assert needed <= {file.path for file in opened(folder).files}
    assert needed <= set(small_files()) & set(FILES)


def test_a_file_that_is_nested_or_long_takes_no_time(folder: Path):
    start = time.perf_counter()
    (folder / "modules.json").write_text("[" * 100_000)
    with pytest.raises(NotRatableError, match=r"modules\.json"):
        opened(folder)
    (folder / "modules.json").write_text("[" + "1," * 600_000 + "1]")
    with pytest.raises(NotRatableError, match="larger than"):
        opened(folder)
    assert time.perf_counter() - start < 5


def test_the_files_of_two_models_are_not_mixed(folder: Path):
    edit_config(folder, model_type="model2vec")
    with pytest.raises(NotRatableError, match="asks for an encoder"):
        opened(folder)
