"""Pull requests and discussions of the loopback Hub through huggingface_hub."""

from pathlib import Path

import pytest
from hub.fixtures import HubHome
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, hf_hub_download
from huggingface_hub.community import DiscussionComment, DiscussionCommit, DiscussionStatusChange
from huggingface_hub.errors import BadRequestError, HfHubHTTPError

NAME = "org/model"
CARD = b"# A model\n"


@pytest.fixture
def head(hub_home: HubHome) -> str:
    """A model of somebody else's, seen by a contributor."""
    hub_home.sign_in("contributor")
    files = {"README.md": CARD, "config.json": b"{}"}
    return hub_home.hub.storage.commit("models", NAME, files)


def add(path: str, content: bytes) -> list[CommitOperationAdd | CommitOperationDelete]:
    return [CommitOperationAdd(path, content)]


@pytest.mark.slow
def test_from_proposal_to_merge(hub_home: HubHome, head: str):
    api = HfApi()
    first = api.create_commit(
        NAME, add("README.md", CARD + b"more\n"), commit_message="Add a label",
        commit_description="What it is", create_pr=True,
    )  # fmt: skip
    assert first.pr_url == f"{hub_home.hub.endpoint}/{NAME}/discussions/1"
    with pytest.raises(HfHubHTTPError, match="403"):
        api.create_commit(NAME, add("a", b"a"), commit_message="Not mine")
    second = api.create_commit(
        NAME, add("two.png", b"2"), commit_message="Second", revision="refs/pr/1"
    )
    details = api.get_discussion_details(NAME, 1)
    assert (details.title, details.status, details.author) == ("Add a label", "open", "contributor")
    assert (details.target_branch, details.conflicting_files) == ("refs/heads/main", [])
    assert "+more" in (details.diff or "")
    assert details.merge_commit_oid is None
    comment, *commits = details.events
    assert isinstance(comment, DiscussionComment)
    assert comment.content == "What it is"
    assert [c.oid for c in commits if isinstance(c, DiscussionCommit)] == [first.oid, second.oid]
    folder = Path(api.snapshot_download(NAME, revision="refs/pr/1"))
    assert (folder / "two.png").read_bytes() == b"2"
    assert (folder / "README.md").read_bytes() == CARD + b"more\n"
    assert api.model_info(NAME).sha == head
    with pytest.raises(HfHubHTTPError, match="403"):
        api.merge_pull_request(NAME, 1)
    hub_home.sign_in("writer")
    api.create_commit(NAME, add("other", b"o"), commit_message="Meanwhile")
    api.merge_pull_request(NAME, 1, comment="Thank you")
    details = api.get_discussion_details(NAME, 1)
    assert details.status == "merged"
    assert details.merge_commit_oid == api.model_info(NAME).sha
    assert "+more" in (details.diff or "")
    assert "other" not in (details.diff or "")
    said = [event.content for event in details.events if isinstance(event, DiscussionComment)]
    assert said == ["What it is", "Thank you"]
    assert sorted(api.list_repo_files(NAME)) == ["README.md", "config.json", "other", "two.png"]
    with pytest.raises(HfHubHTTPError, match="This pull request is merged"):
        api.create_commit(NAME, add("late", b"l"), commit_message="x", revision="refs/pr/1")
    with pytest.raises(BadRequestError):
        api.change_discussion_status(NAME, 1, "open")


def test_conflicts_are_named_and_not_merged(hub_home: HubHome, head: str):
    api = HfApi()
    api.create_commit(NAME, add("README.md", b"ours"), commit_message="Ours", create_pr=True)
    hub_home.sign_in("writer")
    api.create_commit(NAME, add("README.md", b"theirs"), commit_message="Theirs")
    assert api.get_discussion_details(NAME, 1).conflicting_files == ["README.md"]
    with pytest.raises(HfHubHTTPError, match="conflicts"):
        api.merge_pull_request(NAME, 1)
    assert Path(hf_hub_download(NAME, "README.md")).read_bytes() == b"theirs"
    same = [*add("README.md", b"theirs"), CommitOperationDelete("config.json")]
    api.create_commit(NAME, same, commit_message="Yield", revision="refs/pr/1")
    api.merge_pull_request(NAME, 1)
    assert api.list_repo_files(NAME) == ["README.md"]


