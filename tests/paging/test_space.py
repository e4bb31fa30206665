"""The page as a static Space on the loopback Hub; what is there is asked of the Hub's own git."""

import json
import re
from pathlib import Path

import pytest
from hub.fixtures import HubHome

from energylabel.cli.app import main
from energylabel.errors import ConflictError, NetworkError, UsageError
from energylabel.paging import collect, files_of_page, preview_space, push_space
from energylabel.records import Receipt

LABELS = Path(__file__).parents[2] / "labels"
(DEMO,) = LABELS.glob("energylabel/demo/*/demo-v1/*")
(TFIDF,) = LABELS.glob("energylabel/tfidf-linear/*/sst2-test-v1/cpu-amd-epyc-2")
SPACE = "writer/labels"
STATIC = b"---\ntitle: Mine\nsdk: static\n---\nMy words.\n"
OURS = {"index.html", "labels.json", "labels.parquet"}
_FOUND = collect([str(DEMO)], None, thoroughly=False).labels
_MORE = collect([str(DEMO), str(TFIDF)], None, thoroughly=False).labels


class Page:
    """What is pushed; ``labels`` may be changed, and each build has another time."""

    def __init__(self) -> None:
        self.labels = _FOUND
        self.now = 1_800_000_000
        self.pauses: list[float] = []

    def again(self, built_at: float) -> dict[str, bytes]:
        return files_of_page(self.labels, built_at=built_at)

    def push(self, name: str = SPACE) -> Receipt:
        self.now += 1000
        files = self.again(self.now)
        return push_space(name, files, self.again, sleep=self.pauses.append)


@pytest.fixture
def page(hub_home: HubHome) -> Page:
    hub_home.sign_in("writer")
    return Page()


def there(home: HubHome, name: str = SPACE) -> dict[str, bytes]:
    storage = home.hub.storage
    commit = storage.resolve("spaces", name, "main")
    assert commit is not None
    return {
        entry.path: storage.read("spaces", name, entry)
        for entry in storage.tree("spaces", name, commit)
    }


def commits(home: HubHome, name: str = SPACE) -> int:
    commit = home.hub.storage.resolve("spaces", name, "main")
    assert commit is not None
    return len(home.hub.storage.history("spaces", name, commit))


@pytest.mark.slow
def test_a_space_is_made_and_holds_the_page_in_one_commit(hub_home: HubHome, page: Page):
    receipt = page.push()
    address = f"{hub_home.hub.endpoint}/spaces/{SPACE}"
    assert receipt.outcome == "committed"
    assert receipt.url.startswith(f"{address}/commit/")
    assert set(receipt.files) == {"README.md", *OURS}
    assert receipt.remarks == (f"the Space {SPACE} was made", f"the page is at {address}")
    files = there(hub_home)
    assert files.keys() == {".gitattributes", "README.md", *OURS}
    assert commits(hub_home) == 2  # the Hub's own first one
    assert {name: files[name] for name in OURS} == page.again(page.now)
    front = files["README.md"].decode().split("---")[1]
    assert "\nsdk: static\n" in front
    info = hub_home.hub.count("GET", rf"/api/spaces/{SPACE}")
    assert info
    assert page.pauses == []


@pytest.mark.slow
def test_again_nothing_is_sent_until_a_label_changes(hub_home: HubHome, page: Page):
    page.push()
    posts = hub_home.hub.count("POST", "")
    again = page.push()
    assert (again.outcome, again.files) == ("unchanged", ())
    assert again.url == f"{hub_home.hub.endpoint}/spaces/{SPACE}"
    assert hub_home.hub.count("POST", "") == posts
    page.labels = _MORE
    changed = page.push()
    assert (changed.outcome, set(changed.files)) == ("committed", OURS)
    assert commits(hub_home) == 3
    assert json.loads(there(hub_home)["labels.json"])["built_at"] == page.now


