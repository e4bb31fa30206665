"""A folder, a file, or a model on the Hub → the label meant, or all of them, with the evidence."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from energylabel import storing
from energylabel.comparing import Contender, Entry, asked_of, contender
from energylabel.errors import SchemaError, UsageError
from energylabel.events import Observer, silent
from energylabel.judging import contradictions, judge
from energylabel.publishing.existing.skimming import skim
from energylabel.publishing.existing.standing import labels_of
from energylabel.publishing.repository import Repository
from energylabel.records import Evidence, Label, Setup
from energylabel.resolving import parse_model

MAIN = "main"
"""What ``--against`` calls the label of the same model on its repository's main branch."""

_MAX_BYTES = 64_000_000
"""Of a record that is read where there are many: thirty times the largest that there is."""


def gather(source: str, *, workload: str | None = None, observer: Observer = silent) -> Entry:
    """The one label that a source has.

    Args:
        source: Folder of a label, a file in it, or a folder with one label somewhere below; or
            ``org/model[@revision]`` on the Hub.
        workload: Name of the workload, where there are several labels.
        observer: Hears of pauses where the Hub asks for patience.

    Raises:
        SchemaError: The evidence is missing, unreadable, or contradicts itself.
        UsageError: There is no label, or there are several.
        NetworkError: The Hub cannot be reached or refuses.
    """
    path = Path(source)
    if path.exists():
        entries = [read_checked(folder) for folder in folders_below(path)]
    else:
        reference = parse_model(source)
        if "/" not in reference.name:  # a mistyped folder more often than a model without a label
            raise UsageError(
                f"{source} is no file or folder here, nor org/model on the Hub",
                "give the folder of a label, or org/model",
            )
        if reference.source != "hub":
            raise UsageError(
                f"{source} does not exist", "give the folder of a label, or org/model on the Hub"
            )
        repository = Repository(reference.name, observer)
        found = labels_of(repository, reference.revision or MAIN)
        entries = [Entry(evidence, label) for evidence, label in found]
    wanted = [each for each in entries if workload in {None, each.label.workload.name}]
    return _only(source, wanted, entries, workload)


def standing_beside(entry: Entry, observer: Observer = silent) -> Entry | None:
    """The label on the Hub's main for the same model, workload, kind of machine and setup.

    None where there is none yet.

    Raises:
        UsageError: The model is not of the Hub.
        NetworkError: The Hub cannot be reached or refuses.
    """
    label = entry.label
    if label.subject.source != "hub":
        raise UsageError(
            f"{label.subject.name} is no model on the Hub, which main would be of",
            "give --against the folder of the earlier label",
        )
    for evidence, other in labels_of(Repository(label.subject.name, observer), MAIN):
        if storing.published(evidence) == storing.published(entry.evidence):
            return Entry(evidence, other)
    return None


def folders_below(path: Path, unreadable: Callable[[OSError], None] | None = None) -> list[Path]:
    """The folders of labels in and below a folder, or that of a file; earlier ones are left out.

    Args:
        path: Folder, or a file in the folder of one label.
        unreadable: Hears of folders that cannot be listed; None: they are passed over.
    """
    if not path.is_dir():
        return [path.parent]
    found = []
    for folder, inner, files in os.walk(path, onerror=unreadable):
        if storing.EVIDENCE in files or storing.LABEL in files:
            found.append(Path(folder))
            inner.clear()  # below a label there are its earlier ones alone
        inner.sort()
    return found


def read_checked(folder: Path, url: str | None = None) -> Entry:
    """The label of a folder, made from its evidence, which may not contradict itself.

    Args:
        folder: With ``evidence.json``.
        url: Where the evidence was published.

    Raises:
        SchemaError: The evidence is missing, unreadable, or contradicts itself.
    """
    evidence = storing.read_evidence(folder)
    contradiction = next(iter(contradictions(evidence)), None)
    if contradiction is not None:
        raise SchemaError(
            f"{folder}: the evidence contradicts itself: {contradiction}",
            "energylabel verify tells all; rate the model again",
        )
    return Entry(evidence, judge(evidence, url))


@dataclass(frozen=True, slots=True)
class Stored:
    """A label where there are many: as it lies there, and what it was held against.

    ``content`` is the SHA-256 of the rows asked. ``checked``: all of the label follows from
    evidence that does not contradict itself; else the evidence is that which the label was made
    of, and no more was looked at. ``pair`` is the digest of both records as they lie there, empty
    for a label that was made anew. ``folder`` holds them; ``evidence`` is there instead where they
    are on the Hub.
    """

    label: Label
    setup: Setup
    content: str | None
    checked: bool
    pair: str = ""
    contender: Contender | None = None
    folder: Path | None = None
    evidence: Evidence | None = None

    @property
    def id(self) -> str:
        """The label's."""
        return self.label.id


