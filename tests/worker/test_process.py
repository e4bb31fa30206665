import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.evidence import make_hardware
from support.tiny_models import KINDS, SENTENCES, edit_config, make_model
from support.workers import THREADS, opening, resolved

from energylabel.errors import EnergyLabelError, MeasurementError, NotRatableError, UsageError
from energylabel.records import (
    AnswerSingly,
    AnswersTaken,
    CountTokens,
    MeasureWindow,
    ModelOpened,
    OpenMeters,
    RunPasses,
    SizeBatches,
    TakeAnswers,
    TakeTexts,
    TellCarbon,
    TellMemory,
)
from energylabel.worker.client import Worker

pytestmark = pytest.mark.slow

ODD = ("", "\0", "a\0b", "emoji 🙂 and 日本語", "\u200b", "the film was " * 400)
TEXTS = (*SENTENCES[:40], *ODD)
LABELS = ("a", "b", "c")


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(THREADS, make_hardware()) as running:
        running.ask(OpenMeters(hardware=make_hardware(), names=("cpu_time",)))
        yield running


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("kinds")
    return {kind: make_model(root / kind, kind, LABELS) for kind in KINDS}


@pytest.fixture
def broken(tiny_bert: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, to be broken."""
    return shutil.copytree(tiny_bert, tmp_path / "broken")


def load(worker: Worker, folder: Path, dtype: str = "auto", **changes: Any) -> ModelOpened:
    return worker.ask(opening(resolved(folder, **changes), dtype=dtype))


def answers(worker: Worker, start: int, stop: int) -> AnswersTaken:
    return worker.ask(TakeAnswers(role="candidate", start=start, stop=stop))


def tokens_of(worker: Worker, count: int) -> tuple[int, ...]:
    return worker.ask(CountTokens(role="candidate", count=count)).tokens


def one_at_a_time(folder: Path, texts: tuple[str, ...]) -> list[int | None]:
    """What the library itself says; None where it cannot take the text at all."""
    from transformers import pipeline

    pipe = pipeline("text-classification", model=str(folder))
    answers: list[int | None] = []
    for text in texts:
        try:
            (said,) = pipe(text, truncation=True, max_length=64)
        except RuntimeError:  # no token at all
            answers.append(None)
        else:
            answers.append(LABELS.index(said["label"]))
    return answers


def test_it_says_what_runs(worker: Worker):
    from importlib.metadata import version

    versions = worker.ready.versions
    assert versions["torch"] == version("torch")
    assert versions["python"] == sys.version.split()[0]
    assert 50e6 < worker.ready.base_bytes < 2e9


def test_memory_is_the_workers_own():
    """Linux counts the caller's memory in, which in a notebook may be anything."""
    ballast = bytearray(b"x" * 1_500_000_000)
    with Worker(THREADS, make_hardware()) as mine:
        assert mine.ready.base_bytes < 1e9
    del ballast


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_of_the_pipeline_one_text_at_a_time(
    worker: Worker, folders: dict[str, Path], kind: str
):
    opened = load(worker, folders[kind])
    assert (opened.dtype, opened.max_tokens) == ("float32", 64)
    worker.ask(TakeTexts(texts=TEXTS))
    indices = tuple(range(len(TEXTS)))
    worker.ask(SizeBatches(role="candidate", indices=indices, size=8, tokens=None))
    said = answers(worker, 0, len(TEXTS))
    expected = one_at_a_time(folders[kind], TEXTS)
    mine = [a if b is not None else None for a, b in zip(said.labels, expected, strict=True)]
    assert mine == expected
    assert len(set(said.labels)) > 1
    assert said.truncated == 1
    assert said.tokens == sum(tokens_of(worker, len(TEXTS)))


def test_batches_by_tokens_give_the_same_answers(tiny_bert: Path):
    from energylabel.classifiers.base import Batching, Placement
    from energylabel.classifiers.sequence_head import PLUGIN

    with PLUGIN.open(resolved(tiny_bert), Placement("cpu", "auto", THREADS)) as session:
        by_texts = session.predict(list(TEXTS), Batching(size=7))
        by_tokens = session.predict(list(TEXTS), Batching(size=10_000, tokens=100))
    assert by_tokens.labels == by_texts.labels
    assert by_tokens.tokens == by_texts.tokens


def test_a_range_of_the_texts_is_answered(worker: Worker, tiny_bert: Path):
    load(worker, tiny_bert)
    worker.ask(TakeTexts(texts=TEXTS))
    whole = answers(worker, 0, 30).labels
    parts = [answers(worker, at, at + 10).labels for at in (0, 10, 20)]
    assert tuple(label for part in parts for label in part) == whole


def test_a_text_of_a_megabyte(worker: Worker, tiny_bert: Path):
    load(worker, tiny_bert)
    worker.ask(TakeTexts(texts=("the film was lovely. " * 50_000, "x" * 1_000_000)))
    assert tokens_of(worker, 2)[0] == 64
    assert answers(worker, 0, 2).truncated == 1  # one long word is one [UNK]


def test_a_window_is_whole_passes_for_as_long_as_asked(worker: Worker, tiny_bert: Path):
    load(worker, tiny_bert)
    worker.ask(TakeTexts(texts=tuple(SENTENCES[:12])))
    tokens = tokens_of(worker, 12)
    indices = (0, 3, 5)
    before = time.time()
    asked = MeasureWindow(role="candidate", indices=indices, min_seconds=0.25, each_pass=True)
    told = worker.ask(asked)
    window, cpu_seconds = told.measured, told.pass_cpu_seconds
    assert cpu_seconds is not None
    assert 0.25 <= window.seconds < 2
    assert window.passes == len(cpu_seconds) > 1
    assert window.queries == 3 * window.passes
    assert window.tokens == window.passes * sum(tokens[i] for i in indices)
    assert before - 1 <= window.started_at <= time.time()
    assert window.cpu_seconds >= sum(cpu_seconds)
    assert window.cpu_seconds == pytest.approx(sum(cpu_seconds), rel=0.5)
    once = worker.ask(asked.model_copy(update={"min_seconds": 0.0, "each_pass": False}))
    assert (once.measured.passes, once.pass_cpu_seconds) == (1, None)
    ran = worker.ask(RunPasses(role="candidate", indices=indices, min_seconds=0.1))
    assert ran.seconds >= 0.1
    assert ran.passes > 1


def test_one_query_at_a_time(worker: Worker, tiny_bert: Path):
    load(worker, tiny_bert)
    worker.ask(TakeTexts(texts=tuple(SENTENCES)))
    run = worker.ask(AnswerSingly(count=30)).run
    assert len(run.latencies_s) == 30
    assert sum(run.latencies_s) <= run.seconds
    assert run.cpu_seconds > 0


def test_roberta_has_two_positions_less_and_no_limit_is_no_limit(worker: Worker, tmp_path: Path):
    folder = make_model(tmp_path / "r", "roberta", max_position_embeddings=514)
    assert load(worker, folder, max_positions=512).max_tokens == 512
    worker.ask(TakeTexts(texts=("the film was lovely " * 500,)))
    assert tokens_of(worker, 1) == (512,)
    answers(worker, 0, 1)
    assert load(worker, folder, max_positions=None).max_tokens == 512  # the standard's limit
    short = make_model(tmp_path / "s", model_max_length=20)
    assert load(worker, short).max_tokens == 20


@pytest.mark.parametrize(
    ("tokenizer", "told"),
    [
        ({"model_max_length": "512"}, "no number"),
        ({"model_max_length": float("nan")}, "no number"),
        ({"model_max_length": 2}, "no room for text"),
        ({"model_max_length": -1}, "no room for text"),
    ],
)
def test_impossible_limits(worker: Worker, broken: Path, tokenizer: dict[str, Any], told: str):
    path = broken / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | tokenizer))
    with pytest.raises(NotRatableError, match=told):
        load(worker, broken)


