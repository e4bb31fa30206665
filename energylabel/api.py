"""The front door for Python: the same as the commands, without printing."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from energylabel import publishing, storing
from energylabel.events import Observer, silent
from energylabel.pipeline import rate as _rate
from energylabel.pipeline import relabel as _relabel
from energylabel.planning import Options, Request
from energylabel.records import Label, ProtocolName
from energylabel.resolving import MAX_DOWNLOAD_BYTES
from energylabel.sampling import QUERIES


def rate(
    model: str | os.PathLike[str],
    *,
    workload: str | None = None,
    data: str | os.PathLike[str] | None = None,
    text_column: str = "text",
    label_column: str = "label",
    train_data: str | os.PathLike[str] | None = None,
    language: str | None = None,
    family: str | None = None,
    label_map: str | Mapping[str, str] | None = None,
    protocol: ProtocolName | None = None,
    device: str = "auto",
    dtype: str = "auto",
    batch_size: int | None = None,
    queries: int = QUERIES,
    accuracy_rows: int | Literal["auto", "all"] = "auto",
    time_limit_s: float | None = None,
    country: str | None = None,
    allow_shared: bool = False,
    mode: str | None = None,
    shots: int = 0,
    baselines: bool = True,
    out: str | os.PathLike[str] = "labels",
    offline: bool = False,
    max_download_bytes: int | None = MAX_DOWNLOAD_BYTES,
    resume: bool = False,
    wait: bool = True,
    observer: Observer = silent,
) -> Label:
    """Rate a model and write its label, as ``energylabel rate`` does.

    Args:
        model: ``org/name``, ``org/name@revision``, a local folder, or ``demo``.
        workload: Name of a workload or path of a TOML file; None: chosen from the model.
        data: A JSON Lines, CSV or Parquet file of your own instead of a workload.
        text_column: Column of ``data`` with the texts.
        label_column: Column of ``data`` with the labels.
        train_data: A file of the same columns with rows to fit models on.
        language: ISO code of the language of ``data``, for questions in words.
        family: The kind of model, where its files say it wrong.
        label_map: ``model=workload,…`` or a mapping, where the labels' names do not match.
        protocol: ``standard`` or ``quick``; None: standard, and quick for the demo.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        dtype: ``auto`` (as the repository ships it), ``float32``, ``bfloat16`` or ``float16``.
        batch_size: Texts per batch; halved until a batch fits into memory. None: 32 on a CPU, as
            many as have 16,384 tokens on a GPU.
        queries: Rows of the energy measurement.
        accuracy_rows: Rows of the accuracy: as many as the time allows, all, or a number.
        time_limit_s: Bound on the whole rating, in seconds.
        country: ISO 3166 alpha-3 code, to add CO2e from an offline table.
        allow_shared: Rate on a GPU that others use too; the label says so.
        mode: How a language model answers, ``score`` or ``generate``; None: ``score``.
        shots: Worked examples in each question to a language model.
        baselines: Measure the cheap models beside it, where there are rows to fit them on.
        out: Root of the tree of labels.
        offline: Use what is in the Hub's cache alone.
        max_download_bytes: Refuse a model of which more must come down; None: no limit.
        resume: Continue an interrupted rating.
        wait: Wait for another rating on this machine to end; otherwise refuse.
        observer: Called with an :class:`energylabel.events.Event` at each step.

    Returns:
        The label. Its energy letter is None when it was withheld, with the reasons.

    Raises:
        energylabel.errors.EnergyLabelError: Of the class that says what went wrong.
    """
    request = Request(
        model=os.fspath(model),
        workload=workload,
        data=None if data is None else Path(data),
        text_column=text_column,
        label_column=label_column,
        train_data=None if train_data is None else Path(train_data),
        language=language,
        family=family,
        label_map=json.dumps(dict(label_map)) if isinstance(label_map, Mapping) else label_map,
        protocol=protocol,
        options=Options(
            device=device,
            dtype=dtype,
            batch_size=batch_size,
            queries=queries,
            accuracy_rows=accuracy_rows,
            time_limit_s=time_limit_s,
            country=country,
            allow_shared=allow_shared,
            mode=mode,
            shots=shots,
            baselines=baselines,
        ),
        out=Path(out),
        offline=offline,
        max_download_bytes=max_download_bytes,
        resume=resume,
        wait=wait,
    )
    return _rate(request, observer).label


def relabel(path: str | os.PathLike[str]) -> Label:
    """Make a label and its pictures again from the evidence in a folder; needs no hardware."""
    return _relabel(Path(path)).label


def push(
    path: str | os.PathLike[str],
    *,
    mode: Literal["pr", "commit"] = "pr",
    observer: Observer = silent,
) -> str:
    """Push a stored label to its model's repository on the Hub, as ``energylabel push`` does.

    Args:
        path: Folder of the label.
        mode: ``pr`` opens or updates a pull request, ``commit`` commits to ``main``.
        observer: Called with an :class:`energylabel.events.Event` at each step.

    Returns:
        The address of the pull request or the commit, also when all was there already.

    Raises:
        energylabel.errors.EnergyLabelError: Of the class that says what went wrong.
    """
    return publishing.push(Path(path), mode, observer).url


def load_label(path: str | os.PathLike[str]) -> Label:
    """Read a stored label, given its folder or a file in it."""
    return storing.read_label(storing.find(Path(path)))