def read_stored(
    folder: Path, *, thoroughly: bool, seen: Callable[[str], bool] = lambda _: False
) -> Stored:
    """The label that a folder has stored, held against the evidence beside it.

    Args:
        folder: With ``evidence.json``; without ``label.json`` the label is made from it.
        thoroughly: Whether the whole label has to follow from the evidence.
        seen: Whether a pair of records was checked thoroughly before, by digest.

    Raises:
        SchemaError: A record is unreadable or of a newer schema, or the label does not follow.
        MeasurementError: No label follows from the evidence.
    """
    _refuse_odd(folder / storing.EVIDENCE)
    if not (folder / storing.LABEL).exists():
        return _stored(read_checked(folder), folder)
    _refuse_odd(folder / storing.LABEL)
    written = storing.read_bytes(folder / storing.LABEL)
    stored = storing.parse_label(written, str(folder / storing.LABEL))
    content = storing.read_bytes(folder / storing.EVIDENCE)
    if hashlib.sha256(content).hexdigest() != stored.id:
        raise SchemaError(
            f"{folder}: the label is of other evidence: its id is not the SHA-256 of evidence.json",
            "energylabel render makes the label again",
        )
    pair = hashlib.sha256(stored.id.encode() + written).hexdigest()
    before = seen(pair)
    if before or not thoroughly:
        asked, setup = _asked_in(content, folder)
        return Stored(
            label=stored,
            setup=stored.conditions.setup or setup,
            content=asked["content_sha256"],
            checked=before,
            pair=pair,
            contender=contender(stored, asked),
            folder=folder,
        )
    entry = read_checked(folder, stored.evidence_url)
    if entry.label != stored:
        raise SchemaError(
            f"{folder}: the label does not follow from its evidence",
            "energylabel verify tells where, energylabel render makes the label again",
        )
    return _stored(entry, folder, pair)


def _refuse_odd(path: Path) -> None:
    """Of a stranger's folder: to read a device or a pipe may never end."""
    if not path.is_file():
        raise SchemaError(f"{path} is no file", "remove it")
    if path.stat().st_size > _MAX_BYTES:
        raise SchemaError(f"{path} is larger than any record", "remove it")


def _asked_in(content: bytes, folder: Path) -> tuple[dict[str, Any], Setup]:
    """What was asked and answered, and the setup."""
    try:
        return skim(content)
    except (ValueError, KeyError):
        evidence = storing.read_evidence(folder)
        return asked_of(evidence), evidence.settings.setup


def stored_on_hub(
    name: str,
    revision: str | None,
    observer: Observer = silent,
    refused: Callable[[str], object] = str,
) -> list[Stored]:
    """The standard labels of a model on the Hub, made from their evidence.

    Args:
        name: ``org/model``.
        revision: None: ``main``.
        observer: Hears of pauses where the Hub asks for patience.
        refused: Hears why evidence there makes no label.

    Raises:
        NetworkError: The Hub cannot be reached or refuses.
    """
    repository = Repository(name, observer)
    wanted = revision or MAIN
    root = f"{repository.url}/resolve/{wanted}"
    return [
        replace(_stored(Entry(evidence, made)), evidence=evidence)
        for evidence, label in labels_of(repository, wanted, refused)
        for url in [f"{root}/{storing.published(evidence)}/{storing.EVIDENCE}"]
        for made in [label.model_copy(update={"evidence_url": url})]
    ]


def _stored(entry: Entry, folder: Path | None = None, pair: str = "") -> Stored:
    evidence = entry.evidence
    return Stored(
        label=entry.label,
        setup=evidence.settings.setup,
        content=evidence.workload.content_sha256,
        checked=True,
        pair=pair,
        contender=contender(entry.label, asked_of(evidence)),
        folder=folder,
    )


def _only(
    source: str, wanted: Sequence[Entry], there: Sequence[Entry], workload: str | None
) -> Entry:
    if len(wanted) == 1:
        return wanted[0]
    if not there:
        raise UsageError(f"{source} has no label", "energylabel rate makes one")
    if not wanted:
        names = sorted({each.label.workload.name for each in there})
        raise UsageError(
            f"{source} has no label of {workload}", f"there are labels of {', '.join(names)}"
        )
    listed = "; ".join(sorted(_place(each.label) for each in wanted)[:4])
    apart = len({each.label.workload.name for each in wanted}) > 1
    raise UsageError(
        f"{source} has {len(wanted)} labels: {listed}{' …' if len(wanted) > 4 else ''}",
        f"give the folder of one of them{', or --workload' * apart};"
        f" energylabel list {source} names all",
    )


def _place(label: Label) -> str:
    return f"{label.subject.name} on {label.workload.name}, {label.hardware.slug}"
