"""Zero-shot models of inference: the answers of transformers' pipeline, and what they cost."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.tiny_models import edit_config, make_model
from support.tiny_nli import demo_rows, demo_task, one_thread
from support.workers import resolved, shorten_quick

import energylabel
from energylabel import workloads
from energylabel.classifiers import Batching, Placement, families, find_family
from energylabel.classifiers.zero_shot_nli import PLUGIN
from energylabel.errors import NotRatableError
from energylabel.records.workload import Task

TEST = demo_rows("test")[:220]
TEXTS = [text for text, _ in TEST]
LONG = " ".join(TEXTS[:12])
HERE = Placement("cpu", "auto", 1)


def opened(folder: Path, task: Task | None = None, **changes: Any) -> Any:
    model = resolved(folder, **{"max_positions": 128, "labels": None, **changes})
    return PLUGIN.open(model, HERE, task)


@pytest.fixture(scope="module", autouse=True)
def _quietly() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture(scope="module")
def session(tiny_nli: Path) -> Iterator[Any]:
    with opened(tiny_nli, demo_task()) as made:
        yield made


@pytest.fixture(scope="module")
def lengths(tiny_nli: Path) -> Any:
    """Tokens of a text's pairs by the tokenizer itself."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_nli)

    def of(text: str, limit: int | None = 128, hypothesis: str = "This text is about {}.") -> int:
        cut = {"truncation": "only_first", "max_length": limit} if limit else {}
        pairs = [(text, hypothesis.format(label)) for label in demo_task().labels]
        return sum(len(tokenizer(*pair, **cut, verbose=False)["input_ids"]) for pair in pairs)

    return of


def by_pipeline(folder: Path, texts: list[str], task: Task, batch: int = 8) -> list[int]:
    from transformers import pipeline

    judge = pipeline("zero-shot-classification", model=str(folder), device="cpu")
    labels = list(task.labels)
    template = task.wording.hypothesis
    said = judge(texts, candidate_labels=labels, hypothesis_template=template, batch_size=batch)
    return [labels.index(each["labels"][0]) for each in said]


def copied(folder: Path, place: Path) -> Path:
    shutil.copytree(folder, place)
    return place


def reordered(folder: Path, place: Path, order: list[int], names: list[str]) -> Path:
    """The same model with the rows of its head in another order (-1: a row that never wins)."""
    import torch
    from safetensors.torch import load_file, save_file

    weights = load_file(copied(folder, place) / "model.safetensors")
    for key in ("classifier.weight", "classifier.bias"):
        old = weights[key]
        rows = [old[n] if n >= 0 else torch.full_like(old[0], 0.5) for n in order]
        weights[key] = torch.stack(rows)
    save_file(weights, place / "model.safetensors", metadata={"format": "pt"})
    ids = dict(enumerate(names))
    return edit_config(
        place,
        id2label={str(n): name for n, name in ids.items()},
        label2id={name: n for n, name in ids.items()},
    )


def test_the_family_is_known():
    assert "zero-shot-nli" in families()
    known = find_family("zero-shot-nli")
    assert (known.modes, known.training_rows, known.few_shot) == (("entailment",), 0, False)


def test_answers_are_those_of_the_pipeline(session: Any, tiny_nli: Path):
    texts = [*TEXTS, LONG, "?"]
    said = session.predict(texts, Batching(size=32))
    assert list(said.labels) == by_pipeline(tiny_nli, texts, demo_task())
    assert said.finite
    gold = [demo_task().labels.index(label) for _, label in TEST]
    right = sum(a == b for a, b in zip(said.labels, gold, strict=False))
    assert right / len(gold) >= 0.6  # seven labels: chance is a seventh


def test_answers_do_not_hang_on_the_batches(session: Any):
    texts = [*TEXTS[:20], LONG, ""]
    said = session.predict(texts, Batching(size=32))
    for batching in (Batching(size=1), Batching(size=5), Batching(size=1000, tokens=200)):
        assert session.predict(texts, batching) == said
    backwards = session.predict(texts[::-1], Batching(size=32))
    assert backwards.labels == said.labels[::-1]