def test_nan_weights_are_named(worker: Worker, broken: Path):
    from safetensors.torch import load_file, save_file

    weights = load_file(broken / "model.safetensors")
    weights["classifier.bias"][1] = float("nan")
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(NotRatableError, match=r"classifier\.bias holds NaN"):
        load(worker, broken)


def test_a_tokenizer_that_knows_more_than_the_embeddings(worker: Worker, broken: Path):
    from safetensors.torch import load_file, save_file

    weights = load_file(broken / "model.safetensors")
    name = "bert.embeddings.word_embeddings.weight"
    weights[name] = weights[name][:50].clone()
    save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    load(worker, edit_config(broken, vocab_size=50))
    worker.ask(TakeTexts(texts=tuple(SENTENCES)))
    with pytest.raises(NotRatableError, match="embeddings have 50 rows"):
        tokens_of(worker, len(SENTENCES))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"num_hidden_layers": 3}, "weights of the architecture are missing"),
        ({"num_hidden_layers": 1}, "weights of layers that config.json leaves out"),
        ({"hidden_size": 64}, "another shape"),
        ({"hidden_size": "many"}, "does not load"),
        ({"num_attention_heads": 0}, "does not load"),
        ({"hidden_act": "nope"}, "does not load"),
        ({"model_type": "nope"}, "transformers itself has no model_type 'nope'"),
        ({"dtype": "nope"}, "gives the dtype 'nope'"),
    ],
)
def test_broken_configurations(worker: Worker, broken: Path, change: dict[str, Any], told: str):
    folder = edit_config(broken, **change)
    with pytest.raises(NotRatableError, match=told) as caught:
        load(worker, folder)
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_weights_that_a_forced_family_lacks(worker: Worker, broken: Path):
    with pytest.raises(NotRatableError, match="weights of the architecture are missing") as caught:
        load(worker, edit_config(broken, num_hidden_layers=3), family_overridden=True)
    assert "leave out --family sequence-classification" in caught.value.hint


