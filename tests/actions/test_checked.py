"""Everything under .github that GitHub reads, by the tools that know its rules, and by ours."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted(
    path for name in ("workflows", "examples") for path in (ROOT / ".github" / name).glob("*.yml")
)
BIN = Path(sys.executable).parent
ANONYMOUS = "0" * 40
"""Where the reader of an example puts a commit of this project."""


def tool(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A checker of the ``test`` extra."""
    found = shutil.which(name, path=BIN)
    if found is None:
        pytest.skip(f"{name} is not installed: pip install -c constraints.txt -e '.[test]'")
    return subprocess.run(
        [found, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def loaded(path: Path) -> dict[Any, Any]:
    content = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def steps(path: Path) -> list[dict[str, Any]]:
    content = loaded(path)
    if path == ACTION:
        return list(content["runs"]["steps"])
    return [step for job in content["jobs"].values() for step in job["steps"]]


def names(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def test_there_is_something_to_check() -> None:
    assert ACTION.is_file()
    assert {path.name for path in WORKFLOWS} >= {
        "ci.yml",
        "nightly.yml",
        "on-hub-webhook.yml",
        "on-release.yml",
    }


def test_actionlint() -> None:
    done = tool("actionlint", "-no-color", *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_up_to_its_pedantic_rules() -> None:
    # Nothing is suppressed by us: no configuration, no ignoring comment. Without strict
    # collection a file that does not parse would count as a clean one.
    done = tool(
        *("zizmor", "--offline", "--no-progress", "--strict-collection", "--persona=pedantic"),
        *("--no-config", "--format=plain", ACTION, *WORKFLOWS),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not any("zizmor:" in path.read_text("utf-8") for path in (ACTION, *WORKFLOWS))


@pytest.mark.parametrize(
    ("schema", "paths"),
    [("vendor.github-actions", [ACTION]), ("vendor.github-workflows", WORKFLOWS)],
    ids=["action", "workflows"],
)
def test_schemas(schema: str, paths: list[Path]) -> None:
    done = tool("check-jsonschema", "--builtin-schema", schema, *paths)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", (ACTION, *WORKFLOWS), ids=names)
def test_actions_are_pinned_by_commit_with_their_version(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        uses = re.match(r"\s*(?:- )?uses: (\S+)@(\S+)(.*)", line)
        if uses is None:
            assert "uses:" not in line
            continue
        name, commit, rest = uses.groups()
        assert re.fullmatch("[0-9a-f]{40}", commit), line
        if commit == ANONYMOUS:
            assert name == "OWNER/energylabel"
        else:
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", rest), line


def test_one_version_of_each_action() -> None:
    found = {
        tuple(step["uses"].split("@"))
        for path in (ACTION, *WORKFLOWS)
        for step in steps(path)
        if "uses" in step
    }
    assert len({name for name, _ in found}) == len(found)


@pytest.mark.parametrize("path", (ACTION, *WORKFLOWS), ids=names)
def test_no_expression_in_a_script(path: Path) -> None:
    scripts = [step["run"] for step in steps(path) if "run" in step]
    assert not any("${{" in script for script in scripts)


def publishes(job: dict[str, Any]) -> bool:
    """Whether a job does nothing but to put the built site onto Pages."""
    used = [step.get("uses", "").partition("@")[0] for step in job["steps"]]
    return used == ["actions/deploy-pages"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=names)
def test_jobs_have_least_rights_a_limit_and_a_guard(path: Path) -> None:
    workflow = loaded(path)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        if publishes(job):
            assert job["permissions"] == {"pages": "write", "id-token": "write"}
            assert job["if"] == "github.event_name == 'push' && github.ref == 'refs/heads/main'"
        else:
            assert set(job["permissions"].items()) <= {("contents", "read")}
        assert 0 < job["timeout-minutes"] <= 360
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def rating() -> dict[str, Any]:
    """The step that rates."""
    return next(step for step in steps(ACTION) if step.get("id") == "rate")


def test_a_comparison_has_the_options_of_its_command() -> None:
    from energylabel.cli.compare import compare

    step = steps(ACTION)[-1]
    spelled = {spelling for each in compare.params for spelling in each.opts}
    assert set(re.findall(r"--[a-z0-9-]+", step["run"])) - {"--"} <= spelled
    for variable, value in step["env"].items():
        if "${{" in value:
            assert re.search(rf"\${{?{variable}\b", step["run"]), variable


def test_inputs_are_those_of_the_command_and_a_few_of_our_own() -> None:
    from support.action_inputs import inputs

    own = {"model", "revision", "push", "if-changed", "python-version"}
    own |= {"against", "fail-if-energy", "fail-if-accuracy"}
    found = loaded(ACTION)["inputs"]
    made = {each.name for each in inputs()}
    assert found.keys() == own | made
    # Left empty they are not passed on, so that the default is the definition's.
    assert {found[name]["default"] for name in made} == {""}


def test_inputs_that_say_what_becomes_of_the_label_are_those_of_the_command() -> None:
    import click

    from energylabel.cli.rate import rate

    spelled = {spelling: each for each in rate.params for spelling in each.opts}
    script = rating()["run"]
    flags = set(re.findall(r"--[a-z0-9-]+", script)) - {"--"}
    assert flags <= spelled.keys()
    push = spelled["--push"].type
    assert isinstance(push, click.Choice)
    assert f"{' | '.join(push.choices)}) pushes=true" in script


def test_inputs_and_outputs_are_those_of_the_command() -> None:
    from energylabel.cli.github import OUTPUTS

    action = loaded(ACTION)
    assert set(action["outputs"]) == set(OUTPUTS)
    for name, output in action["outputs"].items():
        assert f"steps.rate.outputs.{name}" in output["value"]
    script = rating()
    (python,) = (step for step in steps(ACTION) if step.get("id") == "python")
    used = " ".join([*script["env"].values(), python["with"]["python-version"]])
    assert set(re.findall(r"inputs\.([\w-]+)", used)) == set(action["inputs"])
    for variable, value in script["env"].items():
        if "inputs." in value:
            assert re.search(rf"\${{?{variable}\b", script["run"]), variable
