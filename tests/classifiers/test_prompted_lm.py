"""Language models that were trained for it: both modes against plain loops of transformers."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.tiny_lms import DESKS, chat, make_task, prompt, rows
from support.workers import resolved

from energylabel.classifiers._causal import CausalRunner
from energylabel.classifiers.base import Batching, Placement
from energylabel.classifiers.prompted_lm import PLUGIN, PromptedSession
from energylabel.errors import NotRatableError
from energylabel.records.subject import ResolvedModel

CASES = ("tiny_lm", "tiny_chat", "tiny_t5")
TEXTS = 60


def model_at(folder: Path, **values: Any) -> ResolvedModel:
    kind = ("T5ForConditionalGeneration", "t5") if "t5" in folder.name else _LLAMA
    known = {"architecture": kind[0], "model_type": kind[1], "family": "prompted-lm"}
    return resolved(folder, **{"max_positions": None, "labels": None, **known, **values})


_LLAMA = ("LlamaForCausalLM", "llama")


@contextmanager
def opened(folder: Path, mode: str = "score", **task: Any) -> Iterator[PromptedSession]:
    with PLUGIN.open(
        model_at(folder), Placement("cpu", "auto", 1), make_task(mode, **task)
    ) as session:
        assert isinstance(session, PromptedSession)
        yield session


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(request.param)
    return folder


@pytest.fixture(scope="module")
def asked() -> list[tuple[str, int]]:
    return rows("test")[:TEXTS]


def loaded(folder: Path) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

    auto = AutoModelForSeq2SeqLM if "t5" in folder.name else AutoModelForCausalLM
    return auto.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)


def naive_scores(folder: Path, texts: list[str]) -> Any:
    """Log-likelihood of each label: the whole of prompt and label read anew for each."""
    import torch

    network, tokenizer = loaded(folder)
    found = []
    with torch.inference_mode():
        for text in texts:
            row = []
            for desk in DESKS:
                if "t5" in folder.name:
                    said = tokenizer(desk, add_special_tokens=False)["input_ids"]
                    before = tokenizer(prompt(text), return_tensors="pt")
                    start = torch.tensor([[0, *said[:-1]]])
                    logits = network(**before, decoder_input_ids=start).logits[0]
                else:
                    if "chat" in folder.name:
                        parts = chat(text), chat(text) + desk
                    else:
                        parts = prompt(text), prompt(text, f" {desk}")
                    start, whole = (tokenizer(part)["input_ids"] for part in parts)
                    said = whole[len(start) :]
                    logits = network(torch.tensor([whole])).logits[0, len(start) - 1 : -1]
                steps = logits.log_softmax(-1)
                row.append(sum(steps[at, token] for at, token in enumerate(said)))
            found.append(torch.stack(row))
    return torch.stack(found)


def test_they_know_held_out_texts_clearly_above_chance(case: Path, asked: list[tuple[str, int]]):
    with opened(case) as session:
        said = session.predict([text for text, _ in asked], Batching(16))
    right = sum(a == b for a, (_, b) in zip(said.labels, asked, strict=True)) / len(asked)
    most = max(sum(label == n for _, label in asked) for n in range(3)) / len(asked)
    assert right >= most + 0.1
    assert len(set(said.labels)) == 3
    assert said.generated is None


def test_scores_are_those_of_the_naive_loop(case: Path, asked: list[tuple[str, int]]):
    import torch

    texts = [text for text, _ in asked]
    expected = naive_scores(case, texts)
    with opened(case) as session:
        assert session.runner.shares
        ids = session.prompter.prompts(texts).ids
        with torch.inference_mode():
            some = ids[:16]
            state, logits = session.runner.start(some, session.runner.prefix(some))  # type: ignore[arg-type]
            found = session.runner.scores(state, logits)  # type: ignore[arg-type]
            again = session.runner.reread(ids[0], range(3), 2)
        said = session.predict(texts, Batching(16))
    assert torch.allclose(found, expected[:16], atol=2e-3, rtol=1e-4)
    assert torch.allclose(again, expected[0], atol=2e-3, rtol=1e-4)
    assert list(said.labels) == expected.argmax(-1).tolist()
    assert said.finite


def test_answers_are_those_of_transformers_own_greedy_search(
    case: Path, asked: list[tuple[str, int]]
):
    import torch

    network, tokenizer = loaded(case)
    texts = [text for text, _ in asked[:24]]
    whole = chat if "chat" in case.name else prompt
    ends = [1, tokenizer.convert_tokens_to_ids("<|end|>")]
    with opened(case, "generate") as session:
        said = session.predict(texts, Batching(8))
    count = 0
    for text, label in zip(texts, said.labels, strict=True):
        before = tokenizer(whole(text), return_tensors="pt")
        with torch.inference_mode():
            made = network.generate(
                **before, max_new_tokens=16, do_sample=False, eos_token_id=ends, pad_token_id=0
            )[0]
        new = made if "t5" in case.name else made[before["input_ids"].shape[1] :]
        answer = tokenizer.decode(new, skip_special_tokens=True).split()
        assert answer[:1] == [(*DESKS, "?")[label]]
        count += len(new)
    assert said.generated is not None
    assert len(texts) <= said.generated <= count


def test_the_batch_makes_no_difference(case: Path, asked: list[tuple[str, int]]):
    texts = [text for text, _ in asked[:32]]
    for mode in ("score", "generate"):
        with opened(case, mode) as session:
            alone = [session.predict([text], Batching(1)).labels[0] for text in texts]
            made = [session.predict(texts, b) for b in (Batching(16), Batching(64, 400))]
        assert [list(said.labels) for said in made] == [alone, alone]


def test_tokens_are_counted(case: Path):
    texts = ["It broke.", "", "late " * 2000]
    with opened(case) as session:
        said = session.predict(texts, Batching(4), count_truncated=True)
        counts = session.count_tokens(texts)
        plain = session.predict(texts, Batching(4))
        empty = session.prompter.empty
    assert said.tokens == sum(counts)
    assert said.framing == 3 * empty == 3 * counts[1]
    assert said.truncated == 1
    assert said.uncut_tokens is not None
    assert said.uncut_tokens > said.tokens + 1000
    assert (plain.truncated, plain.uncut_tokens) == (None, None)
    assert counts[2] <= empty + 512


def test_the_prefill_writes_nothing(tiny_chat: Path):
    with opened(tiny_chat, "generate") as session:
        part = session.parts["prefill"]
        said = part.predict(["It broke.", "Lovely"], Batching(4))
        whole = session.predict(["It broke.", "Lovely"], Batching(4))
    assert (said.labels, said.generated, said.tokens) == ((), 0, whole.tokens)
    assert said.finite
    with opened(tiny_chat) as session:
        assert session.parts == {}


def test_an_answer_that_is_none_has_an_id_of_its_own(tiny_lm: Path):
    """Labels that the model never learned to say."""
    with opened(tiny_lm, "generate", labels=("red", "green", "blue")) as session:
        said = session.predict(["It broke.", "Lovely"], Batching(4))
    assert said.labels == (3, 3)


def test_examples_change_the_question_but_not_the_text(tiny_lm: Path):
    given = (("It broke.", 1), ("Lovely!", 0))
    with opened(tiny_lm) as plain, opened(tiny_lm, examples=given) as shown:
        assert shown.prompter.empty > plain.prompter.empty + 10
        assert shown.max_tokens == plain.max_tokens == 512
        said = shown.predict(["Late again", "It broke"], Batching(4))
    assert set(said.labels) <= {0, 1, 2}


def test_many_labels_are_scored_in_several_trees(tiny_lm: Path, monkeypatch: pytest.MonkeyPatch):
    import torch

    from energylabel.classifiers import _causal

    labels = tuple(f"{desk} {n} {n}" for desk in DESKS for n in range(9))
    with opened(tiny_lm, labels=labels) as session:
        runner = session.runner
        assert isinstance(runner, CausalRunner)
        monkeypatch.setattr(_causal, "_LOGITS_PER_TEXT", 4000)
        small = CausalRunner(runner.network, runner.labels, runner._common, 0)
        assert len(small._packs) > 3 * len(runner._packs)
        ids = session.prompter.prompts(["It broke", "Late again, a long text"]).ids
        with torch.inference_mode():
            found = [each.scores(*each.start(ids, each.prefix(ids))) for each in (runner, small)]
            again = torch.stack([runner.reread(row, range(27), 8) for row in ids])
    assert torch.allclose(found[0], found[1], atol=1e-3)
    assert torch.allclose(found[0], again, atol=1e-3)


class Odd:
    """A network that takes masks of two dimensions alone, as some do."""

    def __init__(self, network: Any) -> None:
        self._network = network

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def __call__(self, **given: Any) -> Any:
        mask = given.get("attention_mask")
        if mask is not None and mask.ndim == 4:
            given["attention_mask"] = None
        return self._network(**given)


def test_a_network_whose_cache_cannot_be_shared_reads_again(
    tiny_lm: Path, asked: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
):
    from energylabel.classifiers import prompted_lm

    texts, labels = [text for text, _ in asked[:12]], ("praise a 1", "fault b 2", "delivery c")
    with opened(tiny_lm, labels=labels) as session:
        expected = session.predict(texts, Batching(4)).labels
    load = prompted_lm.load

    def odd(*given: Any) -> Any:
        network, tokenizer = load(*given)
        return Odd(network), tokenizer

    monkeypatch.setattr(prompted_lm, "load", odd)
    with opened(tiny_lm, labels=labels) as session:
        assert not session.runner.shares
        said = session.predict(texts, Batching(4))
        assert (said.labels, said.reread) == (expected, len(texts))
    # Answers that are written need no mask of their own, as little as those of BLOOM do.
    with opened(tiny_lm, "generate") as session:
        assert session.runner.shares
        made = session.predict(texts, Batching(4)).labels
    monkeypatch.undo()
    with opened(tiny_lm, "generate") as session:
        assert session.predict(texts, Batching(4)).labels == made


class Forgetful(Odd):
    """A network that does not know what it has read before."""

    def __call__(self, **given: Any) -> Any:
        if given.pop("use_cache", False):
            given.pop("past_key_values", None)
            given["attention_mask"] = None
            given["position_ids"] = None
        return self._network(**given)


@pytest.mark.parametrize("name", ["tiny_lm", "tiny_t5"])
def test_a_network_without_a_memory_writes_no_answers(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
):
    from energylabel.classifiers import prompted_lm

    folder = request.getfixturevalue(name)
    texts, labels = ["It broke.", "Late again"], ("praise a", "fault b", "delivery c")
    with opened(folder, labels=labels) as session:
        expected = session.predict(texts, Batching(4)).labels
    load = prompted_lm.load

    def odd(*given: Any) -> Any:
        network, tokenizer = load(*given)
        return Forgetful(network), tokenizer

    monkeypatch.setattr(prompted_lm, "load", odd)
    with opened(folder, labels=labels) as session:
        said = session.predict(texts, Batching(4))
        assert (said.labels, said.reread) == (expected, 2)
    with (
        pytest.raises(NotRatableError, match="keeps no cache"),
        opened(folder, "generate", labels=labels),
    ):
        pass


def untrained(folder: Path, into: Path, network: Any) -> ResolvedModel:
    """An architecture that is not trained here, with another's tokenizer: no answers are judged."""
    import shutil

    shutil.copytree(folder, into, ignore=shutil.ignore_patterns("*.safetensors", "config.json"))
    network.eval().save_pretrained(into)
    kind = type(network)
    return model_at(into, architecture=kind.__name__, model_type=network.config.model_type)


