"""What is rated: a model at one commit."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from energylabel.records.base import Absent, AbsentIfEmpty, Count, Record, Sha256

Source = Literal["hub", "folder", "embedded", "callable"]
"""``callable``: a function of the Python program that rated it."""
Revision = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
"""A Hub commit (40 digits), or the SHA-256 over a folder's file digests (64 digits)."""

Labels = Annotated[tuple[str, ...], Field(min_length=2)]
"""A model's or workload's label names, by id."""

UNANSWERED = "(no valid answer)"
"""The label after the workload's own, of a model that writes its answers in words."""


class FileDigest(Record):
    """One file that was loaded. ``path`` is relative to the repository, with forward slashes."""

    path: str
    size: Count
    sha256: Sha256


def revision_of_files(files: Sequence[FileDigest]) -> str:
    """Revision of a folder: SHA-256 over the canonical JSON of the list of its files."""
    # The canonical JSON of a list is its members' canonical JSON between brackets.
    listing = b"[" + b",".join(file.canonical() for file in files) + b"]"
    return hashlib.sha256(listing).hexdigest()


def revision_of_recipe(recipe: str) -> str:
    """Revision of a model without files: SHA-256 of the text that says how it is made."""
    return hashlib.sha256(recipe.encode()).hexdigest()


class ModelRef(Record):
    """A model as the user named it; ``revision`` None means the default branch."""

    source: Source
    name: str
    revision: str | None = None


class ResolvedModel(Record):
    """A model whose files lie on this machine, checked but not loaded.

    ``name`` is ``org/model`` for the Hub, ``local/folder`` for a folder, ``energylabel/demo`` for
    the embedded demo, ``local/name`` for a function, which has no files and whose revision is
    that of its family's recipe: it tells no two functions apart. ``folder`` is a path on this
    machine and is never stored.
    ``family_overridden``: the user named another family than the files do.
    ``max_positions`` counts usable token positions (None: unbounded).
    ``datasets`` are the dataset ids that the model card names. ``labels`` is None for a model that
    answers with the workload's own.
    """

    source: Source
    name: str
    revision: Revision
    folder: str
    family: str
    family_overridden: bool = False
    architecture: str
    model_type: str
    labels: Labels | None
    max_positions: int | None
    vocabulary_size: Count
    files: tuple[FileDigest, ...]
    weight_bytes: Count
    datasets: tuple[str, ...] = ()
    language: str | None = None

    @property
    def is_function(self) -> bool:
        """As of :class:`Named`."""
        return self.source == "callable"


class Named(Record):
    """A rated model by name; ``family`` is the kind of model that it is."""

    source: Source
    name: str
    revision: Revision
    family: str

    @property
    def has_files(self) -> bool:
        """Whether it came with files: a model without is named after its family."""
        if self.source == "callable":
            return False
        return self.source != "embedded" or not self.name.endswith(f"/{self.family}")

    @property
    def is_function(self) -> bool:
        """Whether nothing is known of it but its answers and what these take."""
        return self.source == "callable"

    @property
    def pieces(self) -> str:
        """What it cuts texts into: a recipe has no tokenizer."""
        return "tokens" if self.has_files or self.is_function else "words"


class Subject(Named):
    """The rated model as the evidence records it (no path of this machine).

    ``family_overridden``: the user named another family than the model's files do.
    ``saved_dtypes``: number formats of the weights in the files, that of most numbers first, where
    there are several; ``dtype`` is the one they were computed in. ``dropped_settings`` are names of
    settings that the tokenizer was not given though its class reads them, ``unread_settings`` of
    those that it does not read. ``parameters`` and ``max_tokens`` are absent for a function.
    """

    family_overridden: Annotated[bool, AbsentIfEmpty] = False
    architecture: str
    parameters: Annotated[Count | None, Absent] = None
    dtype: str
    saved_dtypes: Annotated[tuple[str, ...], AbsentIfEmpty] = ()
    dropped_settings: Annotated[tuple[str, ...], AbsentIfEmpty] = ()
    unread_settings: Annotated[tuple[str, ...], AbsentIfEmpty] = ()
    labels: Labels
    max_tokens: Annotated[int | None, Field(ge=1, exclude_if=lambda value: value is None)] = None
    files: tuple[FileDigest, ...]