@pytest.mark.slow
def test_files_of_others_are_left_alone(hub_home: HubHome, page: Page):
    mine = {"README.md": STATIC, "style.css": b"b{}", "notes/a.txt": b"mine"}
    hub_home.hub.storage.commit("spaces", SPACE, mine)
    receipt = page.push()
    assert set(receipt.files) == OURS
    files = there(hub_home)
    assert {name: files[name] for name in mine} == mine
    assert page.push().outcome == "unchanged"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["index.html", "labels.json"])
def test_a_page_of_others_is_not_overwritten(hub_home: HubHome, page: Page, name: str):
    hub_home.hub.storage.commit("spaces", SPACE, {"README.md": STATIC, name: b"<h1>Theirs</h1>"})
    with pytest.raises(UsageError, match=f"has files of others: {name}") as told:
        page.push()
    assert told.value.hint
    assert commits(hub_home) == 1


@pytest.mark.slow
def test_the_page_that_the_hub_puts_into_a_new_space_is_replaced(hub_home: HubHome, page: Page):
    from huggingface_hub import HfApi

    HfApi().create_repo(SPACE, repo_type="space", space_sdk="static")
    before = there(hub_home)["README.md"]
    receipt = page.push()
    assert set(receipt.files) == OURS
    assert there(hub_home)["README.md"] == before


@pytest.mark.parametrize(
    ("readme", "words"),
    [
        (b"---\nsdk: gradio\n---\n", "runs on gradio, not on `sdk: static`"),
        (b"# Hello\n", "does not say what it runs on"),
        (b"---\nsdk: " + b"x" * 500 + b"\n---\n", "runs on xxx"),
    ],
)
def test_a_space_of_another_kind_is_refused(
    hub_home: HubHome, page: Page, readme: bytes, words: str
):
    hub_home.hub.storage.commit("spaces", SPACE, {"README.md": readme})
    with pytest.raises(UsageError, match=words) as told:
        page.push()
    assert len(told.value.message) < 200
    assert hub_home.hub.count("POST", "") == 0


@pytest.mark.slow
def test_another_file_that_the_space_shows_is_said(hub_home: HubHome, page: Page):
    readme = b"---\nsdk: static\napp_file: dist/main.html\n---\n"
    hub_home.hub.storage.commit("spaces", SPACE, {"README.md": readme})
    assert "another app_file" in page.push().remarks[0]


@pytest.mark.slow
def test_a_dry_run_sends_nothing_and_makes_nothing(hub_home: HubHome, page: Page):
    files = page.again(page.now)
    proposal = preview_space(SPACE, files, page.again)
    assert {change.path for change in proposal.changed} == {"README.md", *OURS}
    assert proposal.remarks == (f"there is no Space {SPACE} yet: it would be made",)
    assert not hub_home.hub.storage.exists("spaces", SPACE)
    page.push()
    assert preview_space(SPACE, page.again(page.now + 9), page.again).changed == ()
    page.labels = _MORE
    later = preview_space(SPACE, page.again(page.now + 9), page.again)
    assert {change.path for change in later.changed} == OURS
    assert all(change.diff().count("\n") == 1 for change in later.changed)
    assert hub_home.hub.count("POST", "/commit/") == 1


@pytest.mark.slow
def test_who_may(hub_home: HubHome, page: Page):
    for user, words in (
        (None, "there is no token, and pushing a page needs one"),
        ("reader", "may only read"),
        ("nobody", "wrong or has expired"),
        ("contributor", "may not make the Space"),
    ):
        hub_home.sign_in(user)
        with pytest.raises(NetworkError, match=words) as told:
            page.push()
        assert told.value.exit_code == 5
        assert not told.value.retryable
        assert "token-of" not in f"{told.value.message}{told.value.hint}"
    hub_home.hub.storage.commit("spaces", SPACE, {"README.md": STATIC})
    with pytest.raises(NetworkError, match="may not write to writer/labels") as told:
        page.push()
    assert "pull request" not in told.value.hint
    assert commits(hub_home) == 1


