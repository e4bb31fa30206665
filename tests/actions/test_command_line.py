"""What the action makes of its inputs: a command line, word by word, and an installation."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from support.act import ROOT, TOKEN, Run, Runner, needs_act

pytestmark = needs_act

PYTHON = """#!/bin/bash
# Notes how it is called. Without INSTALLED, energylabel is not there.
if [ "$1" = -c ]; then [ -n "$INSTALLED" ]; exit; fi
if [ "$3" = cache ]; then echo "/downloads of $HF_TOKEN"; exit; fi
[ "$2" != pip ] || cp "${@: -2:1}" "${@: -1}/pyproject.toml" "$STORE" 2> /dev/null || true
printf '%s\\0' "token=$HF_TOKEN" "$@" >> "$STORE/called"
printf '\\036' >> "$STORE/called"
[ -z "$NO_TORCH" ] || [ "${@: -1}" != torch ]
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
    return calls(released(runner, inputs, **environment))


def released(runner: Runner, inputs: dict[str, str], **environment: str) -> Run:
    """The release workflow with these inputs, and with a Python that notes its calls."""
    lines = [f"{name}: {json.dumps(value)}" for name, value in inputs.items()]
    replace = {
        "model: org/model": "\n          ".join(lines),
        "push: pr": "",
        "fail-below-energy: D": "",
    }
    return runner.run(
        "on-release", "release", {}, replace=replace, path=runner.folder / "bin", **environment
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
        (
            {
                "model": "./model",
                "data": "own data/test.csv",
                "text-column": "body",
                "label-column": "topic",
                "train-data": "own data/train.csv",
                "language": "de",
                "family": "zero-shot-nli",
                "mode": "",
                "baselines": "false",
                "label-map": "LABEL_0=bad,LABEL_1=good",
                "device": "cpu",
                "allow-shared": "false",
                "dtype": "float32",
                "time-limit": "10m",
                "max-wh": "0.05",
            },
            [
                *("--data=own data/test.csv", "--text-column=body", "--label-column=topic"),
                *("--train-data=own data/train.csv", "--language=de", "--family=zero-shot-nli"),
                *("--no-baselines", "--label-map=LABEL_0=bad,LABEL_1=good", "--device=cpu"),
                *("--dtype=float32", "--time-limit=10m", "--max-wh=0.05", "--", "./model"),
            ],
        ),
        (
            {
                "model": "org/llm",
                "mode": "generate",
                "shots": "4",
                "device": "cuda:1",
                "allow-shared": "true",
                "batch-size": "8",
                "queries": "500",
                "accuracy-rows": "all",
                "offline": "true",
                "max-download": "2GB",
                "wait": "5m",
            },
            [
                *("--mode=generate", "--shots=4", "--device=cuda:1", "--allow-shared"),
                *("--batch-size=8", "--queries=500", "--accuracy-rows=all", "--offline"),
                *("--max-download=2GB", "--wait=5m", "--", "org/llm"),
            ],
        ),
    ],
    ids=["plain", "revision", "pr", "commit", "changed", "gates", "hostile", "own data", "words"],
)
def test_inputs_become_words(noted: Runner, inputs: dict[str, str], expected: list[str]) -> None:
    assert words(called(noted, inputs, INSTALLED="1")) == expected
    assert not (noted.folder / "store" / "setup").exists()


def installing(noted_calls: list[list[str]]) -> list[list[str]]:
    """What pip was called for, without the words that all calls have and without a token."""
    *installs, rating = noted_calls
    assert rating[:4] == [f"token={TOKEN}", "-m", "energylabel", "rate"]
    common = ["token=", "-m", "pip", "install", "--disable-pip-version-check", "-q", "-c"]
    assert all(each[:7] == common for each in installs)
    assert len({each[7] for each in installs}) == 1
    return [each[8:] for each in installs]


def gpus(runner: Runner, said: str) -> None:
    """Put an ``nvidia-smi`` into the runner's path."""
    program = runner.folder / "bin" / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{said}\n", "utf-8")
    program.chmod(0o755)


