"""Static embeddings: the layout of model2vec, against sums written out in numpy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.embedders import STATIC_WORDS, STEP, add_dense, make_static, opened, write

from energylabel.classifiers.base import Batching, Placement
from energylabel.classifiers.embedding_probe import PLUGIN
from energylabel.errors import NotRatableError

CPU = Placement("cpu", "auto", 1)
TABLE = np.random.default_rng(3).normal(size=(9, 8)).astype("float32")
TEXTS = ["wonderful film", "the dreadful meal", "qqq lovely", "xyz", "", "the dull dull film"]
KNOWN = [["wonderful", "film"], ["the", "dreadful", "meal"], ["lovely"], [], []]
KNOWN.append(["the", "dull", "dull", "film"])
"""What is left of each text when unknown words are left out."""


def rows(words: list[str]) -> list[int]:
    return [STATIC_WORDS.index(word) for word in words]


def embed(folder: Path, dtype: str = "auto") -> Any:
    with PLUGIN.open(opened(folder), Placement("cpu", dtype, 1)) as session:
        return session.embed(TEXTS)  # type: ignore[attr-defined]


def mean(vectors: Any) -> Any:
    return vectors.mean(0) if len(vectors) else np.zeros(8)


def test_a_text_is_the_mean_of_its_known_words(tmp_path: Path):
    folder = make_static(tmp_path / "m")
    for words, vector in zip(KNOWN, embed(folder), strict=True):
        assert vector == pytest.approx(mean(TABLE[rows(words)]), abs=1e-6)
    for words, vector in zip(KNOWN, embed(folder, "float16"), strict=True):
        assert vector == pytest.approx(mean(TABLE[rows(words)]), abs=5e-3)


def test_normalised_where_the_folder_says_so(tmp_path: Path):
    by_config = make_static(tmp_path / "a", normalize=True)
    by_modules = make_static(tmp_path / "b")
    kinds = [{"path": ".", "type": f"{STEP}StaticEmbedding"}]
    write(by_modules / "modules.json", kinds)
    plain = embed(by_modules)
    kinds.append({"path": "1_Normalize", "type": f"{STEP}Normalize"})
    write(by_modules / "modules.json", kinds)
    for folder in (by_config, by_modules):
        for bare, vector in zip(plain, embed(folder), strict=True):
            length = np.linalg.norm(bare)
            assert vector == pytest.approx(bare / length if length else bare, abs=1e-6)


def test_tokens_may_share_rows_and_have_weights(tmp_path: Path):
    mapping = np.array([0, 0, 1, 1, 2, 2, 3, 3, 0], dtype="int64")
    weights = np.linspace(0.5, 2.5, 9)
    folder = make_static(
        tmp_path / "m",
        tensors={"embeddings": TABLE[:4].copy(), "mapping": mapping, "weights": weights},
    )
    for words, vector in zip(KNOWN, embed(folder), strict=True):
        ids = rows(words)
        expected = mean(TABLE[mapping[ids]] * weights[ids][:, None])
        assert vector == pytest.approx(expected, abs=1e-6)
    with PLUGIN.open(opened(folder), CPU) as session:
        assert session.parameters == 4 * 8 + 9
        session.fit(TEXTS, [0, 1, 0, 1, 1, 1])
        assert session.parameters == 4 * 8 + 9 + 9


def test_tables_of_sentence_transformers_keep_unknown_words(tmp_path: Path):
    folder = make_static(tmp_path / "m", tensors={"embedding.weight": TABLE})
    found = embed(folder)
    assert found[3] == pytest.approx(TABLE[1], abs=1e-6)
    assert found[2] == pytest.approx(TABLE[rows(["[UNK]", "lovely"])].mean(0), abs=1e-6)


def test_steps_after_the_table(tmp_path: Path):
    folder = make_static(tmp_path / "m")
    kinds = ("StaticEmbedding", ""), ("Dense", "1_Dense")
    write(folder / "modules.json", [{"path": p, "type": STEP + kind} for kind, p in kinds])
    layer = {name: tensor.numpy() for name, tensor in add_dense(folder, "1_Dense", 8, 3).items()}
    expected = np.tanh(layer["linear.weight"] @ TABLE[4:3:-1].mean(0) + layer["linear.bias"])
    write(folder / "unused.json", {})
    with PLUGIN.open(opened(folder), CPU) as session:
        found = session.embed(["wonderful"])  # type: ignore[attr-defined]
    assert found[0] == pytest.approx(expected, abs=1e-6)


def test_tokens_are_counted_and_cut(tmp_path: Path):
    folder = make_static(tmp_path / "m", max_length=3)
    with PLUGIN.open(opened(folder), CPU) as session:
        assert session.max_tokens == 3
        assert session.count_tokens(TEXTS) == (2, 3, 2, 1, 0, 3)
        session.fit(TEXTS, [0, 1, 0, 1, 1, 1])
        said = session.predict(TEXTS, Batching(1), count_truncated=True)
        assert (said.tokens, said.truncated, said.uncut_tokens) == (11, 1, 12)
        assert said.labels == session.predict(TEXTS, Batching(32)).labels
        # What is cut decides nothing.
        cut, whole = session.predict(["the dull dull", "the dull dull film"], Batching(2)).labels
        assert cut == whole
    with PLUGIN.open(opened(make_static(tmp_path / "n", max_length=None)), CPU) as session:
        assert session.max_tokens == 512
        assert session.count_tokens(["film " * 700]) == (512,)


def test_it_learns_what_the_words_say(tmp_path: Path):
    good, bad = ("wonderful", "lovely"), ("dreadful", "dull")
    texts = [f"the {word} {thing}" for word in good + bad for thing in ("film", "meal", "one")]
    gold = [3] * 6 + [1] * 6
    with PLUGIN.open(opened(make_static(tmp_path / "m")), CPU) as session:
        session.fit(texts, gold)
        said = session.predict([f"{word} indeed" for word in good + bad], Batching(32))
    assert said.labels == (3, 3, 1, 1)


BROKEN: list[tuple[dict[str, Any] | None, dict[str, Any], str]] = [
    ({"vectors": TABLE}, {}, "'vectors'"),
    ({"embeddings": TABLE, "head.weight": TABLE}, {}, r"'head\.weight'"),
    ({"embeddings": TABLE[0]}, {}, "embeddings is of F32, 8"),
    ({"embeddings": TABLE[:5].copy()}, {}, "ids go up to 8, the embeddings have 5 rows"),
    ({"embeddings": TABLE, "weights": np.ones(4)}, {}, "weights is of F64, 4"),
    ({"embeddings": TABLE, "mapping": np.ones(9)}, {}, "mapping is of F64"),
    ({"embeddings": TABLE, "mapping": np.full(9, 9)}, {}, "mapping names rows"),
    ({"embeddings": TABLE, "mapping": np.full(9, -1)}, {}, "mapping names rows"),
    ({"embeddings": TABLE * np.inf}, {}, "embeddings holds NaN"),
    ({"embeddings": TABLE, "weights": np.full(9, np.nan)}, {}, "weights holds NaN"),
    ({"embeddings": TABLE.astype("int8")}, {}, "quantised"),
    (None, {"max_length": 0}, "max_length 0"),
    (None, {"max_length": "512"}, "max_length '512'"),
]


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize(("tensors", "config", "cause"), BROKEN, ids=[b[2] for b in BROKEN])
def test_a_broken_folder_is_refused(
    tmp_path: Path, tensors: dict[str, Any] | None, config: dict[str, Any], cause: str
):
    folder = make_static(tmp_path / "broken", tensors=tensors, **config)
    with pytest.raises(NotRatableError, match=cause) as caught:
        embed(folder)
    assert caught.value.message.startswith("local/broken: ")
    assert caught.value.message.count("local/broken") == 1


def test_mixed_and_missing_files_are_refused(tmp_path: Path):
    folder = make_static(tmp_path / "m")
    write(folder / "modules.json", [{"path": "", "type": f"{STEP}Transformer"}])
    with pytest.raises(NotRatableError, match="no Pooling"):
        opened(folder)
    kinds = ("Transformer", ""), ("Pooling", "1_Pooling")
    write(folder / "modules.json", [{"path": p, "type": STEP + kind} for kind, p in kinds])
    write(folder / "1_Pooling" / "config.json", {"pooling_mode": "mean"})
    with pytest.raises(NotRatableError, match="asks for an encoder"):
        opened(folder)
    (folder / "modules.json").unlink()
    write(folder / "tokenizer.json", {"model": {"vocab": {"a": 0}, "type": "Nonsense"}})
    with pytest.raises(NotRatableError, match=r"tokenizer\.json is no tokenizer"):
        embed(folder)
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("a\n")
    with pytest.raises(NotRatableError, match=r"reads tokenizer\.json, not there"):
        opened(folder)
