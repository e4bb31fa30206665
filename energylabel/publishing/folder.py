"""A label's files under a folder: a checkout of the model's repository, say."""

from pathlib import Path

from energylabel import storing
from energylabel.errors import OutputError
from energylabel.publishing.base import Proposal
from energylabel.records import Receipt


def read_present(root: Path, paths: tuple[str, ...]) -> dict[str, bytes]:
    """Those of the files that are there.

    Raises:
        OutputError: A path leads out of the folder through a link, is no file, or cannot be read.
    """
    found = {}
    for path in paths:
        file = root / path
        if not file.resolve().is_relative_to(root.resolve()):
            raise OutputError(f"{file} leads out of {root} through a link", "remove the link")
        if file.exists() and not file.is_file():
            raise OutputError(f"{file} is no file", "give the place of a file")
        try:
            found[path] = file.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise OutputError(
                f"cannot read {file}: {error.strerror or error}", "make it a readable file"
            ) from error
    return found


def write(root: Path, proposal: Proposal) -> Receipt:
    """Write what changes, each file atomically, the card last; then delete what goes.

    Folders that are empty then go too.

    Raises:
        OutputError: The folder cannot be written.
    """
    by_folder: dict[Path, dict[str, bytes]] = {}
    for change in proposal.changed:
        if change.after is None:
            continue
        file = (root / change.path).resolve()  # a link to another place in the folder is followed
        by_folder.setdefault(file.parent, {})[file.name] = change.after
    for folder in sorted(by_folder, key=lambda each: each == root.resolve()):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot write {folder}: {error.strerror or error}", "make the folder writable"
            ) from error
        storing.replace(folder, by_folder[folder])
    _delete(root, [change.path for change in proposal.changed if change.after is None])
    paths = tuple(change.path for change in proposal.changed)
    return Receipt(
        outcome="written" if paths else "unchanged",
        url=str(root).encode(errors="replace").decode(),
        files=paths,
        remarks=proposal.remarks,
    )


def list_below(root: Path, folder: str) -> tuple[str, ...]:
    """Paths of the files in and below a folder of ``root``, with forward slashes; no links."""
    found = (path for path in (root / folder).rglob("*") if path.is_file())
    whole = root.resolve()
    return tuple(
        sorted(
            path.relative_to(root).as_posix()
            for path in found
            if path.resolve().is_relative_to(whole)
        )
    )


def _delete(root: Path, paths: list[str]) -> None:
    for path in paths:
        file = root / path
        try:
            file.unlink(missing_ok=True)
            for folder in file.parents[: path.count("/")]:
                if any(folder.iterdir()):
                    break
                folder.rmdir()
        except OSError as error:
            raise OutputError(
                f"cannot delete {file}: {error.strerror or error}", "make its folder writable"
            ) from error
