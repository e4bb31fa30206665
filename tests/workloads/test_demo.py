"""The committed demo: honest texts, and a small model that loads without the Hub."""

import json
import re
import stat
from collections import Counter
from pathlib import Path

import pytest

from energylabel.workloads.demo import make

DEMO = Path(make.__file__).parent
MODEL = DEMO / "model"
ACCURACY = 0.825  # as make.py printed it when the committed model was trained


def read(side: str) -> list[dict[str, str]]:
    lines = (DEMO / f"{side}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def runs_of_five(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def test_texts_are_many_uneven_and_of_the_promised_length() -> None:
    rows = read("test")
    counts = Counter(row["label"] for row in rows)
    assert len(rows) == 400
    assert len(counts) == 7
    assert max(counts.values()) > 2 * min(counts.values())
    assert all(set(row) == {"text", "label"} for row in rows)
    assert all(8 <= len(row["text"].split()) <= 40 for row in [*rows, *read("train")])
    assert (DEMO / "train.jsonl").stat().st_size <= 300_000


def test_no_slot_or_choice_is_left_open() -> None:
    assert not any(set("{}[]|") & set(row["text"]) for row in [*read("train"), *read("test")])


def test_training_and_test_share_no_text_and_no_run_of_five_words() -> None:
    train, test = read("train"), read("test")
    texts = [row["text"] for row in [*train, *test]]
    assert len(set(texts)) == len(texts)
    seen = set().union(*(runs_of_five(row["text"]) for row in train))
    assert [row["text"] for row in test if runs_of_five(row["text"]) & seen] == []


def test_training_and_test_are_made_of_different_sentences() -> None:
    phrases = make.load_phrases()
    pools = [phrases["openers"], phrases["closers"], *phrases["desks"].values()]
    train = [sentence for pool in pools for sentence in pool["train"]]
    test = [sentence for pool in pools for sentence in pool["test"]]
    assert len(set(train)) == len(train)
    assert len(set(test)) == len(test)
    assert not set(train) & set(test)


def test_texts_come_out_the_same_again(tmp_path: Path) -> None:
    make.write_texts(tmp_path)
    for name in ("train.jsonl", "test.jsonl"):
        assert (tmp_path / name).read_bytes() == (DEMO / name).read_bytes()


def test_vocabulary_comes_out_the_same_again() -> None:
    committed = json.loads((MODEL / "tokenizer.json").read_text(encoding="utf-8"))
    learned = make.learn_vocabulary([row["text"] for row in read("train")])
    assert list(committed["model"]["vocab"]) == learned


def test_model_files_are_small_and_readable_by_all() -> None:
    names = {file.name for file in MODEL.iterdir()}
    assert names == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert sum(file.stat().st_size for file in MODEL.iterdir()) <= 2_000_000
    for file in MODEL.iterdir():
        assert file.stat().st_mode & stat.S_IROTH


def test_model_loads_offline_and_has_the_known_accuracy(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    import transformers

    # The library read its offline setting on import, so the network is cut as well.
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("went to the network"))
    tokenizer = transformers.AutoTokenizer.from_pretrained(MODEL)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        MODEL, trust_remote_code=False, use_safetensors=True
    ).eval()
    rows = read("test")
    counts = Counter(row["label"] for row in rows)
    names = model.config.id2label

    assert type(model).__name__ == "BertForSequenceClassification"
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    assert tokenizer.model_max_length == model.config.max_position_embeddings
    assert len(tokenizer) == model.config.vocab_size
    assert [names[number] for number in range(len(names))] == sorted(counts)

    right = 0
    with torch.no_grad():
        for row in rows:  # one by one, unlike make.py, so padding plays no part
            logits = model(**tokenizer(row["text"], return_tensors="pt")).logits
            right += names[int(logits[0].argmax())] == row["label"]
    accuracy = right / len(rows)
    assert accuracy == pytest.approx(ACCURACY, abs=0.005)
    assert max(counts.values()) / len(rows) + 0.3 < accuracy < 1.0
