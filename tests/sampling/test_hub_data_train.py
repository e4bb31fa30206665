"""Splits to ask and to fit on from a loopback Hub: packed JSON Lines, and what is wrong with it."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.dataset_hub import DatasetHub, point_to, serving
from support.rows import independent_order, parquet

from energylabel import workloads
from energylabel.classifiers import Batching, Placement, families
from energylabel.errors import DataError, NetworkError
from energylabel.events import silent
from energylabel.options import Options
from energylabel.planning.inputs import choose
from energylabel.records.workload import WorkloadDefinition
from energylabel.resolving.models import parse_model, resolve
from energylabel.sampling import decoding
from energylabel.sampling.samples import sample
from energylabel.sampling.training import train

GERMAN = workloads.load("massive-intent-de-v1")
NEWS = workloads.load("gnad10-v1")
INTENTS = {"alarm_set": "stelle einen wecker auf", "play_music": "spiele ein lied von"}


@pytest.fixture(scope="module")
def running() -> Iterator[DatasetHub]:
    with serving() as hub:
        yield hub


@pytest.fixture
def hub(running: DatasetHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DatasetHub:
    running.files.clear()
    running.log.clear()
    point_to(running.endpoint, tmp_path / "cache", monkeypatch)
    return running


def put(hub: DatasetHub, definition: WorkloadDefinition, split: str, content: bytes) -> None:
    dataset, training = definition.dataset, definition.train
    assert dataset is not None
    assert training is not None
    (file,) = training.files if split == "train" else dataset.files
    hub.files[(dataset.repository, dataset.commit, file)] = content


def packed(count: int, word: str) -> bytes:
    """Rows as the copy holds them: two intents in turn, further columns, gzip."""
    names = list(INTENTS)
    rows = [
        {
            "id": str(n),
            "label": names[n % 2],
            "label_text": names[n % 2],
            "text": f"{INTENTS[names[n % 2]]} {word} {n}",
            "lang": "de-DE",
        }
        for n in range(count)
    ]
    return zipped("".join(f"{json.dumps(row)}\n" for row in rows))


def zipped(text: str) -> bytes:
    """The same at any time, since it is part of a test's name, which all processes share."""
    return gzip.compress(text.encode(), mtime=0)


def test_a_fitted_family_is_rated_on_one_language_from_end_to_end(hub: DatasetHub) -> None:
    put(hub, GERMAN, "test", packed(20, "asked"))
    put(hub, GERMAN, "train", packed(60, "train"))
    options = Options(workload=GERMAN.name)
    model = resolve(parse_model("tfidf-linear"))
    samples, label_map = choose(options, model, silent)
    fetched = {path for method, path in hub.log if method == "GET" and "/resolve/" in path}
    commit = "940fd47a81eaa7f2cc7b129674d945d618ac38c2"
    where = f"/datasets/mteb/amazon_massive_intent/resolve/{commit}"
    assert fetched == {f"{where}/test/de.json.gz", f"{where}/train/de.json.gz"}
    assert samples.workload.language == "de"
    assert samples.workload.majority_share == 0.5
    assert samples.wording.hypothesis == "In dieser Anfrage geht es darum: {}."
    assert samples.wording.answer == "Kategorie:"
    assert label_map == tuple(range(60))
    assert samples.gold[0] == GERMAN.labels.index(
        ["alarm_set", "play_music"][independent_order(0, 20)[0] % 2]
    )
    given = samples.training
    assert given is not None
    assert len(given.texts) == 60
    with families()["tfidf-linear"].open(model, Placement("cpu", "auto", 1)) as session:
        session.fit(given.texts, given.gold)  # type: ignore[attr-defined]
        said = session.predict(samples.texts, Batching(size=8)).labels
    assert said == samples.gold


def test_numbers_alone_are_taken_in_the_order_of_the_definition(hub: DatasetHub) -> None:
    values = {"text": [f"artikel {n}" for n in range(18)], "label": [n % 9 for n in range(18)]}
    put(hub, NEWS, "test", parquet(values))
    put(hub, NEWS, "train", parquet({"text": ["a", "b"], "label": [0, 8]}))
    samples = sample(NEWS)
    assert samples.gold == tuple(row % 9 for row in independent_order(0, 18))
    given = train(NEWS, samples)
    assert given is not None
    assert dict(zip(given.texts, given.gold, strict=True)) == {"a": 0, "b": 8}
    put(hub, NEWS, "test", b"not needed any more")
    assert train(NEWS, samples, offline=True) == given


def test_train_rows_that_are_not_in_the_cache_are_named(hub: DatasetHub) -> None:
    put(hub, GERMAN, "test", packed(20, "asked"))
    samples = sample(GERMAN)
    with pytest.raises(NetworkError, match=r"train/de\.json\.gz .*not in the cache"):
        train(GERMAN, samples, offline=True)


def test_rows_that_the_baselines_alone_need_can_be_done_without(
    hub: DatasetHub, tiny_bert: Path
) -> None:
    put(hub, GERMAN, "test", packed(20, "asked"))
    labels = {"labels": GERMAN.labels}
    rated = resolve(parse_model(str(tiny_bert))).model_copy(update=labels)
    options = Options(workload=GERMAN.name)
    with pytest.raises(NetworkError, match=r"train/de\.json\.gz") as caught:
        choose(options, rated, silent)
    assert caught.value.hint.endswith("--no-baselines")
    put(hub, GERMAN, "train", packed(20, "asked"))  # none but rows that are asked
    with pytest.raises(DataError) as unfit:
        choose(options, rated, silent)
    assert unfit.value.hint.endswith("--no-baselines")
    alone = replace(options, baselines=False)
    assert choose(alone, rated, silent)[0].training is None
    fitted = resolve(parse_model("tfidf-linear"))
    with pytest.raises(DataError) as unfit:
        choose(alone, fitted, silent)
    assert "--no-baselines" not in unfit.value.hint


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no gzip at all", r"de\.json\.gz is not valid gzip"),
        (packed(20, "asked")[:-20], r"de\.json\.gz is not valid gzip"),
        (zipped('{"text": "a"'), r"line 1 of de\.json\.gz is not valid JSON"),
        (zipped('{"text": "a", "label": "x"}\n'), "no column 'label_text'"),
        (zipped('{"text": "a", "label_text": "x"}\n'), r"row 0 .* the label 'x', which"),
        (zipped(""), "has no rows"),
    ],
)
def test_a_broken_file_is_one_clear_line(hub: DatasetHub, content: bytes, message: str) -> None:
    put(hub, GERMAN, "test", content)
    with pytest.raises(DataError, match=message) as caught:
        sample(GERMAN)
    assert "\n" not in caught.value.message


def test_a_small_file_that_unpacks_to_a_large_one_is_refused(
    hub: DatasetHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "_MAX_UNPACKED", 1000)
    put(hub, GERMAN, "test", gzip.compress(b" " * 100_000, mtime=0))
    with pytest.raises(DataError, match=r"de\.json\.gz unpacks to more than"):
        sample(GERMAN)
