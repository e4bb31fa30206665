"""Who may push what: tokens, roles, and labels that must not go out."""

from pathlib import Path

import pytest
from hub.fixtures import HubHome
from support.evidence import quick_evidence
from support.parcels import FILES, MODEL, PUBLISHED, published, rated, store

from energylabel.errors import CardError, NetworkError, UsageError
from energylabel.publishing import delivering


@pytest.mark.slow
def test_tokens(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    folder = published(hub_home, tmp_path)
    for user, message in (
        (None, "there is no token"),
        ("reader", "may only read"),
        ("nobody", "wrong or has expired"),
    ):
        hub_home.sign_in(user)
        with pytest.raises(NetworkError, match=message) as told:
            delivering.push(folder, "pr")
        assert not told.value.retryable
        assert "token-of" not in f"{told.value.message}{told.value.hint}"
    hub_home.sign_in("contributor")
    with pytest.raises(NetworkError, match="may not write to acme/minilm"):
        delivering.push(folder, "commit")
    assert hub_home.hub.count("POST", "/preupload/") == 0
    assert delivering.push(folder, "pr").outcome == "opened"


@pytest.mark.slow
def test_a_token_goes_to_no_other_host(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    delivering.push(folder, "pr")
    others = [request for request in hub_home.hub.requests if request.host != "127.0.0.1"]
    assert others
    assert not any(request.has_token for request in others)


@pytest.mark.slow
def test_trusted_publisher(
    hub_home: HubHome, tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.sign_in(None)
    for name, value in hub_home.id_token_environment(MODEL).items():
        monkeypatch.setenv(name, value)
    assert delivering.push(folder, "commit").outcome == "committed"
    head = hub_home.hub.storage.refs("models", MODEL)["refs/heads/main"]
    entries = hub_home.hub.storage.tree("models", MODEL, head)
    assert {entry.path for entry in entries} == PUBLISHED | FILES.keys()


@pytest.mark.slow
def test_a_token_without_a_user_opens_no_pull_requests(
    hub_home: HubHome, tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.sign_in(None)
    for name, value in hub_home.id_token_environment(MODEL).items():
        monkeypatch.setenv(name, value)
    hub_home.hub.fail("/whoami", status=401)
    with pytest.raises(NetworkError, match="Trusted Publisher") as told:
        delivering.push(folder, "pr")
    assert "--as commit" in told.value.hint
    assert delivering.push(folder, "commit").outcome == "committed"


def test_a_trusted_publisher_outside_of_a_workflow(
    hub_home: HubHome, tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = published(hub_home, tmp_path)
    monkeypatch.setenv("HF_OIDC_RESOURCE", MODEL)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    with pytest.raises(NetworkError, match="HF_OIDC_RESOURCE is set") as told:
        delivering.push(folder, "commit")
    assert "id-token: write" in told.value.hint


def test_an_address_with_a_password_is_refused(
    hub_home: HubHome, tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = published(hub_home, tmp_path)
    monkeypatch.setenv("HF_ENDPOINT", hub_home.hub.endpoint.replace("//", "//me:secret@"))
    with pytest.raises(UsageError, match="HF_ENDPOINT holds") as told:
        delivering.push(folder, "pr")
    assert "secret" not in told.value.message


@pytest.mark.slow
def test_what_is_not_pushed(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    commit = hub_home.hub.storage.commit("models", MODEL, FILES)
    quick = rated(MODEL, commit, FILES)
    base = quick_evidence()
    look = base.model_copy(update={"subject": quick.subject})
    local = rated("local/model", "ab" * 32, FILES)
    local = local.model_copy(
        update={"subject": local.subject.model_copy(update={"source": "folder"})}
    )
    for evidence, message in ((look, "quick look"), (local, "no model of the Hub")):
        with pytest.raises(UsageError, match=message):
            delivering.push(store(tmp_path, evidence), "pr")
        with pytest.raises(UsageError, match=message):
            delivering.preview_push(store(tmp_path, evidence))
    assert hub_home.hub.requests == []


@pytest.mark.slow
def test_a_card_that_cannot_be_changed_stops_the_push(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.hub.storage.commit("models", MODEL, {"README.md": b"---\na: [\n---\n"})
    with pytest.raises(CardError, match="not valid YAML"):
        delivering.push(folder, "pr")
    assert hub_home.hub.count("POST", "/commit/") == 0


def test_preview_sends_nothing(hub_home: HubHome, tmp_path: Path) -> None:
    folder = published(hub_home, tmp_path)
    proposal = delivering.preview_push(folder)
    assert {change.path for change in proposal.changed} == PUBLISHED
    assert "+energy_label:" in proposal.changes[0].diff()
    assert all(
        request.method in ("GET", "HEAD") or "paths-info" in request.path
        for request in hub_home.hub.requests
    )


@pytest.mark.slow
def test_a_repository_that_is_gone(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    folder = store(tmp_path, rated("acme/gone", "ab" * 20, FILES))
    for mode in ("pr", "commit"):
        with pytest.raises(NetworkError, match="acme/gone is private, gated or missing"):
            delivering.push(folder, mode)  # type: ignore[arg-type]
    assert pauses == []
