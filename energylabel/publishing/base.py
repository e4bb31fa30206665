"""What a publisher is to the rest of the program: a pure proposal, then the deed."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from energylabel.records import Evidence, Label


@dataclass(frozen=True, slots=True)
class Parcel:
    """A label ready to be published.

    ``evidence`` is what ``files["evidence.json"]`` holds; ``files`` go into ``place``, a folder
    relative to the root of the model's repository. ``root`` is the address of that repository,
    None for a model that is not on a Hub.
    """

    label: Label
    evidence: Evidence
    files: Mapping[str, bytes]
    place: str
    root: str | None


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after; ``before`` None: it is not there yet."""

    path: str
    before: bytes | None
    after: bytes

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return self.before != self.after

    def diff(self) -> str:
        """What changes, for people: a unified diff of text, a line with sizes otherwise."""
        if not self.changed:
            return ""
        old, new = _text(self.before or b""), _text(self.after)
        if old is None or new is None or self.path.endswith((".json", ".svg", ".html")):
            size = f"{len(self.before):,} → " if self.before is not None else "new, "
            return f"{self.path}: {size}{len(self.after):,} bytes\n"
        lines = difflib.unified_diff(
            _lines(old),
            _lines(new),
            "/dev/null" if self.before is None else f"a/{self.path}",
            f"b/{self.path}",
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be written, and what a person should know about it."""

    changes: tuple[FileChange, ...]
    remarks: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[FileChange, ...]:
        """The changes that change something."""
        return tuple(change for change in self.changes if change.changed)


class Publisher(Protocol):
    """A place that labels go to."""

    def paths(self, parcel: Parcel) -> tuple[str, ...]:
        """The files that a proposal has to do with, relative to the root of the target."""
        ...

    def propose(self, parcel: Parcel, present: Mapping[str, bytes]) -> Proposal:
        """What is to be written, given what is there. Pure: no clock, no disk, no network."""
        ...


def _lines(text: str) -> list[str]:
    """Lines as a diff counts them; ``splitlines`` knows more ends than that."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
