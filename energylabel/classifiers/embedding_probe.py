"""Encoders without a head of their own: their vectors, and logistic regression fitted on them.

How vectors of tokens become that of a text is what the folder's own files say
(:mod:`energylabel.classifiers._embedding.sentence`); where they say nothing it is the mean over
all tokens that are no padding. Of the prompts that a folder offers the default one is used, no
other.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._embedding.pooling import LinearProbe, later_steps, pool
from energylabel.classifiers._embedding.sentence import (
    FILES,
    MODULES,
    STATIC_TYPE,
    Steps,
    read_steps,
)
from energylabel.classifiers._embedding.static import LoadedStatic, load_table
from energylabel.classifiers._family import Family
from energylabel.classifiers._files import Claim, Glance, ModelFiles
from energylabel.classifiers._loading.forward import Rows, Scores, forward
from energylabel.classifiers._loading.heads import ENCODERS, TEXT_ENCODERS, refuse_decoder
from energylabel.classifiers._loading.limits import refuse_unknown_ids
from energylabel.classifiers._loading.loaded_network import LoadedNetwork
from energylabel.classifiers._loading.network import Loaded, load
from energylabel.classifiers.base import Batching, Fittable, Placement
from energylabel.errors import NotRatableError, one_line
from energylabel.standard import PROCEDURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from energylabel.records import ResolvedModel, Task

_FITTING = Batching(size=32, equal_lengths=True)
"""Without padding, since it is not known yet what padding does to the network."""
_SPARE = r"^pooler\."
_ENDING = re.compile(r"(Model|ForMaskedLM|ForPreTraining|ForMaskedLanguageModeling)$")
_PICKLED_HEAD = "model_head.pkl"


class LoadedEncoder(LoadedNetwork, Fittable):
    """An encoder with a probe. Its own pooler, where it has one, decides nothing."""

    def __init__(
        self, network: Any, tokenizer: Any, model: ResolvedModel, device: str, steps: Steps
    ) -> None:
        super().__init__(network, tokenizer, model, device, steps.max_tokens)
        self._network = network
        self._steps = steps
        self._later, more = later_steps(Path(model.folder), steps, device)
        self._probe = LinearProbe(device)
        self._scorer = self._score
        self.parameters += more
        self._unfitted = self.parameters
        self._try()

    def fit(self, texts: Sequence[str], gold: Sequence[int]) -> None:
        """See :class:`energylabel.classifiers.base.Fittable`."""
        self._probe.fit(self.embed(texts), gold, self._name)
        self.parameters = self._unfitted + self._probe.parameters

    def embed(self, texts: Sequence[str]) -> Any:
        """The texts' vectors, in their order: an array of shape (texts, width), float32."""
        encoded = self._encode(self._prepare(texts))["input_ids"]
        refuse_unknown_ids(encoded, self._rows, self._name)
        vectors, _ = forward(
            self._embed,
            Rows.of(encoded),
            lambda found: found,
            padding=self._padding,
            batching=_FITTING,
            device=self._device,
            token_types=self._token_types,
        )
        return vectors

    def _prepare(self, texts: Sequence[str]) -> list[str]:
        prompt = self._steps.prompt
        given = [prompt + text for text in texts] if prompt else list(texts)
        return [text.lower() for text in given] if self._steps.lower_case else given

    def _vectors(self, inputs: dict[str, Tensor]) -> Tensor:
        hidden = self._network(**inputs).last_hidden_state
        vectors = pool(hidden, inputs["attention_mask"], self._steps.pooling)
        for step in self._later:
            vectors = step(vectors)
        return vectors

    def _embed(self, **inputs: Tensor) -> Scores:
        """As if nothing had been asked before."""
        if self.state is not None:
            self.state.restore()
        return Scores(self._vectors(inputs))

    def _score(self, **inputs: Tensor) -> Scores:
        return Scores(self._probe.logits(self._vectors(inputs)))

    def _try(self) -> None:
        """Embed a text: a network that cannot, or steps that do not fit, show here."""
        try:
            self.embed(["a"])
        except (NotRatableError, MemoryError):
            raise
        except Exception as error:  # what a broken network raises is not documented
            raise NotRatableError(
                f"{self._name} makes no vector of a text: {one_line(error, 300)}",
                "check that SentenceTransformer(…).encode works with it",
            ) from error


@contextmanager
def open_unfitted(
    model: ResolvedModel, placement: Placement, task: Task | None = None
) -> Iterator[Fittable]:
    """Load an encoder, or a table of vectors; nothing of the folder is executed.

    Raises:
        NotRatableError: Weights missing or of another shape, NaN weights, no tokenizer, a
            step that is not known here.
    """
    del task  # the label ids of the texts that it is fitted on say everything
    try:
        loaded = _read(model, placement)
    except NotRatableError as error:
        raise _named(error, model.name) from error
    yield loaded


def _read(model: ResolvedModel, placement: Placement) -> Fittable:
    steps = read_steps(Path(model.folder), {file.path for file in model.files})
    if model.model_type == STATIC_TYPE:
        return LoadedStatic(load_table(model, placement), model, placement.device, steps)
    found = _load(model, placement)
    loaded = LoadedEncoder(found.network, found.tokenizer, model, placement.device, steps)
    loaded.departures = found.departures
    return loaded


def _load(model: ResolvedModel, placement: Placement) -> Loaded:
    """The network that ends in vectors of tokens, and the tokenizer."""
    alone = model.model_type in TEXT_ENCODERS
    auto = "AutoModelForTextEncoding" if alone else "AutoModel"
    found = load(model, placement, auto, spare=_SPARE)
    network = found.network
    if getattr(network.config, "is_encoder_decoder", False):
        refuse_decoder(model.model_type)
    network.config.use_cache = False  # no token follows, so keys and values are not kept
    return found


def _named(error: NotRatableError, name: str) -> NotRatableError:
    """The refusal with the model's name before it, once."""
    known = error.message.startswith(name)
    return NotRatableError(error.message if known else f"{name}: {error.message}", error.hint)


def _recognise(glance: Glance) -> Claim | None:
    """Also refuses what was fitted on vectors and saved so that loading it can run code."""
    if _PICKLED_HEAD in glance.names:
        raise NotRatableError(
            f"has its head in a pickle ({_PICKLED_HEAD}), which can run code when loaded",
            f"rate the encoder with --family {PLUGIN.name}, or save the head as safetensors",
        )
    if MODULES in glance.names:
        return Claim(3, MODULES)
    if glance.config.get("model_type") == STATIC_TYPE:
        return Claim(3, f"model_type {STATIC_TYPE}")
    first = glance.architectures[0] if glance.architectures else ""
    return Claim(1, first) if _ENDING.search(first) else None


PLUGIN = Family(
    name="embedding-probe",
    help="an encoder without a head, whose vectors are fitted on here",
    open=open_unfitted,
    files=ModelFiles(
        recognise=_recognise, tables=(ENCODERS,), role="encoder", settings=FILES, embeds=True
    ),
    training_rows=PROCEDURE.fitting.probe_rows,
)
