"""Repositories of the loopback Hub: bare git repositories, large files by SHA-256 beside them."""

import hashlib
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LARGE_SUFFIXES = (".safetensors", ".bin", ".gguf", ".onnx", ".parquet", ".png")
"""Stored as large files whatever their size, as the Hub does by .gitattributes."""

_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"
_AUTHOR = {"NAME": "Loopback Hub", "EMAIL": "hub@localhost", "DATE": "2026-01-01T00:00:00Z"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file at a commit. ``oid`` is its git blob, ``size`` its content's (not the pointer's)."""

    path: str
    oid: str
    size: int
    sha256: str | None
    pointer_size: int | None


class Storage:
    """``kind`` is ``models`` or ``datasets``; ``name`` is ``org/name``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "lfs").mkdir(parents=True)

    def exists(self, kind: str, name: str) -> bool:
        return self._repository(kind, name).is_dir()

    def commit(
        self,
        kind: str,
        name: str,
        files: Mapping[str, bytes | None],
        *,
        ref: str = "refs/heads/main",
        parent: str | None = None,
        message: str = "Change files",
    ) -> str:
        """Put files (None deletes) on top of ``parent``, by default of what ``ref`` is now.

        Makes the repository when it is new. Returns the commit.
        """
        repository = self._repository(kind, name)
        if not repository.is_dir():
            repository.mkdir(parents=True)
            self._git(repository, "init", "-q", "--bare", "--initial-branch=main")
        parent = parent or self.resolve(kind, name, ref)
        index = {"GIT_INDEX_FILE": str(repository / "index.tmp")}
        self._git(repository, "read-tree", parent or "--empty", env=index)
        for path, content in files.items():
            if content is None:
                self._git(repository, "rm", "--cached", "-q", "--", path, env=index)
                continue
            blob = self._store(path, content)
            oid = self._git(repository, "hash-object", "-w", "--stdin", stdin=blob)
            entry = f"100644,{oid},{path}"
            self._git(repository, "update-index", "--add", "--cacheinfo", entry, env=index)
        tree = self._git(repository, "write-tree", env=index)
        parents = ("-p", parent) if parent else ()
        commit = self._git(repository, "commit-tree", tree, *parents, "-m", message)
        self._git(repository, "update-ref", ref, commit)
        return commit

    def resolve(self, kind: str, name: str, revision: str) -> str | None:
        """The commit of a branch, tag, ref or (abbreviated) commit."""
        arguments = ("rev-parse", "-q", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        try:
            return self._git(self._repository(kind, name), *arguments)
        except subprocess.CalledProcessError:
            return None

    def tree(self, kind: str, name: str, commit: str) -> list[Entry]:
        """All files of a commit."""
        repository = self._repository(kind, name)
        lines = self._git(repository, "ls-tree", "-r", "-l", "-z", commit).split("\0")
        entries = []
        for line in filter(None, lines):
            facts, _, path = line.partition("\t")
            _mode, _type, oid, size = facts.split()
            pointer = self._pointer(repository, oid) if int(size) < 200 else None
            if pointer:
                entries.append(Entry(path, oid, pointer[1], pointer[0], int(size)))
            else:
                entries.append(Entry(path, oid, int(size), None, None))
        return entries

    def read(self, kind: str, name: str, entry: Entry) -> bytes:
        """Content of a file."""
        if entry.sha256:
            return self.large(entry.sha256)
        return self._cat(self._repository(kind, name), entry.oid)

    def large(self, sha256: str) -> bytes:
        return (self.root / "lfs" / sha256).read_bytes()

    def _store(self, path: str, content: bytes) -> bytes:
        """The blob for git: the content, or a pointer to it."""
        if not path.endswith(LARGE_SUFFIXES):
            return content
        digest = hashlib.sha256(content).hexdigest()
        (self.root / "lfs" / digest).write_bytes(content)
        return _POINTER.format(digest, len(content)).encode()

    def _pointer(self, repository: Path, oid: str) -> tuple[str, int] | None:
        text = self._cat(repository, oid)
        if not text.startswith(_POINTER.partition("\n")[0].encode()):
            return None
        _, digest, size = text.decode().splitlines()
        return digest.removeprefix("oid sha256:"), int(size.removeprefix("size "))

    def _repository(self, kind: str, name: str) -> Path:
        return self.root / kind / f"{name}.git"

    def _cat(self, repository: Path, oid: str) -> bytes:
        command = ["git", "-C", str(repository), "cat-file", "blob", oid]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def _git(
        self,
        repository: Path,
        *arguments: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> str:
        who = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in _AUTHOR.items()}
        done = subprocess.run(
            ["git", "-C", str(repository), *arguments],
            input=stdin,
            check=True,
            capture_output=True,
            env={**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, **(env or {})},
        )
        return done.stdout.decode().strip()
