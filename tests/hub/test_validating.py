"""What a Hub says, and what only something else says; through the library that reads it."""

from typing import Any

import pytest
from huggingface_hub import Discussion, ModelInfo

from energylabel.errors import NetworkError
from energylabel.hub.validating import (
    MAX_FILE_BYTES,
    Listed,
    Listing,
    Pull,
    read_listing,
    read_name,
    read_pull,
    read_user,
)

NAME = "someone/tiny-bert"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
BLOB = "89abcdef0123456789abcdef0123456789abcdef"
SHA256 = "0123456789abcdef" * 4


def small(path: Any, **more: Any) -> dict[str, Any]:
    return {"rfilename": path, "size": 7, "blobId": BLOB} | more


def large(path: Any, **more: Any) -> dict[str, Any]:
    lfs = {"size": 90, "sha256": SHA256, "pointerSize": 133} | more
    return {"rfilename": path, "size": 90, "blobId": BLOB, "lfs": lfs}


def told(*files: dict[str, Any], **more: Any) -> ModelInfo:
    return ModelInfo(**{"id": NAME, "sha": COMMIT, "siblings": list(files)} | more)


def read(*files: dict[str, Any], **more: Any) -> Listing:
    return read_listing(told(*files, **more), NAME)


def test_a_small_and_a_large_file():
    listing = read(small("a/config.json"), large("model.safetensors"))
    assert listing == Listing(
        NAME,
        COMMIT,
        {
            "a/config.json": Listed(7, None, BLOB),
            "model.safetensors": Listed(90, SHA256, None),
        },
    )
    assert [file.digest for file in listing.files.values()] == [BLOB, SHA256]
    assert read(siblings=None).files == {}


@pytest.mark.parametrize(
    "path",
    [
        "../config.json",
        "a/../../config.json",
        "energylabel/../config.json",
        "..",
        ".",
        "a/./b",
        "/etc/passwd",
        "//host/share",
        "a//b",
        "a/",
        "",
        "config.json\0.txt",
        None,
        7,
        ["config.json"],
        {"path": "config.json"},
        b"config.json",
    ],
    ids=repr,
)
def test_a_path_that_git_cannot_hold_came_from_no_hub(path: Any):
    with pytest.raises(ValueError, match="path"):
        read(small("config.json"), small(path))


@pytest.mark.parametrize(
    "path",
    [
        "runs\\events",
        "..\\..\\config.json",
        "C:\\config.json",
        "a\nb",
        "a\rb",
        "\x1b[31mred.bin",
        "a\x7fb",
        "a\x9bb",
        "gpj.\u202econfig",
        "a\u2028b",
        "\ud800",
        "/".join(["a"] * 33),
        "a" * 1025,
    ],
    ids=ascii,
)
def test_a_path_that_nothing_of_ours_has_is_left_out(path: str):
    assert read(small(path), small("config.json")).files.keys() == {"config.json"}


def test_usual_and_unusual_names_of_real_files_are_kept():
    paths = {
        ".gitattributes",
        "...",
        "a b.txt",
        "modèle.bin",
        "模型/权重.safetensors",
        "/".join(["a"] * 32),
        "a" * 1024,
    }
    assert read(*(small(path) for path in paths)).files.keys() == paths


def test_a_file_is_listed_once():
    with pytest.raises(ValueError, match="twice"):
        read(small("config.json"), small("vocab.txt"), small("config.json"))
    with pytest.raises(ValueError, match="twice"):
        read(small("a\\b"), small("a\\b"))  # also where nobody would miss it


def test_names_that_differ_in_case_are_two_files_with_a_digest_each():
    """Git and the Hub allow it, and models have it: README.md beside readme.md."""
    other = BLOB[::-1]
    files = read(small("README.md"), small("readme.md", blobId=other)).files
    assert (files["README.md"].digest, files["readme.md"].digest) == (BLOB, other)


@pytest.mark.parametrize(
    "size", [-1, None, True, 1.0, "7", float("inf"), MAX_FILE_BYTES + 1, 10**400, [7]], ids=repr
)
def test_sizes_that_are_none(size: Any):
    for file in (small("config.json", size=size), large("model.safetensors", size=size)):
        with pytest.raises(ValueError, match="no size"):
            read(file)


