"""Repositories of the loopback Hub: bare git repositories, large files by SHA-256 beside them."""

import hashlib
import itertools
import os
import subprocess
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LARGE_SUFFIXES: tuple[str, ...] = (".safetensors", ".bin", ".gguf", ".onnx", ".parquet", ".png")
"""Stored as large files whatever their size, as the Hub does by .gitattributes."""

NO_COMMIT = "0" * 40
_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"
_EPOCH = 1_767_225_600  # 2026-01-01T00:00:00Z; every commit is a second later than the last


class MovedError(Exception):
    """The ref is not where the caller believes it to be."""


class NoSuchFileError(Exception):
    """A file or folder to delete is not there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file at a commit. ``oid`` is its git blob, ``size`` its content's (not the pointer's)."""

    path: str
    oid: str
    size: int
    sha256: str | None
    pointer_size: int | None


@dataclass(frozen=True, slots=True)
class Large:
    """Content that is stored already, by its digest: what a commit says of an uploaded file."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Commit:
    """A line of the history. ``date`` is in seconds since 1970."""

    oid: str
    author: str
    date: int
    title: str
    message: str


class Storage:
    """``kind`` is ``models``, ``datasets`` or ``spaces``; ``name`` is ``org/name``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "lfs").mkdir(parents=True)
        self.large_suffixes = LARGE_SUFFIXES
        self._locks: defaultdict[Path, threading.RLock] = defaultdict(threading.RLock)
        # What git objects hold never changes; a process for each look would make tests slow.
        self._histories: dict[tuple[str, str, str], list[Commit]] = {}
        self._blobs: dict[str, bytes] = {}
        self._trees: dict[tuple[str, str, str], list[Entry]] = {}
        self._times = itertools.count(_EPOCH)
        self._indexes = itertools.count()

    def exists(self, kind: str, name: str) -> bool:
        return self._repository(kind, name).is_dir()

    def names(self, kind: str) -> list[str]:
        """Names of all repositories."""
        root = self.root / kind
        return sorted(p.relative_to(root).as_posix()[:-4] for p in root.glob("*/*.git"))

    def lock(self, kind: str, name: str) -> threading.RLock:
        """Held while a repository changes; take it to read and change in one step."""
        return self._locks[self._repository(kind, name)]

    def commit(
        self,
        kind: str,
        name: str,
        files: Mapping[str, bytes | Large | None],
        *,
        ref: str = "refs/heads/main",
        parent: str | None = None,
        message: str = "Change files",
        author: str = "Loopback Hub",
        expected: str | None = None,
        merging: str | None = None,
    ) -> str:
        """Put files (None deletes; a path ending in ``/`` is a folder) on top of ``parent``.

        ``parent`` is by default what ``ref`` is now, ``merging`` a second parent. Makes the
        repository when it is new. Returns the commit.

        Raises:
            MovedError: ``ref`` is not at ``expected`` (``NO_COMMIT``: it exists).
            NoSuchFileError: what is to be deleted is not there.
        """
        repository = self._repository(kind, name)
        with self.lock(kind, name):
            if not repository.is_dir():
                repository.mkdir(parents=True)
                self._git(repository, "init", "-q", "--bare", "--initial-branch=main")
            now = self.resolve(kind, name, ref) or NO_COMMIT
            if expected is not None and now != expected:
                raise MovedError(now)
            parent = parent or (now if now != NO_COMMIT else None)
            tree = self._tree_with(repository, parent, files)
            parents = [word for oid in (parent, merging) if oid for word in ("-p", oid)]
            when = f"{next(self._times)} +0000"
            who = {
                f"GIT_{role}_{key}": value
                for role in ("AUTHOR", "COMMITTER")
                for key, value in (("NAME", author), ("EMAIL", "hub@localhost"), ("DATE", when))
            }
            commit = self._git(
                repository, "commit-tree", tree, *parents, stdin=message.encode(), env=who
            )
            self._git(repository, "update-ref", ref, commit, now)
            return commit

    def _tree_with(
        self, repository: Path, parent: str | None, files: Mapping[str, bytes | Large | None]
    ) -> str:
        path = repository / f"index.{next(self._indexes)}"
        index = {"GIT_INDEX_FILE": str(path)}
        try:
            self._git(repository, "read-tree", parent or "--empty", env=index)
            lines = []
            for name, content in files.items():
                if content is None:
                    lines += self._deletions(repository, name, index)
                    continue
                blob = self._store(name, content)
                oid = self._git(repository, "hash-object", "-w", "--stdin", stdin=blob)
                lines.append(f"100644 {oid}\t{name}")
            given = "".join(f"{line}\0" for line in lines).encode()
            self._git(repository, "update-index", "-z", "--index-info", stdin=given, env=index)
            return self._git(repository, "write-tree", env=index)
        finally:
            path.unlink(missing_ok=True)

    def _deletions(self, repository: Path, name: str, index: Mapping[str, str]) -> list[str]:
        known = self._git(repository, "ls-files", "-z", env=index).split("\0")
        folder = name.endswith("/")
        gone = [path for path in known if (path.startswith(name) if folder else path == name)]
        if not gone:
            raise NoSuchFileError(name)
        return [f"0 {NO_COMMIT}\t{path}" for path in gone]

    def resolve(self, kind: str, name: str, revision: str) -> str | None:
        """The commit of a branch, tag, ref or (abbreviated) commit."""
        repository = self._repository(kind, name)
        for ref in (revision, f"refs/heads/{revision}"):  # by far the most, without a process
            if ref.startswith("refs/") and ".." not in ref and (repository / ref).is_file():
                return (repository / ref).read_text().strip()
        arguments = ("rev-parse", "-q", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        try:
            return self._git(repository, *arguments)
        except subprocess.CalledProcessError:
            return None

    def point(self, kind: str, name: str, ref: str, commit: str) -> None:
        """Make a branch, tag or pull request; :class:`MovedError` when it exists."""
        with self.lock(kind, name):
            if self.resolve(kind, name, ref):
                raise MovedError(ref)
            self._git(self._repository(kind, name), "update-ref", ref, commit, NO_COMMIT)

    def refs(self, kind: str, name: str) -> dict[str, str]:
        """All refs and their commits."""
        listed = self._git(
            self._repository(kind, name), "for-each-ref", "--format=%(refname) %(objectname)"
        )
        pairs = (line.split() for line in listed.splitlines())
        return {pair[0]: pair[1] for pair in pairs}

    def history(self, kind: str, name: str, commit: str) -> list[Commit]:
        """Commits that lead to this one, newest first."""
        key = (kind, name, commit)
        if key not in self._histories:
            form = "%H%x1f%an%x1f%at%x1f%s%x1f%b%x1e"
            listed = self._git(self._repository(kind, name), "log", f"--format={form}", commit)
            rows = (row.strip("\n").split("\x1f") for row in listed.split("\x1e") if row.strip())
            self._histories[key] = [
                Commit(oid, who, int(at), title, body) for oid, who, at, title, body in rows
            ]
        return self._histories[key]

    def diff(self, kind: str, name: str, base: str, commit: str) -> str:
        """What changed between where the two parted and ``commit``, as a patch."""
        return self._git(self._repository(kind, name), "diff", f"{base}...{commit}")

    def base(self, kind: str, name: str, one: str, other: str) -> str:
        """Where two commits parted."""
        return self._git(self._repository(kind, name), "merge-base", one, other)

    def tree(self, kind: str, name: str, commit: str) -> list[Entry]:
        """All files of a commit (not of a ref: what is read is kept)."""
        assert len(commit) == len(NO_COMMIT)
        key = (kind, name, commit)
        if key not in self._trees:
            repository = self._repository(kind, name)
            lines = self._git(repository, "ls-tree", "-r", "-l", "-z", commit).split("\0")
            self._trees[key] = [self._entry(repository, line) for line in lines if line]
        return self._trees[key]

    def _entry(self, repository: Path, line: str) -> Entry:
        facts, _, path = line.partition("\t")
        _mode, _type, oid, size = facts.split()
        pointer = self._pointer(repository, oid) if 120 < int(size) < 200 else None
        if pointer:
            return Entry(path, oid, pointer.size, pointer.sha256, int(size))
        return Entry(path, oid, int(size), None, None)

    def read(self, kind: str, name: str, entry: Entry) -> bytes:
        """Content of a file."""
        if entry.sha256:
            return self.large(entry.sha256)
        return self._cat(self._repository(kind, name), entry.oid)

    def kept(self, kind: str, name: str, entry: Entry) -> bytes | Large:
        """A file as another commit may take it over."""
        return Large(entry.sha256, entry.size) if entry.sha256 else self.read(kind, name, entry)

    def file(self, kind: str, name: str, revision: str, path: str) -> bytes | None:
        """Content of a file at a revision; None when it is not there."""
        commit = self.resolve(kind, name, revision)
        entries = self.tree(kind, name, commit) if commit else []
        return next((self.read(kind, name, e) for e in entries if e.path == path), None)

    def large(self, sha256: str) -> bytes:
        return (self.root / "lfs" / sha256).read_bytes()

    def has_large(self, sha256: str) -> bool:
        return (self.root / "lfs" / sha256).is_file()

    def put_large(self, content: bytes) -> Large:
        """Store content beside the repositories."""
        digest = hashlib.sha256(content).hexdigest()
        part = self.root / "lfs" / f"{digest}.{next(self._indexes)}"
        part.write_bytes(content)
        part.replace(self.root / "lfs" / digest)
        return Large(digest, len(content))

    def _store(self, path: str, content: bytes | Large) -> bytes:
        """The blob for git: the content, or a pointer to it."""
        if isinstance(content, bytes):
            if not path.endswith(self.large_suffixes):
                return content
            content = self.put_large(content)
        return _POINTER.format(content.sha256, content.size).encode()

    def _pointer(self, repository: Path, oid: str) -> Large | None:
        text = self._cat(repository, oid)
        if not text.startswith(_POINTER.partition("\n")[0].encode()):
            return None
        _, digest, size = text.decode().splitlines()
        return Large(digest.removeprefix("oid sha256:"), int(size.removeprefix("size ")))

    def _repository(self, kind: str, name: str) -> Path:
        return self.root / kind / f"{name}.git"

    def _cat(self, repository: Path, oid: str) -> bytes:
        if oid not in self._blobs:
            command = ["git", "-C", str(repository), "cat-file", "blob", oid]
            self._blobs[oid] = subprocess.run(command, check=True, capture_output=True).stdout
        return self._blobs[oid]

    def _git(
        self,
        repository: Path,
        *arguments: str,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> str:
        done = subprocess.run(
            ["git", "-C", str(repository), *arguments],
            input=stdin,
            check=True,
            capture_output=True,
            env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, **(env or {})},
        )
        return done.stdout.decode("utf-8", "surrogateescape").strip("\n")
