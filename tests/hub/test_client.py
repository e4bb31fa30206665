"""The client itself: its address, what it asks for, and what it costs to have it."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from hub.fixtures import HubHome

import energylabel
from energylabel.errors import NetworkError, UsageError
from energylabel.hub import HubClient, Place, retrying

SEARCH = {"search": None, "min_downloads": 0, "limit": 10}


def test_the_room_is_entered_without_the_library():
    program = "import sys, energylabel.hub; print([m for m in sys.modules if 'huggingface' in m])"
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_a_slash_at_the_end_of_the_address_is_no_part_of_it(
    end: str, hub_home: HubHome, monkeypatch: pytest.MonkeyPatch
):
    commit = hub_home.hub.storage.commit("models", "org/model", {"a.txt": b"a"})
    monkeypatch.setenv("HF_ENDPOINT", hub_home.hub.endpoint + end)
    client = HubClient()
    assert client.address("org/model") == f"{hub_home.hub.endpoint}/org/model"
    assert client.listing("org/model").commit == commit
    assert "//" not in hub_home.hub.requests[-1].path


def test_an_address_with_a_password_serves_readers_and_is_never_told(
    hub_home: HubHome, monkeypatch: pytest.MonkeyPatch
):
    commit = hub_home.hub.storage.commit("models", "org/model", {"a.txt": b"a"})
    secret = hub_home.hub.endpoint.replace("//", "//me:secret@")
    monkeypatch.setenv("HF_ENDPOINT", secret)
    client = HubClient()
    assert client.listing("org/model").commit == commit
    with pytest.raises(UsageError, match="HF_ENDPOINT holds") as caught:
        client.address("org/model")
    assert "secret" not in caught.value.message


def test_a_listing_tells_the_digests_that_git_and_sha256_give(hub_home: HubHome):
    hub_home.hub.storage.commit("models", "org/model", {"hello.txt": b"hello\n"})
    file = HubClient().listing("org/model").files["hello.txt"]
    # As `git hash-object` says of these six bytes.
    assert (file.size, file.digest) == (6, "ce013625030ba8dba906f756967f9e9ca394464a")


def test_offline_is_what_the_library_says(hub_home: HubHome, monkeypatch: pytest.MonkeyPatch):
    assert HubClient().offline is False
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert HubClient().offline is True
    with pytest.raises(NetworkError, match="HF_HUB_OFFLINE"):
        HubClient().listing("org/model")


@pytest.mark.parametrize(
    "row",
    [
        {"id": 7, "downloads": 1},
        {"id": None, "downloads": 1},
        {"downloads": 1},
        {"id": "org/model", "downloads": "many"},
        7,
    ],
    ids=str,
)
def test_a_search_that_no_hub_answers(row: object, hub_home: HubHome):
    hub_home.hub.fail("/api/models", replace=json.dumps([row]).encode())
    with pytest.raises(NetworkError, match="the answer for acme did not come from a Hub"):
        HubClient().models_of("acme", **SEARCH)


def test_a_search_that_finds_nothing(hub_home: HubHome):
    with pytest.raises(UsageError, match=r"lists no text classifier of acme$"):
        HubClient().models_of("acme", **SEARCH)
    with pytest.raises(UsageError, match="lists no text classifier of acme that fits"):
        HubClient().models_of("acme", **SEARCH | {"search": "x"})


@pytest.mark.parametrize(
    ("pattern", "ask"),
    [
        ("/api/models\\?", lambda hub: hub.models_of("acme", **SEARCH)),
        ("/api/whoami", lambda hub: hub.user("acme/model")),
        ("/auth-check", lambda hub: hub.check_rights("acme/model", write=True)),
        ("/discussions", lambda hub: hub.pulls("acme/model", author="writer", title="t")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_question_that_is_never_answered_ends(
    pattern: str,
    ask: Callable[[HubClient], object],
    hub_home: HubHome,
    monkeypatch: pytest.MonkeyPatch,
):
    """The library itself waits for ever for these."""
    hub_home.hub.storage.commit("models", "acme/model", {"a.txt": b"a"})
    hub_home.sign_in("writer")
    silence = threading.Event()
    hub_home.hub.hook(pattern, before=lambda _: silence.wait(30) and None)
    monkeypatch.setattr(retrying, "PATIENCE", retrying.Patience(deadline_s=0.2))
    with pytest.raises(NetworkError, match="the Hub went silent on acme") as caught:
        ask(HubClient())
    assert caught.value.retryable
    silence.set()  # who still waits there is not left behind for the next test
    for thread in threading.enumerate():
        if thread.name == "energylabel-hub":
            thread.join(30)
            assert not thread.is_alive()


@pytest.mark.parametrize("size", ["-1", "9" * 400])
def test_a_size_that_no_file_has(size: str, hub_home: HubHome):
    commit = hub_home.hub.storage.commit("models", "acme/model", {"a.txt": b"a"})
    headers = {"X-Repo-Commit": commit, "ETag": '"x"', "X-Linked-Size": size}
    hub_home.hub.fail("/resolve/", status=200, headers=headers)
    place = Place("model", "acme/model", commit, "acme/model")
    with pytest.raises(NetworkError, match=r"the answer for a\.txt of acme/model did not come"):
        HubClient().fetch(place, "a.txt", stage="resolving")
    assert not list(hub_home.home.rglob("a.txt"))


def test_every_request_names_this_program(hub_home: HubHome):
    files = {"a.txt": b"a", "model.safetensors": b"weights"}
    commit = hub_home.hub.storage.commit("models", "org/model", files)
    hub_home.sign_in("writer")
    client = HubClient()
    assert client.check_rights("org/model", write=True)
    client.listing("org/model")
    for name in files:
        client.fetch(Place("model", "org/model", commit, "org/model"), name, stage="resolving")
    client.commit(
        "org/model",
        {"b.txt": b"b", "label.png": b"picture"},
        title="Add",
        description="",
        parent=commit,
        revision="main",
    )
    client.pulls("org/model", author="writer", title="Add")
    asked = {(each.method, each.path.split("?")[0]) for each in hub_home.hub.requests}
    assert len(asked) > 7
    expected = f"energylabel/{energylabel.__version__}; "
    # The store of large files is another server, which the Hub's library reaches by itself.
    others = [each for each in hub_home.hub.requests if not each.path.startswith("/lfs/")]
    assert {each.path for each in others if not each.agent.startswith(expected)} == set()
