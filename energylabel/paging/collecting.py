"""Folders and models on the Hub → labels, each once; what cannot be read is named."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote

from energylabel import storing
from energylabel.errors import EnergyLabelError, NetworkError, UsageError, one_line
from energylabel.events import Event, Observer, silent
from energylabel.paging.listed import ListedLabel, listed
from energylabel.paging.remembering import remember, seen
from energylabel.publishing import Stored, folders_below, read_stored, stored_on_hub
from energylabel.records import Label
from energylabel.resolving import parse_model


class One(Protocol):
    """A label in the shape that is wanted."""

    @property
    def id(self) -> str:
        """The label's."""
        ...

    @property
    def checked(self) -> bool:
        """Whether all of it was seen to follow from its evidence."""
        ...


Item = TypeVar("Item", bound=One)
_Shape = Callable[[Stored], Item]
_Read = tuple[Item | str, str]
"""A label or why there is none, and the digest of its two records."""

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
class Collection(Generic[Item]):
    """All labels, each once, and why others are not among them."""

    labels: list[Item] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    repeated: int = 0


def collect(
    sources: Sequence[str],
    out: Path | None,
    *,
    thoroughly: bool | None = None,
    observer: Observer = silent,
) -> Collection[ListedLabel]:
    """All labels of the sources, as the page lists them.

    Args:
        sources: Folders, files of a label, or ``org/model[@revision]`` on the Hub.
        out: Where the page will lie; paths to evidence lead from there. None: on another machine.
        thoroughly: Whether labels in folders have to follow from their evidence; None: if there
            are few.
        observer: Hears how far it is.

    Raises:
        UsageError: A source is neither a folder nor a model's name.
        NetworkError: The Hub cannot be reached or refuses.
    """
    return collect_as(partial(_listed, out=out), sources, thoroughly=thoroughly, observer=observer)


def collect_as(
    shape: "_Shape[Item]",
    sources: Sequence[str],
    *,
    thoroughly: bool | None = None,
    processes: int | None = None,
    observer: Observer = silent,
) -> Collection[Item]:
    """As :func:`collect`, each label in another shape.

    Args:
        shape: Is sent to other processes; where it raises, that label is left out.
        sources: As there.
        thoroughly: As there.
        processes: At most so many; None: one for each processor, where there is enough to do.
        observer: As there.
    """
    found: Collection[Item] = Collection()
    folders: dict[Path, None] = {}
    models = []
    for source in sources:
        path = Path(source)
        if path.exists():
            folders |= dict.fromkeys(folders_below(path, partial(_unlisted, found.left_out)))
        else:
            models.append(_model_of(source))
    known: set[str] = set()
    most = processes or os.cpu_count() or 1
    read = partial(_in_folders, most=most, observer=observer)
    every = _checked(list(folders), partial(_read, shape=shape), read, thoroughly)
    for each in (*every, *_on_the_hub(models, shape, found.left_out, observer)):
        if isinstance(each, str):
            found.left_out.append(each)
        elif each.id in known:
            found.repeated += 1
        else:
            known.add(each.id)
            found.labels.append(each)
    return found


def _checked(
    folders: list[Path],
    read: Callable[..., "_Read[Item]"],
    in_folders: Callable[..., Iterator["_Read[Item]"]],
    thoroughly: bool | None,
) -> list[Item | str]:
    """The labels of folders; those that were checked in full are remembered."""
    few = len(folders) <= CHECKED_AT_ONCE
    first = few if thoroughly is None else thoroughly
    found = list(in_folders(folders, partial(read, thoroughly=first)))
    if thoroughly is None and not few:  # of many, most may have been checked before
        left = [at for at, (label, _) in enumerate(found) if _unchecked(label)]
        if len(left) <= CHECKED_AT_ONCE:
            again = in_folders([folders[at] for at in left], partial(read, thoroughly=True))
            for at, each in zip(left, again, strict=True):
                found[at] = each
    remember(pair for label, pair in found if pair and not _unchecked(label))
    return [label for label, _ in found]


def _unchecked(label: One | str) -> bool:
    return not isinstance(label, str) and not label.checked


def _unlisted(left_out: list[str], error: OSError) -> None:
    left_out.append(f"cannot read {error.filename}: {error.strerror or error}")


def _model_of(source: str) -> tuple[str, str | None]:
    reference = parse_model(source)
    if reference.source != "hub":
        raise UsageError(
            f"{source} does not exist", "give a folder with labels, or org/model on the Hub"
        )
    return reference.name, reference.revision


def _in_folders(
    folders: list[Path], read: Callable[[Path], "_Read[Item]"], *, most: int, observer: Observer
) -> Iterator["_Read[Item]"]:
    """The label of each folder, or why there is none, in their order."""
    processes = min(most, 1 + len(folders) // _ALONE)
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


def _read_all(folders: list[Path], read: Callable[[Path], "_Read[Item]"]) -> list["_Read[Item]"]:
    return [read(folder) for folder in folders]


def _read(folder: Path, *, shape: "_Shape[Item]", thoroughly: bool) -> "_Read[Item]":
    """The label of a folder, or one line that says why there is none."""
    try:
        found = read_stored(folder, thoroughly=thoroughly, seen=seen)
        return shape(found), found.pair
    except EnergyLabelError as error:
        named = str(folder) in error.message
        return one_line(error.message if named else f"{folder}: {error.message}", 400), ""
    except Exception as error:  # noqa: BLE001 - a stranger's record among many may be anything
        return one_line(f"{folder}: {type(error).__name__}: {error}", 400), ""


def _listed(found: Stored, *, out: Path | None) -> ListedLabel:
    """As the page lists it; a label on the Hub has its address, and no earlier ones that we see."""
    if found.folder is None:
        return listed(found)
    place = _path_from(out, found.folder / storing.EVIDENCE) if out is not None else None
    return listed(found, place, _earlier(found.folder))


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
    models: list[tuple[str, str | None]],
    shape: "_Shape[Item]",
    left_out: list[str],
    observer: Observer,
) -> Iterator[Item | str]:
    """Of a model that cannot be reached its error, unless none can."""
    failed: list[NetworkError] = []
    for number, (name, revision) in enumerate(models):
        observer(Event("reading", f"labels of {name} on the Hub", number, len(models)))
        try:
            stored = stored_on_hub(name, revision, observer, left_out.append)
        except NetworkError as error:
            failed.append(error)
            yield one_line(error.message, 400)
            continue
        for each in stored:
            try:
                yield shape(each)
            except EnergyLabelError as error:
                yield one_line(f"{name}: {error.message}", 400)
    if failed and len(failed) == len(models):
        raise failed[0]
