"""Draws of 200 texts to fit on and 200 to ask, as the study made them, from folders of JSON lines.

A folder is a workload: ``train*.jsonl`` hold rows to fit on, ``test*.jsonl`` and ``heldout*.jsonl``
rows to ask; where there are none to fit on, both are drawn from the others. A row has ``text`` and
``label_name``.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from energylabel import workloads
from energylabel.records.workload import WorkloadDefinition
from energylabel.workloads.naming import Names

ROWS = 200
KNOWN = {
    "ag_news": "ag-news-v1",
    "banking77": "banking77-v1",
    "sst2": "sst2-v1",
    "tweeteval_sentiment": "tweet-sentiment-v1",
}
"""Folders whose workload comes with the package; others are named after themselves."""

Rows = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A workload with its rows: texts and label ids. ``train`` is empty where all are in one."""

    definition: WorkloadDefinition
    train: Rows
    test: Rows


@dataclass(frozen=True, slots=True)
class Draw:
    """What one seed gives. No text is in both parts."""

    train: Rows
    test: Rows


def corpora(folder: Path, wanted: Sequence[str] = ()) -> list[Corpus]:
    """All workloads under a folder, by name; those wanted, if any are named."""
    found = [corpus(each) for each in sorted(folder.iterdir()) if any(each.glob("*.jsonl"))]
    if wanted:
        found = [each for each in found if each.definition.name in wanted]
    if not found:
        raise SystemExit(f"{folder} holds none of the workloads that are wanted")
    return found


def corpus(folder: Path) -> Corpus:
    """The workload of one folder."""
    train = _read(sorted(folder.glob("train*.jsonl")))
    test = _read([*sorted(folder.glob("test*.jsonl")), *sorted(folder.glob("heldout*.jsonl"))])
    if not test:
        raise SystemExit(f"{folder} has no test*.jsonl or heldout*.jsonl")
    definition = _definition(folder.name, {name for _, name in (*train, *test)})
    known = Names.of(definition.labels, definition.synonyms)
    return Corpus(definition, _numbered(train, known, folder), _numbered(test, known, folder))


def draw(corpus: Corpus, seed: int, rows: int = ROWS) -> Draw:
    """The rows of one seed: at random, the same for every model."""
    dice = random.Random(f"{corpus.definition.name}:{seed}")  # noqa: S311 - nothing secret
    test = tuple(dice.sample(corpus.test, rows))
    asked = {text for text, _ in test}
    free = [row for row in corpus.train or corpus.test if row[0] not in asked]
    return Draw(tuple(dice.sample(free, rows)), test)


def enough(corpus: Corpus, rows: int) -> bool:
    """Whether every draw finds its rows."""
    asked = {text for text, _ in corpus.test}
    if not corpus.train:
        return len(asked) >= 2 * rows
    return len(corpus.test) >= rows and len({text for text, _ in corpus.train} - asked) >= rows


def _read(paths: Sequence[Path]) -> list[tuple[str, str]]:
    rows = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            rows.append((row["text"], row["label_name"]))
    return rows


def _numbered(rows: list[tuple[str, str]], known: Names, folder: Path) -> Rows:
    numbered = []
    for text, name in rows:
        label = known.find(name)
        if label is None:
            raise SystemExit(f"{folder} has the label {name!r}, which its workload lacks")
        numbered.append((text, label))
    return tuple(numbered)


def _definition(folder: str, names: set[str]) -> WorkloadDefinition:
    if folder in KNOWN:
        return workloads.load(KNOWN[folder])
    return WorkloadDefinition(
        name=f"{folder.replace('_', '-').lower()}-v1",
        title=folder,
        file=f"{folder}.jsonl",
        text_column="text",
        label_column="label_name",
        labels=tuple(sorted(names)),
        language="en",
        licence="see the folder",
        seed=0,
    )
