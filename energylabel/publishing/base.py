"""A label on its way, and a proposal: what would be written, before anything is."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from energylabel.records import Evidence, Label


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever publishes a label asks for beyond the usual.

    ``replace``: a later label, and labels of other models, may be taken out. ``front_matter``: a
    label that is not for machines as a rule may stand there. ``own_card``: the card is known to be
    that of the label's model.
    """

    replace: bool = False
    front_matter: bool = False
    own_card: bool = False


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
    wishes: Wishes = Wishes()


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after; ``before`` None: it is not there yet; ``after`` None: it goes."""

    path: str
    before: bytes | None
    after: bytes | None

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return self.before != self.after

    def diff(self) -> str:
        """What changes, for people: a unified diff of text, a line with sizes otherwise."""
        if not self.changed:
            return ""
        if self.after is None and not self.path.endswith(".md"):
            return f"{self.path}: deleted\n"
        old, new = _text(self.before or b""), _text(self.after or b"")
        if old is None or new is None or self.path.endswith((".json", ".svg", ".html")):
            size = f"{len(self.before):,} → " if self.before is not None else "new, "
            return f"{self.path}: {size}{len(self.after or b''):,} bytes\n"
        lines = difflib.unified_diff(
            _lines(old),
            _lines(new),
            "/dev/null" if self.before is None else f"a/{self.path}",
            "/dev/null" if self.after is None else f"b/{self.path}",
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


def _lines(text: str) -> list[str]:
    """Lines as a diff counts them; ``splitlines`` knows more ends than that."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
