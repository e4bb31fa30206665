"""Models of natural language inference that are asked whether a text entails each label.

Each text is the premise of as many pairs as there are labels, ``This text is about {label}.`` the
hypothesis; the label whose hypothesis has the largest entailment logit is the answer, the first
of equals (Yin et al. 2019, arXiv:1909.00161; the same as transformers' zero-shot pipeline with
``multi_label=False``). Every pair goes through the network, and nothing is kept between calls.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._family import ENTAILMENT, Family
from energylabel.classifiers._files import Claim, Glance, ModelFiles
from energylabel.classifiers._loading.forward import forward
from energylabel.classifiers._loading.heads import CLASSIFIERS
from energylabel.classifiers._loading.limits import refuse_unknown_ids
from energylabel.classifiers._loading.loaded_network import LoadedNetwork
from energylabel.classifiers._loading.network import load
from energylabel.classifiers._prompting.pairs import pairing
from energylabel.classifiers.base import Placement, Predictions
from energylabel.errors import NotRatableError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from energylabel.classifiers._loading.forward import Rows
    from energylabel.classifiers.base import Batching
    from energylabel.records import ResolvedModel, Task

_ENTAILMENT = "entailment"
_LABELS = (
    {"contradiction", _ENTAILMENT, "neutral"},
    {"contradiction", _ENTAILMENT},
    {_ENTAILMENT, "notentailment"},
)


class LoadedZeroShot(LoadedNetwork):
    """A loaded model with its tokenizer and the hypotheses of a task.

    Whatever counts tokens counts those that the network reads: the tokens of a text are those of
    all its pairs, hypotheses and special tokens among them. A batch holds pairs; ``max_tokens``
    bounds one pair, and a text is cut where it does not fit beside a hypothesis.
    """

    def __init__(
        self, network: Any, tokenizer: Any, model: ResolvedModel, device: str, task: Task
    ) -> None:
        super().__init__(network, tokenizer, model, device)
        self._entailment = _entailment(network.config)
        self._labels = self.rows_per_text = len(task.labels)
        self.divisible = False  # a batch holds pairs of several texts
        hypotheses = _hypotheses(task)
        self._pairs = pairing(tokenizer, hypotheses, self.max_tokens, types=self._token_types)
        if self._token_types:
            _check_types(self._pairs.rows(hypotheses[:1]), network.config)

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens of all pairs of each text after truncation; refuses ids without an embedding."""
        rows = self._pairs.rows(texts)
        encoded = map(rows.ids, range(len(rows.lengths)))
        refuse_unknown_ids(encoded, self._rows, self._name)
        return tuple(map(sum, self._by_text(rows.lengths)))

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """See :class:`energylabel.classifiers.base.LoadedModel`."""
        rows = self._pairs.rows(texts)
        by_text, finite = self._entailments(rows, batching)
        labels = by_text.argmax(axis=1)
        highest = by_text == by_text.max(axis=1, keepdims=True)
        tokens = sum(rows.lengths)
        cut, lost = self._cut(texts, rows) if count_truncated else (None, 0)
        return Predictions(
            labels=tuple(labels.tolist()),
            tokens=tokens,
            truncated=cut,
            finite=finite,
            uncut_tokens=None if cut is None else tokens + lost,
            tied=int((highest.sum(axis=1) > 1).sum()),
        )

    def scores(self, texts: Sequence[str], batching: Batching) -> Any:
        """See :class:`energylabel.classifiers.base.LoadedModel`: the logits of entailment."""
        return self._entailments(self._pairs.rows(texts), batching)[0]

    def _entailments(self, rows: Rows, batching: Batching) -> tuple[Any, bool]:
        """The logit of each text's pair with each label, and whether all logits were finite."""
        found, finite = forward(
            self._scorer,
            rows,
            # float32, since NumPy has no bfloat16.
            lambda logits: logits[:, self._entailment].float(),
            padding=self._padding,
            batching=batching,
            device=self._device,
            token_types=self._token_types,
        )
        return found.reshape(-1, self._labels), finite

    def _by_text(self, lengths: Sequence[int]) -> list[Sequence[int]]:
        """The lengths of each text's pairs."""
        count = self._labels
        return [lengths[start : start + count] for start in range(0, len(lengths), count)]

    def _cut(self, texts: Sequence[str], rows: Rows) -> tuple[int, int]:
        """How many texts are cut in any of their pairs, and by how many tokens in all."""
        limit = self.max_tokens
        # Only texts that fill the limit in one of their pairs can have been cut.
        both = zip(texts, self._by_text(rows.lengths), strict=True)
        full = [(text, sum(lengths)) for text, lengths in both if max(lengths) == limit]
        if not full:
            return 0, 0
        whole = self._by_text(self._pairs.whole([text for text, _ in full]))
        lost = sum(map(sum, whole)) - sum(length for _, length in full)
        return sum(max(lengths) > limit for lengths in whole), lost


