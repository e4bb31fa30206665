"""What a family says about itself, all of it in one description, and the families that there are.

A plug-in file ends in ``PLUGIN = Family(…)`` and adds one family. Importing it is cheap: heavy
libraries are imported in ``open``.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from energylabel.classifiers._features.scripts import unspaced
from energylabel.classifiers._files import ModelFiles
from energylabel.classifiers.base import LoadedModel, Placement
from energylabel.errors import UsageError
from energylabel.records import ResolvedModel, Task, revision_of_recipe
from energylabel.registry import Plugin, PluginName, Registry
from energylabel.standard import PROCEDURE

# What the standard and the label single out:
REFERENCE = "reference"
"""Family of the reference classifier, which nobody rates."""

MAJORITY = "majority"
"""Family of the constant answer."""

UNMENTIONED = "sequence-classification"
"""Family of most models; a label says the family of all others."""

ENTAILMENT = "entailment"
"""Mode of a model that reads pairs of a text and a hypothesis, one for each label."""

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Open = Callable[[ResolvedModel, Placement, Task | None], AbstractContextManager[LoadedModel]]


class Family(Plugin):
    """A family of models.

    ``help`` says in a few words what its models are. ``open`` loads a model from its folder, or
    raises :class:`NotRatableError`. What its models have files for, ``files`` tells.
    A family without files has one model, rated by the family's name, and a ``recipe``, a text that
    changes with whatever changes its answers.

    ``training_rows`` is how many rows its models are fitted on at most; 0: they come fitted, else
    the loaded ones are :class:`Fittable`. ``modes`` are its ways to get an answer from
    a model that is told the question in words, the usual one first; ``few_shot``: such a question
    may hold worked examples. ``generating`` are those of the modes in which the answer is written:
    it may be none of the labels (its id is then their number), and the loaded model has a part
    ``prefill``. ``cpu_only``: its models never compute on a GPU. ``runtimes`` are those beside
    PyTorch that may execute its networks: ``open`` looks at the graph of its placement.

    ``in_memory``: its models are functions that a Python program hands over; by its name none is
    rated.

    ``baseline``: it is measured beside every model, for texts of these scripts (with blanks between
    words or without), under the ``title``; ``beside_only``: it gets no label of its own.
    """

    help: Words
    open: Open
    files: ModelFiles | None = None
    recipe: Words | None = None
    training_rows: Annotated[int, Field(ge=0)] = 0
    modes: tuple[PluginName, ...] = ()
    generating: tuple[PluginName, ...] = ()
    few_shot: bool = False
    cpu_only: bool = False
    runtimes: tuple[PluginName, ...] = ()
    in_memory: bool = False
    baseline: Literal["spaced", "unspaced", "any"] | None = None
    title: Words | None = None
    beside_only: bool = False

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.files is None) == (self.recipe is None):
            raise ValueError("either files or a recipe must be given, not both")
        if strange := sorted({*self.generating} - {*self.modes}):
            raise ValueError(f"generating names {strange[0]}, which is none of the modes")
        if self.few_shot and not self.modes:
            raise ValueError("few_shot needs modes: no model of it is asked in words")
        if self.baseline and not (self.recipe and self.training_rows):
            raise ValueError("a baseline has a recipe and training_rows")
        if (self.title or self.beside_only) and not self.baseline:
            raise ValueError("title and beside_only are of a baseline")
        return self

    @property
    def usual_mode(self) -> str | None:
        """The way to get an answer that nobody has to name; None without any."""
        return self.modes[0] if self.modes else None

    def writes(self, mode: str | None) -> bool:
        """Whether answers are written in a mode; None: the family's usual one."""
        return (mode or self.usual_mode) in self.generating


def _closed(family: Family, _: Mapping[str, Family]) -> str | None:
    if family.in_memory:
        return "in_memory: functions of a program are rated without a plug-in"
    if family.baseline:
        return "baseline: which models are measured beside all others is the standard's to say"
    return None


FAMILIES = Registry("families", Family, "energylabel.classifiers", _closed)
"""The families by name."""


def families() -> dict[str, Family]:
    """All families by name, but for the reference, which nobody rates."""
    return {name: family for name, family in FAMILIES.found.items() if name != REFERENCE}


def families_with_files() -> tuple[Family, ...]:
    """Those whose models a folder or the Hub holds."""
    return tuple(family for family in families().values() if family.files)


def families_by_name() -> tuple[Family, ...]:
    """Those whose one model is rated by the family's name."""
    return tuple(
        each
        for each in families().values()
        if each.recipe and not each.beside_only and not each.in_memory
    )


def find_family(name: str) -> Family:
    """The family of a name.

    Raises:
        UsageError: There is none, or its plug-in is broken.
    """
    if name in families():
        return families()[name]
    if name in FAMILIES.broken:
        return FAMILIES.get(name)
    # Families without files are rated by their own name and fit no other model's files.
    given = sorted(family.name for family in families_with_files())
    raise UsageError(f"there is no family {name!r:.60}", f"there are: {', '.join(given)}")


def baselines(texts: Sequence[str]) -> tuple[str, ...]:
    """Families to measure beside every model that is asked these texts (standard, section 5.13).

    Words cannot be told apart in every script.
    """
    limits = PROCEDURE.baselines
    some = texts[: limits.script_texts]
    spaced = sum(map(unspaced, some)) <= limits.script_share * len(some)
    wanted = {"any", "spaced" if spaced else "unspaced"}
    found = [family for family in families().values() if family.baseline in wanted]
    return tuple(each.name for each in sorted(found, key=lambda each: each.baseline != "any"))


def title_of(name: str) -> str:
    """What a baseline is called on a label; one that is not known here, by its family's name."""
    family = FAMILIES.found.get(name)
    return (family.title if family else None) or name


def model_without_files(family: Family, name: str) -> ResolvedModel:
    """The one model of a family without files.

    Args:
        family: It has a recipe.
        name: What the model is called in messages and records.
    """
    recipe = family.recipe or ""
    return ResolvedModel(
        source="embedded",
        name=name,
        revision=revision_of_recipe(recipe),
        folder="",
        family=family.name,
        architecture=recipe,
        model_type="",
        labels=None,
        max_positions=None,
        vocabulary_size=0,
        files=(),
        weight_bytes=0,
    )