@pytest.mark.parametrize("cut", [0, 5, 60, -50])
def test_truncated_weights(worker: Worker, broken: Path, cut: int):
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:cut])
    with pytest.raises(NotRatableError, match="does not load"):
        load(worker, weights.parent)


def test_a_dtype_of_ones_own(worker: Worker, tiny_bert: Path, tmp_path: Path):
    assert load(worker, tiny_bert, dtype="bfloat16").dtype == "bfloat16"
    half = make_model(tmp_path / "m", dtype="float16")
    assert load(worker, half).dtype == "float16"
    assert load(worker, half, dtype="float32").dtype == "float32"


def test_errors_cross_the_pipe_with_their_hint_and_the_worker_lives(worker: Worker):
    with pytest.raises(UsageError) as caught:
        worker.ask(TellCarbon(country="ZZZ"))
    assert "'ZZZ'" in caught.value.message
    assert "DEU" in caught.value.hint
    assert type(caught.value) is UsageError
    assert worker.ask(TellMemory()).peak_bytes > 0


def test_a_broken_worker_is_reported_with_its_last_words():
    with (
        Worker(THREADS, make_hardware()) as mine,
        pytest.raises(EnergyLabelError, match="KeyError: 'nobody'"),
    ):
        mine.ask(CountTokens(role="nobody", count=1))


def test_a_killed_worker_is_a_measurement_error():
    with Worker(THREADS, make_hardware()) as mine:
        assert mine._process is not None
        os.kill(mine._process.pid, signal.SIGKILL)
        with pytest.raises(MeasurementError, match="want of memory") as caught:
            mine.ask(TellMemory())
        assert "--resume" in caught.value.hint
        with pytest.raises(MeasurementError):
            mine.ask(TellMemory())


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_the_worker_dies_in_mid_window_with_its_parent(tiny_bert: Path):
    code = (
        "import sys; from energylabel import records; from energylabel.worker import Worker\n"
        "from energylabel.devices.machine import detect\n"
        "with Worker(1, detect('cpu')) as worker:\n"
        "    worker.ask(records.OpenModel.from_json(sys.argv[1]))\n"
        "    worker.ask(records.TakeTexts(texts=('a',)))\n"
        "    print(worker._process.pid, worker._home.name, flush=True)\n"
        "    worker.ask(records.RunPasses(role='candidate', indices=(0,), min_seconds=120))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, opening(resolved(tiny_bert)).model_dump_json()],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    pid, home = parent.stdout.readline().split()
    time.sleep(0.2)
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            break  # dead, and nobody here to bury it
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{pid}").exists()
    assert Path(home).is_dir()  # all that a kill leaves behind
    shutil.rmtree(home)
