"""Whole ratings of a tiny model with a real worker; the steps are tested in test_blocks.py."""

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from support.tiny_models import make_model
from support.workers import make_plan

from energylabel.errors import MeasurementError, NotRatableError
from energylabel.events import silent
from energylabel.judging import contradictions
from energylabel.judging.consistency import choices
from energylabel.reckoning.provenance import provenance_of
from energylabel.records import Evidence, RatingFailed, Reading, WindowTaken
from energylabel.running.steps import run
from energylabel.storing.journal import Journal

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rated(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Journal, Evidence]:
    book = Journal("a" * 64, tmp_path_factory.mktemp("rated"))
    plan = make_plan(tiny_bert, options={"accuracy_rows": "all"})
    return book, run(plan, book, silent, resume=False)


def test_a_quick_look_from_end_to_end(rated: tuple[Journal, Evidence]):
    evidence = rated[1]
    assert [w.role for w in evidence.windows] == [
        "reference",
        "candidate",
        "candidate",
        "reference",
    ] * 3
    assert all(w.seconds >= 0.03 for w in evidence.windows)
    assert all(w.queries == 8 * w.passes for w in evidence.windows)
    assert evidence.settings.slices == (8, 8, 8)
    assert evidence.settings.batch_size == 32
    assert evidence.reference.parameters > 109_000_000
    assert evidence.subject.parameters < 100_000
    assert len(evidence.answers.predicted) == 60
    assert len(evidence.single.latencies_s) == 5
    assert provenance_of(evidence.meters, "cpu") == "estimated"
    assert all(w.energy[0].method == "load-model" for w in evidence.windows)
    # a model of 0.06 M parameters against one of 110 M
    cpu = dict.fromkeys(("reference", "candidate"), 0.0)
    for window in evidence.windows:
        cpu[window.role] += window.cpu_seconds / window.queries
    assert 0 < cpu["candidate"] < 0.2 * cpu["reference"]
    assert evidence.rating_peak_bytes > evidence.model_peak_bytes > evidence.base_bytes
    assert {run.role for run in evidence.warm_up} == {"reference", "candidate"}


