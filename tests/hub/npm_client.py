"""The second official client of the Hub, npm's @huggingface/hub, for tests in Python.

    def test_it(hub_home, npm_client):
        assert npm_client.files("org/model", "refs/pr/1")["README.md"] == 42

It is installed once, into pytest's cache; the tests are skipped where that is not possible.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hub.fixtures import HubHome
from support.parallel import held

SOURCE = Path(__file__).with_name("npm")
VERSION: str = json.loads((SOURCE / "package.json").read_text())["dependencies"]["@huggingface/hub"]
_UNREACHABLE = r"\b(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|E40[134])\b"


class NpmError(Exception):
    """What the client threw; ``status`` is that of the Hub's answer."""

    def __init__(self, status: int | None, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class NpmClient:
    """``folder`` is where it is installed, ``endpoint`` the Hub; ``user`` None is nobody."""

    folder: Path
    endpoint: str
    user: str | None = None

    def as_user(self, user: str | None) -> "NpmClient":
        return NpmClient(self.folder, self.endpoint, user)

    def call(self, function: str, **parameters: Any) -> Any:
        """Call an exported function; generators come back as lists, files as ``{"base64": …}``.

        Raises:
            NpmError: when the client throws.
        """
        parameters["hubUrl"] = self.endpoint
        if self.user:
            parameters["accessToken"] = f"hf_token-of-{self.user}"
        done = subprocess.run(
            ["node", str(self.folder / "client.mjs")],
            input=json.dumps({"function": function, "parameters": parameters}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        if "error" in answer:
            raise NpmError(answer["error"]["status"], answer["error"]["message"])
        return answer["result"]

    def files(self, name: str, revision: str = "main") -> dict[str, int]:
        """Path → size of every file at a revision."""
        rows = self.call("listFiles", repo=name, revision=revision, recursive=True)
        return {row["path"]: row["size"] for row in rows if row["type"] == "file"}

    def content(self, name: str, path: str, revision: str = "main") -> bytes | None:
        """A file at a revision; None when it is not there."""
        found = self.call("downloadFile", repo=name, path=path, revision=revision)
        return None if found is None else base64.b64decode(found["base64"])

    def upload(self, name: str, files: dict[str, bytes], **more: Any) -> dict[str, Any]:
        """Commit files; ``more`` as in uploadFiles: branch, isPullRequest, parentCommit, …"""
        rows = [{"path": path, "base64": _coded(content)} for path, content in files.items()]
        answer: dict[str, Any] = self.call("uploadFiles", repo=name, files=rows, **more)
        return answer

    def commits(self, name: str, revision: str = "main") -> list[dict[str, Any]]:
        """The history, newest first: oid, title, message, authors, date."""
        rows: list[dict[str, Any]] = self.call("listCommits", repo=name, revision=revision)
        return rows


def _coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture(scope="session")
def npm_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the client is installed; skips with the reason where it cannot be."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    cache = getattr(request.config, "cache", None)
    folder = (cache.mkdir if cache else tmp_path_factory.mktemp)("npm-client") / VERSION
    with held(folder.with_name(f"{VERSION}.lock")):
        if not (folder / "node_modules").is_dir():
            _install(folder)
        shutil.copy(SOURCE / "client.mjs", folder)
    return folder


def _install(folder: Path) -> None:
    """Install what the lock file pins, in one step: a killed installation leaves nothing."""
    part = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCE / name, part)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        quick = {"npm_config_fetch_retries": "1", "npm_config_update_notifier": "false"}
        done = subprocess.run(
            command, cwd=part, env=os.environ | quick, capture_output=True, text=True, check=False
        )
        if done.returncode and (reason := re.search(_UNREACHABLE, done.stderr)):
            pytest.skip(f"@huggingface/hub {VERSION} cannot be installed: npm says {reason[0]}")
        assert done.returncode == 0, done.stderr
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@pytest.fixture
def npm_client(hub_home: HubHome, npm_folder: Path) -> NpmClient:
    """@huggingface/hub at the loopback Hub, as nobody; see :meth:`NpmClient.as_user`."""
    return NpmClient(npm_folder, hub_home.hub.endpoint)
