"""Models from a Hub: a real client against a real server over real git storage."""

import hashlib
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import huggingface_hub
import pytest
from hub.fixtures import HubHome
from support.tiny_models import edit_config, make_model

from energylabel.errors import EnergyLabelError, NetworkError, NotRatableError, UsageError
from energylabel.hub import retrying
from energylabel.resolving import fetching
from energylabel.resolving.models import parse_model, resolve

NAME = "someone/tiny-bert"


@pytest.fixture
def published(hub_home: HubHome, tiny_bert: Path) -> str:
    """The commit of a model on the Hub, beside files that nobody needs."""
    hub_home.add(NAME, tiny_bert)
    extra = {
        "pytorch_model.bin": b"pickle",
        "onnx/model.onnx": b"onnx",
        "training_args.bin": b"pickle",
        "README.md": b"---\nlanguage: en\ndatasets:\n- ag_news\n---\n# A model\n",
    }
    return hub_home.hub.storage.commit("models", NAME, extra)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses between attempts, the library's and ours, left out."""
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)
    monkeypatch.setattr(retrying, "PATIENCE", retrying.Patience(sleep=lambda _: None))


def test_the_commit_is_pinned_and_only_needed_files_come_down(
    hub_home: HubHome, published: str, tiny_bert: Path
):
    model = resolve(parse_model(NAME))
    assert (model.source, model.name, model.revision) == ("hub", NAME, published)
    assert (model.datasets, model.language) == (("ag_news",), "en")
    assert {path.name for path in Path(model.folder).iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    expected = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tiny_bert.iterdir()
    }
    assert {file.path: file.sha256 for file in model.files} == expected
    asked = [request.path for request in hub_home.hub.requests if "/resolve/" in request.path]
    assert asked
    assert all(f"/resolve/{published}/" in path for path in asked)


def test_a_branch_a_commit_and_a_pull_request_can_be_named(
    hub_home: HubHome, published: str, tiny_bert: Path, tmp_path: Path
):
    renamed = edit_config(copytree(tiny_bert, tmp_path / "m"), id2label={"0": "x", "1": "y"})
    changed = hub_home.add(NAME, renamed, ref="refs/pr/1")
    assert resolve(parse_model(f"{NAME}@refs/pr/1")).revision == changed
    assert resolve(parse_model(f"{NAME}@{changed}")).labels == ("x", "y")
    assert resolve(parse_model(f"{NAME}@main")).revision == published
    assert resolve(parse_model(NAME)).labels == ("negative", "positive")