def test_the_largest_and_the_smallest_size():
    files = read(small("a", size=0), large("b", size=MAX_FILE_BYTES)).files
    assert [file.size for file in files.values()] == [0, MAX_FILE_BYTES]
    # A sum of them can still be shown as a number.
    assert f"{100_000 * MAX_FILE_BYTES / 1e6:,.0f}" == "112,589,990,684,262"


@pytest.mark.parametrize(
    "digest",
    [None, "", "../x", BLOB[:39], BLOB + "0", BLOB.upper(), f"{BLOB}\n", SHA256[:63], 7, ["a"]],
    ids=repr,
)
def test_digests_that_are_none(digest: Any):
    with pytest.raises(ValueError, match="no digest"):
        read(small("config.json", blobId=digest))
    with pytest.raises(ValueError, match="no digest"):
        read(large("model.safetensors", sha256=digest))


def test_each_kind_of_file_has_its_own_digest():
    with pytest.raises(ValueError, match="no digest"):
        read(small("config.json", blobId=SHA256))
    with pytest.raises(ValueError, match="no digest"):
        read(large("model.safetensors", sha256=BLOB))


@pytest.mark.parametrize(
    "commit",
    [None, "", "main", COMMIT[:39], COMMIT + "0", COMMIT.upper(), f"{COMMIT}\n", "../" * 14, 7],
    ids=repr,
)
def test_commits_that_are_none(commit: Any):
    with pytest.raises(ValueError, match="no commit"):
        read(small("config.json"), sha=commit)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc",
        "a/b/c",
        "/a",
        "",
        "a/..",
        "a\0b",
        "a b",
        "a\nb",
        "a/b\n",
        "a/b.git",
        7,
        None,
        [],
    ],
    ids=repr,
)
def test_names_of_no_repository(name: Any):
    with pytest.raises(ValueError, match="no name"):
        read(id=name)


def test_a_disabled_repository():
    with pytest.raises(NetworkError, match="x@v2 was disabled by the Hub") as caught:
        read_listing(told(disabled=True), "x@v2")
    assert not caught.value.retryable
    assert read(disabled=False).name == NAME


@pytest.mark.slow
def test_a_hundred_thousand_files():
    files = [small(f"data/{number:06}.json", size=number) for number in range(100_000)]
    listing = read(*files)
    assert len(listing.files) == 100_000
    assert listing.files["data/099999.json"] == Listed(99_999, None, BLOB)
    with pytest.raises(ValueError, match="twice"):
        read(*files, files[0])


def discussion(**more: Any) -> Discussion:
    fields = {
        "title": "t",
        "status": "open",
        "num": 3,
        "repo_id": NAME,
        "repo_type": "model",
        "author": "me",
        "is_pull_request": True,
        "created_at": None,
        "endpoint": "http://hub",
    }
    return Discussion(**fields | more)


def test_pull_requests():
    pull = read_pull(discussion())
    assert pull == Pull(3, "open", f"http://hub/{NAME}/discussions/3", title="t", author="me")
    assert (pull.open, pull.revision) == (True, "refs/pr/3")
    assert [read_pull(discussion(status=status)).open for status in ("draft", "closed", "x")] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"num": "3/../../heads/main"},
        {"num": 0},
        {"num": -1},
        {"num": True},
        {"num": None},
        {"status": None},
        {"status": ["open"]},
        {"repo_id": "a\nb"},
        {"repo_id": "\x1b[31m"},
    ],
    ids=repr,
)
def test_pull_requests_that_are_none(change: dict[str, Any]):
    with pytest.raises(ValueError, match="no "):
        read_pull(discussion(**change))


def test_whose_token_it_is():
    assert read_user({"name": "me", "auth": {"accessToken": {"role": "write"}}}, NAME) == (
        "me",
        "write",
    )
    assert read_user({"name": "me", "auth": None}, NAME) == ("me", None)
    assert read_user({"name": "me", "auth": {"accessToken": {"role": 7}}}, NAME) == ("me", None)
    for nonsense in ([], None, "me", {}, {"name": None}, {"name": ["me"]}):
        with pytest.raises(NetworkError, match="did not come from a Hub"):
            read_user(nonsense, NAME)


def test_names_in_a_search():
    assert read_name(ModelInfo(id=NAME)) == NAME
    for nonsense in (None, 7, [NAME]):
        with pytest.raises(ValueError, match="no name"):
            read_name(ModelInfo(id=nonsense))
