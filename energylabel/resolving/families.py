"""What kind of text classifier a folder holds, as its own files say: the families are asked."""

from energylabel.classifiers import (
    HEAD_SUFFIX,
    MODULES,
    Claim,
    Family,
    Glance,
    ModelFiles,
    families_with_files,
    find_family,
)
from energylabel.errors import NotRatableError, UsageError, one_line
from energylabel.resolving.listing import CONFIG


def recognise(glance: Glance) -> tuple[str, str]:
    """The family of a model, and what told it.

    Raises:
        NotRatableError: None fits, or two fit equally well; the message says what was looked at.
    """
    claims = {
        family.name: claim for family in families_with_files() if (claim := _ask(family, glance))
    }
    strongest = max((claim.strength for claim in claims.values()), default=0)
    best = sorted(name for name, claim in claims.items() if claim.strength == strongest)
    if len(best) == 1:
        return best[0], claims[best[0]].why
    named = glance.architectures
    shown = f"architecture {named[0][:60]}" if named else "no architecture"
    if best:
        raise NotRatableError(
            f"may be of the family {' or '.join(best)}: {CONFIG} names {shown}",
            "say which it is: --family",
        )
    raise NotRatableError(
        f"is no kind of text classifier that is known here: {CONFIG} names {shown}, and there is "
        f"no {MODULES}",
        f"give a *{HEAD_SUFFIX} model, a language model or an encoder; --family says which of "
        "them it is where its files do not",
    )


def _ask(family: Family, glance: Glance) -> Claim | None:
    try:
        return files_of(family.name).recognise(glance)
    except NotRatableError:
        raise
    except Exception as error:  # a plug-in's own mistake, perhaps of another package
        raise NotRatableError(
            f"the family {family.name} cannot tell whether this is one of its models: "
            f"{one_line(f'{type(error).__name__}: {error}')}",
            "say what kind of model it is: --family",
        ) from error


def files_of(family: str) -> ModelFiles:
    """What models of a family have in their folders.

    Raises:
        UsageError: There is no such family, or its one model has no files.
    """
    files = find_family(family).files
    if files is None:
        raise UsageError(
            f"a model of the family {family} has no files", f"rate it by its name: {family}"
        )
    return files
