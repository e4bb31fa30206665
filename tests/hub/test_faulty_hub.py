"""A Hub that fails for a while, refuses, lies or goes silent; and what lies in the cache then."""

import json
import time
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hub.fixtures import HubHome

from energylabel.errors import EnergyLabelError, NetworkError, OutputError, UsageError
from energylabel.events import Event
from energylabel.hub import cache, downloading, retrying
from energylabel.publishing.repository import Repository
from energylabel.records.subject import ResolvedModel
from energylabel.resolving.models import parse_model, resolve

NAME = "someone/tiny-bert"


@pytest.fixture
def published(hub_home: HubHome, tiny_bert: Path) -> str:
    return hub_home.add(NAME, tiny_bert)


class Clock:
    """Sleeps at once and keeps the time that it would have taken."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    patience = retrying.Patience(sleep=made.sleep, clock=lambda: made.now, jitter=lambda: 0.0)
    monkeypatch.setattr(retrying, "PATIENCE", patience)
    # The library's own pauses; a name of its modules, so that the Hub's delays stay.
    quick = SimpleNamespace(**vars(time) | {"sleep": lambda _: None})
    monkeypatch.setattr("huggingface_hub.utils._http.time", quick)
    monkeypatch.setattr("huggingface_hub.file_download.time", quick)
    return made


def pull(events: list[Event] | None = None, **options: Any) -> ResolvedModel:
    observer = (lambda _: None) if events is None else events.append
    return resolve(parse_model(NAME), observer=observer, **options)


def refusal(**options: Any) -> EnergyLabelError:
    with pytest.raises(EnergyLabelError) as caught:
        pull(**options)
    for text in (caught.value.message, caught.value.hint):
        assert text
        assert "\n" not in text
    assert NAME in caught.value.message
    return caught.value


def test_passing_refusals_of_metadata_are_waited_out(
    hub_home: HubHome, published: str, clock: Clock
):
    hub_home.hub.fail("/api/models/", status=503, times=2)
    hub_home.hub.fail("/api/models/", status=408, times=1, skip=2)
    hub_home.hub.fail("/api/models/", drop="before", times=1, skip=3)
    events: list[Event] = []
    assert pull(events).revision == published
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]
    told = [event.message for event in events if event.stage == "waiting"]
    assert told[0] == "the Hub answered 503; trying again in 1 s"
    assert told[3] == "the connection to the Hub broke; trying again in 8 s"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "17"}, 18.0),
        ({"Retry-After": 90}, 91.0),
        ({"Retry-After": -90}, 1.0),
        ({"ratelimit": '"api";r=0;t=55'}, 56.0),
        ({"Retry-After": "soon"}, 1.0),
        ({}, 1.0),
    ],
)
def test_the_hub_says_how_long(
    headers: dict[str, Any], expected: float, hub_home: HubHome, published: str, clock: Clock
):
    if isinstance(headers.get("Retry-After"), int):  # as a date, from now
        headers = {"Retry-After": formatdate(time.time() + headers["Retry-After"], usegmt=True)}
    hub_home.hub.fail("/api/models/", status=429, headers=headers, times=1)
    assert pull().revision == published
    assert clock.slept == [pytest.approx(expected, abs=3)]


def test_an_hour_is_too_long_to_wait(hub_home: HubHome, published: str, clock: Clock):
    hub_home.hub.fail("/api/", status=429, headers={"Retry-After": "3600"})
    error = refusal()
    assert "limits requests" in error.message
    assert (error.exit_code, error.retryable) == (5, True)
    assert clock.slept == []
    assert len(hub_home.hub.requests) == 1


def test_waiting_ends(hub_home: HubHome, published: str, clock: Clock):
    hub_home.hub.fail("/api/", status=429, headers={"Retry-After": "100"})
    refusal()
    assert clock.slept == [101.0] * 3  # a fourth would pass five and a half minutes
    hub_home.hub.faults.clear()
    hub_home.hub.fail("/api/", status=500)
    clock.slept.clear()
    refusal()
    assert clock.slept == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501])
def test_final_refusals_are_not_repeated(
    status: int, hub_home: HubHome, published: str, clock: Clock
):
    hub_home.hub.fail("/api/", status=status)
    assert isinstance(refusal(), NetworkError)
    assert clock.slept == []
    assert len(hub_home.hub.requests) == 1


def test_disabled(hub_home: HubHome, published: str, clock: Clock):
    message = {"X_Error_Message": "Access to this resource is disabled."}
    hub_home.hub.fail("/api/", status=403, headers=message)
    error = refusal()
    assert "was disabled by the Hub" in error.message
    assert not error.retryable


def test_a_gated_repository_is_found_out_before_anything_large(
    hub_home: HubHome, published: str, clock: Clock
):
    hub_home.hub.gated.add(NAME)
    error = refusal()
    assert "is gated" in error.message
    assert "accept its terms" in error.hint
    asked = [request.path for request in hub_home.hub.requests if "/resolve/" in request.path]
    assert asked == [f"/{NAME}/resolve/{published}/config.json"]


def test_a_new_name_is_followed_told_and_recorded(hub_home: HubHome, published: str):
    hub_home.hub.renamed["old/name"] = NAME
    events: list[Event] = []
    model = resolve(parse_model("old/name"), observer=events.append)
    assert (model.name, model.revision) == (NAME, published)
    told = [event.message for event in events if event.stage == "renamed"]
    assert told == [f"old/name is called {NAME} now"]
    assert resolve(parse_model(NAME), offline=True) == model


def test_a_circle_of_redirects(hub_home: HubHome, published: str, clock: Clock):
    there = f"{hub_home.hub.endpoint}/api/models/{NAME}/again"
    hub_home.hub.fail("/api/", status=307, headers={"Location": there})
    error = refusal()
    assert "leads round in a circle" in error.message
    assert "HF_ENDPOINT" in error.hint
    assert clock.slept == []


def test_a_silent_hub(
    hub_home: HubHome, published: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("energylabel.hub.retrying.TIMEOUT_S", 0.1)
    hub_home.hub.fail("/api/", delay=0.5)
    error = refusal()
    assert "went silent" in error.message
    assert error.exit_code == 5
    assert clock.slept == [1.0, 2.0]


def test_content_that_stops_coming(
    hub_home: HubHome, published: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(downloading, "STALL_S", 0.3)
    hub_home.hub.fail("/lfs/", delay=2.0)
    began = time.monotonic()
    error = refusal()
    assert time.monotonic() - began < 1.5
    assert "nothing came for" in error.message
    assert "try again later" in error.hint


def weights_in_cache(hub_home: HubHome) -> list[Path]:
    """Anything in the cache that is or will be taken for weights, and any half of a file."""
    return [
        path
        for path in hub_home.home.rglob("*")
        if path.name.endswith((".safetensors", ".incomplete"))
        or (path.is_file() and path.stat().st_size > 100_000)
    ]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"cut": 1000}, "cannot be downloaded"),
        ({"drop": True}, "cannot be downloaded"),
        ({"replace": b"<html>log in</html>"}, "cannot be downloaded"),
        ({"replace": b"\0"}, "is not the file that the Hub lists"),
        ({"status": 500}, "the Hub answered 500"),
        ({"status": 200, "replace": b""}, "cannot be downloaded"),
    ],
)
def test_no_half_of_a_file_is_believed(  # noqa: PLR0917
    fault: dict[str, Any],
    message: str,
    hub_home: HubHome,
    published: str,
    tiny_bert: Path,
    clock: Clock,
):
    size = (tiny_bert / "model.safetensors").stat().st_size
    if fault.get("replace") == b"\0":
        fault = {"replace": bytes(size)}  # of the right size
    hub_home.hub.fail("/lfs/", **fault)
    error = refusal()
    assert isinstance(error, NetworkError)
    assert message in error.message
    assert "model.safetensors" in error.message
    assert weights_in_cache(hub_home) == []
    hub_home.hub.faults.clear()
    model = pull()
    assert (Path(model.folder) / "model.safetensors").read_bytes() == (
        tiny_bert / "model.safetensors"
    ).read_bytes()


def test_one_wrong_answer_is_mended_by_the_next(hub_home: HubHome, published: str, clock: Clock):
    hub_home.hub.fail("/resolve/.*tokenizer.json", replace=b"{}", times=1)
    hub_home.hub.fail("/lfs/", status=503, times=2)
    assert pull().revision == published


@pytest.mark.parametrize(
    "change",
    [
        {"sha": "main"},
        {"sha": None},
        {"id": "../../etc"},
        {"id": "a/b/c"},
        {"siblings": [{"rfilename": "config.json", "size": -1}]},
        {"siblings": [{"rfilename": "config.json", "size": "many"}]},
        {"siblings": [{"rfilename": "config.json", "size": 1, "blobId": "../x"}]},
        {"siblings": 7},
        {"siblings": [7]},
        {"siblings": ["config.json"]},
        {"siblings": [{"size": 1}]},
        {"siblings": [{"rfilename": "config.json", "size": 1, "lfs": {"size": 1}}]},
        {"siblings": [{"rfilename": "../../config.json", "size": 1, "blobId": "ab" * 20}]},
        {"siblings": [{"rfilename": "config.json", "size": 1, "blobId": "ab" * 20}] * 2},
        {"createdAt": 7},
    ],
    ids=lambda change: str(change)[:100],
)
def test_metadata_that_no_hub_gives(
    change: dict[str, Any], hub_home: HubHome, published: str, clock: Clock
):
    told = {"id": NAME, "sha": published, "siblings": [], "private": False, "tags": []} | change
    hub_home.hub.fail("/api/", replace=json.dumps(told).encode())
    assert "did not come from a Hub" in refusal().message
    with pytest.raises(NetworkError, match="did not come from a Hub"):
        Repository(NAME).listing()


def test_an_answer_that_is_nested_without_end(hub_home: HubHome, published: str, clock: Clock):
    hub_home.hub.fail("/api/", replace=b"[" * 200_000)
    assert "did not come from a Hub" in refusal().message


def test_the_disk_is_looked_at_before_the_download(
    hub_home: HubHome, published: str, tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda _: SimpleNamespace(free=100_020_000))
    error = refusal()
    assert isinstance(error, OutputError)
    assert "100.0 MB free" in error.message
    assert "HF_HOME" in error.hint
    assert not [request for request in hub_home.hub.requests if "/lfs/" in request.path]


def test_the_limit_counts_what_the_cache_lacks(hub_home: HubHome, published: str, tiny_bert: Path):
    whole = sum(path.stat().st_size for path in tiny_bert.iterdir())
    with pytest.raises(UsageError, match="more than the limit") as caught:
        pull(max_download_bytes=whole - 1)
    assert "--max-download" in caught.value.hint
    small = whole - (tiny_bert / "model.safetensors").stat().st_size
    assert pull(max_download_bytes=whole - small).revision == published  # small files are there
    assert pull(max_download_bytes=0).revision == published


def test_only_what_is_read_comes_down(hub_home: HubHome, published: str):
    hub_home.hub.storage.commit(
        "models",
        NAME,
        {
            "modeling_evil.py": b"raise SystemExit",
            "pytorch_model.bin": b"x",
            "chat_template.jinja": b"x",
            "sub/model.safetensors": b"x",
            "tokenizer.pkl": b"x",
        },
    )
    assert {path.name for path in Path(pull().folder).iterdir()} == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
