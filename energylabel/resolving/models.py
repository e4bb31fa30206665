"""What the user typed → a model's checked files on this machine. Nothing is executed."""

import hashlib
import re
import unicodedata
from difflib import get_close_matches
from pathlib import Path

from energylabel.classifiers import (
    CUSTOM,
    families,
    families_by_name,
    find_family,
    model_without_files,
)
from energylabel.errors import NetworkError, UsageError
from energylabel.events import Event, Observer, silent
from energylabel.records import FileDigest, ModelRef, ResolvedModel, revision_of_files
from energylabel.resolving.families import files_of
from energylabel.resolving.fetching import Snapshot, altered, fetch
from energylabel.resolving.listing import CONFIG, check_links
from energylabel.resolving.model_folder import Inspection, inspect, named

DEMO = "energylabel/demo"
_OURS = "energylabel/"

_HUB_NAME = re.compile(r"(?:[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9_][\w.-]*", re.ASCII)
_REVISION = re.compile(r"[A-Za-z0-9][\w./+-]{0,199}", re.ASCII)
_FORMS = "write org/name, org/name@revision, a folder such as ./model, or demo"


def parse_model(argument: str, *, folders: bool = True) -> ModelRef:
    """What a model argument means; looks at local folders, asks no network.

    ``demo`` is the embedded model. An argument that starts with ``.``, ``/`` or ``~``, or names
    an existing folder, is a folder; ``org/name`` only if that folder holds config.json.
    Anything else is a name on the Hub: ``org/name[@revision]``, or a legacy ``name``.

    Args:
        argument: As typed, or as the Hub lists it.
        folders: Whether it may be a folder; what the Hub lists may not.

    Returns:
        A reference; for folders ``name`` is the path as typed, which is never stored.

    Raises:
        UsageError: No such folder, or nothing that could be a name.
    """
    if folders and (argument == "demo" or argument in standalone()):
        return ModelRef(source="embedded", name=f"{_OURS}{argument}")
    shown = repr(argument[:100])
    if not argument.strip() or "\0" in argument or len(argument) > 4096:
        raise UsageError(f"{shown} names no model", _FORMS)
    try:
        path = Path(argument).expanduser()
        is_folder, exists = folders and path.is_dir(), folders and path.exists()
        has_config = folders and (path / CONFIG).is_file()
    except (OSError, RuntimeError) as error:  # the name is too long, or its ~user does not exist
        raise UsageError(f"{shown} is no usable path", _FORMS) from error
    name, at, revision = argument.partition("@")
    hub_like = _HUB_NAME.fullmatch(name) is not None
    if argument.startswith((".", "/", "~")):
        if not is_folder:
            what = "is a file, not a folder" if exists else "does not exist"
            raise UsageError(f"the folder {shown} {what}", _FORMS)
        return ModelRef(source="folder", name=argument)
    if is_folder and (has_config or "/" not in name or not hub_like):
        return ModelRef(source="folder", name=argument)
    if name == "demo" and at:
        raise UsageError("the demo comes with the program and has no revisions", "write demo")
    if argument.startswith(("http://", "https://", "hf://")):
        raise UsageError(f"{shown} is an address, not a model's name", _FORMS)
    if exists and not is_folder:
        raise UsageError(f"{shown} is a file; a model is a folder", _FORMS)
    if not hub_like or ".." in name or "--" in name or name.endswith((".git", ".", "-")):
        raise UsageError(f"{shown} is neither a folder nor a model's name", _FORMS)
    if len(name) > 96:
        raise UsageError(f"{shown} is longer than the Hub's 96 characters", _FORMS)
    if at and (_REVISION.fullmatch(revision) is None or ".." in revision):
        raise UsageError(f"{shown} does not name a revision after the @", _FORMS)
    return ModelRef(source="hub", name=name, revision=revision or None)


