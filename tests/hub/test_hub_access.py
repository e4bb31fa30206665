"""Who may do what on the loopback Hub, exchanged tokens, and the list of models."""

import os
import subprocess
import sys

import pytest
from hub.accounts import FINE_GRAINED_NAME
from hub.fixtures import HubHome
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub._oidc import oidc_login
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

NAME = "org/model"


@pytest.fixture
def head(hub_home: HubHome) -> str:
    return hub_home.hub.storage.commit("models", NAME, {"config.json": b"{}"})


def change(token: str | None = None, name: str = NAME, **more: bool) -> str:
    operations = [CommitOperationAdd("a", os.urandom(8))]
    return HfApi(token=token).create_commit(name, operations, commit_message="x", **more).oid


def status(token: str | None = None, name: str = NAME, **more: bool) -> int:
    with pytest.raises(HfHubHTTPError) as caught:
        change(token, name, **more)
    return caught.value.response.status_code


def test_whoami_says_what_a_token_may(hub_home: HubHome):
    roles = {}
    for user in ("reader", "writer", "contributor", "fine", "discusser"):
        hub_home.sign_in(user)
        answer = HfApi().whoami()
        assert (answer["name"], answer["type"]) == (user, "user")
        roles[user] = answer["auth"]["accessToken"]
    assert {user: token["role"] for user, token in roles.items()} == {
        "reader": "read",
        "writer": "write",
        "contributor": "write",
        "fine": "fineGrained",
        "discusser": "fineGrained",
    }
    (scope,) = roles["fine"]["fineGrained"]["scoped"]
    assert scope["entity"]["name"] == FINE_GRAINED_NAME
    assert "repo.write" in scope["permissions"]
    assert roles["discusser"]["fineGrained"]["global"] == ["discussion.write"]
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        HfApi(token="hf_stranger").whoami()


def test_who_may_write(hub_home: HubHome, head: str):
    hub_home.hub.storage.commit("models", FINE_GRAINED_NAME, {"config.json": b"{}"})
    tokens = {user: f"token-of-{user}" for user in ("reader", "writer", "contributor", "fine")}
    assert change(tokens["writer"])
    assert change(tokens["fine"], FINE_GRAINED_NAME)
    assert status(tokens["fine"]) == status(tokens["fine"], create_pr=True) == 403
    assert status(tokens["reader"]) == status(tokens["contributor"]) == 403
    assert status("hf_stranger") == 401
    assert change(tokens["contributor"], create_pr=True)
    hub_home.hub.foreign.add(NAME)
    assert status(tokens["writer"]) == 403
    assert change(tokens["writer"], create_pr=True)
    checks = HfApi(token=tokens["writer"])
    checks.auth_check(NAME)
    checks.auth_check(FINE_GRAINED_NAME, write=True)
    with pytest.raises(HfHubHTTPError, match="403"):
        checks.auth_check(NAME, write=True)


def test_private_and_gated(hub_home: HubHome, head: str):
    hub_home.hub.private.add(NAME)
    with pytest.raises(RepositoryNotFoundError):
        HfApi().auth_check(NAME)
    HfApi(token="token-of-reader").auth_check(NAME)
    hub_home.hub.private.clear()
    hub_home.hub.gated.add(NAME)
    with pytest.raises(GatedRepoError):
        HfApi().auth_check(NAME)
    HfApi(token="token-of-reader").auth_check(NAME)


def test_an_id_token_is_exchanged_for_an_hour_at_one_repository(
    hub_home: HubHome, head: str, monkeypatch: pytest.MonkeyPatch
):
    hub = hub_home.hub
    for name, value in hub_home.id_token_environment(NAME).items():
        monkeypatch.setenv(name, value)
    answer = oidc_login(resource=NAME)
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 3600)
    token = answer["access_token"]
    assert change(token)
    hub.storage.commit("models", "org/other", {"a": b"a"})
    assert status(token, "org/other") == status(token, "org/other", create_pr=True) == 403
    with pytest.raises(HfHubHTTPError, match="403"):
        oidc_login(resource="org/other")
    hub.accounts.expire()
    assert status(token) == 401


@pytest.mark.slow
def test_a_command_finds_the_exchange_by_itself(hub_home: HubHome, head: str):
    program = "from huggingface_hub import HfApi; print(HfApi().whoami()['name'])"
    command = [sys.executable, "-c", program]
    for environment, name in (
        (hub_home.token("writer"), "writer"),
        ({**hub_home.environment, **hub_home.id_token_environment(NAME)}, "publisher"),
    ):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.strip()) == (0, name), done.stderr
    assert "token-of-" not in repr(hub_home.hub.requests)
    assert "jwt" not in repr(hub_home.hub.requests)


@pytest.mark.slow
def test_models_of_an_organisation(hub_home: HubHome, head: str):
    storage = hub_home.hub.storage
    classifier = b'{"architectures": ["BertForSequenceClassification"]}'
    for number in range(5):
        storage.commit("models", f"org/classifier-{number}", {"config.json": classifier})
    storage.commit("models", "other/classifier", {"config.json": classifier})
    card = b"---\npipeline_tag: text-classification\ntags: [energy]\nlicense: mit\n---\n"
    storage.commit("models", "org/by-card", {"README.md": card})
    hub_home.hub.private.add("org/classifier-4")
    hub_home.hub.downloads["org/classifier-2"] = 7
    hub_home.hub.page_size = 2
    api = HfApi()

    def names(**search: object) -> list[str]:
        return [model.id for model in api.list_models(**search)]

    found = names(author="org", pipeline_tag="text-classification")
    assert found == ["org/by-card", *(f"org/classifier-{n}" for n in (3, 2, 1, 0))]
    assert hub_home.hub.count("GET", r"/api/models\?.*cursor=") == 2
    assert names(author="org", filter="text-classification") == found
    assert names(author="org", filter=["text-classification", "energy"]) == ["org/by-card"]
    assert names(author="org", pipeline_tag="text-classification", limit=3) == found[:3]
    assert names(author="org", sort="downloads", limit=1) == ["org/classifier-2"]
    assert names(author="nobody") == []
    assert names(search="by-C") == ["org/by-card"]
    hub_home.sign_in("reader")
    assert "org/classifier-4" in names(author="org")
    info = api.model_info("org/by-card")
    assert (info.pipeline_tag, info.tags) == (
        *("text-classification", ["energy", "text-classification"]),
    )
    assert info.card_data is not None
    assert info.card_data.license == "mit"