FROM_ITS_INDEX = ["--no-deps", "--index-url", "https://download.pytorch.org/whl/cpu", "torch"]


@pytest.mark.parametrize("said", [None, "echo NVIDIA-SMI has failed; exit 9", "exit 0"])
def test_without_a_gpu_it_installs_a_cpu_build_of_pytorch(noted: Runner, said: str | None) -> None:
    gpus(noted, said or "exit 127")
    torch, (itself,) = installing(called(noted, {"model": "org/model"}))
    assert torch == FROM_ITS_INDEX
    store = noted.folder / "store"
    assert (store / "setup").read_text("utf-8") == "token=\n"
    # What stands in the two places that pip is sent to is this project.
    for name in ("constraints.txt", "pyproject.toml"):
        assert (store / name).read_bytes() == (ROOT / name).read_bytes()
    assert itself == str(Path(itself).absolute())


def test_beside_a_gpu_it_installs_the_usual_build(noted: Runner) -> None:
    gpus(noted, "echo 'GPU 0: NVIDIA H200 (UUID: GPU-1)'")
    (itself,) = installing(called(noted, {"model": "org/model"}))
    assert len(itself) == 1
    assert "-any-" in (noted.folder / "store" / "cache").read_text("utf-8")


def test_where_pytorchs_own_index_fails_the_usual_build_is_taken_and_told(noted: Runner) -> None:
    gpus(noted, "exit 127")
    done = released(noted, {"model": "org/model"}, NO_TORCH="1")
    torch, itself = installing(calls(done))
    assert (torch, len(itself)) == (FROM_ITS_INDEX, 1)
    assert done.commands == [("notice", "energylabel")]
    assert "its larger build is installed" in done.log


def test_what_is_downloaded_is_cached_for_these_versions(noted: Runner) -> None:
    gpus(noted, "exit 127")
    called(noted, {"model": "org/model"})
    token, path, key = (noted.folder / "store" / "cache").read_text("utf-8").splitlines()
    assert (token, path) == ("token=", "/downloads of ")
    assert re.fullmatch(r"energylabel-Linux-[\w]+--cpu-\d+-\d+", key)
    both = [(ROOT / name).read_bytes() for name in ("constraints.txt", "pyproject.toml")]
    assert key.endswith(f"-{len(b''.join(both))}")


def test_windows_is_told_at_once(noted: Runner) -> None:
    action = noted.folder / "energylabel" / "action.yml"
    text = action.read_text("utf-8")
    # This runner as if it were Windows; the script's words mean the same to both shells.
    for old, new in (("runner.os == 'Windows'", "runner.os == 'Linux'"), ("powershell", "bash")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    action.write_text(text, "utf-8")
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qam", "x"],
        cwd=action.parent,
        check=True,
    )
    done = released(noted, {"model": "org/model"})
    assert done.code == 1
    assert done.commands == [("error", "energylabel")]
    assert "Windows is not supported" in done.log
    assert not (done.store / "called").exists()
    assert done.outputs["rated"] == "false"


def test_a_webhook_on_main_rates_what_has_changed(noted: Runner) -> None:
    event = {"client_payload": {"model": "org/a.model-2", "ref": "refs/heads/main"}}
    path = noted.folder / "bin"
    done = noted.run("on-hub-webhook", "repository_dispatch", event, path=path, INSTALLED="1")
    assert words(calls(done)) == ["--push=pr", "--if-changed", "--", "org/a.model-2"]


def test_the_nightly_list(noted: Runner) -> None:
    done = noted.run("nightly", "workflow_dispatch", {}, path=noted.folder / "bin")
    torch, install, (token, *rating) = calls(done)
    common = ["token=", "-m", "pip", "install", "-c", ".energylabel/constraints.txt"]
    assert torch == [*common, *FROM_ITS_INDEX]
    assert install == [*common, "./.energylabel"]
    assert token == f"token={TOKEN}"
    assert rating[:-1] == [
        *("-m", "energylabel", "rate", "--from-file", "models.txt", "--if-changed"),
        *("--push", "pr", "--format", "github", "--out"),
    ]
