"""A vectoriser of scikit-learn's and a model over its features, as a loaded model."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from energylabel.classifiers._family import Family
from energylabel.classifiers._features.scripts import WORD, unspaced
from energylabel.classifiers.base import (
    TOKEN_LIMIT,
    TRAINING_ROWS,
    UNPADDED,
    Batching,
    Fittable,
    Placement,
    Predictions,
)
from energylabel.errors import NotRatableError
from energylabel.standard import PROCEDURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from energylabel.records import ResolvedModel, Task


class LoadedFeature(Fittable):
    """Texts → sparse features → label ids; unfitted at first.

    Small batches would cost it half as much again: it takes many texts at a time, and they
    need no padding. One at a time is one at a time.

    Args:
        vectorizer: An unfitted vectoriser.
        name: Of the model, for messages.
        threads: For models that compute with several.
    """

    batch: int | None = UNPADDED
    dtype = "float64"
    max_tokens = TOKEN_LIMIT
    attention = "none"

    def __init__(self, vectorizer: Any, name: str, threads: int) -> None:
        self._vectorizer = vectorizer
        self._name = name
        self._threads = threads
        self.parameters = 0

    def fit(self, texts: Sequence[str], gold: Sequence[int]) -> None:
        """See :class:`energylabel.classifiers.base.Fittable`.

        Raises:
            NotRatableError: The texts hold nothing that makes a feature.
        """
        try:
            features = self._vectorizer.fit_transform([cut(text) for text in texts])
        except ValueError as error:
            if "vocabulary" not in str(error):
                raise
            raise NotRatableError(
                f"{self._name} finds no words in the {len(texts):,} rows to fit it on",
                "give rows that hold text",
            ) from error
        self.parameters = self._learn(features, gold)

    @abstractmethod
    def _learn(self, features: Any, gold: Sequence[int]) -> int:
        """Fit the model to features of shape (rows, features); how many numbers it has learnt."""

    @abstractmethod
    def _decide(self, features: Any) -> list[int]:
        """Label ids of features of shape (rows, features)."""

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Words per text after truncation."""
        return tuple(min(_count(text), TOKEN_LIMIT) for text in texts)

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """See :class:`energylabel.classifiers.base.LoadedModel`. Tokens are words, or signs."""
        labels: list[int] = []
        size = batching.unpadded
        for start in range(0, len(texts), size):
            batch = [cut(text) for text in texts[start : start + size]]
            labels += self._decide(self._vectorizer.transform(batch))
        counts = [_count(text) for text in texts]
        return Predictions(
            labels=tuple(labels),
            tokens=sum(min(count, TOKEN_LIMIT) for count in counts),
            truncated=sum(count > TOKEN_LIMIT for count in counts) if count_truncated else None,
            finite=True,
            uncut_tokens=sum(counts) if count_truncated else None,
        )


def _count(text: str) -> int:
    return sum(1 for _ in WORD.finditer(text)) if unspaced(text) else len(text.split())


def cut(text: str) -> str:
    """The first words of a text, as many as the others read tokens; the blanks stay."""
    # A text this short cannot hold so many words with blanks between them.
    if len(text) < TOKEN_LIMIT or (len(text) < 2 * TOKEN_LIMIT and text.isascii()):
        return text
    for number, word in enumerate(WORD.finditer(text), 1):
        if number == TOKEN_LIMIT:
            return text[: word.end()]
    return text


def feature_family(
    family: str,
    recipe: str,
    vectorizer: Callable[[], Any],
    loaded: Callable[[Any, str, int], LoadedFeature],
    *,
    help: str,  # noqa: A002 - as the description calls it
    baseline: Literal["spaced", "unspaced"] | None = None,
    title: str | None = None,
) -> Family:
    """A family of its own for each vectoriser and each model over it.

    Args:
        family: Its name.
        recipe: What changes when the answers change.
        vectorizer: Makes an unfitted vectoriser.
        loaded: Makes a loaded model of the vectoriser, the model's name and the threads.
        help: See :class:`energylabel.classifiers.Family`.
        baseline: See there.
        title: See there.
    """

    @contextmanager
    def open_unfitted(
        model: ResolvedModel, placement: Placement, task: Task | None = None
    ) -> Iterator[LoadedFeature]:
        del task
        opened = loaded(vectorizer(), model.name, placement.threads)
        refuse_placement(model.name, placement, opened.dtype)
        yield opened

    return Family(
        name=family,
        help=help,
        open=open_unfitted,
        recipe=recipe,
        training_rows=TRAINING_ROWS,
        cpu_only=True,
        baseline=baseline,
        title=title,
    )


def refuse_placement(name: str, placement: Placement, numbers: str) -> None:
    """Refuse what a model that needs no network of numbers cannot be asked for.

    Raises:
        NotRatableError: A GPU, or another number format than ``numbers``.
    """
    if placement.device != "cpu":
        raise NotRatableError(f"{name} runs on processors alone", "add --device cpu")
    if placement.dtype != "auto":
        raise NotRatableError(f"{name} computes in {numbers}", "leave out --dtype")


def tfidf_of_words() -> Any:
    """scikit-learn's defaults: lower-cased words of two characters or more, l2 norm."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer()


def bag_of_words() -> Any:
    """scikit-learn's defaults: counts of lower-cased words of two characters or more."""
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer()


def tfidf_of_characters() -> Any:
    """TF-IDF of all runs of two and of three characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char", ngram_range=PROCEDURE.baselines.characters)