@pytest.mark.slow
def test_no_network_is_one_line(hub_home: HubHome, page: Page, monkeypatch: pytest.MonkeyPatch):
    hub_home.hub.fail("/api/spaces/", status=403)
    with pytest.raises(NetworkError, match="private, gated or missing"):
        page.push()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("energylabel.hub.retrying.time.sleep", lambda _: None)
    with pytest.raises(NetworkError) as told:
        page.push()
    assert told.value.retryable
    assert "\n" not in told.value.message


@pytest.mark.parametrize(
    "name", ["labels", "a/b/c", "", "https://huggingface.co/spaces/a/b", "a b/c"]
)
def test_what_is_no_name_of_a_space(page: Page, name: str):
    with pytest.raises(UsageError, match="no name of a Space"):
        page.push(name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "handled": True},
        {"status": 503},
        {"status": 429, "headers": {"Retry-After": "1"}},
        {"drop": "after"},
    ],
    ids=["500 though committed", "503", "429", "dropped after"],
)
@pytest.mark.parametrize("pattern", ["/commit/main", "/repos/create"])
def test_a_lost_answer_never_makes_a_second_commit(
    hub_home: HubHome, page: Page, fault: dict[str, object], pattern: str
):
    hub_home.hub.fail(pattern, method="POST", times=1, **fault)
    assert page.push().outcome == "committed"
    assert commits(hub_home) == 2
    assert page.push().outcome == "unchanged"


@pytest.mark.slow
def test_others_are_faster(hub_home: HubHome, page: Page):
    page.push()
    page.labels = _MORE
    hub_home.hub.race({"notes.txt": b"theirs"}, times=2)
    assert page.push().outcome == "committed"
    assert there(hub_home)["notes.txt"] == b"theirs"
    page.labels = _FOUND
    hub_home.hub.fail("/commit/main", method="POST", status=412)
    with pytest.raises(ConflictError):
        page.push()


@pytest.mark.slow
def test_tables_larger_than_git_takes_go_over_lfs(
    hub_home: HubHome, page: Page, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("hub.writing.REGULAR_BYTES", 20_000)
    page.push()
    storage = hub_home.hub.storage
    commit = storage.resolve("spaces", SPACE, "main")
    assert commit is not None
    large = {entry.path for entry in storage.tree("spaces", SPACE, commit) if entry.sha256}
    assert large == {"index.html", "labels.parquet"}
    assert page.push().outcome == "unchanged"
    assert re.match(rb"<!doctype html>", there(hub_home)["index.html"])


@pytest.mark.slow
def test_the_command(
    hub_home: HubHome, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(LABELS.parent)
    hub_home.sign_in("writer")

    def run(*arguments: str) -> tuple[int, str, str]:
        out = str(tmp_path / "site")
        with pytest.raises(SystemExit) as ended:
            main(["page", str(DEMO), "--out", out, *arguments])
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    code, out, err = run("--push", SPACE, "--dry-run")
    assert (code, "index.html: new, " in out) == (0, True)
    assert "it would be made" in err
    code, out, err = run("--push", SPACE)
    assert (code, out.splitlines()[1].partition(":")[0]) == (0, "committed")
    assert f"the Space {SPACE} was made" in err
    assert "token-of" not in out + err
    # Nothing in a Space is where a path of this machine leads.
    told = json.loads(there(hub_home)["labels.json"])
    assert [each["evidence"] for each in told["labels"]] == [None]
    code, out, _ = run("--push", SPACE, "--format", "json")
    assert json.loads(out)["push"]["outcome"] == "unchanged"
    code, out, _ = run("--push", SPACE, "--format", "json", "--dry-run")
    assert json.loads(out)["push"]["changes"] == []
    code, _, err = run("--dry-run")
    assert (code, "--dry-run goes with --push" in err) == (2, True)
    hub_home.sign_in(None)
    code, out, err = run("--push", SPACE)
    assert (code, out, err.count("error:")) == (5, "", 1)
