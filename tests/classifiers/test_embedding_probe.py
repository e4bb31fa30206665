"""Encoders with a probe: the vectors are those that numpy makes of transformers' own output."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.embedders import (
    GOLD,
    TEXTS,
    add_dense,
    make_encoder,
    opened,
    steps,
    token_vectors,
    write,
)
from support.tiny_models import edit_config, make_model

from energylabel.classifiers.base import Batching, Placement
from energylabel.classifiers.embedding_probe import PLUGIN
from energylabel.errors import NotRatableError

CPU = Placement("cpu", "auto", 1)
SOME = ["The film was dull.", "a", "Our teacher seemed quite lovely, worth every minute.", ""]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder(tmp_path_factory.mktemp("encoders") / "plain")


@pytest.fixture
def folder(encoder: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    import shutil

    return Path(shutil.copytree(encoder, tmp_path / "model"))


def embed(folder: Path, texts: list[str]) -> Any:
    with PLUGIN.open(opened(folder), CPU) as session:
        return session.embed(texts)  # type: ignore[attr-defined]


def unit(vector: Any) -> Any:
    return vector / np.linalg.norm(vector)


def weighted(h: Any) -> Any:
    places = np.arange(1, len(h) + 1)[:, None]
    return (h * places).sum(0) / places.sum()


POOLED: list[tuple[dict[str, Any], Callable[[Any], Any]]] = [
    ({"pooling_mode_mean_tokens": True}, lambda h: h.mean(0)),
    ({"pooling_mode": "mean", "embedding_dimension": 32}, lambda h: h.mean(0)),
    ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, lambda h: h[0]),
    ({"pooling_mode": "cls", "include_prompt": True}, lambda h: h[0]),
    ({"pooling_mode_max_tokens": True}, lambda h: h.max(0)),
    ({"pooling_mode": "lasttoken"}, lambda h: h[-1]),
    ({"pooling_mode_lasttoken": True}, lambda h: h[-1]),
    ({"pooling_mode_mean_sqrt_len_tokens": True}, lambda h: h.sum(0) / np.sqrt(len(h))),
    ({"pooling_mode": ["weightedmean"]}, weighted),
    (
        {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True},
        lambda h: np.concatenate([h[0], h.mean(0)]),
    ),
    (
        {"pooling_mode": ["mean", "cls", "max"]},
        lambda h: np.concatenate([h.mean(0), h[0], h.max(0)]),
    ),
    ({"pooling_mode_mean_tokens": False}, lambda h: h.mean(0)),
]


@pytest.mark.parametrize(("pooling", "expected"), POOLED, ids=[str(p[0]) for p in POOLED])
def test_pooling_is_what_the_folder_says(
    folder: Path, pooling: dict[str, Any], expected: Callable[[Any], Any]
):
    steps(folder, pooling=pooling)
    for text, vector in zip(SOME, embed(folder, SOME), strict=True):
        assert vector == pytest.approx(expected(token_vectors(folder, text)), abs=1e-5)


def test_without_modules_it_is_the_mean(folder: Path):
    write(folder / "1_Pooling" / "config.json", {"pooling_mode": "max"})  # which nobody asks for
    for text, vector in zip(SOME, embed(folder, SOME), strict=True):
        assert vector == pytest.approx(token_vectors(folder, text).mean(0), abs=1e-5)


def test_later_steps_follow_in_their_order(folder: Path):
    steps(folder, "Dense", "Normalize", "Dense", pooling={"pooling_mode": ["mean", "max"]})
    write(folder / "3_Normalize" / "config.json", {"module_input_name": "sentence_embedding"})
    one = {name: t.numpy() for name, t in add_dense(folder, "2_Dense", 64, 10).items()}
    identity = "torch.nn.modules.linear.Identity"
    more = {"bias": False, "activation_function": identity, "use_residual": False}
    two = add_dense(folder, "4_Dense", 10, 4, **more)["linear.weight"].numpy()
    for text, vector in zip(SOME, embed(folder, SOME), strict=True):
        h = token_vectors(folder, text)
        wide = np.concatenate([h.mean(0), h.max(0)])
        first = np.tanh(one["linear.weight"] @ wide + one["linear.bias"])
        assert vector == pytest.approx(two @ unit(first), abs=1e-5)
    model = opened(folder)
    assert {"modules.json", "1_Pooling/config.json", "2_Dense/model.safetensors"} <= {
        file.path for file in model.files
    }
    with PLUGIN.open(model, CPU) as session:
        # 64·10 + 10 of the one layer, 10·4 of the other
        plain = sum(
            np.prod(tensor.shape) for name, tensor in weights(folder).items() if "ids" not in name
        )
        assert session.parameters - plain == 650 + 40 + pooler(32)


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")


def pooler(width: int) -> int:
    """Parameters of the pooler that BERT has and the file has not."""
    return width * width + width


def test_settings_of_the_encoder_are_kept(folder: Path):
    steps(folder, "Normalize")
    write(folder / "sentence_bert_config.json", {"max_seq_length": 6, "do_lower_case": True})
    text = "The film WAS wonderful and far too long."
    (vector,) = embed(folder, [text])
    h = token_vectors(folder, text.lower(), max_length=6)
    assert len(h) == 6
    assert vector == pytest.approx(unit(h.mean(0)), abs=1e-5)
    with PLUGIN.open(opened(folder), CPU) as session:
        assert session.max_tokens == 6
        session.fit([*TEXTS[:9], text], [*GOLD[:9], 0])
        said = session.predict([text, "a"], Batching(2), count_truncated=True)
    whole = len(token_vectors(folder, text.lower(), max_length=60))
    assert (said.tokens, said.truncated, said.uncut_tokens) == (6 + 3, 1, whole + 3)


def test_the_default_prompt_stands_before_every_text(folder: Path):
    steps(folder)
    prompts = {"query": "the song ", "passage": "the boat "}
    settings = folder / "config_sentence_transformers.json"
    write(settings, {"prompts": prompts, "default_prompt_name": None})
    assert embed(folder, ["was dull"])[0] == pytest.approx(
        token_vectors(folder, "was dull").mean(0), abs=1e-5
    )
    write(settings, {"prompts": prompts, "default_prompt_name": "query"})
    assert embed(folder, ["was dull"])[0] == pytest.approx(
        token_vectors(folder, "the song was dull").mean(0), abs=1e-5
    )
    with PLUGIN.open(opened(folder), CPU) as session:
        (tokens,) = session.count_tokens(["was dull"])
    assert tokens == len(token_vectors(folder, "the song was dull"))


def test_answers_are_those_of_scikit_learn(folder: Path):
    from sklearn.linear_model import LogisticRegression

    steps(folder, "Normalize")
    gold = [number % 3 for number in range(len(TEXTS))]  # three classes, one of them above 2
    gold = [4 if label == 2 else label for label in gold]
    vectors = np.stack([unit(token_vectors(folder, text).mean(0)) for text in TEXTS[::4]])
    truth = LogisticRegression(max_iter=1000).fit(vectors, gold[::4])
    with PLUGIN.open(opened(folder), CPU) as session:
        before = session.parameters
        session.fit(TEXTS[::4], gold[::4])
        assert session.parameters - before == 3 * 33
        for size in (1, 7, 32):
            said = session.predict(TEXTS[::4], Batching(size))
            assert said.finite
            assert list(said.labels) == truth.predict(vectors).tolist()
        assert session.predict(["", *TEXTS[:3]], Batching(1)).finite


def test_a_checkpoint_with_a_head_lends_its_encoder(tmp_path: Path):
    folder = make_model(tmp_path / "head")
    (vector,) = embed(folder, [SOME[0]])
    assert vector == pytest.approx(token_vectors(folder, SOME[0]).mean(0), abs=1e-5)


@pytest.mark.parametrize("kind", ["roberta", "deberta-v2", "gpt2", "gpt2-nopad"])
def test_other_architectures(tmp_path: Path, kind: str):
    folder = steps(make_model(tmp_path / kind, kind), pooling={"pooling_mode": "lasttoken"})
    edit_config(folder, architectures=[{"r": "Roberta", "d": "DebertaV2"}.get(kind[0], "GPT2")])
    texts = SOME[:3]
    for text, vector in zip(texts, embed(folder, texts), strict=True):
        assert vector == pytest.approx(token_vectors(folder, text)[-1], abs=1e-5)


def test_half_precision_is_obeyed(folder: Path):
    with PLUGIN.open(opened(folder), Placement("cpu", "bfloat16", 1)) as session:
        assert session.dtype == "bfloat16"
        found = session.embed(SOME)  # type: ignore[attr-defined]
        session.fit(TEXTS[::5], GOLD[::5])
        assert session.predict(TEXTS[::5], Batching(32)).finite
    assert found.dtype == np.float32
    for one, other in zip(found, embed(folder, SOME), strict=True):
        assert unit(one) @ unit(other) > 0.99
        assert not np.array_equal(one, other)


def test_the_encoder_of_t5_is_taken_alone_and_others_are_refused(tmp_path: Path):
    from transformers import AutoTokenizer, BartConfig, BartModel, T5Config, T5EncoderModel

    words = AutoTokenizer.from_pretrained(make_model(tmp_path / "tokens", "xlm-roberta"))
    size = {"vocab_size": len(words), "d_model": 32, "pad_token_id": words.pad_token_id}
    t5 = T5EncoderModel(T5Config(**size, d_ff=64, d_kv=16, num_layers=2, num_heads=2))
    bart = {"encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    for name, network in (("t5", t5), ("bart", BartModel(BartConfig(**size, **bart, **heads)))):
        network.save_pretrained(tmp_path / name)
        words.save_pretrained(tmp_path / name)
    assert embed(tmp_path / "t5", SOME).shape == (4, 32)
    with pytest.raises(NotRatableError, match="encoder with a decoder"):
        embed(tmp_path / "bart", SOME)


def test_vectors_that_are_no_numbers_are_told(folder: Path):
    from safetensors.torch import load_file, save_file
    from transformers import AutoTokenizer

    held = load_file(folder / "model.safetensors")
    name = "embeddings.word_embeddings.weight"
    dreadful = AutoTokenizer.from_pretrained(folder).convert_tokens_to_ids("dreadful")
    held[name][dreadful] = 3e38  # a number, whose square is none
    save_file(held, folder / "model.safetensors", metadata={"format": "pt"})
    others = [(text, label) for text, label in zip(TEXTS, GOLD, strict=True) if "dread" not in text]
    with PLUGIN.open(opened(folder), CPU) as session:
        with pytest.raises(NotRatableError, match=r"local/model gives NaN or infinite embeddings"):
            session.fit(TEXTS, GOLD)
        session.fit(*map(list, zip(*others, strict=True)))
        assert session.predict([text for text, _ in others], Batching(32)).finite
        assert not session.predict(TEXTS, Batching(32)).finite
