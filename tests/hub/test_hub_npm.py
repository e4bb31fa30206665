"""npm's @huggingface/hub against the loopback Hub: it keeps the Hub of the tests honest."""

import pytest
from hub.fixtures import HubHome
from hub.npm_client import NpmClient, NpmError
from huggingface_hub import CommitOperationAdd, HfApi

NAME = "org/model"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
CARD = b"---\nlicense: mit\n---\n# A model\n"


@pytest.fixture
def head(hub_home: HubHome) -> str:
    config = b'{"architectures": ["BertForSequenceClassification"]}'
    files = {"README.md": CARD, "config.json": config, "sub/deep/a.txt": b"a", "p.png": PNG}
    return hub_home.hub.storage.commit("models", NAME, files)


def test_it_reads_what_was_put_there(npm_client: NpmClient, head: str):
    assert npm_client.as_user("reader").call("whoAmI")["name"] == "reader"
    with pytest.raises(NpmError) as caught:
        npm_client.as_user("stranger").call("whoAmI")
    assert caught.value.status == 401
    info = npm_client.call("modelInfo", name=NAME, additionalFields=["sha", "tags", "author"])
    assert (info["name"], info["sha"], info["task"]) == (NAME, head, "text-classification")
    assert (info["private"], info["gated"], info["author"]) == (False, False, "org")
    sizes = {"README.md": len(CARD), "config.json": 52, "sub/deep/a.txt": 1, "p.png": len(PNG)}
    assert npm_client.files(NAME) == npm_client.files(NAME, head) == sizes
    assert npm_client.content(NAME, "p.png") == PNG
    assert npm_client.content(NAME, "README.md", head) == CARD
    assert npm_client.content(NAME, "missing.txt") is None
    with pytest.raises(NpmError) as caught:
        npm_client.files("org/none")
    assert caught.value.status == 401


def test_lists_come_in_pages(hub_home: HubHome, npm_client: NpmClient, head: str):
    hub_home.hub.storage.commit("models", "org/second", {"a": b"a"}, message="Second")
    hub_home.hub.page_size = 2
    assert len(npm_client.files(NAME)) == 4
    assert hub_home.hub.count("GET", r"/tree/.*cursor=") == 2
    search = {"owner": "org", "task": "text-classification"}
    assert [row["name"] for row in npm_client.call("listModels", search=search)] == [NAME]


@pytest.mark.parametrize("mode", ["lfs", "regular"])
def test_it_writes(mode, hub_home: HubHome, npm_client: NpmClient, head: str):
    hub_home.hub.store(mode)
    writer = npm_client.as_user("writer")
    made = writer.upload(NAME, {"x.txt": b"x", "new.png": PNG + b"1"}, commitTitle="Two files")
    assert hub_home.hub.count("PUT", "/lfs/") == (mode == "lfs")
    assert writer.commits(NAME)[0]["oid"] == made["commit"]["oid"]
    assert [row["title"] for row in writer.commits(NAME)] == ["Two files", "Change files"]
    assert writer.content(NAME, "new.png") == PNG + b"1"
    assert writer.content(NAME, "x.txt") == b"x"
    with pytest.raises(NpmError, match="A commit has happened since") as caught:
        writer.upload(NAME, {"x.txt": b"y"}, parentCommit=head)
    assert caught.value.status == 412
    for user, status in (("reader", 403), (None, 401)):
        with pytest.raises(NpmError) as caught:
            npm_client.as_user(user).upload(NAME, {"x.txt": b"z"})
        assert caught.value.status == status


def test_its_pull_request_is_the_one_that_python_sees(
    hub_home: HubHome, npm_client: NpmClient, head: str
):
    contributor = npm_client.as_user("contributor")
    made = contributor.upload(
        NAME, {"README.md": CARD + b"more", "l.png": PNG}, isPullRequest=True, commitTitle="Label"
    )
    assert made["pullRequestUrl"] == f"{hub_home.hub.endpoint}/{NAME}/discussions/1"
    contributor.upload(NAME, {"two.txt": b"2"}, branch="refs/pr/1", commitTitle="More")
    api = HfApi()
    (found,) = api.get_repo_discussions(NAME)
    assert (found.num, found.title, found.author) == (1, "Label", "contributor")
    assert npm_client.content(NAME, "README.md") == CARD
    assert npm_client.content(NAME, "README.md", "refs/pr/1") == CARD + b"more"
    titles = [row["title"] for row in npm_client.commits(NAME, "refs/pr/1")]
    assert titles == ["More", "Label", "Change files"]
    hub_home.sign_in("writer")
    api.create_commit(NAME, [CommitOperationAdd("a.txt", b"a")], commit_message="Meanwhile")
    api.merge_pull_request(NAME, 1)
    assert npm_client.files(NAME)["l.png"] == len(PNG)
    assert npm_client.files(NAME)["two.txt"] == 1
    assert npm_client.files(NAME)["a.txt"] == 1


def test_what_python_uploads_is_what_it_downloads(
    hub_home: HubHome, npm_client: NpmClient, head: str
):
    hub_home.store("xet")
    hub_home.sign_in("writer")
    add = [CommitOperationAdd("xet.png", PNG + b"over Xet")]
    made = HfApi().create_commit(NAME, add, commit_message="Xet", create_pr=True)
    assert made.pr_revision == "refs/pr/1"
    assert npm_client.content(NAME, "xet.png", "refs/pr/1") == PNG + b"over Xet"
