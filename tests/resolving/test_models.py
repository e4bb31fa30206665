"""What the user types, and local models, down to digests."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest
from support.shared import MINILM, TINY, needs_shared
from support.tiny_models import edit_config

from energylabel.errors import NotRatableError, UsageError
from energylabel.events import Event
from energylabel.records.subject import ModelRef
from energylabel.resolving.models import folder_label, parse_model, resolve


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(desk)
    return desk


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("demo", ("embedded", "energylabel/demo", None)),
        ("org/name", ("hub", "org/name", None)),
        ("org/name@main", ("hub", "org/name", "main")),
        ("org/name@refs/pr/1", ("hub", "org/name", "refs/pr/1")),
        ("org/name@" + "0123456789" * 4, ("hub", "org/name", "0123456789" * 4)),
        ("bert-base-uncased", ("hub", "bert-base-uncased", None)),
        ("o-r.g_1/N.a-m_e", ("hub", "o-r.g_1/N.a-m_e", None)),
    ],
)
def test_names(argument: str, expected: tuple[str, str, str | None], desk: Path):
    ref = parse_model(argument)
    assert (ref.source, ref.name, ref.revision) == expected


def test_folders_win_where_they_are_meant(desk: Path, monkeypatch: pytest.MonkeyPatch):
    for path in ("plain", "org/name", "org/full", "a/b/c", "demo"):
        Path(path).mkdir(parents=True)
    Path("org/full/config.json").write_text("{}")
    monkeypatch.setenv("HOME", str(desk))

    def source(argument: str) -> str:
        return parse_model(argument).source

    assert source("plain") == "folder"
    assert source("org/name") == "hub"
    assert source("org/full") == "folder"
    assert source("./org/name") == "folder"
    assert source("a/b/c") == "folder"
    assert source("org/full/") == "folder"
    assert source("demo") == "embedded"
    assert source("./demo") == source("~/demo") == source(str(desk)) == source(".") == "folder"


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("", "'' names no model"),
        ("  ", "names no model"),
        ("a\0b", "names no model"),
        ("./none", "the folder './none' does not exist"),
        ("/none/at/all", "does not exist"),
        ("~nobody-at-all/x", "is no usable path"),
        ("./file.txt", "is a file, not a folder"),
        ("file.txt", "is a file; a model is a folder"),
        ("a/b/c", "neither a folder nor a model's name"),
        ("org/na me", "neither a folder nor a model's name"),
        ("org/na--me", "neither a folder nor a model's name"),
        ("org/../name", "neither a folder nor a model's name"),
        ("org/name.git", "neither a folder nor a model's name"),
        ("org/<script>", "neither a folder nor a model's name"),
        ("ørg/näme", "neither a folder nor a model's name"),
        ("https://huggingface.co/org/name", "is an address, not a model's name"),
        ("org/name@", "does not name a revision after the @"),
        ("org/name@a b", "does not name a revision after the @"),
        ("org/name@../x", "does not name a revision after the @"),
        ("org/" + "x" * 93, "longer than the Hub's 96 characters"),
        ("demo@abc", "has no revisions"),
        ("x" * 300, "is no usable path"),
        ("x" * 5000, "names no model"),
    ],
)
def test_what_names_no_model(argument: str, message: str, desk: Path):
    Path("file.txt").write_text("")
    with pytest.raises(UsageError) as caught:
        parse_model(argument)
    assert message in caught.value.message
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 200
    assert "demo" in caught.value.hint


def test_a_folder_is_pinned_by_the_digests_of_its_files(tiny_bert: Path, tmp_path: Path):
    folder = copytree(tiny_bert, tmp_path / "My model ☃ v2")
    (folder / "notes.txt").write_text("not loaded")
    (folder / "pytorch_model.bin").write_bytes(b"not loaded")
    model = resolve(parse_model(str(folder)))
    assert (model.source, model.name) == ("folder", "local/My-model-v2")
    names = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    digests = [
        {
            "path": name,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            "size": (folder / name).stat().st_size,
        }
        for name in names
    ]
    assert [file.model_dump() for file in model.files] == digests
    canonical = json.dumps(digests, separators=(",", ":"), sort_keys=True).encode()
    assert model.revision == hashlib.sha256(canonical).hexdigest()
    assert model.folder == str(folder.resolve())
    (folder / "notes.txt").write_text("changed")
    assert resolve(parse_model(str(folder))).revision == model.revision
    edit_config(folder, note="changed")
    assert resolve(parse_model(str(folder))).revision != model.revision


def test_the_folder_that_one_stands_in(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tiny_bert)
    assert resolve(parse_model(".")).name == "local/tiny-bert"


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "README.md"])
@pytest.mark.parametrize("how", ["absolute", "relative", "dangling"])
def test_links_out_of_the_folder_are_refused(name: str, how: str, tiny_bert: Path, tmp_path: Path):
    folder = copytree(tiny_bert, tmp_path / "linked")
    secret = tmp_path / "secret"
    if how != "dangling":
        secret.write_text("{}")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to("../secret" if how == "relative" else secret)
    with pytest.raises(NotRatableError, match=f"{name} is a link to a file outside") as caught:
        resolve(parse_model(str(folder)))
    assert "copy the file" in caught.value.hint


def test_links_within_the_folder_and_of_the_hubs_cache_are_fine(tiny_bert: Path, tmp_path: Path):
    folder = copytree(tiny_bert, tmp_path / "within")
    (folder / "model.safetensors").rename(folder / "weights.bin")
    (folder / "model.safetensors").symlink_to("weights.bin")
    revision = resolve(parse_model(str(tiny_bert))).revision
    assert resolve(parse_model(str(folder))).revision == revision
    snapshot = tmp_path / "models--a--b" / "snapshots" / "c0ffee"
    snapshot.mkdir(parents=True)
    copytree(tiny_bert, snapshot.parent.parent / "blobs")
    for file in tiny_bert.iterdir():
        (snapshot / file.name).symlink_to(Path("../../blobs", file.name))
    assert resolve(parse_model(str(snapshot))).revision == revision


def test_a_folder_that_went_away(tmp_path: Path):
    with pytest.raises(UsageError, match="does not exist"):
        resolve(ModelRef(source="folder", name=str(tmp_path / "gone")))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("plain-name_1.2", "plain-name_1.2"),
        ("日本語モデル", "日本語モデル"),
        ("cafe\u0301", "caf\u00e9"),
        ("a b\n\t<c>", "a-b-c"),
        ("..hidden", "hidden"),
        ("x\u202eevil\u0000", "x-evil"),
        ("☃", "model"),
        ("", "model"),
        ("n" * 300, "n" * 96),
    ],
)
def test_folder_labels_are_safe_and_keep_letters(name: str, label: str):
    assert folder_label(name) == label


def test_the_demo_is_a_model_like_any_other():
    events: list[Event] = []
    model = resolve(parse_model("demo"), observer=events.append)
    assert (model.source, model.name) == ("embedded", "energylabel/demo")
    assert len(model.labels) >= 6
    assert model.weight_bytes < 2_000_000
    assert {event.stage for event in events} == {"resolving"}


@needs_shared
@pytest.mark.parametrize(
    ("folder", "labels", "size"),
    [
        (MINILM, ("negative", "positive"), 90_867_952),
        (TINY, ("World", "Sports", "Business", "Sci/Tech"), 17_550_344),
    ],
)
def test_real_models(folder: Path, labels: tuple[str, ...], size: int):
    model = resolve(parse_model(str(folder)))
    assert (model.architecture, model.labels) == ("BertForSequenceClassification", labels)
    assert (model.vocabulary_size, model.max_positions) == (30_522, 512)
    assert model.weight_bytes == size


def test_a_local_model_needs_no_heavy_library(tiny_bert: Path):
    program = (
        "import sys\nfrom energylabel.resolving.models import parse_model, resolve\n"
        f"resolve(parse_model({str(tiny_bert)!r}))\n"
        "heavy = {'torch', 'transformers', 'huggingface_hub', 'datasets', 'codecarbon'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
