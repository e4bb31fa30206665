"""Language models whose caches, masks or positions are of another kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.prompted import model_at, naive_scores, opened
from support.tiny_lms import DESKS, make_task, rows

from energylabel.classifiers import prompted_lm
from energylabel.classifiers._prompting.causal import CausalRunner
from energylabel.classifiers.base import Batching, Placement
from energylabel.classifiers.prompted_lm import PLUGIN
from energylabel.errors import NotRatableError
from energylabel.records.subject import ResolvedModel

pytestmark = pytest.mark.slow

TEXTS = 60


@pytest.fixture(scope="module")
def asked() -> list[tuple[str, int]]:
    return rows("test")[:TEXTS]


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


def load_as(patch: pytest.MonkeyPatch, kind: Callable[[Any], Any]) -> None:
    """Networks that are loaded from here on are of another kind."""
    load = prompted_lm.load

    def loaded(*given: Any) -> Any:
        found = load(*given)
        return found._replace(network=kind(found.network))

    patch.setattr(prompted_lm, "load", loaded)


def test_a_network_whose_cache_cannot_be_shared_reads_again(
    tiny_lm: Path, asked: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
):
    texts, labels = [text for text, _ in asked[:12]], ("praise a 1", "fault b 2", "delivery c")
    with opened(tiny_lm, labels=labels) as session:
        expected = session.predict(texts, Batching(4)).labels
    load_as(monkeypatch, Odd)
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
    folder = request.getfixturevalue(name)
    texts, labels = ["It broke.", "Late again"], ("praise a", "fault b", "delivery c")
    with opened(folder, labels=labels) as session:
        expected = session.predict(texts, Batching(4)).labels
    load_as(monkeypatch, Forgetful)
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
