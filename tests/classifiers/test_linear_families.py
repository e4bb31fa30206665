"""The families that are fitted here, against plain scikit-learn and XGBoost."""

import builtins
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from support.tiny_models import SENTENCES

from energylabel.classifiers import (
    Batching,
    Placement,
    find_family,
    model_without_files,
)
from energylabel.classifiers._features.vectorised import cut
from energylabel.errors import DataError, NotRatableError, UsageError
from energylabel.records.subject import ModelRef
from energylabel.resolving.models import parse_model, resolve, standalone

CPU = Placement("cpu", "auto", 1)
MOODS = ("wonderful", "quite lovely", "worth")
GOLD = {text: int(any(mood in text for mood in MOODS)) for text in SENTENCES}
FITTED = ("bow-linear", "bow-xgboost", "char-tfidf-linear", "char-tfidf-xgboost", "tfidf-linear")
ORDER = random.Random(5).sample(SENTENCES, len(SENTENCES))
TRAIN, TEST = ORDER[:100], ORDER[100:]


def opened(family: str, placement: Placement) -> AbstractContextManager[Any]:
    """As a baseline is: by the name of its family alone."""
    known = find_family(family)
    return known.open(model_without_files(known, family), placement, None)


def fitted(family: str, gold: Callable[[str], int] = GOLD.__getitem__) -> Any:
    if family.endswith("xgboost"):
        pytest.importorskip("xgboost")
    session = opened(family, CPU).__enter__()
    session.fit(TRAIN, [gold(text) for text in TRAIN])  # type: ignore[attr-defined]
    return session


def plainly(family: str, gold: Callable[[str], int]) -> list[int]:
    """What the libraries themselves answer, with nothing of ours between."""
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    characters = TfidfVectorizer(analyzer="char", ngram_range=(2, 3))
    features = {"bow": CountVectorizer(), "tfidf": TfidfVectorizer(), "char-tfidf": characters}
    kind, _, model = family.rpartition("-")
    last: Any = LogisticRegression(max_iter=1000)
    if model == "xgboost":
        from xgboost import XGBClassifier

        last = XGBClassifier(n_jobs=1)
    pipeline = make_pipeline(features[kind], last)
    pipeline.fit(TRAIN, [gold(text) for text in TRAIN])
    return [int(label) for label in pipeline.predict(TEST)]


def subject(text: str) -> int:
    return next(
        n
        for n, noun in enumerate(("film", "meal", "boat", "teacher", "report", "song"))
        if noun in text
    )


@pytest.mark.parametrize("family", FITTED)
@pytest.mark.parametrize("gold", [GOLD.__getitem__, subject], ids=["two", "six"])
def test_answers_are_those_of_the_libraries(family: str, gold: Callable[[str], int]):
    session = fitted(family, gold)
    labels = list(session.predict(TEST, Batching(32)).labels)
    assert labels == plainly(family, gold)
    right = sum(said == gold(text) for said, text in zip(labels, TEST, strict=True))
    assert right >= 0.95 * len(TEST)  # the words give it away


@pytest.mark.parametrize("family", FITTED)
def test_classes_may_be_missing_among_the_rows(family: str):
    """Ids 1, 4 and 5 of six."""
    session = fitted(family, lambda text: (1, 4, 5, 1, 4, 5)[subject(text)])
    assert set(session.predict(TEST, Batching(32)).labels) == {1, 4, 5}


@pytest.mark.parametrize("family", FITTED)
def test_fitted_twice_is_the_same(family: str):
    one, other = (fitted(family).predict(TEST, Batching(32)).labels for _ in range(2))
    assert one == other


def test_parameters_are_weights_and_intercepts():
    words = {word for text in TRAIN for word in text.lower().strip(".").split() if len(word) > 1}
    assert fitted("tfidf-linear").parameters == len(words) + 1
    assert fitted("tfidf-linear", subject).parameters == 6 * (len(words) + 1)
    assert fitted("bow-xgboost").parameters > 0


def test_words_beyond_the_limit_are_not_read():
    text = "a  b\n" * 300
    assert cut(text).split() == ["a", "b"] * 256
    assert text.startswith(cut(text))
    session = fitted("tfidf-linear")
    said = session.predict(["word " * 511, "word " * 600], Batching(1), count_truncated=True)
    assert (said.tokens, said.uncut_tokens, said.truncated) == (511 + 512, 1111, 1)
    assert session.count_tokens(["", "word " * 600, "two words"]) == (0, 512, 2)


@pytest.mark.parametrize("family", ["tfidf-linear", "bow-linear"])
def test_rows_without_words_are_refused(family: str):
    with (
        opened(family, CPU) as session,
        pytest.raises(NotRatableError, match=f"{family} finds no words in the 2 rows"),
    ):
        session.fit(["?", "!"], [0, 1])  # type: ignore[attr-defined]


@pytest.mark.parametrize("family", [*FITTED, "majority"])
@pytest.mark.parametrize(
    ("placement", "hint"),
    [
        (Placement("cuda", "auto", 1), "add --device cpu"),
        (Placement("cpu", "bfloat16", 1), "leave out --dtype"),
    ],
)
def test_a_gpu_or_another_number_format_is_refused(family: str, placement: Placement, hint: str):
    with pytest.raises(NotRatableError) as caught:
        opened(family, placement).__enter__()
    assert caught.value.hint == hint
    assert find_family(family).cpu_only


def test_without_xgboost_the_way_to_get_it_is_named(monkeypatch: pytest.MonkeyPatch):
    real = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name.partition(".")[0] == "xgboost":
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NotRatableError, match="bow-xgboost needs XGBoost") as caught:
        opened("bow-xgboost", CPU).__enter__()
    assert caught.value.hint == "pip install 'energylabel[xgboost]'"


def test_the_majority_is_the_most_frequent_class_and_the_first_of_equals():
    with opened("majority", CPU) as session:
        for gold, answer in (([2, 0, 2, 1], 2), ([3, 1, 3, 1], 1), ([5], 5)):
            session.fit([""] * len(gold), gold)  # type: ignore[attr-defined]
            said = session.predict(["a", "b b b", ""], Batching(2), count_truncated=True)
            assert said.labels == (answer,) * 3
            assert (said.tokens, said.truncated, said.uncut_tokens) == (0, 0, 0)
            assert session.parameters == len(set(gold))


def test_each_is_rated_by_its_name_but_for_the_majority():
    assert set(standalone()) == {*FITTED, "majority"}
    revisions = set()
    for family in FITTED:
        model = resolve(parse_model(family))
        assert (model.name, model.family, model.files) == (f"energylabel/{family}", family, ())
        revisions.add(model.revision)
    assert len(revisions) == len(FITTED)
    with pytest.raises(UsageError, match="majority gets no label of its own") as caught:
        resolve(ModelRef(source="embedded", name="energylabel/majority"))
    assert "measured beside" in caught.value.hint


@pytest.mark.parametrize("family", FITTED)
def test_rows_of_one_class_are_refused(family: str):
    with pytest.raises(DataError, match="all of one class"):
        fitted(family, lambda _: 1)