def test_a_batch_holds_pairs(session: Any, monkeypatch: pytest.MonkeyPatch):
    shapes: list[tuple[int, int]] = []
    network = session._scorer

    def spied(**inputs: Any) -> Any:
        shapes.append(tuple(inputs["input_ids"].shape))
        return network(**inputs)

    monkeypatch.setattr(session, "_scorer", spied)
    session.predict(TEXTS[:10], Batching(size=32, equal_lengths=False))
    assert [rows for rows, _ in shapes] == [32, 32, 6]  # 10 texts of 7 labels
    # Longest first, and all pairs of the longest text before those of others.
    assert [width for _, width in shapes] == sorted((w for _, w in shapes), reverse=True)
    shapes.clear()
    session.predict(TEXTS[:10], Batching(size=10_000, tokens=300, equal_lengths=False))
    assert all(rows * width <= 300 for rows, width in shapes)


def test_tokens_are_those_of_all_pairs(session: Any, lengths: Any):
    texts = [*TEXTS[:30], LONG, ""]
    expected = [lengths(text) for text in texts]
    assert list(session.count_tokens(texts)) == expected
    said = session.predict(texts, Batching(size=32), count_truncated=True)
    assert said.tokens == sum(expected)
    assert said.truncated == 1
    assert said.uncut_tokens == sum(lengths(text, None) for text in texts)
    assert lengths(LONG, None) > lengths(LONG) == 7 * 128
    uncounted = session.predict(texts, Batching(size=32))
    assert (uncounted.truncated, uncounted.uncut_tokens) == (None, None)


def test_a_text_is_cut_when_it_does_not_fit_beside_the_longest_hypothesis(
    session: Any, tiny_nli: Path
):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_nli)
    word = next(w for w in ("the", "my", "a") if len(tokenizer.tokenize(w)) == 1)
    tokens = [len(tokenizer.tokenize(f"This text is about {n}.")) for n in demo_task().labels]
    fits = 128 - 3 - max(tokens)
    texts = [" ".join([word] * fits), " ".join([word] * (fits + 1))]
    said = session.predict(texts, Batching(size=32), count_truncated=True)
    assert said.truncated == 1
    assert said.uncut_tokens == said.tokens + tokens.count(max(tokens))


def test_a_german_question_is_put_in_german(tiny_nli: Path, lengths: Any):
    task = demo_task(wording=workloads.wording("de"))
    german = "In diesem Text geht es um {}."
    assert task.wording.hypothesis == german
    with opened(tiny_nli, task) as made:
        expected = [lengths(text, hypothesis=german) for text in TEXTS[:5]]
        assert list(made.count_tokens(TEXTS[:5])) == expected


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["ENTAILMENT", "neutral", "CONTRADICTION"], [1, -1, 0]),
        (["contradiction", "Neutral", "Entailment"], [0, -1, 1]),
        (["entailment", "not_entailment"], [1, 0]),
        (["Not-Entailment", "entailment"], [0, 1]),
    ],
    ids=lambda value: "-".join(map(str, value)),
)
def test_entailment_is_found_by_its_name(
    session: Any, tiny_nli: Path, tmp_path: Path, names: list[str], order: list[int]
):
    folder = reordered(tiny_nli, tmp_path / "other", order, names)
    with opened(folder, demo_task()) as made:
        said = made.predict(TEXTS[:60], Batching(size=32))
    assert said.labels == session.predict(TEXTS[:60], Batching(size=32)).labels


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["roberta", "gpt2-nopad", "deberta-v2"])
def test_other_architectures_answer_as_in_the_pipeline(tmp_path: Path, kind: str):
    # The weights are random: nothing is said of accuracy, only that both ways are one.
    names = ("entailment", "neutral", "contradiction")
    folder = make_model(tmp_path / kind, kind, names, model_max_length=64)
    task = demo_task(labels=("film", "meal", "boat"))
    texts = [text[:60] for text in TEXTS[:20]]
    with opened(folder, task, max_positions=64) as made:
        said = made.predict(texts, Batching(size=8))
    assert list(said.labels) == by_pipeline(folder, texts, task, batch=1)


