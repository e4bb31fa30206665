"""A push that dies at any of its steps, and the next one, which ends what it began."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hub.faults import Request
from hub.fixtures import HubHome
from support.evidence import make_answers
from support.parcels import FILES, MODEL, PUBLISHED, again, published

from energylabel.publishing import delivering

pytestmark = pytest.mark.slow

STEPS = {
    "checked the card": "/api/validate-yaml",
    "asked how to store": "/preupload/",
    "asked where to put the picture": "/info/lfs/objects/batch",
    "sent the picture": "/lfs/[0-9a-f]{64}$",
    "committed": "/commit/main",
}


def push_and_die(home: HubHome, folder: Path, mode: str, pattern: str, when: str) -> None:
    """The command, killed when it asks for something, before or after the Hub did it."""
    pids: list[int] = []

    def kill(request: Request) -> None:
        if request.method in ("POST", "PUT"):
            os.kill(pids[0], signal.SIGKILL)

    fault = home.hub.hook(pattern, **{when: kill})
    command = [sys.executable, "-m", "energylabel", "push", str(folder), "--as", mode, "--quiet"]
    environment = home.token("writer") | {"HF_ENDPOINT": home.hub.endpoint}
    with subprocess.Popen(command, env=environment) as process:
        pids.append(process.pid)
        assert process.wait(120) == -signal.SIGKILL
    home.hub.faults.remove(fault)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_and_run_again(hub_home: HubHome, tmp_path: Path, step: str, when: str) -> None:
    # A pull request at every second step, a commit at the others: the steps are the same.
    mode = "pr" if (list(STEPS).index(step) + (when == "after")) % 2 else "commit"
    if step == "committed":
        mode = "pr"
    folder = published(hub_home, tmp_path)
    push_and_die(hub_home, folder, mode, STEPS[step], when)
    hub_home.sign_in("writer")
    receipt = delivering.push(folder, mode)  # type: ignore[arg-type]
    # The Hub ends what it was sent whole, whether or not anybody waits for the answer.
    expected = "opened" if mode == "pr" else "committed"
    assert receipt.outcome == ("unchanged" if step == "committed" else expected)
    storage = hub_home.hub.storage
    revision = "refs/pr/1" if mode == "pr" else "refs/heads/main"
    assert storage.refs("models", MODEL).keys() == {"refs/heads/main", revision}
    head = storage.refs("models", MODEL)[revision]
    assert len(storage.history("models", MODEL, head)) == 2
    assert {e.path for e in storage.tree("models", MODEL, head)} == PUBLISHED | FILES.keys()
    assert delivering.push(folder, mode).outcome == "unchanged"  # type: ignore[arg-type]


def test_killed_while_a_pull_request_is_updated(hub_home: HubHome, tmp_path: Path) -> None:
    folder = published(hub_home, tmp_path)
    hub_home.sign_in("writer")
    delivering.push(folder, "pr")
    later = again(hub_home, tmp_path, answers=make_answers(right=1700))
    push_and_die(hub_home, later, "pr", "/commit/refs%2Fpr%2F1", "after")
    assert delivering.push(later, "pr").outcome == "unchanged"
    refs = hub_home.hub.storage.refs("models", MODEL)
    assert refs.keys() == {"refs/heads/main", "refs/pr/1"}
    assert len(hub_home.hub.storage.history("models", MODEL, refs["refs/pr/1"])) == 3


def test_killed_after_a_commit_to_main(hub_home: HubHome, tmp_path: Path) -> None:
    folder = published(hub_home, tmp_path)
    push_and_die(hub_home, folder, "commit", "/commit/main", "after")
    hub_home.sign_in("writer")
    assert delivering.push(folder, "commit").outcome == "unchanged"
    head = hub_home.hub.storage.refs("models", MODEL)["refs/heads/main"]
    assert len(hub_home.hub.storage.history("models", MODEL, head)) == 2
