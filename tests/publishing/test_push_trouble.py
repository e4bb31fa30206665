"""A Hub that fails in the middle of a push, or talks nonsense."""

from pathlib import Path

import pytest
from hub.fixtures import HubHome
from support.parcels import MODEL, PLACE, published

from energylabel.errors import CardError, NetworkError
from energylabel.publishing import delivering
from energylabel.publishing import pushing as hub_publisher

DISCUSSION = (
    b'{"count": 1, "start": 0, "discussions": [{"title": "Add energy and accuracy label", '
    b'"createdAt": "2026-01-01T00:00:00.000Z", "status": "open", "isPullRequest": true, '
    b'"repo": {"name": "acme/minilm", "type": "model"}, %s}]}'
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("/commit/main", {"replace": b"<html>Log in</html>"}),
        ("/commit/main", {"replace": b"{}"}),
        ("/preupload/", {"replace": b"<html>"}),
        ("/preupload/", {"replace": b"{}"}),
        ("/preupload/", {"status": 403}),
        ("/validate-yaml", {"replace": b"<html>"}),
        ("/validate-yaml", {"status": 404}),
        ("/info/lfs/objects/batch", {"replace": b"<html>"}),
        ("/info/lfs/objects/batch", {"status": 403}),
        ("/lfs/[0-9a-f]{64}", {"status": 400}),
        ("/lfs/[0-9a-f]{64}", {"status": 403}),
        ("/whoami", {"replace": b"[]"}),
        ("/whoami", {"replace": b'{"name": "x", "auth": null}', "status": None}),
        ("/whoami", {"replace": b"<html>"}),
        ("/discussions", {"replace": b"<html>"}),
        ("/discussions", {"replace": DISCUSSION % b'"author": null, "num": 1'}),
        (
            "/discussions",
            {"replace": DISCUSSION % b'"author": {"name": "writer"}, "num": "1/../x"'},
        ),
    ],
    ids=str,
)
def test_nonsense_is_the_networks_fault(
    *,
    hub_home: HubHome,
    tmp_path: Path,
    pauses: list[float],
    pattern: str,
    fault: dict[str, object],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.hub.fail(pattern, **fault)
    try:
        delivering.push(folder, "pr")
    except NetworkError as error:
        assert error.hint
        assert "front matter" not in error.hint
        assert "\n" not in error.message
    else:
        assert "auth" in str(fault)  # a user whose role is not told may be anything
    assert capsys.readouterr() == ("", "")


@pytest.mark.slow
def test_a_card_that_the_hub_refuses(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    answer = b'{"errors": [{"message": "license: not known"}]}'
    hub_home.hub.fail("/validate-yaml", status=400, replace=answer)
    with pytest.raises(CardError, match="license: not known"):
        delivering.push(folder, "pr")


@pytest.mark.slow
def test_huge_files_are_not_fetched(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.hub.storage.commit("models", MODEL, {f"{PLACE}/evidence.json": b" " * 21_000_000})
    assert delivering.push(folder, "pr").outcome == "opened"
    hub_home.hub.storage.commit("models", MODEL, {"README.md": b"# T\n" * 6_000_000})
    with pytest.raises(CardError, match="the card"):
        delivering.preview_push(folder)


@pytest.mark.slow
def test_a_hub_in_trouble_is_named(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.hub.fail(r"/commit/main", method="POST", status=503)
    with pytest.raises(NetworkError, match="503") as told:
        delivering.push(folder, "pr")
    assert told.value.retryable
    assert len(pauses) == hub_publisher.ATTEMPTS  # the last one is before the last look
    assert 15 <= sum(pauses) <= 2 + 4 + 8 + 16 + 30