def test_the_token_never_goes_to_the_other_host(
    hub_home: HubHome, published: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_TOKEN", "token-of-reader")
    hub_home.hub.private.add(NAME)
    assert resolve(parse_model(NAME)).revision == published
    large = [r for r in hub_home.hub.requests if r.path.startswith("/lfs/")]
    assert large
    assert {(r.host, r.has_token) for r in large} == {("localhost", False)}
    assert {r.user for r in hub_home.hub.requests if "/api/models/" in r.path} == {"reader"}


def test_offline_uses_the_cache_and_says_what_it_lacks(hub_home: HubHome, published: str):
    with pytest.raises(NetworkError, match=f"{NAME} is not in the cache") as caught:
        resolve(parse_model(NAME), offline=True)
    assert "without --offline" in caught.value.hint
    online = resolve(parse_model(NAME))
    assert resolve(parse_model(NAME), offline=True) == online
    assert resolve(parse_model(f"{NAME}@{published}"), offline=True) == online
    (Path(online.folder) / "model.safetensors").unlink()
    with pytest.raises(NetworkError, match=r"the cache lacks model\.safetensors"):
        resolve(parse_model(NAME), offline=True)
    assert resolve(parse_model(NAME)) == online
    (Path(online.folder) / "tokenizer.json").unlink()
    with pytest.raises(NetworkError, match="the cache lacks the tokenizer"):
        resolve(parse_model(NAME), offline=True)
    (Path(online.folder) / "config.json").unlink()
    hub_home.hub.requests.clear()
    with pytest.raises(NetworkError, match=r"the cache lacks config\.json"):
        resolve(parse_model(NAME), offline=True)
    assert hub_home.hub.requests == []


def test_shards_come_down_as_the_index_names_them(hub_home: HubHome, tmp_path: Path):
    from transformers import AutoModelForSequenceClassification

    folder = make_model(tmp_path / "model")
    network = AutoModelForSequenceClassification.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    network.save_pretrained(folder, max_shard_size="40kB")
    (folder / "model.fp16.safetensors").write_bytes(b"not needed")
    hub_home.add("org/sharded", folder)
    model = resolve(parse_model("org/sharded"))
    shards = [file for file in model.files if file.path.endswith(".safetensors")]
    assert len(shards) > 1
    assert sum(shard.size for shard in shards) == model.weight_bytes
    assert not (Path(model.folder) / "model.fp16.safetensors").exists()
    assert resolve(parse_model("org/sharded"), offline=True) == model
    (Path(model.folder) / shards[0].path).unlink()
    with pytest.raises(NetworkError, match=f"the cache lacks {shards[0].path}"):
        resolve(parse_model("org/sharded"), offline=True)


def test_unusable_models_are_refused_before_their_weights_come_down(
    hub_home: HubHome, published: str, tiny_bert: Path, tmp_path: Path
):
    folder = edit_config(copytree(tiny_bert, tmp_path / "m"), auto_map={"AutoModel": "x.Y"})
    hub_home.add("org/remote", folder)
    hub_home.hub.storage.commit("models", "org/pickle", {"pytorch_model.bin": b"x"})
    with pytest.raises(NotRatableError, match=r"org/remote: .*needs code from its repository"):
        resolve(parse_model("org/remote"))
    with pytest.raises(NotRatableError, match="org/pickle: holds only pickle weights"):
        resolve(parse_model("org/pickle"))
    with pytest.raises(UsageError, match=r"would download 0\.\d MB, more than the limit of 0\.0 "):
        resolve(parse_model(NAME), max_download_bytes=30_000)
    assert not any(request.path.startswith("/lfs/") for request in hub_home.hub.requests)


def test_a_renamed_repository_is_recorded_by_its_new_name(hub_home: HubHome, published: str):
    hub_home.hub.renamed["old/name"] = NAME
    model = resolve(parse_model("old/name"))
    assert (model.name, model.revision) == (NAME, published)


HTML = b"<html><body>Please log in to this network</body></html>"


@pytest.mark.parametrize(
    ("pattern", "fault", "message", "hint"),
    [
        ("/api/", {"status": 500}, "the Hub answered 500", "try again later"),
        ("/api/", {"status": 429, "headers": {"Retry-After": "1"}}, "limits requests", "wait"),
        ("/resolve/", {"status": 429, "headers": {"Retry-After": "1"}}, "limits requests", "wait"),
        ("/resolve/", {"status": 503}, "the Hub answered 503", "try again later"),
        ("/api/", {"replace": HTML}, "did not come from a Hub", "HF_ENDPOINT"),
        ("/api/", {"replace": b"{}"}, "did not come from a Hub", "HF_ENDPOINT"),
        ("/api/", {"replace": b"[]"}, "did not come from a Hub", "HF_ENDPOINT"),
        ("/resolve/", {"replace": HTML}, "is not the file that the Hub lists", "no proxy"),
        ("/lfs/", {"replace": HTML}, "cannot be downloaded", "try again"),
        ("/lfs/", {"cut": 1000}, "cannot be downloaded", "try again"),
        ("/lfs/", {"status": 403}, "private, gated or missing", "hf auth login"),
    ],
)
def test_every_fault_of_the_network_is_one_line(
    *,
    pattern: str,
    fault: dict,
    message: str,
    hint: str,
    hub_home: HubHome,
    published: str,
    no_waiting: None,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("HF_TOKEN", "token-of-reader")
    hub_home.hub.fail(pattern, **fault)
    with pytest.raises(NetworkError) as caught:
        resolve(parse_model(NAME))
    error = caught.value
    assert message in error.message
    assert hint in error.hint
    assert NAME in error.message
    for text in (error.message, error.hint):
        assert "\n" not in text
        assert "token-of-reader" not in text


def test_missing_gated_and_wrong_names(hub_home: HubHome, published: str):
    with pytest.raises(NetworkError, match="org/none is private, gated or missing"):
        resolve(parse_model("org/none"))
    with pytest.raises(NetworkError, match=f"{NAME}@v9: the Hub has no such revision"):
        resolve(parse_model(f"{NAME}@v9"))
    hub_home.hub.gated.add(NAME)
    with pytest.raises(NetworkError, match=f"{NAME} is gated") as caught:
        resolve(parse_model(NAME))
    assert "hf auth login" in caught.value.hint
    assert caught.value.exit_code == 5


def test_nobody_listens(hub_home: HubHome, monkeypatch: pytest.MonkeyPatch, no_waiting: None):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(NetworkError, match=f"{NAME} cannot be downloaded") as caught:
        resolve(parse_model(NAME))
    assert "--offline" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("tfidf", "did you mean tfidf-linear? Else: "),
        ("demoo", "did you mean demo? Else: "),
        ("majorty", "if majorty is a folder, it is not here; else: "),
        ("m-nothere", "if m-nothere is a folder, it is not here; else: "),
    ],
)
def test_a_name_without_a_slash_may_have_been_meant_for_something_here(
    name: str, meant: str, hub_home: HubHome, no_waiting: None
):
    with pytest.raises(NetworkError, match=name) as caught:
        resolve(parse_model(name))
    assert caught.value.hint.startswith(meant)
    assert len(caught.value.hint) > len(meant) + 10
    with pytest.raises(NetworkError, match="in the cache") as caught:
        resolve(parse_model(name), offline=True)
    assert caught.value.hint.startswith(meant)