def test_positions_that_come_from_the_mask_alone(tiny_lm: Path, tmp_path: Path):
    """BLOOM: it has no position ids, and takes no mask of a tree."""
    import torch
    from transformers import BloomConfig, BloomForCausalLM

    torch.manual_seed(2)
    config = BloomConfig(vocab_size=900, hidden_size=32, n_layer=2, n_head=4, initializer_range=0.3)
    model = untrained(tiny_lm, tmp_path / "bloom", BloomForCausalLM(config))
    for mode, labels in (("score", ("praise a", "fault b c", "delivery")), ("generate", DESKS)):
        task = make_task(mode, labels=labels)
        with PLUGIN.open(model, Placement("cpu", "auto", 1), task) as session:
            assert session.runner.shares is (mode == "generate")


def test_positions_that_are_just_enough(tiny_lm: Path, tmp_path: Path):
    """GPT-2 learns a vector for each: there is none beyond the last."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    with opened(tiny_lm) as session:
        positions = session.prompter.empty + 20
    torch.manual_seed(2)
    config = GPT2Config(vocab_size=900, n_positions=positions, n_embd=32, n_layer=2, n_head=4)
    model = untrained(tiny_lm, tmp_path / "gpt2", GPT2LMHeadModel(config))
    model = model.model_copy(update={"max_positions": positions})
    with PLUGIN.open(model, Placement("cpu", "auto", 1), make_task()) as session:
        assert 16 <= session.max_tokens < 20
        assert len(session.predict(["late " * 99, "It broke."], Batching(2)).labels) == 2


def test_a_padding_token_without_an_embedding(tiny_lm: Path, tmp_path: Path):
    """Added to the tokenizer by a fine-tuning, and never to the weights."""
    import json
    import shutil

    folder = shutil.copytree(tiny_lm, tmp_path / "padded")
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    rows = json.loads((folder / "config.json").read_text())["vocab_size"]
    added = {"id": rows, "content": "[MORE]", "special": True} | dict.fromkeys(
        ("single_word", "lstrip", "rstrip", "normalized"), False
    )
    tokenizer["added_tokens"].append(added)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | {"pad_token": "[MORE]"}))
    texts = ["It broke.", "The parcel came late again, and nobody knew where it was."]
    with opened(tiny_lm) as session:
        expected = session.predict(texts, Batching(2))
    with opened(folder) as session:
        assert session._tokenizer.pad_token_id == rows
        assert session.predict(texts, Batching(2)) == expected


def test_an_encoder_decoder_with_a_window(tiny_t5: Path, tmp_path: Path):
    """T5Gemma: every other layer of its decoder sees four tokens back."""
    import torch
    from transformers import T5GemmaConfig, T5GemmaForConditionalGeneration
    from transformers.models.t5gemma.configuration_t5gemma import T5GemmaModuleConfig

    half = T5GemmaModuleConfig(
        vocab_size=900,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=4,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
        initializer_range=0.3,
    )
    torch.manual_seed(2)
    made = T5GemmaForConditionalGeneration(
        T5GemmaConfig(encoder=half, decoder=half, vocab_size=900, decoder_start_token_id=2)
    )
    model = untrained(tiny_t5, tmp_path / "t5gemma", made)
    labels = ("praise of what came", "fault in what came late", "delivery")
    task = make_task(labels=labels)
    with PLUGIN.open(model, Placement("cpu", "auto", 1), task) as session:
        assert session.runner.shares
        assert max(map(len, session.runner.labels)) > 5
        ids = session.prompter.prompts(["It broke", "Late again, a long text"]).ids
        with torch.inference_mode():
            found = session.runner.scores(*session.runner.start(ids))
            again = torch.stack([session.runner.reread(row, range(3), 2) for row in ids])
    assert torch.allclose(found, again, atol=1e-3)


def test_a_window_of_attention_is_kept(tiny_lm: Path, asked: list[tuple[str, int]], tmp_path: Path):
    """Mistral's window, which does not know that padding is none of its tokens."""
    import json
    import shutil

    folder = shutil.copytree(tiny_lm, tmp_path / "windowed")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mistral", "architectures": ["MistralForCausalLM"]}
    (folder / "config.json").write_text(json.dumps(config | {"sliding_window": 70}))
    model = model_at(folder, architecture="MistralForCausalLM", model_type="mistral")
    texts = [text for text, _ in asked[:16]]
    expected = naive_scores(folder, texts).argmax(-1).tolist()
    for mode in ("score", "generate"):
        with PLUGIN.open(model, Placement("cpu", "auto", 1), make_task(mode)) as session:
            assert isinstance(session.runner, CausalRunner)
            lengths = session.count_tokens(texts)
            assert min(lengths) < 60
            assert max(lengths) > 70
            said = session.predict(texts, Batching(16))
            together = said.labels
            if mode == "score":  # a label of one token stands behind a prompt
                assert said.reread == sum(length + 1 > 70 for length in lengths)
            alone = [session.predict([text], Batching(1)).labels[0] for text in texts]
        assert list(together) == alone
        if mode == "score":
            assert alone == expected


