"""What the action makes of its inputs: a command line, word by word, and an installation."""

import json

import pytest
from support.act import ROOT, TOKEN, Run, Runner, needs_act

pytestmark = needs_act

PYTHON = """#!/bin/bash
# Notes how it is called. Without INSTALLED, energylabel is not there.
if [ "$1" = -c ]; then [ -n "$INSTALLED" ]; exit; fi
[ "$2" != pip ] || cp "${@: -2:1}" "${@: -1}/pyproject.toml" "$STORE" || true
printf '%s\\0' "token=$HF_TOKEN" "$@" >> "$STORE/called"
printf '\\036' >> "$STORE/called"
"""


@pytest.fixture
def noted(act_runner: Runner) -> Runner:
    """A runner whose Python only notes its arguments."""
    python = act_runner.folder / "bin" / "python"
    python.parent.mkdir()
    python.write_text(PYTHON, "utf-8")
    python.chmod(0o755)
    return act_runner


def called(runner: Runner, inputs: dict[str, str], **environment: str) -> list[list[str]]:
    """Each call of Python with the token it had, from the release workflow with these inputs."""
    lines = [f"{name}: {json.dumps(value)}" for name, value in inputs.items()]
    replace = {
        "model: org/model": "\n          ".join(lines),
        "push: pr": "",
        "fail-below-energy: D": "",
    }
    return calls(
        runner.run(
            "on-release", "release", {}, replace=replace, path=runner.folder / "bin", **environment
        )
    )


def calls(done: Run) -> list[list[str]]:
    """What the noting Python was called with."""
    assert done.code == 0, done.log
    found = (done.store / "called").read_text("utf-8").split("\x1e")[:-1]
    return [call.split("\0")[:-1] for call in found]


def words(noted_calls: list[list[str]]) -> list[str]:
    """The one rating's words after the place of the labels."""
    ((token, *rest),) = noted_calls
    assert token == f"token={TOKEN}"
    assert rest[:4] == ["-m", "energylabel", "rate", "--format=github"]
    assert rest[4].startswith("--out=/")
    return rest[5:]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"model": "org/model"}, ["--", "org/model"]),
        ({"model": "org/model", "revision": "v2"}, ["--", "org/model@v2"]),
        (
            {"model": "org/model", "push": "pr"},
            ["--push=pr", "--if-changed", "--", "org/model"],
        ),
        (
            {"model": "org/model", "push": "commit", "if-changed": "false"},
            ["--push=commit", "--", "org/model"],
        ),
        ({"model": "org/model", "if-changed": "true"}, ["--if-changed", "--", "org/model"]),
        (
            {
                "model": "org/model",
                "workload": "sst2-v1",
                "protocol": "quick",
                "country": "DEU",
                "fail-below-energy": "C",
                "fail-below-accuracy": "D",
            },
            [
                *("--workload=sst2-v1", "--protocol=quick", "--country=DEU"),
                *("--fail-below-energy=C", "--fail-below-accuracy=D", "--", "org/model"),
            ],
        ),
        (
            {"model": '--push=commit "; id #', "workload": "$(id)\n`id` *", "country": "a b"},
            ["--workload=$(id)\n`id` *", "--country=a b", "--", '--push=commit "; id #'],
        ),
    ],
    ids=["plain", "revision", "pr", "commit", "changed", "all", "hostile"],
)
def test_inputs_become_words(noted: Runner, inputs: dict[str, str], expected: list[str]) -> None:
    assert words(called(noted, inputs, INSTALLED="1")) == expected
    assert not (noted.folder / "store" / "setup").exists()


def test_it_installs_itself_where_it_is_missing(noted: Runner) -> None:
    (token, *install), rating = called(noted, {"model": "org/model"})
    store = noted.folder / "store"
    assert (token, (store / "setup").read_text("utf-8")) == ("token=", "token=\n")
    assert install[:2] == ["-m", "pip"]
    assert install[-3] == "-c"
    # What stands in the two places that pip is sent to is this project.
    for name in ("constraints.txt", "pyproject.toml"):
        assert (store / name).read_bytes() == (ROOT / name).read_bytes()
    assert rating[:4] == [f"token={TOKEN}", "-m", "energylabel", "rate"]


def test_a_webhook_on_main_rates_what_has_changed(noted: Runner) -> None:
    event = {"client_payload": {"model": "org/a.model-2", "ref": "refs/heads/main"}}
    path = noted.folder / "bin"
    done = noted.run("on-hub-webhook", "repository_dispatch", event, path=path, INSTALLED="1")
    assert words(calls(done)) == ["--push=pr", "--if-changed", "--", "org/a.model-2"]


def test_the_nightly_list(noted: Runner) -> None:
    done = noted.run("nightly", "workflow_dispatch", {}, path=noted.folder / "bin")
    install, (token, *rating) = calls(done)
    assert install == [
        "token=",
        *("-m", "pip", "install", "-c", ".energylabel/constraints.txt", "./.energylabel"),
    ]
    assert token == f"token={TOKEN}"
    assert rating[:-1] == [
        *("-m", "energylabel", "rate", "--from-file", "models.txt", "--if-changed"),
        *("--push", "pr", "--format", "github", "--out"),
    ]
