"""Language models that were trained for it: both modes against plain loops of transformers."""

import dataclasses
from pathlib import Path

import pytest
from support.prompted import loaded, model_at, naive_scores, opened
from support.tiny_lms import DESKS, chat, make_task, prompt, rows

from energylabel.classifiers._prompting.causal import CausalRunner
from energylabel.classifiers.base import Batching, Placement
from energylabel.classifiers.prompted_lm import PLUGIN
from energylabel.errors import NotRatableError

pytestmark = pytest.mark.slow

CASES = ("tiny_lm", "tiny_chat", "tiny_t5")
TEXTS = 60


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.getfixturevalue(request.param)
    return folder


@pytest.fixture(scope="module")
def asked() -> list[tuple[str, int]]:
    return rows("test")[:TEXTS]


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

    from energylabel.classifiers._prompting import causal as _causal

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
    from energylabel.classifiers._prompting.seq2seq import Seq2SeqRunner

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
