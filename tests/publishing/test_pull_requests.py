"""Pull requests in trouble, on the loopback Hub: one each time, and nothing lost."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hub.fixtures import HubHome
from hub.npm_client import NpmClient
from support.command import command
from support.evidence import make_answers
from support.parcels import CARD, MODEL, PLACE, again, published, store
from support.several import at, mentions, workload

from energylabel.publishing import delivering
from energylabel.records import Evidence

pytestmark = pytest.mark.slow


def api(home: HubHome) -> Any:
    from huggingface_hub import HfApi

    return HfApi(endpoint=home.hub.endpoint)


def content(home: HubHome, revision: str, path: str) -> bytes | None:
    return home.hub.storage.file("models", MODEL, revision, path)


def card(home: HubHome, revision: str) -> bytes:
    found = content(home, revision, "README.md")
    assert found is not None
    return found


def shown(home: HubHome, revision: str) -> list[str]:
    """Workloads of the labels in the block."""
    return [each["figures"]["workload"] for each in mentions(card(home, revision))]


def states(home: HubHome) -> list[tuple[int, str]]:
    there = home.hub.discussions.of("models", MODEL)
    return [
        (each.num, "open" if each.status in ("open", "draft") else each.status) for each in there
    ]


def opening(home: HubHome, number: int) -> str:
    events = home.hub.discussions.of("models", MODEL)[number - 1].events
    return str(next(e for e in events if e["type"] == "comment")["data"]["latest"]["raw"])


def later(home: HubHome, out: Path, days: float, **overrides: Any) -> Path:
    folder = again(home, out / "made", **overrides)
    evidence = at(days, Evidence.from_json((folder / "evidence.json").read_bytes()))
    return store(out / "later", evidence)


def test_one_that_conflicts_is_renewed_with_all_its_labels(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    first = published(hub_home, tmp_path)
    delivering.push(first, "pr")
    other = again(hub_home, tmp_path / "other", workload=workload("emotion-v1"))
    assert delivering.push(other, "pr").url.endswith("/1")
    theirs = CARD + b"\nTheirs.\n"
    hub_home.hub.storage.commit("models", MODEL, {"README.md": theirs, "vocab.txt": b"a"})
    hub_home.hub.storage.commit("models", MODEL, {"vocab.txt": None})
    assert "renewed" in delivering.preview_push(first).remarks[-1]
    receipt = delivering.push(first, "pr")
    assert (receipt.outcome, receipt.url.rpartition("/")[2]) == ("renewed", "2")
    assert "discussions/1 conflicts with main" in receipt.remarks[-1]
    assert states(hub_home) == [(1, "closed"), (2, "open")]
    assert sorted(shown(hub_home, "refs/pr/2")) == ["ag-news-v1", "emotion-v1"]
    assert b"Theirs." in card(hub_home, "refs/pr/2")
    for folder in (first, other):
        again_ = delivering.push(folder, "pr")
        assert (again_.outcome, again_.url) == ("unchanged", receipt.url)
    api(hub_home).merge_pull_request(MODEL, 2)
    assert sorted(shown(hub_home, "main")) == ["ag-news-v1", "emotion-v1"]
    assert delivering.push(first, "pr").outcome == "unchanged"


def test_a_renewal_broken_off_is_gone_on_with(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    delivering.push(folder, "pr")
    hub_home.hub.storage.commit("models", MODEL, {"README.md": CARD + b"\nTheirs.\n"})
    hub_home.hub.fail(r"/commit/main", method="POST", times=1, drop="after")
    receipt = delivering.push(folder, "pr")
    assert (receipt.outcome, receipt.url.rpartition("/")[2]) == ("renewed", "2")
    assert states(hub_home) == [(1, "closed"), (2, "open")]


@pytest.mark.parametrize("user", ["writer", "contributor"])
def test_a_renamed_title_is_ours_all_the_same(
    hub_home: HubHome, tmp_path: Path, pauses: list[float], user: str
) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.sign_in(user)
    url = delivering.push(folder, "pr").url
    api(hub_home).rename_discussion(MODEL, 1, "Energy figures, please")
    assert delivering.push(folder, "pr").outcome == "unchanged"
    newer = later(hub_home, tmp_path, 1, answers=make_answers(right=1700))
    receipt = delivering.push(newer, "pr")
    assert (receipt.outcome, receipt.url) == ("updated", url)
    assert states(hub_home) == [(1, "open")]


def test_two_people_the_same_label(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.sign_in("contributor")
    url = delivering.push(folder, "pr").url
    for user in ("discusser", "writer"):
        hub_home.sign_in(user)
        receipt = delivering.push(folder, "pr")
        assert (receipt.outcome, receipt.url, receipt.pull_request) == ("unchanged", url, True)
    # Who may write to the repository goes on with it; who may not has one of their own.
    newer = later(hub_home, tmp_path, 1, answers=make_answers(right=1700))
    receipt = delivering.push(newer, "pr")
    assert (receipt.outcome, receipt.url) == ("updated", url)
    newest = later(hub_home, tmp_path / "newest", 2, answers=make_answers(right=1600))
    hub_home.sign_in("discusser")
    receipt = delivering.push(newest, "pr")
    assert (receipt.outcome, receipt.url.rpartition("/")[2]) == ("opened", "2")
    assert "not ours to change" in receipt.remarks[0]
    assert delivering.push(newest, "pr").outcome == "unchanged"
    assert states(hub_home) == [(1, "open"), (2, "open")]
    evidence = content(hub_home, "refs/pr/1", f"{PLACE}/evidence.json")
    assert evidence == (newer / "evidence.json").read_bytes()


def test_a_strangers_pull_request_with_more_than_a_label_is_left_alone(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.sign_in("contributor")
    delivering.push(folder, "pr")
    hub_home.hub.storage.commit("models", MODEL, {"model.safetensors": b"evil"}, ref="refs/pr/1")
    hub_home.sign_in("writer")
    receipt = delivering.push(folder, "pr")
    assert (receipt.outcome, receipt.url.rpartition("/")[2]) == ("opened", "2")


@pytest.mark.parametrize("alike", [True, False])
def test_two_pushes_at_once(
    hub_home: HubHome, tmp_path: Path, pauses: list[float], *, alike: bool
) -> None:
    one = published(hub_home, tmp_path)
    name = "ag-news-v1" if alike else "emotion-v1"
    two = one if alike else again(hub_home, tmp_path / "two", workload=workload(name))
    both = threading.Barrier(2)
    met: set[int] = set()

    def before(_: Any) -> None:
        # Both have looked, and found nothing, before either sends.
        if threading.get_ident() not in met and len(met) < 2:
            met.add(threading.get_ident())
            both.wait(30)

    hub_home.hub.hook(r"/commit/main", method="POST", before=before)
    receipts: list[Any] = []
    threads = [
        threading.Thread(target=lambda f=folder: receipts.append(delivering.push(f, "pr")))
        for folder in (one, two)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert {each.url.rpartition("/")[2] for each in receipts} == {"1"}
    assert states(hub_home) == [(1, "open"), (2, "closed")]
    assert sorted(shown(hub_home, "refs/pr/1")) == sorted({"ag-news-v1", name})
    for folder in (one, two):
        assert delivering.push(folder, "pr").outcome == "unchanged"


def test_what_reviewers_see(
    hub_home: HubHome, tmp_path: Path, pauses: list[float], npm_client: NpmClient
) -> None:
    folder = published(hub_home, tmp_path)
    delivering.push(folder, "pr")
    words, root = opening(hub_home, 1), f"{hub_home.hub.endpoint}/{MODEL}"
    assert f'src="{root}/resolve/refs%2Fpr%2F1/{PLACE}/label.png"' in words
    assert f"({root}/blob/refs%2Fpr%2F1/{PLACE}/evidence.json)" in words
    assert f"hf download {MODEL} --revision refs/pr/1 " in words
    assert f"energylabel verify check/{PLACE}" in words
    picture = npm_client.content(MODEL, f"{PLACE}/label.png", "refs/pr/1")
    assert picture.startswith(b"\x89PNG")
    # A pull request whose words were lost gets them with the next push.
    hub_home.hub.discussions.of("models", MODEL)[0].events[0]["data"]["latest"]["raw"] = "?"
    assert delivering.push(folder, "pr").outcome == "unchanged"
    assert opening(hub_home, 1) == words


def test_without_the_right_words_the_label_is_there(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.hub.fail(r"/comment/", method="POST", status=403)
    receipt = delivering.push(folder, "pr")
    assert receipt.outcome == "opened"
    assert "description could not be written" in receipt.remarks[-1]
    assert content(hub_home, "refs/pr/1", f"{PLACE}/evidence.json") is not None


def test_a_closed_one_is_an_outcome_of_its_own(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    delivering.push(folder, "pr")
    api(hub_home).change_discussion_status(MODEL, 1, "closed")
    done = command("push", str(folder), "--format", "json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["outcome"], told["files"]) == (8, "closed", [])
    assert told["url"].endswith("/discussions/1")
    done = command("push", str(folder))
    assert (done.returncode, done.stdout.partition(":")[0]) == (
        8,
        "closed by the owners of the model, and not proposed again",
    )
    assert states(hub_home) == [(1, "closed")]