def refused(folder: Path, task: Task | None, match: str, **changes: Any) -> NotRatableError:
    with pytest.raises(NotRatableError, match=match) as caught, opened(folder, task, **changes):
        pass
    assert caught.value.hint
    assert caught.value.message.count("local/tiny") == 1
    return caught.value


def test_tasks_that_cannot_be_put_are_refused(tiny_nli: Path):
    refused(tiny_nli, None, "none were given")
    refused(tiny_nli, demo_task(labels=("stock",)), "nothing to choose from")
    wording = workloads.wording("en").model_copy(update={"words": {"stock": "billing"}})
    refused(tiny_nli, demo_task(wording=wording), "'billing' and 'stock' are put in the same words")
    shouted = workloads.wording("en").model_copy(update={"words": {"stock": "BILLING"}})
    refused(tiny_nli, demo_task(wording=shouted), "are the same to the tokenizer")
    endless = demo_task(labels=("stock", "word " * 200))
    assert "[wording]" in refused(tiny_nli, endless, "leaves none of 128 for the text").hint
    refused(tiny_nli, demo_task(), "leaves none of 9 for the text", max_positions=9)


def test_models_that_do_not_fit_are_refused(tiny_nli: Path, tmp_path: Path):
    names = ["entailment", "Entailment", "contradiction"]
    refused(reordered(tiny_nli, tmp_path / "two", [1, 1, 0], names), demo_task(), "2 of its labels")
    from safetensors.torch import load_file, save_file

    typed = copied(tiny_nli, tmp_path / "typed")
    weights = load_file(typed / "model.safetensors")
    key = "bert.embeddings.token_type_embeddings.weight"
    weights[key] = weights[key][:1].clone()
    save_file(weights, typed / "model.safetensors", metadata={"format": "pt"})
    edit_config(typed, type_vocab_size=1)
    refused(typed, demo_task(), "makes token type 1 in a pair, the model knows 1")


def test_braces_in_a_hypothesis_are_only_braces(tiny_nli: Path):
    wording = workloads.wording("en").model_copy(update={"hypothesis": "{text} is about {}."})
    with opened(tiny_nli, demo_task(wording=wording)) as made:
        assert len(made.predict(TEXTS[:3], Batching(size=32)).labels) == 3


@pytest.mark.usefixtures("small_reference")
def test_a_whole_rating(
    tiny_nli: Path, session: Any, lengths: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shorten_quick(monkeypatch, tmp_path / "state", max_slice_queries=8, single_queries=5)
    folder = copied(tiny_nli, tmp_path / "tiny-nli")
    label = energylabel.rate(
        folder,
        workload="demo-v1",
        protocol="quick",
        queries=24,
        accuracy_rows=200,
        baselines=False,
        out=tmp_path / "labels",
    ).label
    assert label.subject.family == "zero-shot-nli"
    assert label.subject.labels == demo_task().labels
    assert label.metrics.accuracy.accuracy.value >= 0.6
    (path,) = tmp_path.rglob("evidence.json")
    evidence = json.loads(path.read_text())
    asking = evidence["settings"]["asking"]
    assert asking["mode"] == "entailment"
    assert asking["wording"]["hypothesis"] == "This text is about {}."
    rows = len(evidence["answers"]["predicted"])
    assert rows == 200
    # Seven pairs a query, each of them counted.
    mean = sum(map(lengths, TEXTS)) / len(TEXTS)
    assert label.metrics.tokens_per_query == pytest.approx(mean, rel=0.25)  # 24 texts of 220
    assert label.metrics.tokens_per_query > 5 * label.metrics.reference_tokens_per_query
    gold = evidence["answers"]["gold"]
    right = sum(a == b for a, b in zip(evidence["answers"]["predicted"], gold, strict=True))
    assert label.metrics.accuracy.accuracy.value == pytest.approx(right / rows)
