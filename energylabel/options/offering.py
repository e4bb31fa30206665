"""The fields of the options, as those see them who offer them to people."""

from dataclasses import dataclass, fields
from typing import Any, get_args, get_type_hints

from energylabel.options.choice import Choice


@dataclass(frozen=True, slots=True)
class Offer:
    """An option with its name, default and type.

    ``kinds`` holds its types (``NoneType`` where it may be absent) and the single words that it
    takes, ``annotation`` the same as it is written.
    """

    name: str
    default: object
    annotation: object
    kinds: tuple[object, ...]
    choice: Choice

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it takes, where it takes none but certain ones."""
        words = tuple(kind for kind in self.kinds if isinstance(kind, str))
        return words if {*self.kinds} <= {*words, type(None)} else ()

    @property
    def flag(self) -> str:
        """Its spelling on the command line; that of what is on as a rule turns it off."""
        flag = self.name.replace("_", "-")
        return self.choice.flag or (f"--no-{flag}" if self.default is True else f"--{flag}")


def offers_of(definition: type) -> tuple[Offer, ...]:
    """All options of a definition, in the order in which people are told of them."""
    hints = get_type_hints(definition)
    return tuple(
        Offer(
            name=each.name,
            default=each.default,
            annotation=hints[each.name],
            kinds=_kinds(hints[each.name]),
            choice=each.metadata["choice"],
        )
        for each in fields(definition)
    )


def _kinds(annotation: Any) -> tuple[object, ...]:
    """The members of a union, and of a Literal in it."""
    parts = get_args(annotation)
    if not parts:
        return (annotation,)
    return tuple(kind for part in parts for kind in _kinds(part))
