"""The ``labels/`` tree: paths, atomic writes, history, readers.

``<org>/<model>/<commit12>/<workload>/<hardware>/`` holds ``evidence.json`` (canonical JSON, so
that its SHA-256 is the label's id), ``label.json`` and the pictures. With the workload stands the
way of asking, with the hardware the setup where it is not the standard's own. An earlier label in
the same place moves to ``history/<id12>/``.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from energylabel.errors import OutputError, SchemaError
from energylabel.records import Evidence, Hardware, Label, ResolvedModel, Setup, Subject, Versioned

EVIDENCE = "evidence.json"
LABEL = "label.json"
SCHEMA_VERSION = 2
_TEMPORARY = ".part-"
_ROOM_BYTES = 20_000_000
_NAME_LETTERS, _NAME_BYTES = 64, 192
_R = TypeVar("_R", bound=Versioned)


def leaf(subject: ResolvedModel | Subject, workload: str, hardware: Hardware, setup: Setup) -> Path:
    """Relative folder of a label; another setup than the standard's own is part of its name."""
    org, _, model = subject.name.rpartition("/")
    parts = [_safe(part) for part in (org or "local", model, subject.revision[:12])]
    return Path(*parts, *_place(subject, workload, hardware, setup))


def published(evidence: Evidence) -> str:
    """Folder of a label in the repository of its model, with forward slashes."""
    subject, workload, hardware = evidence.subject, evidence.workload.name, evidence.hardware
    place = _place(subject, workload, hardware, evidence.settings.setup)
    return "/".join(("energylabel", *place))


def _place(
    subject: ResolvedModel | Subject, workload: str, hardware: Hardware, setup: Setup
) -> tuple[str, str]:
    """What was asked and in which way, and what it ran on and how: each has a label of its own."""
    manner = f"--{subject.family}" if subject.family_overridden else ""
    manner += f"--{setup.asked}" if setup.asked else ""
    asked = _safe(workload, _NAME_LETTERS - len(manner)) + manner
    slug = setup.slug()
    return asked, _safe(hardware.slug) + (f"--{slug}" if slug else "")


def _safe(part: str, most: int = _NAME_LETTERS) -> str:
    """A file name that every file system takes, made of what is given."""
    kept = re.sub(r"[^\w.@+-]+", "-", part).strip(".-") or "unnamed"
    # File systems count bytes, and a letter of another script has up to four.
    return kept[:most].encode()[:_NAME_BYTES].decode(errors="ignore")


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
    subject = evidence.subject
    setup = evidence.settings.setup
    folder = out / leaf(subject, evidence.workload.name, evidence.hardware, setup)
    contents = {EVIDENCE: evidence.canonical(), **files}
    _refuse_links(out, folder / "history")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob(f"{_TEMPORARY}*"):
            stale.unlink()
        with _staged(folder, contents) as parts:
            _keep_earlier(folder, contents[EVIDENCE])
            # A folder is complete when it has a label: the label is removed first and written last.
            (folder / LABEL).unlink(missing_ok=True)
            for name in sorted(contents, key=lambda name: name == LABEL):
                parts[name].replace(folder / name)
    except OSError as error:
        raise OutputError(
            f"cannot write {folder}: {error.strerror or error}",
            "free some space or choose another --out, then run the same command with --resume: "
            "nothing is measured again",
        ) from error
    return folder


def replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a label's folder, each atomically.

    Raises:
        OutputError: The folder cannot be written.
    """
    try:
        with _staged(folder, files) as parts:
            for name, part in parts.items():
                part.replace(folder / name)
    except OSError as error:
        raise OutputError(
            f"cannot write {folder}: {error.strerror or error}",
            "free some space or make the folder writable",
        ) from error


def _refuse_links(out: Path, folder: Path) -> None:
    """Links below ``out`` must not lead out of it; looked at before anything is made."""
    if not folder.resolve().is_relative_to(out.resolve()):
        raise OutputError(f"{folder} leads out of {out} through a link", "remove the link")


@contextmanager
def _staged(folder: Path, contents: Mapping[str, bytes]) -> Iterator[dict[str, Path]]:
    """The contents as temporary files, on the disk; what is not moved from there is removed.

    Their names cannot be guessed, and nothing that is there already is written to: a folder may
    come from a stranger, with links in it. What takes the place of a file takes over its mode.
    """
    mark = secrets.token_hex(8)
    parts = {name: folder / f"{_TEMPORARY}{mark}-{name}" for name in contents}
    try:
        for name, part in parts.items():
            with part.open("xb") as file:
                file.write(contents[name])
                file.flush()
                os.fsync(file.fileno())
            if (folder / name).is_file():
                part.chmod(stat.S_IMODE((folder / name).stat().st_mode))
        yield parts
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _keep_earlier(folder: Path, evidence: bytes) -> None:
    """Copy another label's files to ``history/<id12>/``; they stay until they are replaced."""
    present = folder / EVIDENCE
    if not present.is_file() or not (folder / LABEL).is_file():
        return
    earlier = present.read_bytes()
    # Evidence is canonical JSON, so the file's digest is the label's id.
    past = folder / "history" / hashlib.sha256(earlier).hexdigest()[:12]
    if earlier == evidence or past.exists():
        return
    past.parent.mkdir(exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=past.parent))
    try:
        for file in folder.iterdir():
            if file.is_file() and not file.name.startswith(_TEMPORARY):
                shutil.copy2(file, staging / file.name)
        staging.chmod(folder.stat().st_mode)
        staging.replace(past)
    except OSError:
        shutil.rmtree(staging)
        raise


def find(path: Path) -> Path:
    """The folder of a label, given that folder or one of its files.

    Raises:
        SchemaError: There is no evidence.
    """
    if not path.exists():
        raise SchemaError(f"{path} does not exist", "give the folder of one label")
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


def is_canonical(folder: Path, digest: str) -> bool:
    """Whether the file of the evidence is what its digest is of, byte for byte."""
    return hashlib.sha256((folder / EVIDENCE).read_bytes()).hexdigest() == digest


def read_label(folder: Path) -> Label:
    """The stored label; raises :class:`SchemaError`."""
    return _read(folder / LABEL, Label)


def address(folder: Path) -> str | None:
    """Where the evidence of a stored label was published; None where no label is left to say."""
    if not (folder / LABEL).is_file():
        return None
    try:
        return read_label(folder).evidence_url
    except SchemaError:  # a label is made anew from the evidence, as if it were not there
        return None


def parse_evidence(content: bytes, where: str) -> Evidence:
    """Evidence from elsewhere, ``where`` for messages; raises :class:`SchemaError`."""
    return _parse(content, where, Evidence)


def parse_label(content: bytes, where: str) -> Label:
    """A label that was read already, ``where`` for messages; raises :class:`SchemaError`."""
    return _parse(content, where, Label)


def read_bytes(path: Path) -> bytes:
    """A record as it lies there; raises :class:`SchemaError`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SchemaError(
            f"cannot read {path}: {error.strerror or error}",
            "energylabel render makes it again from the evidence"
            if path.name == LABEL
            else "make the file readable",
        ) from error


def _read(path: Path, kind: type[_R]) -> _R:
    return _parse(read_bytes(path), str(path), kind)


def _parse(content: bytes, path: str, kind: type[_R]) -> _R:
    """Parse and validate one record, with a plain word on versions."""
    try:
        values = json.loads(content)
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
        return kind.from_parsed(values, content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "content"
        raise SchemaError(
            f"{path} is not a valid record: {where}: {first['msg']}"
            + (f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""),
            "restore the file; hand-edited records are not accepted",
        ) from error
    except ValueError as error:
        raise SchemaError(f"{path} is not a valid record: {error}", "restore the file") from error
