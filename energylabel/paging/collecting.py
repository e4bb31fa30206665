"""Folders and models on the Hub → labels, each once; what cannot be read is named."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import quote

from energylabel import storing
from energylabel.errors import EnergyLabelError, NetworkError, UsageError, one_line
from energylabel.events import Event, Observer, silent
from energylabel.paging.listed import ListedLabel, listed
from energylabel.paging.remembering import remember, seen
from energylabel.publishing import folders_below, read_stored, stored_on_hub
from energylabel.records import Label
from energylabel.resolving import parse_model

_Read = tuple[ListedLabel | str, str]
"""A label or why there is none, and the digest of its two records."""

_Reader = Callable[[Path], _Read]

CHECKED_AT_ONCE = 1_000
"""Up to so many new labels are checked in full unless something else is said: half a minute."""

_ALONE = 100
"""Folders that one process has read before others have started."""

_CHUNK = 100
_LARGE = 1_000_000
"""Bytes of an earlier label's record, a hundred times the usual."""

_EARLIER = 20
"""Earlier labels of one place that are shown."""


@dataclass(slots=True)
class Collection:
    """All labels, each once, and why others are not among them."""

    labels: list[ListedLabel] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    repeated: int = 0


def collect(
    sources: Sequence[str],
    out: Path,
    *,
    thoroughly: bool | None = None,
    observer: Observer = silent,
) -> Collection:
    """All labels of the sources.

    Args:
        sources: Folders, files of a label, or ``org/model[@revision]`` on the Hub.
        out: Where the page will lie; paths to evidence lead from there.
        thoroughly: Whether labels in folders have to follow from their evidence; None: if there
            are few.
        observer: Hears how far it is.

    Raises:
        UsageError: A source is neither a folder nor a model's name.
        NetworkError: The Hub cannot be reached or refuses.
    """
    found = Collection()
    folders: dict[Path, None] = {}
    models = []
    for source in sources:
        path = Path(source)
        if path.exists():
            folders |= dict.fromkeys(folders_below(path, partial(_unlisted, found)))
        else:
            models.append(_model_of(source))
    known: set[str] = set()
    every = _checked(list(folders), out, thoroughly, observer)
    for each in (*every, *_on_the_hub(models, found, observer)):
        if isinstance(each, str):
            found.left_out.append(each)
        elif each.id in known:
            found.repeated += 1
        else:
            known.add(each.id)
            found.labels.append(each)
    return found


def _checked(
    folders: list[Path], out: Path, thoroughly: bool | None, observer: Observer
) -> list[ListedLabel | str]:
    """The labels of folders; those that were checked in full are remembered."""
    few = len(folders) <= CHECKED_AT_ONCE
    first = few if thoroughly is None else thoroughly
    found = list(_in_folders(folders, partial(_read, out=out, thoroughly=first), observer))
    if thoroughly is None and not few:  # of many, most may have been checked before
        left = [at for at, (label, _) in enumerate(found) if _unchecked(label)]
        if len(left) <= CHECKED_AT_ONCE:
            read = partial(_read, out=out, thoroughly=True)
            again = _in_folders([folders[at] for at in left], read, observer)
            for at, each in zip(left, again, strict=True):
                found[at] = each
    remember(pair for label, pair in found if pair and not _unchecked(label))
    return [label for label, _ in found]


def _unchecked(label: ListedLabel | str) -> bool:
    return isinstance(label, ListedLabel) and not label.checked


def _unlisted(found: Collection, error: OSError) -> None:
    found.left_out.append(f"cannot read {error.filename}: {error.strerror or error}")


def _model_of(source: str) -> tuple[str, str | None]:
    reference = parse_model(source)
    if reference.source != "hub":
        raise UsageError(
            f"{source} does not exist", "give a folder with labels, or org/model on the Hub"
        )
    return reference.name, reference.revision


def _in_folders(folders: list[Path], read: _Reader, observer: Observer) -> Iterator[_Read]:
    """The label of each folder, or why there is none, in their order."""
    processes = min(os.cpu_count() or 1, 1 + len(folders) // _ALONE)
    if processes == 1:
        yield from map(read, folders)
        return
    # Processes of their own: the libraries that judge have threads, which a fork would not copy.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        done = 0
        for read_ones in pool.map(partial(_read_all, read=read), _chunks(folders)):
            yield from read_ones
            done += len(read_ones)
            observer(Event("reading", "labels", done, len(folders)))


def _chunks(folders: Iterable[Path]) -> Iterator[list[Path]]:
    rest = iter(folders)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _read_all(folders: list[Path], read: _Reader) -> list[_Read]:
    return [read(folder) for folder in folders]


def _read(folder: Path, *, out: Path, thoroughly: bool) -> _Read:
    """The label of a folder, or one line that says why there is none."""
    try:
        found = read_stored(folder, thoroughly=thoroughly, seen=seen)
        place = _path_from(out, folder / storing.EVIDENCE)
        return listed(found, place, _earlier(folder)), found.pair
    except EnergyLabelError as error:
        named = str(folder) in error.message
        return one_line(error.message if named else f"{folder}: {error.message}", 400), ""
    except Exception as error:  # noqa: BLE001 - a stranger's record among many may be anything
        return one_line(f"{folder}: {type(error).__name__}: {error}", 400), ""


def _path_from(out: Path, evidence: Path) -> str | None:
    """Where evidence lies as seen from the page, if both lie below this folder.

    What lies elsewhere would tell names of this machine's folders to whoever reads the page.
    """
    here = os.getcwd() + os.sep  # noqa: PTH109 - ten thousand times: paths as text are faster
    start, end = os.path.abspath(out), os.path.abspath(evidence)  # noqa: PTH100
    if not (start.startswith(here) and end.startswith(here)):
        return None
    return quote(os.path.relpath(end, start).replace(os.sep, "/"))


def _earlier(folder: Path) -> tuple[Label, ...]:
    """The labels that this one took the place of, the latest first; unreadable ones are none."""
    past = folder / "history"
    if not past.is_dir():
        return ()
    labels = []
    for each in sorted(past.iterdir())[:_EARLIER]:
        path = each / storing.LABEL
        try:
            if path.is_file() and path.stat().st_size < _LARGE:
                labels.append(storing.read_label(each))
        except EnergyLabelError:
            continue
    return tuple(sorted(labels, key=lambda label: -label.issued_at))


def _on_the_hub(
    models: list[tuple[str, str | None]], found: Collection, observer: Observer
) -> Iterator[ListedLabel | str]:
    """Of a model that cannot be reached its error, unless none can."""
    failed: list[NetworkError] = []
    for number, (name, revision) in enumerate(models):
        observer(Event("reading", f"labels of {name} on the Hub", number, len(models)))
        try:
            stored = stored_on_hub(name, revision, observer, found.left_out.append)
        except NetworkError as error:
            failed.append(error)
            yield one_line(error.message, 400)
            continue
        yield from map(listed, stored)
    if failed and len(failed) == len(models):
        raise failed[0]
