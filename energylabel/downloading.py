"""The files of one split of a Hub dataset, at its pinned commit, through the Hub's own cache.

Only the files that the definition names come down; `HF_ENDPOINT`, `HF_HOME` and a stored token
are honoured by `huggingface_hub` itself.
"""

import io
from pathlib import Path
from typing import Any

from energylabel.explaining import explained
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

    where = f"{dataset.repository}@{dataset.commit[:12]}"
    with explained(f"{file} of {where}", offline=offline):
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
