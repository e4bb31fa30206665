"""Plug-ins: a folder's modules first, then entry points of the group ``energylabel.<folder>``.

A module ``energylabel/<folder>/<name>.py`` that does not begin with an underscore and is not
``base`` defines ``PLUGIN``. A broken plug-in of a third party is kept apart with its reason and
never stops the others; built-ins win when two have the same name.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any, Literal

from energylabel.errors import UsageError, one_line

Kind = Literal["meters", "classifiers", "renderers"]

_ROOMS: dict[Kind, str] = {
    "meters": "energylabel.meters",
    "classifiers": "energylabel.classifiers",
    "renderers": "energylabel.rendering",
}
_CONTRACTS: dict[Kind, tuple[str, ...]] = {
    "meters": ("name", "method", "covers", "probe", "open"),
    "classifiers": ("family", "open"),
    "renderers": ("render",),
}


@dataclass(frozen=True, slots=True)
class Plugins:
    """Plug-ins by name, and why others could not be loaded."""

    found: MappingProxyType[str, Any]
    broken: MappingProxyType[str, str]


@cache
def plugins(kind: Kind) -> Plugins:
    """All plug-ins of a kind, by module or entry-point name."""
    found: dict[str, Any] = {}
    broken: dict[str, str] = {}
    package = importlib.import_module(_ROOMS[kind])
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "base" and not module.name.startswith("_"):
            found[module.name] = importlib.import_module(f"{package.__name__}.{module.name}").PLUGIN
    for entry in entry_points(group=f"energylabel.{kind}"):
        if entry.name in found:
            continue
        try:
            loaded = entry.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a third party raises
            broken[entry.name] = one_line(f"{type(error).__name__}: {error}")
            continue
        lacking = [name for name in _CONTRACTS[kind] if not hasattr(loaded, name)]
        if lacking:
            broken[entry.name] = f"it lacks {', '.join(lacking)}"
        else:
            found[entry.name] = loaded
            broken.pop(entry.name, None)
    return Plugins(MappingProxyType(found), MappingProxyType(broken))


def plugin(kind: Kind, name: str) -> Any:
    """One plug-in by name; raises :class:`UsageError` with a close match or the list."""
    known = plugins(kind)
    if name in known.found:
        return known.found[name]
    if name in known.broken:
        raise UsageError(
            f"plug-in {name} of energylabel.{kind} does not load: {known.broken[name]}",
            "mend or uninstall the package that provides it",
        )
    close = get_close_matches(name, known.found, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(sorted(known.found))}"
    raise UsageError(f"no plug-in {name} in energylabel.{kind}", hint)