def test_a_single_hiccup_is_survived(hub_home: HubHome, published: str, no_waiting: None):
    hub_home.hub.fail("/resolve/", status=503, times=1)
    assert resolve(parse_model(NAME)).revision == published


def test_an_altered_cache_is_noticed(hub_home: HubHome, published: str):
    model = resolve(parse_model(NAME))
    weights = (Path(model.folder) / "model.safetensors").resolve()
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(bytes(content))
    with pytest.raises(NetworkError, match=r"model\.safetensors is not the file that the Hub"):
        resolve(parse_model(NAME))


def test_a_full_disk_is_an_output_error(
    hub_home: HubHome, published: str, monkeypatch: pytest.MonkeyPatch
):
    import errno

    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", full)
    with pytest.raises(EnergyLabelError, match="cannot be stored in the cache") as caught:
        resolve(parse_model(NAME))
    assert caught.value.kind == "output"


@pytest.mark.slow
def test_progress_is_reported_and_nothing_is_printed(hub_home: HubHome, published: str):
    """In a process of its own, where HF_ENDPOINT is read at import as usual."""
    program = (
        "from energylabel.resolving.models import parse_model, resolve\n"
        "events = []\n"
        f"model = resolve(parse_model({NAME!r}), observer=events.append)\n"
        f"assert model.revision == {published!r}\n"
        "received = [e.done for e in events if e.message.startswith('downloading')]\n"
        "assert received and max(received) >= model.weight_bytes, received\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=hub_home.environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert str(hub_home.home) in str(next(hub_home.home.rglob("model.safetensors")))


def test_a_small_file_is_one_request(hub_home: HubHome, published: str):
    model = resolve(parse_model(NAME))
    asked: dict[str, list[str]] = {}
    for request in hub_home.hub.requests:
        place, _, file = request.path.partition(f"/resolve/{published}/")
        if file and "/lfs/" not in place:
            asked.setdefault(file.split("?")[0], []).append(request.method)
    for file in ("config.json", "tokenizer.json", "tokenizer_config.json", "README.md"):
        assert asked[file] == ["GET"], file
        # It lies where the library looks for it, with the library's own kind of link.
        found = Path(
            huggingface_hub.hf_hub_download(NAME, file, revision=published, local_files_only=True)
        )
        assert found == Path(model.folder) / file
        assert found.resolve().parent.name == "blobs"
        blob = b"blob %d\0" % len(found.read_bytes()) + found.read_bytes()
        assert found.resolve().name == hashlib.sha1(blob, usedforsecurity=False).hexdigest()
    before = len(hub_home.hub.requests)
    (Path(model.folder) / "config.json").resolve().unlink()  # a link that leads nowhere
    assert resolve(parse_model(NAME)) == model
    assert sum("/resolve/" in each.path for each in hub_home.hub.requests[before:]) == 1
    assert not list(Path(model.folder).parents[1].rglob("*.incomplete"))


def test_what_would_not_be_read_does_not_come_down(
    hub_home: HubHome,
    published: str,
    tiny_bert: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    folder = copytree(tiny_bert, tmp_path / "m")
    (folder / "config.json").write_bytes(b" " * 1_048_577)
    hub_home.add("org/large", folder)
    with pytest.raises(NotRatableError, match=r"config\.json is larger than 1,048,576 bytes \(1,0"):
        resolve(parse_model("org/large"))
    assert not any("/resolve/" in request.path for request in hub_home.hub.requests)
    monkeypatch.setattr(fetching, "MAX_BYTES", 1000)
    with pytest.raises(NotRatableError, match=r"tokenizer\.json is larger than 1,000 bytes"):
        resolve(parse_model(NAME))
    paths = [request.path for request in hub_home.hub.requests]
    assert not any(path.endswith(("tokenizer.json", "README.md")) for path in paths)


def test_a_file_that_is_longer_than_listed_is_not_read_on(hub_home: HubHome, published: str):
    hub_home.hub.fail("/config.json", replace=b"{}" + b" " * 3_000_000)
    with pytest.raises(
        NetworkError, match=r"config\.json of .* is not the file that the Hub lists"
    ):
        resolve(parse_model(NAME))
