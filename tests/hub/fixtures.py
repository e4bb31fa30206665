"""The loopback Hub as a fixture, for tests in this process and for commands that they start."""

import functools
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import resvg_py
from hub.server import LoopbackHub, Mode


@dataclass(frozen=True, slots=True)
class HubHome:
    """A running Hub and an empty cache of its own.

    ``environment`` is a complete one for subprocesses: HF_ENDPOINT and HF_HOME set, no token.
    """

    hub: LoopbackHub
    home: Path
    environment: dict[str, str]
    monkeypatch: pytest.MonkeyPatch

    def token(self, user: str) -> dict[str, str]:
        """The environment with a user's token in it, for subprocesses."""
        return {**self.environment, "HF_TOKEN": f"token-of-{user}"}

    def sign_in(self, user: str | None) -> None:
        """Act as a user in this process from now on; None: as nobody."""
        if user is None:
            self.monkeypatch.delenv("HF_TOKEN", raising=False)
        else:
            self.monkeypatch.setenv("HF_TOKEN", f"token-of-{user}")

    def id_token_environment(self, name: str) -> dict[str, str]:
        """What a job on GitHub sees that may publish to a repository without any secret."""
        self.hub.accounts.trust(f"id-token-for-{self.hub.endpoint}", name)
        return {
            "HF_OIDC_RESOURCE": name,
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.hub.endpoint}/github/id-token",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-this-job",
        }

    def store(self, mode: Mode) -> None:
        """How pictures are stored: over ``lfs``, ``xet`` or ``regular``. Call it before a commit.

        Sets the Hub, this process and the environment of subprocesses.
        """
        from huggingface_hub import constants

        self.hub.store(mode)
        self.monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", mode != "xet")
        # huggingface_hub's own upload over LFS uses what httpx2 advises against.
        warnings.filterwarnings("ignore", "Use 'content=", DeprecationWarning)
        self.environment["HF_HUB_DISABLE_XET"] = "0" if mode == "xet" else "1"

    def add(self, name: str, folder: Path, *, ref: str = "refs/heads/main") -> str:
        """Commit a folder's files as a model repository; returns the commit."""
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        return self.hub.storage.commit("models", name, files, ref=ref)


_pixels = functools.cache(resvg_py.svg_to_bytes)
"""What is pushed over and over in tests of the Hub is drawn once; drawing has its own tests."""


@pytest.fixture
def hub_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubHome]:
    """A fresh Hub with nothing on it. huggingface_hub reads its settings at import, so those of
    this process are patched where it keeps them."""
    from huggingface_hub import close_session, constants

    home = tmp_path / "hf-home"
    hub = LoopbackHub(tmp_path / "hub")
    hub.start()
    monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "HF_OIDC_RESOURCE"):
        monkeypatch.delenv(name, raising=False)
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, hub.endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
    monkeypatch.setattr(constants, "HF_HOME", str(home))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    # A token exchanged with another test's Hub is none of this one's.
    monkeypatch.setattr("huggingface_hub.utils._auth._OIDC_TOKEN_CACHE", None)
    environment = {**os.environ, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
    for name in ("HF_HUB_CACHE", "HF_TOKEN_PATH"):
        environment.pop(name, None)
    monkeypatch.setattr(resvg_py, "svg_to_bytes", _pixels)
    made = HubHome(hub, home, environment, monkeypatch)
    made.store("lfs")
    close_session()
    try:
        yield made
    finally:
        close_session()
        hub.stop()
    if hub.errors:
        raise hub.errors[0]