def resolve(
    ref: ModelRef,
    *,
    name: str | None = None,
    family: str | None = None,
    offline: bool = False,
    max_download_bytes: int | None = None,
    observer: Observer = silent,
) -> ResolvedModel:
    """Bring a model's files to this machine, pin them, and check them without loading.

    Args:
        ref: From :func:`parse_model`.
        name: What a model in a folder is called, instead of as the folder.
        family: The family that the user names; None: as the model's files say.
        offline: Use only what is in the Hub's cache.
        max_download_bytes: Refuse a larger download.
        observer: Hears of progress.

    Returns:
        The model with the digest of every file that will be loaded. ``revision`` is the Hub's
        commit, or the SHA-256 of the file digests as canonical JSON for a folder.

    Raises:
        NotRatableError: Wrong task, unsafe or broken files.
        NetworkError: The Hub cannot be reached or refuses; a cached file is missing or altered.
        UsageError: No such folder or name; the download exceeds its limit.
    """
    if name is not None and ref.source != "folder":
        raise UsageError(
            f"--name is for a model in a folder; {ref.name} has a name",
            "leave it out; texts of your own are named with --data-name",
        )
    observer(Event("resolving", f"looking for {ref.name}"))
    own = ref.name.removeprefix(_OURS)
    if ref.source == "embedded" and own in standalone():
        if family not in (None, own):
            raise UsageError(f"{own} is a family itself", "leave out --family")
        if find_family(own).beside_only:
            raise UsageError(
                f"{own} gets no label of its own: it is {find_family(own).help}",
                "it is measured beside every other model that has rows to fit it on",
            )
        return model_without_files(find_family(own), ref.name)
    if family is not None:
        files_of(family)  # raises where there is no such family
    snapshot = _locate(ref, family, offline, max_download_bytes, observer, name=name)
    found = inspect(snapshot.folder, snapshot.name, family)
    observer(Event("resolving", f"{snapshot.name} is of the family {found.family} ({found.why})"))
    observer(Event("resolving", f"checking the files of {snapshot.name}"))
    with named(snapshot.name):
        files = tuple(_digest(snapshot.folder, name) for name in found.files)
    _compare(snapshot, files)
    return _resolved(ref, snapshot, found, files)


def standalone() -> frozenset[str]:
    """Names of the families whose models are fitted here and have no files."""
    return frozenset(
        name for name, family in families().items() if family.recipe and not family.in_memory
    )


def handed_over(name: str) -> ResolvedModel:
    """A function of a Python program as a model: nothing is known of it but its name."""
    found = model_without_files(find_family(CUSTOM), f"local/{folder_label(name)}")
    return found.model_copy(update={"source": "callable"})


def _locate(
    ref: ModelRef,
    family: str | None,
    offline: bool,
    max_download_bytes: int | None,
    observer: Observer,
    *,
    name: str | None,
) -> Snapshot:
    if ref.source == "hub":
        try:
            return fetch(
                ref,
                family=family,
                offline=offline,
                max_download_bytes=max_download_bytes,
                observer=observer,
            )
        except NetworkError as error:
            error.hint = _meant(ref.name) + error.hint
            raise
    if ref.source == "embedded":
        from energylabel.workloads import demo

        return Snapshot(DEMO, "", Path(demo.__path__[0], "model"))
    folder = Path(ref.name).expanduser().resolve()
    if not folder.is_dir():
        raise UsageError(f"the folder {ref.name[:100]!r} does not exist", _FORMS)
    called = f"local/{folder_label(name or folder.name)}"
    with named(called):
        check_links(folder)
    return Snapshot(called, "", folder)


def _meant(name: str) -> str:
    """What a name may mean that the Hub could not tell anything of; the Hub's own have a slash."""
    if "/" in name:
        return ""
    known = ["demo", *(family.name for family in families_by_name())]
    close = [each for each in known if name in each] or get_close_matches(name, known)
    if close:
        return f"did you mean {min(close, key=len)}? Else: "
    return f"if {name} is a folder, it is not here; else: "


def folder_label(name: str) -> str:
    """A folder's name made safe as one component of paths and labels; letters are kept.

    Everything but letters, digits, marks, ``.``, ``_`` and ``-`` becomes ``-``; at most 96
    characters.
    """
    kept = "".join(
        c if c in "._-" or unicodedata.category(c)[0] in "LNM" else "-"
        for c in unicodedata.normalize("NFC", name)
    )
    return re.sub(r"-{2,}", "-", kept).lstrip(".-").rstrip("-")[:96] or "model"


def _digest(folder: Path, name: str) -> FileDigest:
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    return FileDigest(path=name, size=size, sha256=digest)


def _compare(snapshot: Snapshot, files: tuple[FileDigest, ...]) -> None:
    """Refuse a large file in the cache that is not the one that the Hub lists."""
    for file in files:
        listed = snapshot.listed.get(file.path)
        if listed and listed.sha256 and listed.sha256 != file.sha256:
            raise altered(snapshot.name, file.path)


def _resolved(
    ref: ModelRef, snapshot: Snapshot, found: Inspection, files: tuple[FileDigest, ...]
) -> ResolvedModel:
    return ResolvedModel(
        source=ref.source,
        name=snapshot.name,
        revision=snapshot.commit or revision_of_files(files),
        folder=str(snapshot.folder),
        family=found.family,
        family_overridden=found.overridden,
        architecture=found.architecture,
        model_type=found.model_type,
        labels=found.labels,
        max_positions=found.max_positions,
        vocabulary_size=found.vocabulary_size,
        files=files,
        weight_bytes=found.weight_bytes,
        datasets=found.datasets,
        language=found.language,
    )
