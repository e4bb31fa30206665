"""Pushing to the loopback Hub with huggingface_hub; what is there is asked of the Hub's own git."""

import json
from pathlib import Path

import pytest
from hub.fixtures import HubHome
from hub.npm_client import NpmClient
from support.evidence import make_answers
from support.parcels import CARD, FILES, MODEL, PLACE, PUBLISHED, again, published

from energylabel.errors import ConflictError, UsageError
from energylabel.publishing import delivering
from energylabel.publishing import pushing as hub_publisher
from energylabel.records.outcome import Receipt

BEGIN, END = b"<!-- energylabel:begin", b"<!-- energylabel:end -->"


def heads(home: HubHome) -> dict[str, str]:
    return home.hub.storage.refs("models", MODEL)


def files(home: HubHome, revision: str) -> set[str]:
    commit = home.hub.storage.resolve("models", MODEL, revision)
    assert commit is not None
    return {entry.path for entry in home.hub.storage.tree("models", MODEL, commit)}


def content(home: HubHome, revision: str, path: str) -> bytes:
    found = home.hub.storage.file("models", MODEL, revision, path)
    assert found is not None
    return found


def commits(home: HubHome, revision: str) -> int:
    commit = home.hub.storage.resolve("models", MODEL, revision)
    assert commit is not None
    return len(home.hub.storage.history("models", MODEL, commit))