def test_half_precision(tiny_lm: Path, asked: list[tuple[str, int]]):
    texts = [text for text, _ in asked]
    model = model_at(tiny_lm)
    with PLUGIN.open(model, Placement("cpu", "bfloat16", 1), make_task()) as session:
        assert session.dtype == "bfloat16"
        assert session.runner.shares
        half = session.predict(texts, Batching(16)).labels
    with opened(tiny_lm) as session:
        whole = session.predict(texts, Batching(16)).labels
    assert sum(a == b for a, b in zip(half, whole, strict=True)) >= 0.9 * len(texts)


def test_weights_that_are_nan_are_told(tiny_lm: Path):
    with opened(tiny_lm) as session:
        runner = session.runner
        assert isinstance(runner, CausalRunner)
        runner.network.model.norm.weight.data[0] = float("nan")
        assert not session.predict(["a", "b"], Batching(2)).finite


def test_labels_with_the_same_score_are_counted(tiny_lm: Path):
    with opened(tiny_lm) as session:
        assert session.predict(["It broke.", "Lovely"], Batching(2)).tied == 0
        session.runner.network.model.norm.weight.data[:] = 0  # all logits are zero
        said = session.predict(["It broke.", "Lovely"], Batching(2))
    assert (said.labels, said.tied) == ((0, 0), 2)


def test_a_question_is_needed(tiny_lm: Path):
    with (
        pytest.raises(NotRatableError, match="has to be asked"),
        PLUGIN.open(model_at(tiny_lm), Placement("cpu", "auto", 1), None),
    ):
        pass


def test_a_decoder_without_a_start(tiny_t5: Path):
    from energylabel.classifiers._seq2seq import Seq2SeqRunner

    network, _ = loaded(tiny_t5)
    network.config.decoder_start_token_id = None
    with pytest.raises(NotRatableError, match="what an answer starts with"):
        Seq2SeqRunner(network, [(1,), (2,)], 0, "local/t5")


def test_german_marks_are_taken_for_marks(tiny_lm: Path):
    with opened(tiny_lm, "generate", language="de") as session:
        assert session._grammar.read("Kategorie: fault") == DESKS.index("fault")


def test_predictions_hold_plain_numbers(tiny_chat: Path):
    for mode, absent in (("generate", {"tied", "reread"}), ("score", {"generated"})):
        with opened(tiny_chat, mode) as session:
            said = session.predict(["It broke."], Batching(1), count_truncated=True)
        for name, value in dataclasses.asdict(said).items():
            assert type(value) in (int, bool, tuple) or (value is None and name in absent)
