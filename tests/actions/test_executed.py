"""The example workflows, run by nektos/act on this machine against the loopback Hub."""

import hashlib
import json
import shutil
import subprocess
import sys
import venv
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hub.fixtures import HubHome
from support.act import ROOT, TOKEN, Run, Runner, needs_act
from support.command import shortened

from energylabel.cli.github import OUTPUTS

DEMO = resources.files("energylabel") / "workloads" / "demo"
FILES = {
    "badge.svg",
    "card.md",
    "confusion.svg",
    "evidence.json",
    "label.json",
    "label.png",
    "label.svg",
}
CHECKOUT = "uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd"
CHECKED_OUT = {"    steps:\n": f"    steps:\n      - {CHECKOUT}\n"}
"""The release workflow after a checkout, where there are files."""

pytestmark = [needs_act, pytest.mark.slow]


@pytest.fixture
def on_the_hub(hub_home: HubHome) -> HubHome:
    """The demo's model as a private repository: without the token there is nothing to see."""
    hub_home.add("org/model", Path(str(DEMO / "model")))
    hub_home.hub.private.add("org/model")
    return hub_home


def test_the_release_workflow_ends_green(act_runner: Runner, on_the_hub: HubHome) -> None:
    done = act_runner.run(
        "on-release",
        "release",
        {"action": "published", "release": {"tag_name": "v1"}},
        replace={
            "push: pr": f"push: none\n          workload: {DEMO / 'demo-v1.toml'}",
            "fail-below-energy: D": "fail-below-energy: D\n          protocol: quick",
        },
        HF_ENDPOINT=on_the_hub.hub.endpoint,
        HF_HOME=str(on_the_hub.home),
        PYTHONPATH=shortened(act_runner.folder / "python", steady=True),
    )
    assert done.code == 0, done.log
    assert "Job succeeded" in done.log

    assert not (done.store / "setup").exists()
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
    watt_hours = label["metrics"]["energy"]["modelled"]["wh_per_1000"]
    assert outputs["wh-per-1000"] == ""
    for end in ("low", "high"):  # printed with a single digit
        assert float(outputs[f"wh-per-1000-{end}"]) == pytest.approx(watt_hours[end], rel=0.2)
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
    assert summary.startswith("## Energy and accuracy: quick look, not for comparison\n")
    assert "| Quick look: not for comparison | org/model |\n|---|---|\n" in summary
    row = next(line for line in summary.splitlines() if line.startswith("| Label id |"))
    assert label["id"] in row.replace("<wbr>", "")
    assert "<img" not in done.log

    assert TOKEN not in done.log
    assert not any(TOKEN in path.read_text("utf-8", "ignore") for path in _files(act_runner.folder))
    users = {each.user for each in on_the_hub.hub.requests if "/resolve/" in each.path}
    assert users == {"reader"}


def test_a_release_ends_in_a_pull_request(act_runner: Runner, on_the_hub: HubHome) -> None:
    hub = on_the_hub.hub
    more = (f"workload: {DEMO / 'demo-v1.toml'}", "against: main", "fail-if-energy: +5%")
    model = "\n          ".join(("model: org/model", *more))
    done = act_runner.run(
        "on-release",
        "release",
        {"action": "published"},
        replace={"model: org/model": model},
        token="token-of-writer",
        HF_ENDPOINT=hub.endpoint,
        HF_HOME=str(on_the_hub.home),
        HF_HUB_DISABLE_XET="1",
        PYTHONPATH=shortened(act_runner.folder / "python", steady=True),
    )
    assert done.code == 0, done.log
    assert done.outputs["pr-url"] == f"{hub.endpoint}/org/model/discussions/1", done.log
    assert f"accuracy without a class, {done.outputs['pr-url']}" in done.log
    refs = hub.storage.refs("models", "org/model")
    assert refs.keys() == {"refs/heads/main", "refs/pr/1"}
    entries = {e.path for e in hub.storage.tree("models", "org/model", refs["refs/pr/1"])}
    (evidence,) = [path for path in entries if path.endswith("/evidence.json")]
    held = hub.storage.file("models", "org/model", "refs/pr/1", evidence)
    assert held is not None
    assert hashlib.sha256(held).hexdigest() == done.outputs["label-id"]
    assert "token-of-writer" not in done.log
    assert "no such label yet: there is nothing to compare with" in done.log


def test_a_commit_has_an_address(act_runner: Runner, on_the_hub: HubHome) -> None:
    hub = on_the_hub.hub
    done = act_runner.run(
        "on-release",
        "release",
        {"action": "published"},
        replace={"push: pr": f"push: commit\n          workload: {DEMO / 'demo-v1.toml'}"},
        token="token-of-writer",
        HF_ENDPOINT=hub.endpoint,
        HF_HOME=str(on_the_hub.home),
        HF_HUB_DISABLE_XET="1",
        PYTHONPATH=shortened(act_runner.folder / "python", steady=True),
    )
    assert done.code == 0, done.log
    head = hub.storage.refs("models", "org/model")["refs/heads/main"]
    assert done.outputs["commit-url"] == f"{hub.endpoint}/org/model/commit/{head}"
    assert done.outputs["pr-url"] == ""
    assert f"Commit: <{done.outputs['commit-url']}>" in done.log


