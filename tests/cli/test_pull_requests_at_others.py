"""Pull requests at repositories of others: nobody gets many that were not meant."""

from pathlib import Path

from hub.fixtures import HubHome
from support.parcels import FILES, rated, store
from support.series_runs import Run


def listed(home: HubHome, out: Path) -> None:
    """Three text classifiers of acme, of one of which there is no label."""
    for number, name in enumerate(("acme/one", "acme/two", "acme/three")):
        commit = home.hub.storage.commit("models", name, {**FILES, "n": b"%d" % number})
        home.hub.tags[name] = ["text-classification"]
        home.hub.downloads[name] = 10**number
        if name != "acme/two":
            store(out, rated(name, commit, FILES))


def test_pull_requests_at_others_are_asked_for(
    hub_home: HubHome, out: Path, measured: list[str], run: Run
) -> None:
    listed(hub_home, out)
    hub_home.sign_in("contributor")
    code, _, talk = run("--org", "acme", "--push", "pr")
    assert (code, measured) == (2, [])
    assert "up to 3 pull requests at repositories of acme" in talk
    assert "--max-pull-requests N" in talk
    code, _, talk = run("--org", "acme", "--push", "pr", "--max-pull-requests", "1")
    assert measured == ["acme/three", "acme/two", "acme/one"]
    assert "not pushed, as --max-pull-requests says: acme/two, acme/one" in talk
    assert len(hub_home.hub.discussions.of("models", "acme/three")) == 1
    assert not hub_home.hub.discussions.of("models", "acme/one")
    code, _, talk = run("acme/one", "--max-pull-requests", "1")
    assert code == 2
    assert "--max-pull-requests is for --org with --push pr" in talk


def test_ones_own_repositories_need_no_leave(hub_home: HubHome) -> None:
    from energylabel.hub import HubClient

    assert not HubClient().owns("writer")
    hub_home.sign_in("writer")
    assert HubClient().owns("Writer")
    assert not HubClient().owns("acme")
    whoami = b'{"name": "writer", "orgs": [{"name": "acme"}, 1]}'
    hub_home.hub.fail("/whoami", replace=whoami)
    assert HubClient().owns("acme")
