"""Language models that are told the question in words: causal and encoder-decoder, two modes.

``score``: the label whose tokens are likeliest after the prompt. A label's score is the sum of its
tokens' log-probabilities, not divided by their number: the labels are all that can be said, so the
sum is how likely just this one is said, and a mean would favour long labels whose last pieces
follow from the first. Every answer is a label.

``generate``: the likeliest token, then the next, at most 16; it ends with the label, a line or
what the model ends its turns with. What was written is read by the grammar of
:mod:`energylabel.classifiers._prompting.answer`; an answer that it does not know counts as wrong.
The repository's own generation settings are not used.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._batches.state import State
from energylabel.classifiers._family import Family
from energylabel.classifiers._files import Claim, Glance, ModelFiles
from energylabel.classifiers._loading.heads import CAUSAL, SEQ2SEQ, classes
from energylabel.classifiers._loading.limits import refuse_unknown_ids
from energylabel.classifiers._loading.network import load
from energylabel.classifiers._prompting import asking as _asking
from energylabel.classifiers._prompting.answer import Grammar
from energylabel.classifiers._prompting.causal import CausalRunner
from energylabel.classifiers._prompting.chat import template_of
from energylabel.classifiers._prompting.prompt import Frame, Prompter, Prompts, frame
from energylabel.classifiers._prompting.seq2seq import Seq2SeqRunner
from energylabel.classifiers._prompting.trying import labels_share, looks_ahead, steps_follow
from energylabel.classifiers.base import Batching, LoadedModel, Placement, Predictions
from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from energylabel.records import ResolvedModel, Task

SCORE, GENERATE = "score", "generate"
_ENDING = re.compile(r"(ForCausalLM|LMHeadModel|ForConditionalGeneration)$")


class LoadedPrompted(LoadedModel):
    """A loaded model with its question.

    In mode ``generate`` the answers have one label more than the task, for no valid answer, and
    ``parts`` holds the reading of the prompts alone as a model of its own.
    """

    def __init__(self, network: Any, tokenizer: Any, model: ResolvedModel, task: Task) -> None:
        apart = is_seq2seq(model)
        self.mode = task.mode or SCORE
        self._name = model.name
        self._tokenizer = tokenizer
        self._around: Frame = frame(task, template_of(model), tokenizer, decodes_apart=apart)
        words = task.wording.words_of(task.labels)
        self.prompter = Prompter(
            tokenizer,
            self._around,
            words,
            model,
            written=_asking.MOST_WRITTEN if self.mode == GENERATE else None,
            decodes_apart=apart,
        )
        self._grammar = Grammar(list(zip(words, task.labels, strict=True)), task.wording.answer)
        self._labels = len(task.labels)
        self._ends = frozenset((*self._around.ends, *_ends(network.config)))
        self.parameters = sum(p.numel() for p in network.parameters())
        self.dtype = str(network.dtype).removeprefix("torch.")
        self.attention = str(getattr(network.config, "_attn_implementation", None) or "eager")
        self.max_tokens = self.prompter.limit
        self._rows = network.get_input_embeddings().weight.shape[0]
        answers = self.prompter.continuations
        self._behind = max(map(len, answers))
        refuse_unknown_ids(answers, self._rows, model.name)
        stated = tokenizer.pad_token_id or 0
        pad = stated if stated < self._rows else 0  # padding is masked, so any id will do
        self.state = State(network)
        self.runner: CausalRunner | Seq2SeqRunner
        if apart:
            self.runner = Seq2SeqRunner(network, answers, pad, model.name)
        else:
            self.runner = CausalRunner(network, answers, self.prompter.common, pad)
        self._try_out(self.runner)
        self.parts = {"prefill": LoadedPrefill(self)} if self.mode == GENERATE else {}

    def _try_out(self, runner: CausalRunner | Seq2SeqRunner) -> None:
        # Their lengths differ much, so that an effect of padding on the short one shows.
        samples = self.prompter.prompts([" ".join(["a b c, d"] * 60), "e"]).ids
        if runner.alone(len(samples[0]), self._behind):  # prompts of this length are read alone
            samples = self.prompter.prompts(["a b c, d", "e"]).ids
        refuse_unknown_ids(samples, self._rows, self._name)
        if isinstance(runner, CausalRunner) and looks_ahead(runner, samples[1]):
            raise NotRatableError(
                f"{self._name}: what comes after a text changes the answer, so this is no causal "
                "language model",
                "rate it as what it is: --family embedding-probe for an encoder",
            )
        if self.mode == SCORE:
            runner.shares = labels_share(runner, samples)
        elif not steps_follow(runner, samples):
            runner.shares = False
            if not steps_follow(runner, samples):
                raise NotRatableError(
                    f"{self._name}: the model keeps no cache that prompts of a batch can use",
                    "rate it with --mode score",
                )
            self.attention += ", nothing shared between prompts"

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Tokens of each prompt with its text; refuses ids without an embedding."""
        rows = self.prompter.prompts(texts).ids
        refuse_unknown_ids(rows, self._rows, self._name)
        return tuple(map(len, rows))

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """See :class:`energylabel.classifiers.base.LoadedModel`; tokens are the prompts'."""
        made = self.prompter.prompts(texts)
        if self.mode == SCORE:
            scored = _asking.score(self.runner, made.ids, batching, self._labels, self._behind)
            said = self._predictions(
                made, scored.labels, cuts=count_truncated, finite=scored.finite
            )
            return replace(said, tied=scored.tied, reread=scored.reread)
        written, finite = _asking.generate(self.runner, made.ids, batching, self._ended)
        read = (self._grammar.read(self._text(tokens)) for tokens in written)
        labels = tuple(self._labels if label is None else label for label in read)
        said = self._predictions(made, labels, cuts=count_truncated, finite=finite)
        return replace(said, generated=sum(map(len, written)))

    def scores(self, texts: Sequence[str], batching: Batching) -> Any:
        """The labels' log-likelihoods; of a model that writes, its logits of their first tokens."""
        import numpy as np
        import torch

        rows, runner = self.prompter.prompts(texts).ids, self.runner
        found: list[Any] = [None] * len(rows)
        with torch.inference_mode():
            batches = (
                _asking.scored(runner, rows, batching, self._labels, self._behind)
                if self.mode == SCORE
                else _asking.first_logits(runner, rows, batching)
            )
            for places, some, *_ in batches:
                for place, row in zip(places, some.float().cpu().numpy(), strict=True):
                    found[place] = row
        return np.stack(found)

    def prefill(self, texts: Sequence[str], batching: Batching) -> Predictions:
        """Tokenise and read the prompts, without writing an answer."""
        made = self.prompter.prompts(texts)
        finite = _asking.prefill(self.runner, made.ids, batching)
        return replace(self._predictions(made, (), cuts=False, finite=finite), generated=0)

    def _predictions(
        self, made: Prompts, labels: tuple[int, ...], *, cuts: bool, finite: bool
    ) -> Predictions:
        return Predictions(
            labels=labels,
            tokens=sum(map(len, made.ids)),
            truncated=made.truncated if cuts else None,
            finite=finite,
            uncut_tokens=made.uncut if cuts else None,
            framing=self.prompter.empty * len(made.ids),
        )

    def _text(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def _ended(self, tokens: Sequence[int]) -> bool:
        return tokens[-1] in self._ends or self._grammar.settled(self._text(tokens))


class LoadedPrefill(LoadedModel):
    """The part of a model that reads the prompts, to be metered apart."""

    def __init__(self, whole: LoadedPrompted) -> None:
        self._whole = whole
        self.batch = whole.batch
        self.parameters, self.dtype = whole.parameters, whole.dtype
        self.max_tokens, self.attention = whole.max_tokens, whole.attention

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """As the whole model counts them."""
        return self._whole.count_tokens(texts)

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """Read the prompts; there are no labels."""
        del count_truncated
        return self._whole.prefill(texts, batching)


def is_seq2seq(model: ResolvedModel) -> bool:
    """Whether the architecture is that of an encoder-decoder with a language model's head."""
    return model.architecture == classes(SEQ2SEQ).get(model.model_type)


def _ends(config: Any) -> tuple[int, ...]:
    """Ids that end a text, by config.json: one, or several."""
    stated = getattr(config.get_text_config(), "eos_token_id", None)
    ids = stated if isinstance(stated, list) else [stated]
    return tuple(token for token in ids if type(token) is int)


@contextmanager
def open_asked(
    model: ResolvedModel, placement: Placement, task: Task | None = None
) -> Iterator[LoadedPrompted]:
    """Load weights and tokenizer, and put the question together.

    Nothing of the model is executed but its chat template, in a sandbox.

    Raises:
        NotRatableError: The model does not load; its chat template fails; there is no room for
            a text.
    """
    if task is None:
        raise NotRatableError(f"{model.name} has to be asked something", "give a workload")
    auto = "AutoModelForSeq2SeqLM" if is_seq2seq(model) else "AutoModelForCausalLM"
    network, tokenizer, departures = load(model, placement, auto)
    try:
        loaded = LoadedPrompted(network, tokenizer, model, task)
    except NotRatableError as error:
        if error.message.startswith(model.name):
            raise
        raise NotRatableError(f"{model.name}: {error.message}", error.hint) from error
    loaded.departures = departures
    yield loaded


def _recognise(glance: Glance) -> Claim | None:
    first = glance.architectures[0] if glance.architectures else ""
    return Claim(2, first) if _ENDING.search(first) else None


PLUGIN = Family(
    name="prompted-lm",
    help="a causal or encoder-decoder language model",
    open=open_asked,
    files=ModelFiles(
        recognise=_recognise,
        tables=(CAUSAL, SEQ2SEQ),
        role="language model",
        settings=("chat_template.jinja",),
    ),
    modes=(SCORE, GENERATE),
    generating=(GENERATE,),
    few_shot=True,
)