def _hypotheses(task: Task) -> tuple[str, ...]:
    """One for each label, all different."""
    if len(task.labels) < 2:
        raise NotRatableError(
            f"the workload has {len(task.labels)} label: there is nothing to choose from",
            "rate it on a workload with two labels or more",
        )
    # Not str.format: a template may hold other braces.
    words = task.wording.words_of(task.labels)
    hypotheses = tuple(task.wording.hypothesis.replace("{}", word) for word in words)
    for number, hypothesis in enumerate(hypotheses):
        first = hypotheses.index(hypothesis)
        if first != number:
            raise NotRatableError(
                f"the labels {task.labels[first]!r:.60} and {task.labels[number]!r:.60} are put in "
                f"the same words: {one_line(hypothesis, 80)!r}",
                "give them different words in the workload's [wording.words]",
            )
    return hypotheses


def _entailment(config: Any) -> int:
    """The id of the label that means entailment; ``not_entailment`` is another."""
    found = [number for number, name in config.id2label.items() if _letters(name) == _ENTAILMENT]
    if len(found) != 1:
        raise NotRatableError(
            f"{len(found)} of its labels are named entailment",
            "name one label entailment in id2label of config.json",
        )
    return int(found[0])


def _letters(name: object) -> str:
    return re.sub(r"[^a-z]", "", str(name).lower())


def _check_types(rows: Rows, config: Any) -> None:
    """Refuse token types without an embedding: a GPU would stop at them without a reason."""
    known = getattr(config, "type_vocab_size", None)
    types = rows.types or (lambda _: (0,))
    highest = max(max(types(row), default=0) for row in range(len(rows.lengths)))
    if isinstance(known, int) and 0 < known <= highest:
        raise NotRatableError(
            f"the tokenizer makes token type {highest} in a pair, the model knows {known}",
            "tokenizer and weights do not belong together; upload the matching tokenizer",
        )


@contextmanager
def open_asked(
    model: ResolvedModel, placement: Placement, task: Task | None = None
) -> Iterator[LoadedZeroShot]:
    """Load weights and tokenizer of the model's folder, and put the task into hypotheses.

    Raises:
        NotRatableError: As for a model with a head; no task, one label, a hypothesis that
            leaves no room for a text, a tokenizer that does not join two texts.
    """
    if task is None:
        raise NotRatableError(
            f"{model.name} is asked about labels, and none were given", "give a workload"
        )
    network, tokenizer, departures = load(model, placement, "AutoModelForSequenceClassification")
    if getattr(network.config, "use_cache", False):
        network.config.use_cache = False  # nothing is generated
    try:
        loaded = LoadedZeroShot(network, tokenizer, model, placement.device, task)
    except NotRatableError as error:
        cause = error.message.removeprefix(f"{model.name}: ")
        raise NotRatableError(f"{model.name}: {cause}", error.hint) from error
    loaded.departures = departures
    yield loaded


def _of_inference(glance: Glance) -> bool:
    """Whether the labels are those of natural language inference."""
    table = glance.config.get("id2label")
    if not isinstance(table, dict):
        return False
    return {_letters(name) for name in table.values()} in _LABELS


def _recognise(glance: Glance) -> Claim | None:
    if glance.has_head and _of_inference(glance):
        return Claim(5, "a head whose labels are those of inference (entailment, …)")
    return None


def _check(glance: Glance, labels: tuple[str, ...] | None) -> None:
    if not _of_inference(glance):
        raise NotRatableError(
            f"has other labels than those of inference: {', '.join(labels or ())[:120]}",
            f"name entailment in id2label, or leave out --family {PLUGIN.name}",
        )


PLUGIN = Family(
    name="zero-shot-nli",
    help="a head trained on inference",
    open=open_asked,
    files=ModelFiles(
        recognise=_recognise,
        check=_check,
        tables=(CLASSIFIERS,),
        role="text classifier",
        head=True,
    ),
    modes=(ENTAILMENT,),
)
