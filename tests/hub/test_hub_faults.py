"""Everything that can go wrong at the loopback Hub does go wrong, as it was asked for."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hub.fixtures import HubHome
from hub.server import LoopbackHub
from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError

NAME = "org/model"
CONFIG = b'{"a": 1, "b": [1, 2, 3]}'


@pytest.fixture
def head(hub_home: HubHome) -> str:
    hub_home.sign_in("writer")
    return hub_home.hub.storage.commit("models", NAME, {"config.json": CONFIG})


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda _: None)


def commit(content: bytes = b"a", **more: object) -> str:
    return HfApi().create_commit(
        NAME, [CommitOperationAdd("a.txt", content)], commit_message="Add", **more
    ).oid  # fmt: skip


def now(hub_home: HubHome, revision: str = "main") -> str | None:
    return hub_home.hub.storage.resolve("models", NAME, revision)


def fetch(hub_home: HubHome, path: str, timeout: float = 10) -> tuple[int, bytes]:
    """A plain GET without any client's retries."""
    place = urlsplit(hub_home.hub.endpoint).netloc
    connection = http.client.HTTPConnection(place, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


RESOLVE = f"/{NAME}/resolve/main/config.json"


def test_statuses_are_for_the_method_the_path_and_the_turn(hub_home: HubHome, head: str):
    hub = hub_home.hub
    hub.fail("/resolve/", status=429, headers={"Retry-After": "7"}, skip=1, times=1)
    hub.fail("/api/models", method="POST", status=503)
    assert [fetch(hub_home, RESOLVE)[0] for _ in range(3)] == [200, 429, 200]
    with pytest.raises(HfHubHTTPError, match="503"):
        HfApi().create_discussion(NAME, "title")
    assert HfApi().model_info(NAME).sha == head


def test_a_500_after_the_commit_was_made(hub_home: HubHome, head: str):
    hub_home.hub.fail("/commit/", status=500, handled=True, times=1)
    with pytest.raises(HfHubHTTPError, match="500"):
        commit()
    assert now(hub_home) != head
    assert hub_home.hub.storage.file("models", NAME, "main", "a.txt") == b"a"
    before = now(hub_home)
    assert commit() == before
    hub_home.hub.fail("/commit/", status=500, times=1)
    with pytest.raises(HfHubHTTPError, match="500"):
        commit(b"b")
    assert now(hub_home) == before


@pytest.mark.parametrize(("drop", "made"), [("before", False), ("after", True)])
def test_a_connection_that_drops(drop: str, made: bool, hub_home: HubHome, head: str):
    from httpx2 import RemoteProtocolError

    hub_home.hub.fail("/commit/", drop=drop, times=1)
    with pytest.raises(RemoteProtocolError):
        commit()
    assert (now(hub_home) != head) == made
    assert commit() == now(hub_home)


def test_a_race_moves_the_head_before_the_chosen_commit(hub_home: HubHome, head: str):
    hub = hub_home.hub
    hub.race({"README.md": b"faster"}, skip=1)
    first = commit(b"1", parent_commit=head)
    with pytest.raises(HfHubHTTPError, match="412"):
        commit(b"2", parent_commit=first)
    faster = now(hub_home)
    assert hub.storage.file("models", NAME, "main", "README.md") == b"faster"
    assert commit(b"2", parent_commit=faster) == now(hub_home)
    hub.race({"README.md": b"always"}, times=None)
    for _ in range(3):
        with pytest.raises(HfHubHTTPError, match="412"):
            commit(b"3", parent_commit=now(hub_home))
    made = HfApi().create_commit(
        NAME, [CommitOperationAdd("a.txt", b"3")], commit_message="Pull", create_pr=True
    )
    assert made.pr_num == 1


def test_bodies_that_are_cut_wrong_or_stalled(hub_home: HubHome, head: str, no_waiting: None):
    hub = hub_home.hub
    hub.fail("/resolve/", cut=5, times=1)
    with pytest.raises(http.client.IncompleteRead):
        fetch(hub_home, RESOLVE)
    hub.fail("/resolve/", corrupt=True, times=1)
    status, body = fetch(hub_home, RESOLVE)
    assert (status, len(body), body != CONFIG) == (200, len(CONFIG), True)
    hub.fail("/resolve/", replace=b"<html>", times=1)
    assert fetch(hub_home, RESOLVE) == (200, b"<html>")
    hub.fail("/resolve/", stall=True, times=1)
    with pytest.raises(TimeoutError):
        fetch(hub_home, RESOLVE, timeout=0.2)
    hub.fail("/resolve/", delay=0.3, times=1)
    start = time.monotonic()
    assert fetch(hub_home, RESOLVE) == (200, CONFIG)
    assert time.monotonic() - start >= 0.3
    assert Path(hf_hub_download(NAME, "config.json")).read_bytes() == CONFIG


def test_a_client_that_is_killed_between_commit_and_answer(hub_home: HubHome, head: str):
    program = (
        "from huggingface_hub import CommitOperationAdd as Add, HfApi\n"
        f"HfApi().create_commit({NAME!r}, [Add('a.txt', b'a')], commit_message='x')\n"
    )
    child: list[subprocess.Popen[bytes]] = []
    ready = threading.Event()

    def kill(request: object) -> None:
        ready.wait(10)
        child[0].kill()
        child[0].wait()

    hub_home.hub.hook("/commit/", after=kill, times=1)
    child.append(
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=hub_home.token("writer"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )
    ready.set()
    assert child[0].wait(60) == -signal.SIGKILL
    assert hub_home.hub.storage.file("models", NAME, "main", "a.txt") == b"a"
    request = next(r for r in hub_home.hub.requests if "/commit/" in r.path)
    assert (request.method, request.host, request.has_token, request.user) == (
        *("POST", "127.0.0.1", True, "writer"),
    )


def test_nothing_is_left_when_it_stops(tmp_path: Path):
    before = set(threading.enumerate())
    hub = LoopbackHub(tmp_path / "hub")
    hub.start()
    hub.storage.commit("models", NAME, {"config.json": CONFIG})
    hub.fail("/stall", stall=True)
    hub.fail("/slow", delay=60)
    clients = [socket.create_connection(("127.0.0.1", hub.port)) for _ in range(3)]
    for client, path in zip(clients, ("stall", "slow", None), strict=True):
        if path:
            client.sendall(f"GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    while len(hub.requests) < 2:
        time.sleep(0.01)
    start = time.monotonic()
    hub.stop()
    assert time.monotonic() - start < 5
    assert set(threading.enumerate()) == before
    for client in clients:
        client.close()
    assert hub.errors == []


def test_what_is_no_commit_is_refused(hub_home: HubHome, head: str):
    lines = (
        b'{"key": "header", "value": {"summary": "x"}}\n'
        b'{"key": "file", "value": {"path": "../a", "content": "", "encoding": "base64"}}\n'
    )
    place = urlsplit(hub_home.hub.endpoint).netloc
    for body, words in (
        (lines, b"Invalid path"),
        (lines.replace(b"../a", b"a.png").replace(b'"content": ""', b'"content": "YWI="'), b"LFS"),
        (lines.replace(b'"file"', b'"odd"').replace(b"../", b""), b"Unknown operation"),
        (lines.replace(b'"x"', b'""').replace(b"../", b""), b"summary"),
        (b'{"key": "lfsFile", "value": {"path": "a.png", "oid": "' + b"0" * 64 + b'"}}', b"miss"),
    ):
        connection = http.client.HTTPConnection(place)
        headers = {"Authorization": "Bearer token-of-writer"}
        connection.request("POST", f"/api/models/{NAME}/commit/main", body, headers)
        answer = connection.getresponse()
        assert answer.status == 400
        assert words in answer.read()
        connection.close()
    assert now(hub_home) == head
