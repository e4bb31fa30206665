"""Tokenizers of models on a Hub: the class says which files come down."""

from pathlib import Path

import pytest
from classifiers.test_tokenizer_kinds import networked, saved
from hub.fixtures import HubHome

from energylabel.errors import NetworkError, NotRatableError
from energylabel.resolving.models import parse_model, resolve

USUAL = {"config.json", "model.safetensors"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("canine", USUAL),
        ("rembert", USUAL | {"sentencepiece.model"}),
        ("t5", USUAL | {"tokenizer_config.json"}),
    ],
)
def test_the_model_type_tells_what_is_read(
    kind: str, files: set[str], hub_home: HubHome, tmp_path: Path
):
    hub_home.add("org/m", networked(tmp_path / "m", kind))
    hub_home.hub.storage.commit("models", "org/m", {"emoji.json": b"{}", "notes.model": b"x"})
    model = resolve(parse_model("org/m"))
    assert {path.name for path in Path(model.folder).iterdir()} >= files
    assert not {"emoji.json", "notes.model"} & {p.name for p in Path(model.folder).iterdir()}
    assert {file.path for file in model.files} >= files
    assert resolve(parse_model("org/m"), offline=True) == model


@pytest.mark.slow
def test_the_settings_tell_it_before_the_model_type(hub_home: HubHome, tmp_path: Path):
    hub_home.add("org/m", saved(tmp_path / "m", "ProphetNetTokenizer"))
    model = resolve(parse_model("org/m"))
    assert "prophetnet.tokenizer" in {file.path for file in model.files}
    (Path(model.folder) / "prophetnet.tokenizer").unlink()
    with pytest.raises(NetworkError, match=r"lacks the tokenizer's prophetnet\.tokenizer"):
        resolve(parse_model("org/m"), offline=True)


def test_what_is_not_there_is_told_before_the_weights_come_down(hub_home: HubHome, tmp_path: Path):
    folder = saved(tmp_path / "m", "GPT2Tokenizer")
    (folder / "merges.txt").unlink()
    hub_home.add("org/m", folder)
    with pytest.raises(NotRatableError, match=r"GPT2Tokenizer reads tokenizer\.json or merges\.t"):
        resolve(parse_model("org/m"))
    assert not any(request.path.startswith("/lfs/") for request in hub_home.hub.requests)