def test_a_model_that_is_not_plain(act_runner: Runner) -> None:
    # What a checkout holds: a model without names for its labels, and texts in other columns.
    caller = act_runner.folder / "caller"
    shutil.copytree(str(DEMO / "model"), caller / "model")
    config = caller / "model" / "config.json"
    settings = json.loads(config.read_text("utf-8"))
    named = [settings["id2label"][str(n)] for n in range(len(settings["id2label"]))]
    settings["id2label"] = {str(n): f"LABEL_{n}" for n in range(len(named))}
    settings["label2id"] = {f"LABEL_{n}": n for n in range(len(named))}
    config.write_text(json.dumps(settings), "utf-8")
    for name in ("test", "train"):
        rows = (json.loads(line) for line in (DEMO / f"{name}.jsonl").read_text().splitlines())
        renamed = (json.dumps({"body": row["text"], "topic": row["label"]}) for row in rows)
        (caller / f"own {name}.jsonl").write_text("\n".join(renamed), "utf-8")
    inputs = {
        "model": "./model",
        "data": "own test.jsonl",
        "train-data": "own train.jsonl",
        "text-column": "body",
        "label-column": "topic",
        "language": "en",
        "family": "sequence-classification",
        "label-map": ",".join(f"LABEL_{n}={name}" for n, name in enumerate(named)),
        "protocol": "quick",
        "device": "cpu",
        "dtype": "float32",
        "batch-size": "16",
        "time-limit": "10m",
        "baselines": "true",
        "max-wh": "0.000000001",
    }
    lines = "\n          ".join(f'{name}: "{value}"' for name, value in inputs.items())
    done = act_runner.run(
        "on-release",
        "release",
        {"action": "published"},
        replace={
            "model: org/model": lines,
            "push: pr": "push: none",
            "fail-below-energy: D": "",
            **CHECKED_OUT,
        },
        PYTHONPATH=shortened(act_runner.folder / "python"),
    )
    assert (done.code, done.outputs["rated"]) == (1, "true"), done.log
    label = _uploaded(done, done.outputs)
    assert label["subject"]["family"] == "sequence-classification"
    assert label["hardware"]["device"] == "cpu"
    assert label["metrics"]["accuracy"]["accuracy"]["value"] > 0.5  # so the map was used
    assert done.commands[-1] == ("error", "energylabel policy")
    assert "at most 0.000000001 was asked for" in done.log


BEGIN = """
import importlib.util

# Nothing to change before the program is there: pip has to run first.
if importlib.util.find_spec("energylabel") is not None:
    import customised
"""


def test_the_root_of_a_fresh_checkout_installs_and_rates(act_runner: Runner) -> None:
    caller = act_runner.folder / "caller"
    clone = ["git", "clone", "-q", "--no-local", str(ROOT), str(caller)]
    subprocess.run(clone, check=True)
    empty = act_runner.folder / "environment"
    _environment(empty)
    changed = act_runner.folder / "python"
    shortened(changed, steady=True)
    (changed / "sitecustomize.py").write_text(BEGIN, "utf-8")
    done = act_runner.run(
        "on-release",
        "release",
        {"action": "published"},
        replace={
            f"OWNER/energylabel@{'0' * 40}": "./",
            "model: org/model": "model: demo",
            "push: pr": "push: none",
            "fail-below-energy: D": "",
            **CHECKED_OUT,
        },
        path=empty / "bin",
        # What it needs is there, so that nothing has to come from anywhere.
        PIP_NO_INDEX="1",
        PIP_NO_BUILD_ISOLATION="false",
        PYTHONPATH=str(changed),
    )
    assert done.code == 0, done.log
    assert (done.store / "setup").exists()
    assert (done.store / "cache").read_text("utf-8").startswith("token=\n/")
    (installed,) = empty.rglob("site-packages/energylabel/templates")
    assert (installed / "label.svg.j2").is_file()
    assert _uploaded(done, done.outputs)["subject"]["name"] == "energylabel/demo"


def _environment(folder: Path) -> None:
    """A Python environment that has what this one has, but not this program."""
    venv.create(folder, with_pip=False)
    (place,) = folder.glob("lib/python*/site-packages")
    there = [path for path in sys.path if path.endswith("site-packages")]
    # The files with further paths in those places, such as that of an editable install, are not
    # read from here.
    (place / "there.pth").write_text("\n".join(there), "utf-8")


def test_a_failed_gate_loses_no_label(act_runner: Runner) -> None:
    # The demo has no accuracy class. Seconds are enough to see that the gate is shut.
    done = act_runner.run(
        "on-release",
        "release",
        {"action": "published"},
        replace={
            "model: org/model": "model: demo",
            "push: pr": "push: none",
            "fail-below-energy: D": "fail-below-accuracy: c",
        },
        PYTHONPATH=shortened(act_runner.folder / "python"),
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
        ("push: commit\n          against: main", "against main cannot follow push commit"),
        ("push: none\n          fail-if-energy: +5%", "fail-if-accuracy need against"),
        ("push: none\n          protocol: --offline", "Invalid value for '--protocol'"),
        ("push: none\n          workload: $(touch $STORE/x)`id`", "touch $STORE/x)`id`"),
    ],
    ids=["push", "if-changed", "main", "without", "an option", "a command"],
)
def test_a_wrong_input_is_refused_and_never_run(act_runner: Runner, given: str, told: str) -> None:
    done = act_runner.run(
        "on-release", "release", {}, replace={"push: pr": given, "org/model": "demo"}
    )
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
    act_runner: Runner, payload: dict[str, Any], code: int, told: str
) -> None:
    event = {"action": "hub-model", "client_payload": payload}
    done = act_runner.run("on-hub-webhook", "repository_dispatch", event)
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
