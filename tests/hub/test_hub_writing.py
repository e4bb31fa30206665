"""Commits on the loopback Hub by huggingface_hub, read back by it and by git."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hub.fixtures import HubHome
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import BadRequestError, HfHubHTTPError, RevisionNotFoundError

NAME = "org/model"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
CARD = "---\nlicense: mit\n---\n# Größe\n".encode()


@pytest.fixture
def head(hub_home: HubHome) -> str:
    """A model on the Hub, seen by its writer."""
    hub_home.sign_in("writer")
    files = {"README.md": CARD, "config.json": b"{}", "old/a.txt": b"a", "old/b.txt": b"b"}
    return hub_home.hub.storage.commit("models", NAME, files)


def add(**files: bytes) -> list[CommitOperationAdd]:
    return [CommitOperationAdd(path.replace("__", "."), body) for path, body in files.items()]


def git(hub_home: HubHome, *arguments: str) -> str:
    folder = hub_home.hub.storage.root / "models" / f"{NAME}.git"
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("mode", ["lfs", "xet", "regular"])
def test_a_commit_with_a_picture_whatever_the_upload(mode, hub_home: HubHome, head: str):
    hub_home.store(mode)
    hub, api = hub_home.hub, HfApi()
    operations = add(README__md=CARD + b"more", label__png=PNG, empty__txt=b"")
    made = api.create_commit(
        NAME, operations, commit_message="Label", commit_description="Why", parent_commit=head
    )
    assert made.oid == api.model_info(NAME).sha == git(hub_home, "rev-parse", "main")
    assert made.commit_url == f"{hub.endpoint}/{NAME}/commit/{made.oid}"
    assert git(hub_home, "log", "-1", "--format=%P|%an|%s|%b") == f"{head}|writer|Label|Why"
    assert git(hub_home, "diff", "--name-only", head, "main").split() == [
        *("README.md", "empty.txt", "label.png")
    ]
    in_git = int(git(hub_home, "cat-file", "-s", "main:label.png"))
    assert (in_git == len(PNG)) if mode == "regular" else (in_git < 200)
    folder = Path(api.snapshot_download(NAME))
    assert (folder / "label.png").read_bytes() == PNG
    assert (folder / "README.md").read_bytes() == CARD + b"more"
    assert (folder / "empty.txt").read_bytes() == b""
    used = {
        "lfs": bool(hub.count("PUT", "/lfs/") and hub.count("POST", "/objects/batch")),
        "xet": bool(hub.count("GET", "/xet-write-token/") and hub.count("GET", "/xet-read-token/")),
    }
    assert used == {"lfs": mode == "lfs", "xet": mode == "xet"}
    info = api.model_info(NAME, files_metadata=True)
    sizes = {file.rfilename: file.size for file in info.siblings or []}
    assert (sizes["label.png"], sizes["empty.txt"]) == (len(PNG), 0)
    before = len(hub.requests)
    again = add(README__md=CARD + b"more", label__png=PNG)
    same = api.create_commit(NAME, again, commit_message="Again", create_pr=True)
    assert (same.oid, same.pr_url) == (made.oid, None)
    assert not any("/commit/" in request.path for request in hub.requests[before:])


def test_a_moved_head_is_refused_and_nothing_is_lost(hub_home: HubHome, head: str):
    api = HfApi()
    first = api.create_commit(NAME, add(a=b"1"), commit_message="First", parent_commit=head[:7])
    with pytest.raises(HfHubHTTPError, match="A commit has happened since") as caught:
        api.create_commit(NAME, add(a=b"2"), commit_message="Late", parent_commit=head)
    assert caught.value.response.status_code == 412
    with pytest.raises(HfHubHTTPError, match="412"):
        api.create_commit(NAME, add(a=b"2"), commit_message="Odd", parent_commit="f" * 40)
    assert api.model_info(NAME).sha == first.oid
    pull = api.create_commit(
        NAME, add(a=b"2"), commit_message="Pull", parent_commit=head, create_pr=True
    )
    assert git(hub_home, "rev-parse", "refs/pr/1^") == head
    assert (pull.pr_num, pull.pr_revision) == (1, "refs/pr/1")
    with pytest.raises(HfHubHTTPError, match="412"):
        api.create_commit(
            NAME, add(a=b"3"), commit_message="x", revision="refs/pr/1", parent_commit=head
        )
    api.create_commit(
        NAME, add(a=b"3"), commit_message="x", revision="refs/pr/1", parent_commit=pull.oid
    )
    assert git(hub_home, "show", "refs/pr/1:a") == "3"


def test_of_commits_at_once_exactly_one_wins(hub_home: HubHome, head: str):
    def commit(number: int) -> int:
        try:
            HfApi().create_commit(
                NAME, add(a=str(number).encode()), commit_message="Race", parent_commit=head
            )
        except HfHubHTTPError as error:
            return error.response.status_code
        return 200

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(commit, range(6)))
    assert answers == [200, 412, 412, 412, 412, 412]
    assert git(hub_home, "rev-list", "--count", "main") == "2"


def test_commits_without_a_parent_all_land(hub_home: HubHome, head: str):
    def commit(number: int) -> str:
        path = f"file{number}"
        return HfApi().create_commit(NAME, add(**{path: b"x"}), commit_message=path).oid

    with ThreadPoolExecutor(6) as pool:
        made = set(pool.map(commit, range(6)))
    assert len(made) == 6
    assert git(hub_home, "rev-list", "--count", "main") == "7"
    assert len(HfApi().list_repo_files(NAME)) == 10


def test_pull_requests_at_once_get_numbers_of_their_own(hub_home: HubHome, head: str):
    def propose(number: int) -> int | None:
        content = str(number).encode()
        made = HfApi().create_commit(
            NAME, add(a=content), commit_message=f"{number}", create_pr=True
        )
        assert git(hub_home, "show", f"refs/pr/{made.pr_num}:a") == str(number)
        return made.pr_num

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(propose, range(6))) == [1, 2, 3, 4, 5, 6]
    assert len(list(HfApi().get_repo_discussions(NAME))) == 6


def test_deletions_and_odd_paths(hub_home: HubHome, head: str):
    api = HfApi()
    deletions = [CommitOperationDelete("old/"), CommitOperationDelete("config.json")]
    odd = [CommitOperationAdd("sub/ü ,\t%2F#?.txt", b"odd")]
    api.create_commit(NAME, [*deletions, *odd], commit_message="Tidy")
    assert api.list_repo_files(NAME) == ["README.md", "sub/ü ,\t%2F#?.txt"]
    assert Path(api.hf_hub_download(NAME, "sub/ü ,\t%2F#?.txt")).read_bytes() == b"odd"
    with pytest.raises(HfHubHTTPError, match="A file with this name doesn't exist"):
        api.create_commit(NAME, [CommitOperationDelete("none")], commit_message="x")
    with pytest.raises(RevisionNotFoundError):
        api.create_commit(NAME, add(a=b"a"), commit_message="x", revision="nowhere")


def test_a_card_is_validated_first(hub_home: HubHome, head: str):
    with pytest.raises(ValueError, match=r"Invalid metadata in README\.md"):
        HfApi().create_commit(NAME, add(README__md=b"---\na: [\n---\n"), commit_message="x")
    assert hub_home.hub.count("POST", "/commit/") == 0
    assert hub_home.hub.count("POST", "/api/validate-yaml") == 1


def test_repositories_branches_tags_and_refs(hub_home: HubHome, head: str):
    api = HfApi()
    url = api.create_repo("org/new", private=True)
    assert (url.repo_id, str(url)) == ("org/new", f"{hub_home.hub.endpoint}/org/new")
    assert api.model_info("org/new").private
    api.create_repo("org/new", exist_ok=True)
    with pytest.raises(HfHubHTTPError, match="already created"):
        api.create_repo("org/new")
    api.create_branch(NAME, branch="dev")
    api.create_tag(NAME, tag="v1")
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_tag(NAME, tag="v1")
    dev = api.create_commit(NAME, add(a=b"a"), commit_message="Dev", revision="dev").oid
    api.create_commit(NAME, add(a=b"a"), commit_message="Pull", create_pr=True)
    refs = api.list_repo_refs(NAME, include_pull_requests=True)
    assert {ref.name: ref.target_commit for ref in refs.branches} == {"dev": dev, "main": head}
    assert [(ref.name, ref.target_commit) for ref in refs.tags] == [("v1", head)]
    assert [ref.ref for ref in refs.pull_requests or []] == ["refs/pr/1"]
    with pytest.raises((BadRequestError, RevisionNotFoundError)):
        api.create_commit(NAME, add(b=b"b"), commit_message="x", revision="v1")


def test_history_and_paths(hub_home: HubHome, head: str):
    api = HfApi()
    api.create_commit(NAME, add(a__png=PNG), commit_message="Title", commit_description="A\n\nB")
    newest, oldest = api.list_repo_commits(NAME)
    assert (newest.title, newest.message, newest.authors) == ("Title", "A\n\nB", ["writer"])
    assert oldest.commit_id == head
    assert oldest.created_at < newest.created_at
    hub_home.hub.page_size = 1
    assert [commit.commit_id for commit in api.list_repo_commits(NAME)][1] == head
    found = api.get_paths_info(NAME, ["a.png", "old", "none"])
    assert [(row.path, getattr(row, "size", None)) for row in found] == [
        *(("a.png", len(PNG)), ("old", None))
    ]
    assert len(list(api.list_repo_tree(NAME, recursive=True))) == 6


def test_data_sets_are_written_alike(hub_home: HubHome):
    hub_home.sign_in("writer")
    api = HfApi()
    api.create_repo("org/set", repo_type="dataset")
    made = api.create_commit(
        "org/set", add(data__parquet=PNG), commit_message="Rows", repo_type="dataset"
    )
    assert made.commit_url == f"{hub_home.hub.endpoint}/datasets/org/set/commit/{made.oid}"
    pull = api.create_commit(
        "org/set", add(a=b"a"), commit_message="Pull", repo_type="dataset", create_pr=True
    )
    assert (pull.pr_num, pull.repo_url.repo_type) == (1, "dataset")
    api.merge_pull_request("org/set", 1, repo_type="dataset")
    folder = Path(api.snapshot_download("org/set", repo_type="dataset"))
    assert (folder / "data.parquet").read_bytes() == PNG
    assert (folder / "a").read_bytes() == b"a"