def contradictions_of(evidence: Evidence, patch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Under the plan's own protocol, which is shorter than the standard's."""
    protocol = evidence.settings.protocol
    patch.setattr(choices, "PROTOCOLS", {protocol.name: protocol})
    return contradictions(evidence)


def test_it_does_not_contradict_itself(
    rated: tuple[Journal, Evidence], monkeypatch: pytest.MonkeyPatch
):
    assert contradictions_of(rated[1], monkeypatch) == ()


def test_evidence_holds_no_text_and_no_name_of_this_machine(rated: tuple[Journal, Evidence]):
    import getpass
    import socket

    book, evidence = rated
    for stored in (evidence.canonical().decode(), book.path.read_text()):
        assert "the film" not in stored
        assert str(Path.home()) not in stored or str(Path.home()) == "/"
        assert str(book.folder) not in stored
        assert f'"{getpass.getuser()}"' not in stored
        assert socket.gethostname() not in stored
    assert Evidence.from_json(evidence.canonical()) == evidence


def test_predictions_are_those_of_the_model(rated: tuple[Journal, Evidence], tiny_bert: Path):
    from support.workers import make_samples
    from transformers import pipeline

    pipe = pipeline("text-classification", model=str(tiny_bert))
    expected = [
        ("negative", "positive").index(pipe(text)[0]["label"]) for text in make_samples().texts
    ]
    assert list(rated[1].answers.predicted) == expected


@pytest.mark.usefixtures("small_reference")
def test_an_interrupted_rating_goes_on_in_mid_block(
    rated: tuple[Journal, Evidence],
    tiny_bert: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    book, whole = rated
    entries = book.read()
    windows = [n for n, entry in enumerate(entries) if isinstance(entry, WindowTaken)]
    again = Journal(book.key, tmp_path)
    lines = book.path.read_bytes().splitlines(keepends=True)
    again.path.write_bytes(b"".join(lines[: windows[6]]) + lines[windows[6]][:40])
    plan = make_plan(tiny_bert, options={"accuracy_rows": "all"})
    evidence = run(plan, again, silent, resume=True)
    assert evidence.windows[:6] == whole.windows[:6]
    assert [(w.block, w.position) for w in evidence.windows] == [
        (w.block, w.position) for w in whole.windows
    ]
    assert [w.session for w in evidence.windows] == [0] * 6 + [1] * 6
    assert evidence.sessions == 2
    assert evidence.answers.predicted == whole.answers.predicted
    assert len(evidence.warm_up) == 4
    assert contradictions_of(evidence, monkeypatch) == ()


@pytest.mark.usefixtures("small_reference")
def test_models_take_turns_and_a_rating_goes_on_between_two_blocks(
    tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    made = make_plan(tiny_bert)
    protocol = made.protocol.model_copy(
        update={"name": "standard", "max_rounds": 3, "target_half_width": 1e-9}
    )
    plan = dataclasses.replace(made, protocol=protocol)
    book = Journal(plan.key, tmp_path / "whole")
    whole = run(plan, book, silent, resume=False)
    assert [w.role for w in whole.windows] == ["reference", "candidate"] * 9
    assert all(w.interleaved and w.seconds >= 0.03 for w in whole.windows)
    assert contradictions_of(whole, monkeypatch) == ()
    entries, lines = book.read(), book.path.read_bytes().splitlines(keepends=True)
    seventh = [n for n, entry in enumerate(entries) if isinstance(entry, WindowTaken)][7]
    again = Journal(plan.key, tmp_path / "again")
    again.path.parent.mkdir(parents=True, exist_ok=True)
    again.path.write_bytes(b"".join(lines[:seventh]))
    resumed = run(plan, again, silent, resume=True)
    assert resumed.windows[:6] == whole.windows[:6]
    assert [w.session for w in resumed.windows] == [0] * 6 + [1] * 12
    assert contradictions_of(resumed, monkeypatch) == ()


def replay(path: Path, readings: list[Reading]) -> Path:
    path.write_text("\n".join(reading.model_dump_json() for reading in readings))
    return path


@pytest.mark.usefixtures("small_reference")
def test_a_replayed_counter_makes_a_metered_rating(
    tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trace = [
        Reading(
            meter="replay",
            method="hardware-counter",
            joules={"cpu": 10.0 + n},
            usage={"own_seconds": 1.0 + n / 10, "busy_seconds": 1.02 + n / 10},
        )
        for n in range(13)
    ]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENERGYLABEL_REPLAY", replay(Path("trace.jsonl"), trace).name)
    book = Journal("b" * 64, tmp_path)
    evidence = run(make_plan(tiny_bert), book, silent, resume=False)
    assert [w.energy[0].joules["cpu"] for w in evidence.windows] == [10.0 + n for n in range(12)]
    assert [w.cpu_seconds for w in evidence.windows] == [t.usage.own_seconds for t in trace[:12]]
    assert evidence.windows[0].foreign_cpu_share == pytest.approx(0.02)
    assert evidence.single.energy[0].joules == {"cpu": 22.0}
    assert provenance_of(evidence.meters, "cpu") == "metered"
    replay(Path("trace.jsonl"), trace[:3])
    with pytest.raises(MeasurementError, match="no reading left"):
        run(make_plan(tiny_bert), Journal("c" * 64, tmp_path), silent, resume=False)
    kinds = [type(entry) for entry in Journal("c" * 64, tmp_path).read()]
    assert kinds.count(WindowTaken) == 3  # the evidence so far is kept
    assert kinds[-1] is RatingFailed


@pytest.mark.usefixtures("small_reference")
def test_scores_that_are_nan_for_one_rare_text_stop_the_rating(tmp_path: Path):
    """The word's own embedding is broken: no weight check, no other text shows it."""
    from safetensors.torch import load_file, save_file

    folder = make_model(tmp_path / "m")
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    weights = load_file(folder / "model.safetensors")
    weights["bert.embeddings.word_embeddings.weight"][vocabulary["9"]] = 3e38
    weights["bert.embeddings.LayerNorm.weight"] *= 1e3
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    plan = make_plan(folder, options={"accuracy_rows": "all"})
    texts = (*plan.samples.texts[:-1], "9 9 9")
    samples = plan.samples.model_copy(update={"texts": texts})
    book = Journal("d" * 64, tmp_path)
    with pytest.raises(NotRatableError, match="NaN or infinite"):
        run(dataclasses.replace(plan, samples=samples), book, silent, resume=False)


def test_what_was_not_taken_of_the_files_is_on_record(tiny_bert: Path, tmp_path: Path):
    """Weights in two formats, and a setting that no tokenizer of the class has."""
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(tiny_bert, tmp_path / "m")
    weights = load_file(folder / "model.safetensors")
    halved = {name: w.bfloat16() if "encoder" in name else w for name, w in weights.items()}
    save_file(halved, folder / "model.safetensors", metadata={"format": "pt"})
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"own_segmenter": {"a": 1}}))
    evidence = run(make_plan(folder), Journal("b" * 64, tmp_path / "book"), silent, resume=False)
    assert evidence.subject.dtype == "float32"
    assert evidence.subject.saved_dtypes == ("bfloat16", "float32")
    assert evidence.subject.unread_settings == ("own_segmenter",)
    assert Evidence.from_json(evidence.canonical()) == evidence
