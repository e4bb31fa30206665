"""Workload → Training: rows to fit models on, none of which is asked.

They stand in the same order of hashes as the rows that are asked (standard, section 2), and a row
whose text is asked is left out, wherever it comes from.
"""

from collections import deque
from pathlib import Path

from energylabel import workloads
from energylabel.classifiers import TRAINING_ROWS
from energylabel.errors import DataError, UsageError
from energylabel.events import Event, Observer, silent
from energylabel.hub import HubClient
from energylabel.records import Samples, Training, WorkloadDefinition
from energylabel.sampling.cleaning import (
    Rows,
    agree,
    ids_of,
    known_rows,
    repair,
    said_of,
    usable,
)
from energylabel.sampling.repeating import copied
from energylabel.sampling.samples import content_digest, row_order
from energylabel.sampling.tables import read_file, read_split, source_of
from energylabel.workloads import Names


def train(
    definition: WorkloadDefinition,
    samples: Samples,
    *,
    folder: Path | None = None,
    offline: bool = False,
    skip_bad_rows: bool = False,
    drop_unknown: bool = False,
    observer: Observer = silent,
) -> Training | None:
    """Rows of the train split of a defined workload; None where it names none.

    Args:
        definition: The workload.
        samples: The rows that are asked.
        folder: Where ``definition.train_file`` lies; None for a definition of the package.
        offline: Use the Hub's cache alone.
        skip_bad_rows: Leave out rows without text or label.
        drop_unknown: Leave out rows whose label the workload lacks.
        observer: Is told of downloads.

    Raises:
        DataError: The rows cannot be used, with the places of all that cannot.
        NetworkError: The dataset cannot be downloaded, or is not in the cache.
    """
    columns = definition.text_column, definition.label_column
    if definition.train is not None and definition.dataset is not None:
        observer(Event("sampling", f"getting the training texts of {definition.name}"))
        part = definition.dataset.model_copy(update=definition.train.model_dump())
        paths = HubClient(observer).fetch_dataset(part, offline=offline)
        source = f"{part.repository} ({part.split})"
        table = read_split(paths, *columns, source)
    elif definition.train_file is not None:
        source = definition.train_file
        base = folder if folder is not None else workloads.data_folder(definition)
        table = read_file(base / source, *columns)
    else:
        return None
    agree(table, definition, source)
    known = Names.of(definition.labels, definition.synonyms)
    rows = usable(table, source, skip_bad=skip_bad_rows, known=known)
    rows, gold = ids_of(rows, definition, source, drop=drop_unknown)
    return _training(rows.texts, gold, samples, source)


def train_file(
    path: Path,
    samples: Samples,
    definition: WorkloadDefinition | None = None,
    *,
    text_column: str,
    label_column: str,
    skip_bad_rows: bool = False,
    drop_unknown: bool = False,
    observer: Observer = silent,
) -> Training:
    """Rows of a file of the user's, with the labels of the workload that is asked.

    Args:
        path: The file; its ending says the format.
        samples: The rows that are asked.
        definition: The workload's, whose ids and synonyms the file may use; None for own data.
        text_column: Name of the column with the texts.
        label_column: Name of the column with the labels.
        skip_bad_rows: Leave out rows without text or label.
        drop_unknown: Leave out rows whose label those that are asked lack.
        observer: Is told what was found out about the file.

    Raises:
        DataError: The file or its rows cannot be used.
    """
    source = source_of(path)
    table = read_file(path, text_column, label_column)
    if definition is not None:
        agree(table, definition, source)
    known = Names.of(samples.workload.labels, definition.synonyms if definition else {})
    rows = usable(table, source, skip_bad=skip_bad_rows, known=known)
    if definition is None:
        rows, ids = _own_ids(rows, samples, source, drop=drop_unknown)
    else:
        rows, ids = ids_of(rows, definition, source, drop=drop_unknown)
    for said in said_of(rows):
        observer(Event("noticed", f"{source}: {said}"))
    training = _training(rows.texts, ids, samples, source)
    return training.model_copy(update={"own": True})


def _own_ids(rows: Rows, samples: Samples, source: str, *, drop: bool) -> tuple[Rows, list[int]]:
    """Label ids by name; where the file has numbers, by the names that it gives them."""
    known = Names.of(samples.workload.labels)
    names = rows.table.names

    def find(label: int | str) -> int | None:
        if names is not None and isinstance(label, int) and 0 <= label < len(names):
            label = names[label]
        return known.find(str(label))

    return known_rows(
        rows,
        find,
        source,
        lacking="the texts that are asked lack",
        hint="remove such rows, or give texts of the same classes",
        drop=drop,
    )


def _training(texts: list[str], gold: list[int], samples: Samples, source: str) -> Training:
    if not texts:
        raise DataError(f"{source} has no rows", "give rows to train on, each a text and its label")
    asked = set(map(copied, samples.texts))
    kept = []
    left_out = 0
    for row in row_order(samples.workload.seed, len(texts)):
        text = repair(texts[row])
        if copied(text) in asked:
            left_out += 1
        else:
            kept.append((text, gold[row]))
        if len(kept) == TRAINING_ROWS:
            break
    if not kept:
        raise DataError(
            f"all {len(texts):,} rows of {source} have texts that are asked as well",
            "give other rows to train on than those that are asked",
        )
    if len({label for _, label in kept}) < 2:
        raise DataError(
            f"{source} has rows of fewer than two classes that are not asked as well",
            "give other rows to train on than those that are asked",
        )
    names = samples.workload.labels
    return Training(
        texts=tuple(text for text, _ in kept),
        gold=tuple(label for _, label in kept),
        content_sha256=content_digest(
            (text for text, _ in kept), (names[label] for _, label in kept)
        ),
        asked=left_out,
    )


def examples(training: Training, count: int) -> tuple[tuple[str, int], ...]:
    """Texts with their label ids to show in a question: of each class in turn, in hash order.

    Args:
        training: Where they are taken from.
        count: How many; fewer where the rows give out.
    """
    waiting: dict[int, deque[str]] = {}  # in the order in which the classes first occur
    for text, label in zip(training.texts, training.gold, strict=True):
        waiting.setdefault(label, deque()).append(text)
    found: list[tuple[str, int]] = []
    while len(found) < count and any(waiting.values()):
        found += [(texts.popleft(), label) for label, texts in waiting.items() if texts]
    return tuple(found[:count])


def required(training: Training | None, wanting: str) -> Training:
    """The rows, where there is no doing without.

    Args:
        training: The rows, if there are any.
        wanting: What they are for, for the message.

    Raises:
        UsageError: There are none.
    """
    if training is None:
        raise UsageError(
            f"{wanting}, and this workload has no rows for that",
            "give rows of your own with --train-data FILE, or a workload with a train split",
        )
    return training
