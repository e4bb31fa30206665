"""A folder, a file, or a model on the Hub → the label meant, with its evidence."""

from collections.abc import Sequence
from pathlib import Path

from energylabel import storing
from energylabel.comparing import Entry
from energylabel.errors import SchemaError, UsageError
from energylabel.events import Observer, silent
from energylabel.judging import contradictions, judge
from energylabel.publishing.existing.standing import labels_of
from energylabel.publishing.repository import Repository
from energylabel.records import Label
from energylabel.resolving import parse_model

MAIN = "main"
"""What ``--against`` calls the label of the same model on its repository's main branch."""


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
        entries = _below(path)
    else:
        reference = parse_model(source)
        if reference.source != "hub":
            raise UsageError(
                f"{source} does not exist", "give the folder of a label, or org/model on the Hub"
            )
        repository = Repository(reference.name, observer)
        found = labels_of(repository, reference.revision or MAIN)
        entries = [Entry(evidence, label) for evidence, label in found]
    wanted = [each for each in entries if workload in {None, each.label.workload.name}]
    return _only(source, wanted, entries)


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


def _below(path: Path) -> list[Entry]:
    """The labels of a folder, or of those below it but for earlier ones."""
    folders = [path if path.is_dir() else path.parent]
    if not (folders[0] / storing.EVIDENCE).is_file():
        found = sorted(folders[0].rglob(storing.EVIDENCE)) if path.is_dir() else []
        folders = [each.parent for each in found if "history" not in each.parts]
    entries = []
    for folder in folders:
        evidence = storing.read_evidence(folder)
        contradiction = next(iter(contradictions(evidence)), None)
        if contradiction is not None:
            raise SchemaError(
                f"{folder}: the evidence contradicts itself: {contradiction}",
                "energylabel verify tells all; rate the model again",
            )
        entries.append(Entry(evidence, judge(evidence)))
    return entries


def _only(source: str, wanted: Sequence[Entry], there: Sequence[Entry]) -> Entry:
    if len(wanted) == 1:
        return wanted[0]
    if not there:
        raise UsageError(f"{source} has no label", "energylabel rate makes one")
    if not wanted:
        names = sorted({each.label.workload.name for each in there})
        raise UsageError(
            f"{source} has no label of that workload", f"there are labels of {', '.join(names)}"
        )
    listed = "; ".join(sorted(_place(each.label) for each in wanted)[:4])
    raise UsageError(
        f"{source} has {len(wanted)} labels: {listed}{' …' if len(wanted) > 4 else ''}",
        "give the folder of one of them, or --workload",
    )


def _place(label: Label) -> str:
    return f"{label.workload.name} on {label.hardware.slug}"
