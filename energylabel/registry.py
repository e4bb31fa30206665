"""Plug-ins: each says everything about itself in one frozen description.

A module ``energylabel/<room>/<name>.py`` that does not begin with an underscore and is not
``base`` defines ``PLUGIN``, and so does whatever an entry point of the group
``energylabel.<kind>`` leads to. A broken plug-in of a third party is kept apart with its reason
and never stops the others; built-ins raise where they are broken, and nobody takes their names.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cached_property
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from energylabel.errors import UsageError, one_line

PluginName = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", max_length=64)
]
"""Lower-case words with ``-`` or ``_`` between them."""


class Description(BaseModel):
    """Values of the right types, nothing unknown, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Plugin(Description):
    """What every plug-in says about itself."""

    name: PluginName


P = TypeVar("P", bound=Plugin)


class Registry(Generic[P]):
    """All plug-ins of a kind, found when they are first asked for.

    Args:
        kind: In the plural, as in the entry points' group ``energylabel.<kind>``.
        description: What each has to be.
        room: The package whose modules are the built-ins.
        closed: Says of a third party's plug-in, and those found so far, why it cannot be one.
    """

    def __init__(
        self,
        kind: str,
        description: type[P],
        room: str,
        closed: Callable[[P, Mapping[str, P]], str | None] = lambda _, __: None,
    ) -> None:
        self.kind = kind
        self._description = description
        self._room = room
        self._closed = closed

    @property
    def found(self) -> Mapping[str, P]:
        """Plug-ins by name."""
        return self._all[0]

    @property
    def broken(self) -> Mapping[str, str]:
        """Why others cannot be used, by the name of their entry point."""
        return self._all[1]

    def get(self, name: str) -> P:
        """One plug-in by name; raises :class:`UsageError` with a close match or the list."""
        if name in self.found:
            return self.found[name]
        if name in self.broken:
            raise UsageError(
                f"plug-in {name} of energylabel.{self.kind} does not load: {self.broken[name]}",
                "mend or uninstall the package that provides it",
            )
        close = get_close_matches(name, self.found, n=1)
        known = ", ".join(sorted(self.found))
        hint = f"did you mean {close[0]}?" if close else f"there are: {known}"
        raise UsageError(f"no plug-in {name} in energylabel.{self.kind}", hint)

    @cached_property
    def _all(self) -> tuple[Mapping[str, P], Mapping[str, str]]:
        found = self._built_in()
        broken: dict[str, str] = {}
        for entry in entry_points(group=f"energylabel.{self.kind}"):
            try:
                loaded = self._checked(entry.load())
            except ValidationError as error:
                broken[entry.name] = _faults(error, self._description)
                continue
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a third party raises
                broken[entry.name] = one_line(f"{type(error).__name__}: {error}")
                continue
            if loaded.name in found:
                broken[entry.name] = f"there is a {loaded.name} already"
            elif reason := self._closed(loaded, found):
                broken[entry.name] = reason
            else:
                found[loaded.name] = loaded
        return MappingProxyType(found), MappingProxyType(broken)

    def _built_in(self) -> dict[str, P]:
        package = importlib.import_module(self._room)
        found: dict[str, P] = {}
        for module in pkgutil.iter_modules(package.__path__):
            if module.name != "base" and not module.name.startswith("_"):
                name = f"{self._room}.{module.name}"
                plugin = self._checked(importlib.import_module(name).PLUGIN)
                if plugin.name in found:
                    raise TypeError(f"{name} takes the name {plugin.name}, which another has")
                found[plugin.name] = plugin
        return found

    def _checked(self, loaded: object) -> P:
        if not isinstance(loaded, self._description):
            raise TypeError(
                f"it is of type {type(loaded).__name__}, not {self._description.__name__}"
            )
        return loaded


def _faults(error: ValidationError, description: type[Plugin]) -> str:
    """Which traits are wrong, and why, on one line."""
    parts = []
    for each in error.errors(include_url=False):
        trait = ".".join(map(str, each["loc"]))
        if each["type"] == "extra_forbidden":
            close = get_close_matches(trait, description.model_fields, n=1)
            meant = f", did you mean {close[0]}?" if close else ""
            parts.append(f"there is no trait {trait}{meant}")
        else:
            parts.append(f"{trait}: {each['msg']}" if trait else each["msg"])
    return one_line(f"its {error.title} is wrong: {'; '.join(parts)}")
