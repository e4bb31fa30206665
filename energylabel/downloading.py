"""The files of one split of a Hub dataset, at its pinned commit, through the Hub's own cache.

Only the files that the definition names come down; `HF_ENDPOINT`, `HF_HOME` and a stored token
are honoured by `huggingface_hub` itself.
"""

import errno
import io
from pathlib import Path
from typing import Any

from energylabel.errors import EnergyLabelError, NetworkError, OutputError
from energylabel.observing import Event, Observer
from energylabel.records.workload import HubDataset


def download(dataset: HubDataset, *, offline: bool, observer: Observer) -> tuple[Path, ...]:
    """Local paths of ``dataset.files``, in that order; downloads what the cache lacks.

    Raises:
        NetworkError: The Hub cannot be reached or refuses; or ``offline`` and not in the cache.
        OutputError: The disk is full or the cache cannot be written.
    """
    return tuple(
        _fetch(dataset, file, offline=offline, observer=observer) for file in dataset.files
    )


def _fetch(dataset: HubDataset, file: str, *, offline: bool, observer: Observer) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        HFValidationError,
        HTTPError,
    )

    where = f"{dataset.repository}@{dataset.commit[:12]}"
    try:
        return Path(
            hf_hub_download(
                dataset.repository,
                file,
                repo_type="dataset",
                revision=dataset.commit,
                local_files_only=offline,
                tqdm_class=_reporter(observer, f"downloading {where}"),
            )
        )
    except (OSError, HTTPError) as error:
        raise _explained(error, where, file, offline=offline) from error
    except HFValidationError as error:
        raise NetworkError(
            f"{dataset.repository!r} cannot be a dataset of the Hub: {_one_line(error)}",
            "correct `repository` in the workload's TOML",
        ) from error
    except ValueError as error:  # a page of HTML where JSON was due
        raise NetworkError(f"the answer for {where} did not come from a Hub", _CAPTIVE) from error


_CAPTIVE = "check HF_ENDPOINT, and that no login page of the network stands in between"


def _explained(error: Exception, where: str, file: str, *, offline: bool) -> EnergyLabelError:
    """The error in the user's words."""
    from huggingface_hub import errors as hub

    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EROFS, errno.EACCES}:
        return OutputError(
            f"{file} of {where} cannot be stored in the cache: {error.strerror}",
            "free space, or set HF_HOME to a folder that can be written",
        )
    root = _root(error)
    message = f"{file} of {where} cannot be downloaded: {_one_line(root)}"
    hint = "check the connection and try again; --offline uses what is in the cache"
    # The order matters: the Hub's classes are subclasses of each other.
    if isinstance(root, hub.FileMetadataError):
        message, hint = f"the answer for {where} did not come from a Hub", _CAPTIVE
    elif isinstance(error, hub.LocalEntryNotFoundError):
        if offline or isinstance(error.__cause__, hub.OfflineModeIsEnabled):
            message = f"{file} of {where} is not in the cache, and offline mode is on"
            hint = "run once with a connection and without --offline (and HF_HUB_OFFLINE unset)"
    elif isinstance(error, hub.GatedRepoError):
        message = f"{where} is gated: its owner wants its terms accepted first"
        hint = "accept them on the dataset's page, then `hf auth login`"
    elif isinstance(error, hub.RepositoryNotFoundError):
        message = f"the dataset {where} is private, gated or missing"
        hint = "check its name; for a private one `hf auth login` first"
    elif isinstance(error, hub.RevisionNotFoundError | hub.EntryNotFoundError):
        message = f"the Hub has no file {file} in {where}"
        hint = "the dataset was rewritten, or [dataset] in the workload's TOML is wrong"
    return NetworkError(message, hint)


def _root(error: BaseException) -> BaseException:
    """The innermost cause: the library wraps refused connections and 429 alike."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _one_line(error: BaseException) -> str:
    words = " ".join(str(error).partition("\n")[0].split())
    return words[:200] or type(error).__name__


def _reporter(observer: Observer, message: str) -> Any:
    """A progress-bar class that tells the observer instead of the terminal."""
    from tqdm import tqdm

    class Reporter(tqdm):  # type: ignore[type-arg,misc,unused-ignore]
        def __init__(self, *args: Any, **options: Any) -> None:
            options.pop("name", None)
            super().__init__(*args, **options | {"file": io.StringIO(), "disable": False})

        def update(self, n: float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            observer(Event("sampling", message, done=float(self.n), total=self.total))
            return shown

    return Reporter
