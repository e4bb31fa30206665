"""Where links lead beside a mirror, and what is told of a repository that has another name now."""

import json
from pathlib import Path

import pytest
from hub.fixtures import HubHome
from support.evidence import make_evidence, make_subject
from support.parcels import CARD, FILES, MODEL, PLACE, published, rated, store

from energylabel.cli.app import main
from energylabel.errors import UsageError
from energylabel.events import Event
from energylabel.hub import HubClient

HUB = "https://huggingface.co"
VARIABLE = "ENERGYLABEL_HUB_URL"


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(each) for each in arguments])
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, told.out, told.err


def test_a_card_says_that_its_links_lead_to_a_mirror(
    hub_home: HubHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = published(hub_home, tmp_path / "labels")
    card = tmp_path / "README.md"
    for arguments in ([], ["--dry-run"], ["--format", "json"]):
        code, _, talk = called(capsys, "card", folder, "--readme", card, *arguments)
        assert code == 0
        assert f"note: links lead to {hub_home.hub.endpoint}, as HF_ENDPOINT says" in talk
        assert f"{VARIABLE}={HUB} makes them the Hub's own" in talk
    assert f"{hub_home.hub.endpoint}/{MODEL}/resolve/main/{PLACE}/label.png" in card.read_text()


def test_with_the_variable_they_lead_to_the_hub_itself_and_the_mirror_is_still_asked(
    hub_home: HubHome,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = published(hub_home, tmp_path / "labels")
    monkeypatch.setenv(VARIABLE, f"{HUB}/")
    hub_home.sign_in("writer")
    code, told, talk = called(capsys, "push", folder, "--as", "commit", "--format", "json")
    assert (code, json.loads(told)["outcome"], "links lead" in talk) == (0, "committed", False)
    card = hub_home.hub.storage.file("models", MODEL, "main", "README.md")
    label = hub_home.hub.storage.file("models", MODEL, "main", f"{PLACE}/label.json")
    assert card is not None
    assert label is not None
    assert hub_home.hub.endpoint.encode() not in card
    assert f"{HUB}/{MODEL}/resolve/main/{PLACE}/label.png".encode() in card
    where = f"{HUB}/{MODEL}/blob/main/{PLACE}/evidence.json"
    assert json.loads(label)["evidence_url"] == where
    # Again, from a machine without the mirror, nothing is left to do but what the links say.
    assert HubClient().address(MODEL) == f"{HUB}/{MODEL}"


@pytest.mark.parametrize("name", ["HF_ENDPOINT", VARIABLE])
@pytest.mark.parametrize(
    "value", ["huggingface.co", "ftp://huggingface.co", "https://", "https://[", "https://a\tb"]
)
def test_what_is_no_address_is_not_published(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=f"{name} is no address"):
        HubClient().address(MODEL)


def test_a_password_in_the_variable_is_not_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "https://me:secret@huggingface.co")
    with pytest.raises(UsageError, match=f"{VARIABLE} holds") as caught:
        HubClient().address(MODEL)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("variable", [None, "HF_ENDPOINT", VARIABLE])
def test_on_the_public_hub_nothing_is_said(
    variable: str | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HF_ENDPOINT", VARIABLE):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, f"{HUB}/")
    folder = store(tmp_path / "labels", rated(MODEL, "1" * 40, FILES))
    code, _, talk = called(capsys, "card", folder, "--readme", tmp_path / "README.md")
    assert (code, "links lead" in talk) == (0, False)


def test_of_a_folder_nothing_leads_anywhere(
    hub_home: HubHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = make_evidence(subject=make_subject(source="folder", name="local/mine"))
    folder = store(tmp_path / "labels", evidence)
    code, _, talk = called(capsys, "card", folder, "--readme", tmp_path / "README.md")
    assert (code, "links lead" in talk) == (0, False)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["pr", "commit"])
def test_a_push_to_a_renamed_repository_arrives_and_the_new_name_is_told(
    mode: str, hub_home: HubHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = hub_home.hub.storage.commit("models", MODEL, {**FILES, "README.md": CARD})
    hub_home.hub.renamed["acme/old"] = MODEL
    folder = store(tmp_path, rated("acme/old", commit, FILES))
    hub_home.sign_in("writer")
    code, told, talk = called(capsys, "push", folder, "--as", mode)
    assert code == 0
    assert f"{hub_home.hub.endpoint}/{MODEL}/" in told
    assert talk.count(f"acme/old is called {MODEL} now") == 1


def test_who_looks_on_is_told_of_a_new_name_once(hub_home: HubHome) -> None:
    hub_home.hub.storage.commit("models", MODEL, FILES)
    hub_home.hub.renamed["acme/old"] = MODEL
    seen: list[Event] = []
    client = HubClient(seen.append)
    for name in ("acme/old", "acme/old", MODEL):
        client.listing(name)
    assert [(each.stage, each.message) for each in seen] == [
        ("renamed", f"acme/old is called {MODEL} now")
    ]
