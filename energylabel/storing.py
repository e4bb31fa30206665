"""The ``labels/`` tree: paths, atomic writes, history, readers.

``<org>/<model>/<commit12>/<workload>/<hardware>/`` holds ``evidence.json`` (canonical JSON, so
that its SHA-256 is the label's id), ``label.json`` and the pictures. An earlier label in the same
place moves to ``history/<id12>/``.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from energylabel.errors import OutputError, SchemaError
from energylabel.records.base import Record
from energylabel.records.evidence import Evidence
from energylabel.records.label import Label

EVIDENCE = "evidence.json"
LABEL = "label.json"
SCHEMA_VERSION = 1
_TEMPORARY = ".part-"
_ROOM_BYTES = 20_000_000
_R = TypeVar("_R", bound=Record)


def leaf(evidence: Evidence) -> Path:
    """Relative folder of a label."""
    org, _, model = evidence.subject.name.rpartition("/")
    parts = [
        org or "local",
        model,
        evidence.subject.revision[:12],
        evidence.workload.name,
        evidence.hardware.slug,
    ]
    return Path(*(_safe(part) for part in parts))


def _safe(part: str) -> str:
    """A file name that every file system takes, made of what is given."""
    kept = re.sub(r"[^\w.@+-]+", "-", part).strip(".-") or "unnamed"
    return kept[:64]


def prepare(out: Path) -> None:
    """Make sure that a label can be written, before anything is measured.

    Raises:
        OutputError: Not a folder, not writable, or the disk is full.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
        free = shutil.disk_usage(out).free
    except OSError as error:
        raise OutputError(
            f"cannot write to {out}: {error.strerror or error}",
            "choose another folder with --out",
        ) from error
    if free < _ROOM_BYTES:
        raise OutputError(
            f"{out} has only {free / 1e6:.0f} MB left", "free some space, or choose another --out"
        )


def write(out: Path, evidence: Evidence, files: Mapping[str, bytes]) -> Path:
    """Write a label's files, all or none, and move an earlier label to the history.

    Args:
        out: Root of the tree.
        evidence: Written as ``evidence.json``.
        files: Further files by name: the label and its pictures.

    Returns:
        The folder written to.

    Raises:
        OutputError: The folder cannot be written, or lies outside ``out`` through a link.
    """
    folder = out / leaf(evidence)
    contents = {EVIDENCE: evidence.canonical(), **files}
    parts: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.resolve().is_relative_to(out.resolve()):
            raise OutputError(f"{folder} leads out of {out} through a link", "remove the link")
        for stale in folder.glob(f"{_TEMPORARY}*"):
            stale.unlink()
        for name, content in contents.items():
            parts[name] = folder / f"{_TEMPORARY}{name}"
            with parts[name].open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        _keep_earlier(folder, contents[EVIDENCE])
        # The label last: a folder with a label is a complete one.
        for name in sorted(contents, key=lambda name: name == LABEL):
            parts[name].replace(folder / name)
    except OSError as error:
        for part in parts.values():
            part.unlink(missing_ok=True)
        raise OutputError(
            f"cannot write {folder}: {error.strerror or error}",
            "free some space or choose another --out, then run the same command with --resume: "
            "nothing is measured again",
        ) from error
    return folder


def _keep_earlier(folder: Path, evidence: bytes) -> None:
    """Copy another label's files to ``history/<id12>/``; they stay until they are replaced."""
    present = folder / EVIDENCE
    if not present.is_file() or not (folder / LABEL).is_file():
        return
    if present.read_bytes() == evidence:
        return
    try:
        identity = read_evidence(folder).digest()
    except SchemaError:
        identity = f"unreadable-{int(present.stat().st_mtime)}"
    past = folder / "history" / identity[:12]
    past.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        if file.is_file() and not file.name.startswith(_TEMPORARY):
            shutil.copy2(file, past / file.name)


def replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a label's folder, each atomically.

    Raises:
        OutputError: The folder cannot be written.
    """
    try:
        for name, content in files.items():
            part = folder / f"{_TEMPORARY}{name}"
            part.write_bytes(content)
            part.replace(folder / name)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error


def find(path: Path) -> Path:
    """The folder of a label, given that folder or one of its files.

    Raises:
        SchemaError: There is no evidence.
    """
    folder = path if path.is_dir() else path.parent
    if not (folder / EVIDENCE).is_file():
        raise SchemaError(
            f"{path}: no {EVIDENCE} here",
            "give the folder of one label: labels/<org>/<model>/<commit>/<workload>/<hardware>",
        )
    return folder


def read_evidence(folder: Path) -> Evidence:
    """The stored evidence; raises :class:`SchemaError`."""
    return _read(folder / EVIDENCE, Evidence)


def read_label(folder: Path) -> Label:
    """The stored label; raises :class:`SchemaError`."""
    return _read(folder / LABEL, Label)


def _read(path: Path, kind: type[_R]) -> _R:
    """Parse and validate one record, with a plain word on versions."""
    try:
        values = json.loads(path.read_bytes())
    except OSError as error:
        raise SchemaError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"{path} is not JSON: {error}", "restore the file") from error
    if not isinstance(values, dict):
        raise SchemaError(f"{path} holds no record", "restore the file")
    found = values.get("schema_version")
    if isinstance(found, int) and found > SCHEMA_VERSION:
        raise SchemaError(
            f"{path} has schema version {found}, this program knows up to {SCHEMA_VERSION}",
            "install a newer energylabel",
        )
    try:
        return kind.from_dict(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SchemaError(
            f"{path} is not a valid record: {where}: {first['msg']}"
            + (f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""),
            "restore the file; hand-edited records are not accepted",
        ) from error
