"""What kind of text classifier a folder holds, as its own files say."""

import re
from collections.abc import Collection
from typing import Any, Final

from energylabel.classifiers import MODULES, STATIC_TYPE
from energylabel.errors import NotRatableError
from energylabel.records import EMBEDDING, HEAD, NLI, PROMPTED
from energylabel.resolving.listing import CONFIG

_NLI_LABELS: Final = (
    {"contradiction", "entailment", "neutral"},
    {"contradiction", "entailment"},
    {"entailment", "notentailment"},
)
_HEAD_SUFFIX: Final = "ForSequenceClassification"
_ENDINGS: Final = (
    (re.compile(r"(ForCausalLM|LMHeadModel|ForConditionalGeneration)$"), PROMPTED),
    (re.compile(r"(Model|ForMaskedLM|ForPreTraining|ForMaskedLanguageModeling)$"), EMBEDDING),
)
_PICKLED_HEAD: Final = "model_head.pkl"


def family_of(names: Collection[str], config: dict[str, Any]) -> tuple[str, str]:
    """The family of a model, and what told it.

    Args:
        names: Of the files in its folder.
        config: Its config.json.

    Raises:
        NotRatableError: None fits; the message says what was looked at.
    """
    named = architectures(config)
    if _PICKLED_HEAD in names:
        raise NotRatableError(
            f"has its head in a pickle ({_PICKLED_HEAD}), which can run code when loaded",
            "rate the encoder with --family embedding-probe, or save the head as safetensors",
        )
    if any(name.endswith(_HEAD_SUFFIX) for name in named):
        if is_nli(config):
            return NLI, "a head whose labels are those of inference (entailment, …)"
        return HEAD, named[0]
    if MODULES in names:
        return EMBEDDING, MODULES
    if config.get("model_type") == STATIC_TYPE:
        return EMBEDDING, f"model_type {STATIC_TYPE}"
    for ending, family in _ENDINGS:
        if named and ending.search(named[0]):
            return family, named[0]
    told = f"architecture {named[0][:60]}" if named else "no architecture"
    raise NotRatableError(
        f"is no kind of text classifier that is known here: {CONFIG} names {told}, and there is "
        f"no {MODULES}",
        f"give a *{_HEAD_SUFFIX} model, a language model or an encoder; --family says which of "
        "them it is where its files do not",
    )


def architectures(config: dict[str, Any]) -> list[str]:
    """Class names under ``architectures``."""
    names = config.get("architectures")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def is_nli(config: dict[str, Any]) -> bool:
    """Whether the labels are those of natural language inference."""
    table = config.get("id2label")
    if not isinstance(table, dict):
        return False
    labels = {re.sub(r"[^a-z]", "", str(name).lower()) for name in table.values()}
    return labels in _NLI_LABELS
