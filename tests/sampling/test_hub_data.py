"""Defined workloads from a loopback Hub: one file, the cache, and every refusal."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.dataset_hub import DatasetHub, point_to, serving
from support.rows import independent_order, parquet

from energylabel import workloads
from energylabel.errors import DataError, NetworkError, UsageError
from energylabel.events import Event
from energylabel.records.workload import HubDataset
from energylabel.sampling.samples import sample

SST2 = workloads.load("sst2-v1")


@pytest.fixture(scope="module")
def running() -> Iterator[DatasetHub]:
    with serving() as hub:
        yield hub


@pytest.fixture
def hub(running: DatasetHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatasetHub:
    running.files.clear()
    running.log.clear()
    running.refusal, running.portal = None, False
    point_to(running.endpoint, tmp_path / "cache", monkeypatch)
    return running


def dataset() -> HubDataset:
    assert SST2.dataset is not None
    return SST2.dataset


def put(hub: DatasetHub, content: bytes, **others: bytes) -> None:
    hub.files[(dataset().repository, dataset().commit, dataset().files[0])] = content
    for name, data in others.items():
        hub.files[(dataset().repository, dataset().commit, f"data/{name}.parquet")] = data


def sst2_rows(labels: list[int]) -> dict[str, list[Any]]:
    return {
        "idx": list(range(len(labels))),
        "sentence": [f"sentence {n}" for n in range(len(labels))],
        "label": labels,
    }


def test_only_the_needed_file_comes_down_and_the_cache_serves_it_again(
    hub: DatasetHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, parquet(sst2_rows([0, 1, 1, 0, 1]), ["negative", "positive"]), train=b"not to touch")
    events: list[Event] = []
    samples = sample(SST2, queries=2, observer=events.append)
    fetched = {path for method, path in hub.log if method == "GET" and "/resolve/" in path}
    assert fetched == {
        f"/datasets/stanfordnlp/sst2/resolve/{dataset().commit}/{dataset().files[0]}"
    }
    order = independent_order(0, 5)
    assert samples.texts == tuple(f"sentence {row}" for row in order)
    assert samples.gold == tuple([0, 1, 1, 0, 1][row] for row in order)
    assert samples.queries == 2
    assert samples.workload.dataset == dataset()
    assert samples.workload.majority_share == 3 / 5
    assert samples.workload.reference_accuracy == SST2.reference_accuracy
    assert any(event.done == event.total for event in events if event.total)

    connections: list[object] = []

    def no_connection(*args: object) -> None:
        connections.append(args)
        raise OSError("no connections here")

    monkeypatch.setattr(socket.socket, "connect", no_connection)
    monkeypatch.setattr(socket, "getaddrinfo", no_connection)
    hub.log.clear()
    assert sample(SST2, queries=2, offline=True) == samples
    assert sample(SST2, queries=2) == samples
    assert not hub.log
    assert not connections


def test_class_names_that_contradict_the_definition_are_refused(hub: DatasetHub) -> None:
    put(hub, parquet(sst2_rows([0, 1]), ["positive", "negative"]))
    with pytest.raises(DataError, match="names its classes positive, negative, but sst2-v1"):
        sample(SST2)


def test_a_split_without_labels_is_refused(hub: DatasetHub) -> None:
    put(hub, parquet(sst2_rows([0, 1, -1])))
    with pytest.raises(DataError, match=r"row 2 of stanfordnlp/sst2 .* the label -1"):
        sample(SST2)


def test_a_missing_cache_entry_is_named(hub: DatasetHub) -> None:
    with pytest.raises(NetworkError, match="not in the cache, and offline mode is on") as caught:
        sample(SST2, offline=True)
    assert dataset().files[0] in caught.value.message
    assert not hub.log


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        ((403, "GatedRepo"), "is gated"),
        ((404, "RepoNotFound"), "private, gated or missing"),
        ((404, "RevisionNotFound"), "has no such revision"),
        ((404, "EntryNotFound"), "has no such file"),
        ((500, None), "the Hub answered 500"),
        ((429, None), "limits requests"),
    ],
)
def test_refusals_are_explained(
    hub: DatasetHub, refusal: tuple[int, str | None], message: str
) -> None:
    hub.refusal = refusal
    with pytest.raises(NetworkError, match=message) as caught:
        sample(SST2)
    assert "stanfordnlp/sst2" in caught.value.message
    assert caught.value.hint
    assert "\n" not in caught.value.message


def test_a_login_page_is_not_taken_for_a_hub(hub: DatasetHub) -> None:
    hub.portal = True
    with pytest.raises(NetworkError, match="did not come from a Hub"):
        sample(SST2)


def test_a_refused_connection_and_a_wrong_repository(
    hub: DatasetHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = dataset().model_copy(update={"repository": "no/such/name"})
    with pytest.raises(UsageError, match="cannot be a name on the Hub"):
        sample(SST2.model_copy(update={"dataset": wrong}))
    point_to("http://127.0.0.1:9", tmp_path / "other", monkeypatch)
    with pytest.raises(NetworkError, match=r"cannot be downloaded: .*refused"):
        sample(SST2)
