"""How the folder of a family's models is recognised, and what is read of it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from energylabel.classifiers._loading.heads import CAUSAL, CLASSIFIERS, ENCODERS, SEQ2SEQ, Table
from energylabel.registry import Description

HEAD_SUFFIX = "ForSequenceClassification"

SettingsFile = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z0-9_][A-Za-z0-9._-]*/)?[A-Za-z0-9_][A-Za-z0-9._-]*$")
]
"""Path of a file in the model's folder, or in a folder of that."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What is known of a folder at first: names of its files, its config.json.

    Both come from strangers: nothing in them is of a certain type.
    """

    names: Collection[str]
    config: dict[str, Any]

    @property
    def architectures(self) -> tuple[str, ...]:
        """Class names under ``architectures``."""
        names = self.config.get("architectures")
        listed = names if isinstance(names, list) else []
        return tuple(name for name in listed if isinstance(name, str))

    @property
    def has_head(self) -> bool:
        """Whether an architecture has a classification head."""
        return any(name.endswith(HEAD_SUFFIX) for name in self.architectures)


@dataclass(frozen=True, slots=True)
class Claim:
    """That a folder is of a family, and what told it; the strongest claim wins.

    ``strength``: 1, the architecture's name has an ending that other kinds of model share; 2, one
    of this kind alone; 3, a file or a model type that only this kind has; 4, a classification
    head; 5, a head whose labels say what it is for.
    """

    strength: int
    why: str


def claim_nothing(_: Glance) -> Claim | None:
    """For families that only ``--family`` names."""
    return None


def accept_all(_: Glance, __: tuple[str, ...] | None) -> None:
    """For families that ask nothing more of config.json."""


class ModelFiles(Description):
    """What models of a family have in their folders besides weights, config.json and tokenizer.

    ``recognise`` tells whether a folder is of the family, as far as its files say. ``check`` raises
    :class:`NotRatableError` for a config.json that is not of the family; it is given the labels
    that were read, for a family with a head. ``tables`` are the lists of transformers in which
    the model's class must be, the first that has its model type decides; ``role`` is what such a
    model is called in messages. ``settings`` are names of further small files that are read.
    ``head``: config.json names the labels of a classification head, which the weights must hold.
    ``embeds``: its models make vectors of texts, by the steps that sentence-transformers' files
    say, or from a table of vectors.
    """

    recognise: Callable[[Glance], Claim | None] = claim_nothing
    check: Callable[[Glance, tuple[str, ...] | None], None] = accept_all
    tables: tuple[Table, ...] = Field((CLASSIFIERS, CAUSAL, SEQ2SEQ, ENCODERS), min_length=1)
    role: str = Field("model", min_length=1)
    settings: tuple[SettingsFile, ...] = ()
    head: bool = False
    embeds: bool = False