@pytest.mark.slow
def test_one_pull_request_with_six_files(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    main = heads(hub_home)["refs/heads/main"]
    receipt = delivering.push(folder, "pr")
    assert receipt == Receipt(
        outcome="opened",
        url=f"{hub_home.hub.endpoint}/{MODEL}/discussions/1",
        files=receipt.files,
        pull_request=True,
    )
    assert set(receipt.files) == PUBLISHED
    assert heads(hub_home)["refs/heads/main"] == main
    assert files(hub_home, "refs/pr/1") == PUBLISHED | FILES.keys()
    assert commits(hub_home, "refs/pr/1") == 2
    evidence = content(hub_home, "refs/pr/1", f"{PLACE}/evidence.json")
    assert evidence == (folder / "evidence.json").read_bytes()
    label = json.loads(content(hub_home, "refs/pr/1", f"{PLACE}/label.json"))
    where = f"{hub_home.hub.endpoint}/{MODEL}/blob/main/{PLACE}/evidence.json"
    assert label["evidence_url"] == where
    card = content(hub_home, "refs/pr/1", "README.md")
    assert f'src="{hub_home.hub.endpoint}/{MODEL}/resolve/main/{PLACE}/label.png"'.encode() in card
    assert where.encode() in card
    # CARD's front matter and body stand around what is ours, byte for byte.
    front, body = CARD.split(b"---\r\n")
    assert card.startswith(front + b"energy_label:\n  energy_class: C\n")
    assert card.partition(b"---\r\n")[2].startswith(body + b"\n" + BEGIN)
    assert card.endswith(END + b"\n")
    assert pauses == []


@pytest.mark.slow
def test_again_nothing_is_sent_and_a_new_label_updates(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    url = delivering.push(folder, "pr").url
    before = heads(hub_home)
    sent = hub_home.hub.count("POST", "/commit/")
    assert delivering.push(folder, "pr") == Receipt(outcome="unchanged", url=url, pull_request=True)
    assert heads(hub_home) == before
    assert hub_home.hub.count("POST", "/commit/") == sent
    hub_home.hub.storage.commit("models", MODEL, {"model.safetensors": b"new weights"})
    with pytest.raises(UsageError, match=r"another model\.safetensors by now"):
        delivering.push(folder, "pr")
    hub_home.hub.storage.commit(
        "models", MODEL, {"model.safetensors": FILES["model.safetensors"], "vocab.txt": b"a"}
    )
    with pytest.raises(UsageError, match=r"another vocab\.txt by now"):
        delivering.push(folder, "pr")
    hub_home.hub.storage.commit(
        "models", MODEL, {"model.safetensors": b"new weights", "vocab.txt": None}
    )
    newer = again(hub_home, tmp_path, answers=make_answers(right=1700))
    updated = delivering.push(newer, "pr")
    assert (updated.outcome, updated.url) == ("updated", url)
    assert set(heads(hub_home)) == {"refs/heads/main", "refs/pr/1"}
    assert commits(hub_home, "refs/pr/1") == 3
    card = content(hub_home, "refs/pr/1", "README.md")
    assert card.count(BEGIN) == card.count(b"energy_label:") == 1
    assert card.count(b"evidence.json\n") == 1  # one result in the model-index
    assert (
        content(hub_home, "refs/pr/1", f"{PLACE}/evidence.json")
        == (newer / "evidence.json").read_bytes()
    )


@pytest.mark.slow
def test_after_a_merge_all_is_there_and_a_new_label_is_a_new_pull_request(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    from huggingface_hub import HfApi

    folder = published(hub_home, tmp_path)
    delivering.push(folder, "pr")
    HfApi(endpoint=hub_home.hub.endpoint).merge_pull_request(MODEL, 1)
    assert delivering.push(folder, "pr").outcome == "unchanged"
    # The merge is a new commit with the same weights: the label still is about main.
    other = again(hub_home, tmp_path, answers=make_answers(right=1700))
    receipt = delivering.push(other, "pr")
    assert (receipt.outcome, receipt.url.rpartition("/")[2]) == ("opened", "2")


@pytest.mark.slow
def test_a_closed_pull_request_is_not_opened_again(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    from huggingface_hub import HfApi

    folder = published(hub_home, tmp_path)
    url = delivering.push(folder, "pr").url
    api = HfApi(endpoint=hub_home.hub.endpoint)
    api.change_discussion_status(MODEL, 1, "closed")
    receipt = delivering.push(folder, "pr")
    assert (receipt.outcome, receipt.url) == ("closed", url)
    assert "closed" in receipt.remarks[0]
    other = again(hub_home, tmp_path, answers=make_answers(right=1700))
    assert delivering.push(other, "pr").outcome == "opened"
    api.change_discussion_status(MODEL, 2, "closed")
    first = again(hub_home, tmp_path)
    assert delivering.push(first, "pr").url == url


@pytest.mark.slow
def test_pull_requests_of_others_are_left_alone(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    from huggingface_hub import HfApi

    folder = published(hub_home, tmp_path)
    delivering.push(folder, "pr")
    # Another one of ours, and one with our title by somebody else, neither with a label.
    HfApi(endpoint=hub_home.hub.endpoint).create_pull_request(MODEL, "Something else")
    hub_home.sign_in("contributor")
    api = HfApi(endpoint=hub_home.hub.endpoint)
    api.create_pull_request(MODEL, "Add energy and accuracy label")
    hub_home.sign_in("writer")
    assert delivering.push(folder, "pr").outcome == "unchanged"
    newer = again(hub_home, tmp_path, answers=make_answers(right=1700))
    assert delivering.push(newer, "pr").url.endswith("/1")
    assert set(heads(hub_home)) - {"refs/heads/main"} == {"refs/pr/1", "refs/pr/2", "refs/pr/3"}
    assert commits(hub_home, "refs/pr/1") == 3
    assert commits(hub_home, "refs/pr/2") == commits(hub_home, "refs/pr/3") == 1


@pytest.mark.slow
def test_a_commit_to_main(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    folder = published(hub_home, tmp_path)
    receipt = delivering.push(folder, "commit")
    assert receipt.outcome == "committed"
    assert files(hub_home, "main") == PUBLISHED | FILES.keys()
    assert commits(hub_home, "main") == 2
    again_ = delivering.push(folder, "commit")
    assert again_.outcome == "unchanged"
    assert commits(hub_home, "main") == 2


@pytest.mark.slow
def test_others_are_faster_twice(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.hub.race({"README.md": CARD + b"\nTheirs.\n"}, times=1)
    hub_home.hub.race({"notes.txt": b"theirs"}, times=1)
    receipt = delivering.push(folder, "commit")
    assert receipt.outcome == "committed"
    assert len(pauses) in (1, 2)
    assert all(0 < pause <= 4 for pause in pauses)
    assert b"Theirs." in content(hub_home, "main", "README.md")
    assert content(hub_home, "main", "README.md").count(BEGIN) == 1


@pytest.mark.slow
def test_others_are_always_faster(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    folder = published(hub_home, tmp_path)
    numbers = iter(range(100))
    hub_home.hub.hook(
        r"/commit/main$",
        method="POST",
        before=lambda _: hub_home.hub.storage.commit(
            "models", MODEL, {"count.txt": b"%d" % next(numbers)}
        ),
    )
    receipt = delivering.push(folder, "commit")
    assert receipt.outcome == "opened"
    assert "pull request" in receipt.remarks[-1]
    assert len(pauses) == hub_publisher.ATTEMPTS - 1


@pytest.mark.slow
def test_neither_way_works(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.hub.fail(r"/commit/main", method="POST", status=412)
    with pytest.raises(ConflictError) as told:
        delivering.push(folder, "commit")
    assert told.value.exit_code == 6
    assert files(hub_home, "main") == {"README.md", *FILES}


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["pr", "commit"])
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "handled": True},
        {"status": 503},
        {"status": 429, "headers": {"Retry-After": "1"}},
        {"drop": "before"},
        {"drop": "after"},
    ],
    ids=["500 though committed", "503", "429", "dropped before", "dropped after"],
)
def test_a_lost_answer_never_makes_a_second_commit(
    hub_home: HubHome,
    tmp_path: Path,
    pauses: list[float],
    mode: str,
    fault: dict[str, object],
) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.hub.fail(r"/commit/main", method="POST", times=1, **fault)
    receipt = delivering.push(folder, mode)  # type: ignore[arg-type]
    assert receipt.outcome == ("opened" if mode == "pr" else "committed")
    revision = "refs/pr/1" if mode == "pr" else "main"
    assert commits(hub_home, revision) == 2
    assert set(heads(hub_home)) == {"refs/heads/main"} | ({"refs/pr/1"} if mode == "pr" else set())
    assert files(hub_home, revision) == PUBLISHED | FILES.keys()
    assert delivering.push(folder, mode).outcome == "unchanged"  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_last_attempt_may_have_arrived(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.hub.fail(r"/commit/main", method="POST", status=503, times=hub_publisher.ATTEMPTS - 1)
    hub_home.hub.fail(
        r"/commit/main", method="POST", status=500, handled=True, skip=hub_publisher.ATTEMPTS - 1
    )
    assert delivering.push(folder, "commit").outcome == "committed"
    assert commits(hub_home, "main") == 2


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["lfs", "xet", "regular"])
def test_pictures_go_however_the_hub_wants(
    hub_home: HubHome, tmp_path: Path, pauses: list[float], mode: str
) -> None:
    hub_home.store(mode)  # type: ignore[arg-type]
    folder = published(hub_home, tmp_path)
    delivering.push(folder, "pr")
    picture = content(hub_home, "refs/pr/1", f"{PLACE}/label.png")
    assert picture == delivering.parcel(folder).files["label.png"]
    assert (hub_home.hub.count("POST", "/info/lfs/") > 0) == (mode == "lfs")
    assert (hub_home.hub.count("GET", "/xet-write-token/") > 0) == (mode == "xet")
    assert delivering.push(folder, "pr").outcome == "unchanged"


def test_the_other_official_client_sees_the_same(
    hub_home: HubHome, tmp_path: Path, pauses: list[float], npm_client: NpmClient
) -> None:
    folder = published(hub_home, tmp_path)
    delivering.push(folder, "pr")
    seen = npm_client.files(MODEL, "refs/pr/1")
    assert seen.keys() == PUBLISHED | FILES.keys()
    parcel = delivering.parcel(folder)
    for name, expected in parcel.files.items():
        assert seen[f"{PLACE}/{name}"] == len(expected)
        assert npm_client.content(MODEL, f"{PLACE}/{name}", "refs/pr/1") == expected
    assert npm_client.content(MODEL, "README.md", "main") == CARD
    card = npm_client.content(MODEL, "README.md", "refs/pr/1")
    assert card == content(hub_home, "refs/pr/1", "README.md")
    assert len(npm_client.commits(MODEL, "refs/pr/1")) == 2
