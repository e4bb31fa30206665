"""What the front matter of a card says: under our key, and beside what is ours."""

import re
from collections.abc import Callable
from typing import Any, Final, Literal

from energylabel.publishing.yaml_tree import Node, parse

KEY: Final = "energy_label"
INDEX: Final = "model-index"
MAX_CHARACTERS: Final = 2_000_000


def own_values(text: str) -> dict[str, Any] | None:
    """Numbers, words and pairs of numbers that the YAML has under our key; None without it.

    Raises:
        CardError: The YAML is not valid.
    """
    if len(text) > MAX_CHARACTERS:
        return None  # refused where it is to be changed
    try:
        root = parse(text)
        own = root.get(KEY) if root else None
    except RecursionError:
        return None
    if own is None or own.kind != "mapping":
        return None
    values: dict[str, Any] = {}
    for key, value in own.pairs():  # by hand: a stranger's aliases could make a loader build much
        if value.kind == "scalar":
            values[key.value] = _scalar(value)
        elif value.kind == "sequence" and len(value.children) == 2:
            values[key.value] = [_scalar(each) for each in value.children if each.kind == "scalar"]
    return values


def whose_key(text: str) -> Literal["absent", "ours", "foreign"]:
    """Whether what stands under our key was written by this program.

    Ours has a class and the id of a label, which nobody else writes there by chance.
    """
    if len(text) > MAX_CHARACTERS:
        return "absent"  # refused where it is to be changed
    try:
        root = parse(text)
    except RecursionError:
        return "absent"
    own = root.get(KEY) if root else None
    if root is None or own is None:
        return "absent"
    if sum(key.value == KEY for key, _ in root.pairs()) > 1:
        return "ours"  # refused where it is to be changed
    identity = own.get("id")
    named = identity is not None and re.fullmatch("[0-9a-f]{4,64}", identity.value) is not None
    return "ours" if named and own.get("energy_class") is not None else "foreign"


def _scalar(node: Node) -> str | int | float:
    """A number as we write numbers, anything else as it stands."""
    plain = node.details[2] is None
    if plain and re.fullmatch(r"-?[0-9]{1,15}", node.value):
        return int(node.value)
    if plain and re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{0,15}(e[-+][0-9]{1,2})?", node.value):
        return float(node.value)
    return node.value


def others(text: str, ours: Callable[[str], bool] | None, *, key: bool = True) -> tuple[Any, ...]:
    """What the YAML says but for our parts of it.

    Args:
        text: The YAML.
        ours: Whether the address of a result's source is that of our evidence; None: no result is.
        key: Whether our key is one of our parts.
    """
    root = parse(f"{text}\n")  # a block of text at the end has its line ending either way
    if root is None:
        return ()
    kept: list[Any] = [root.details] if root.details[:2] != (None, None) else []
    for name, value in root.pairs():
        if name.value == KEY and key:
            continue
        if name.value == INDEX and ours is not None:
            models = [shape for model in value.children if (shape := _without(model, ours))]
            if models:
                kept.append((name.shape(), value.kind, value.details, tuple(models)))
            continue
        kept.append((name.shape(), value.shape()))
    return tuple(kept)


def _without(model: Node, ours: Callable[[str], bool]) -> tuple[Any, ...]:
    """A model of the index without our result; nothing where that was all it had."""
    parts: list[Any] = []
    only_ours = False
    for key, value in model.pairs():
        if key.value != "results":
            parts.append((key.shape(), value.shape()))
            continue
        kept = [item.shape() for item in value.children if not ours(source_of(item))]
        only_ours = not kept
        # An empty list is written in flow style, one with results of ours is not.
        parts.append((key.shape(), value.kind, value.details, tuple(kept)))
    if only_ours and len(model.pairs()) == 2:
        return ()
    return (model.kind, model.value, model.details, tuple(parts))


def source_of(item: Node) -> str:
    """The address of a result's source; empty where it has none."""
    source = item.get("source")
    url = source.get("url") if source else None
    return url.value if url is not None else ""