@pytest.mark.slow
def test_the_list_has_pages_and_filters(hub_home: HubHome, head: str):
    api = HfApi()
    for number in range(11):
        api.create_commit(
            NAME, add("a", str(number).encode()), commit_message=f"Pull {number}", create_pr=True
        )
    hub_home.sign_in("writer")
    api.create_discussion(NAME, title="A question", description="Why?")
    draft = api.create_pull_request(NAME, title="A draft")
    assert (draft.status, draft.num, draft.git_reference) == ("draft", 13, "refs/pr/13")
    assert api.list_repo_commits(NAME, revision="refs/pr/13")[0].commit_id == head
    api.change_discussion_status(NAME, 3, "closed")
    found = list(api.get_repo_discussions(NAME))
    assert [d.num for d in found] == list(range(13, 0, -1))
    assert hub_home.hub.count("GET", r"/discussions\?p=1") == 1
    pulls = list(
        api.get_repo_discussions(
            NAME, author="contributor", discussion_type="pull_request", discussion_status="open"
        )
    )
    assert [d.num for d in pulls] == [11, 10, 9, 8, 7, 6, 5, 4, 2, 1]
    (question,) = api.get_repo_discussions(NAME, discussion_type="discussion")
    assert (question.title, question.is_pull_request) == ("A question", False)
    (closed,) = api.get_repo_discussions(NAME, discussion_status="closed")
    assert closed.num == 3
    assert api.get_discussion_details(NAME, 12).diff is None
    with pytest.raises(HfHubHTTPError, match="404"):
        api.get_discussion_details(NAME, 99)


def test_words_titles_and_statuses(hub_home: HubHome, head: str):
    api = HfApi()
    api.create_commit(NAME, add("a", b"a"), commit_message="Old title", create_pr=True)
    said = api.comment_discussion(NAME, 1, "Once")
    edited = api.edit_discussion_comment(NAME, 1, said.id, "Twice")
    assert (edited.content, edited.edited, edited.number_of_edits) == ("Twice", True, 1)
    with pytest.warns(UserWarning, match="irreversible"):
        assert api.hide_discussion_comment(NAME, 1, said.id).hidden
    assert api.rename_discussion(NAME, 1, "New title").old_title == "Old title"
    closed = api.change_discussion_status(NAME, 1, "closed", comment="No more")
    assert isinstance(closed, DiscussionStatusChange)
    assert closed.new_status == "closed"
    with pytest.raises(HfHubHTTPError, match="This pull request is closed"):
        api.create_commit(NAME, add("b", b"b"), commit_message="x", revision="refs/pr/1")
    assert api.change_discussion_status(NAME, 1, "open").new_status == "open"
    details = api.get_discussion_details(NAME, 1)
    assert (details.title, details.status) == ("New title", "open")
    assert [event.type for event in details.events] == [
        *("comment", "commit", "comment", "title-change", "comment", "status-change"),
        "status-change",
    ]
    hub_home.sign_in("discusser")
    with pytest.raises(HfHubHTTPError, match="403"):
        api.change_discussion_status(NAME, 1, "closed")
    hub_home.sign_in("reader")
    with pytest.raises(HfHubHTTPError, match="403"):
        api.comment_discussion(NAME, 1, "Me too")
    with pytest.raises(HfHubHTTPError, match="403"):
        api.create_commit(NAME, add("b", b"b"), commit_message="x", create_pr=True)
    hub_home.sign_in(None)
    with pytest.raises(HfHubHTTPError, match="401"):
        api.create_commit(NAME, add("b", b"b"), commit_message="x", create_pr=True)


def test_a_folder_goes_up_as_one_pull_request(hub_home: HubHome, head: str, tmp_path: Path):
    source = tmp_path / "label"
    source.mkdir()
    (source / "label.svg").write_bytes(b"<svg/>")
    (source / "label.png").write_bytes(b"\x89PNG")
    hub_home.store("xet")
    made = HfApi().upload_folder(
        repo_id=NAME, folder_path=source, path_in_repo="energylabel", create_pr=True
    )
    assert made.pr_num == 1
    assert HfApi().get_discussion_details(NAME, 1).is_pull_request
    files = HfApi().list_repo_files(NAME, revision="refs/pr/1")
    assert {"energylabel/label.svg", "energylabel/label.png"} < set(files)
