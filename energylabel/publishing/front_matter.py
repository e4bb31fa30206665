"""The front matter of a model card: our key and our result spliced in, every other byte kept.

Nothing is loaded and dumped again: the tree tells where in the text our own parts lie or belong,
and afterwards the tree of the new text must be that of the old one but for those parts.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from energylabel.errors import CardError
from energylabel.publishing.yaml_tree import Node, parse

KEY: Final = "energy_label"
INDEX: Final = "model-index"
_MAX_CHARACTERS: Final = 2_000_000
_LEFT: Final = f"{INDEX} is not a plain list of models with results, so it is left as it is"
_BOM: Final = "\ufeff"
# The Hub's own pattern, and the empty front matter that it overlooks.
_FENCED: Final = re.compile(
    r"(\s*---(?:\r\n|\r|\n))([\S\s]*?)((?:\r\n|\r|\n)---[ \t]*(?:\r\n|\n|\Z))([\S\s]*)"
)
_EMPTY: Final = re.compile(r"(\s*---(?:\r\n|\r|\n))()(---[ \t]*(?:\r\n|\n|\Z))([\S\s]*)")


@dataclass(frozen=True, slots=True)
class Card:
    """A card's text in four parts, in order.

    Without front matter ``head`` is at most a byte-order mark, ``yaml`` and ``fence`` are empty.
    """

    head: str
    yaml: str
    fence: str
    body: str

    def opening(self, newline: str) -> str:
        """What goes before the YAML; a fence of our own where there was none."""
        return self.head if self.fence else f"{self.head}---{newline}"

    def closing(self, newline: str) -> str:
        """What goes between the YAML and the body."""
        if not self.fence:
            return f"{newline}---{newline}" + (newline if self.body else "")
        before = "" if self.fence.startswith(("\r", "\n")) else newline
        after = "" if self.fence.endswith("\n") else newline
        return f"{before}{self.fence}{after}"


@dataclass(frozen=True, slots=True)
class Result:
    """A result for the model-index. ``place`` ends the address of its evidence, and only its."""

    model: str
    entry: Mapping[str, Any]
    place: str


def split_card(text: str) -> Card:
    """The parts of a card; together they are the text."""
    mark = _BOM if text.startswith(_BOM) else ""
    rest = text.removeprefix(_BOM)
    found = _FENCED.fullmatch(rest) or _EMPTY.fullmatch(rest)
    if found is None:
        return Card(mark, "", "", rest)
    return Card(mark + found[1], found[2], found[3], found[4])


def splice_yaml(
    text: str, values: Mapping[str, Any] | None, result: Result | None, newline: str
) -> tuple[str, str | None]:
    """The YAML with our key, and our result in its model-index.

    Args:
        text: YAML without its fences and without the last line ending.
        values: What goes under our key; None: the key is taken out.
        result: What goes into the model-index, or None.
        newline: The card's line ending.

    Returns:
        The new text, and why the model-index was left as it is, if it was.

    Raises:
        CardError: The YAML is not valid, not a mapping, or written so that splicing would harm it.
    """
    if len(text) > _MAX_CHARACTERS:
        raise CardError(
            f"the card's front matter has {len(text):,} characters (at most {_MAX_CHARACTERS:,})",
            "shorten it",
        )
    try:
        lines = None if values is None else _dump({KEY: dict(values)})
        made = _set_key(text, lines, newline)
        remark = None
        if result is not None:
            made, remark = _set_result(made, result, newline)
        ours = (lambda url, end=result.place: url.endswith(end)) if result else None
        if others(text, ours) != others(made, ours) or _own(made) != _shape_of(values):
            raise CardError(
                "the card's front matter is written so that it cannot be added to without harm",
                "write it one key a line",
            )
    except RecursionError as error:
        raise CardError("the card's front matter is nested too deeply", "simplify it") from error
    return made, remark


def own_values(text: str) -> dict[str, Any] | None:
    """Numbers, words and pairs of numbers that the YAML has under our key; None without it.

    Raises:
        CardError: The YAML is not valid.
    """
    if len(text) > _MAX_CHARACTERS:
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

    Ours are a class and the id of a label, which nobody else writes there by chance.
    """
    if len(text) > _MAX_CHARACTERS:
        return "absent"  # refused where it is to be changed
    try:
        root = parse(text)
    except RecursionError:
        return "absent"
    own = root.get(KEY) if root else None
    if own is None:
        return "absent"
    identity = own.get("id")
    named = identity is not None and re.fullmatch("[0-9a-f]{64}", identity.value) is not None
    return "ours" if named and own.get("energy_class") is not None else "foreign"


def _scalar(node: Node) -> str | int | float:
    """A number as we write numbers, anything else as it stands."""
    plain = node.details[2] is None
    if plain and re.fullmatch(r"-?[0-9]{1,15}", node.value):
        return int(node.value)
    if plain and re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{0,15}(e[-+][0-9]{1,2})?", node.value):
        return float(node.value)
    return node.value


def _set_key(text: str, lines: list[str] | None, newline: str) -> str:
    root = parse(text)
    if root is None:
        return text if lines is None else _append(text, lines, newline)
    if root.kind != "mapping" or root.flow:
        raise CardError(
            "the card's front matter is not a list of keys, one a line",
            "write it as `key: value` lines",
        )
    pairs = [pair for pair in root.pairs() if pair[0].value == KEY]
    if len(pairs) > 1:
        raise CardError(f"the card's front matter has {KEY} twice", "delete all but one")
    if lines is None:
        return _removed(text, *pairs[0]) if pairs else text
    lines = _indented(lines, root.column)
    if not pairs:
        return _append(text, lines, newline)
    key, value = pairs[0]
    return _replace(text, key.start, value.last(), lines, newline)


def _set_result(text: str, result: Result, newline: str) -> tuple[str, str | None]:
    root = parse(text)
    index = root.get(INDEX) if root else None
    if root is None or index is None:
        whole = {INDEX: [{"name": result.model, "results": [dict(result.entry)]}]}
        return _append(text, _indented(_dump(whole), root.column if root else 0), newline), None
    if index.kind != "sequence" or index.flow or not index.children:
        return text, _LEFT
    named = (e for e in index.children if (n := e.get("name")) and n.value == result.model)
    model = next(named, None)
    if model is None:
        own = [{"name": result.model, "results": [dict(result.entry)]}]
        return _insert(text, index.last(), _indented(_dump(own), index.column), newline), None
    return _into_model(text, model, result, newline)


def _into_model(text: str, model: Node, result: Result, newline: str) -> tuple[str, str | None]:
    """The result among those of a model that the index has."""
    results = model.get("results")
    if results is None or results.kind != "sequence" or results.flow or not results.children:
        return text, _LEFT
    lines = _indented(_dump([dict(result.entry)]), results.column)
    ours = [item for item in results.children if _is_ours(item, result.place)]
    if not ours:
        return _insert(text, results.last(), lines, newline), None
    start = ours[0].start
    dash = text[_line_start(text, start) : start]
    if len(ours) > 1 or not re.fullmatch(rf"[ ]{{{results.column}}}-[ ]+", dash):
        return text, f"{INDEX} holds an earlier result of ours that was rewritten; it is left"
    return _replace(text, start - len(dash) + results.column, ours[0].last(), lines, newline), None


def _is_ours(item: Node, place: str) -> bool:
    return source_of(item).endswith(place)


def source_of(item: Node) -> str:
    """The address of a result's source; empty where it has none."""
    source = item.get("source")
    url = source.get("url") if source else None
    return url.value if url is not None else ""


def _dump(value: Any) -> list[str]:
    import yaml

    text: str = yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, default_flow_style=False, width=1_000_000
    )
    return text.rstrip("\n").split("\n")


def _shape_of(values: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    """What our key must say afterwards."""
    return None if values is None else _own("\n".join(_dump({KEY: dict(values)})))


def _indented(lines: list[str], column: int) -> list[str]:
    return [" " * column + line for line in lines]


def _append(text: str, lines: list[str], newline: str) -> str:
    return text + (newline if text else "") + newline.join(lines)


def _insert(text: str, end: int, lines: list[str], newline: str) -> str:
    """Lines after the line in which a node ends."""
    if end and text[end - 1] in "\r\n":  # the end of a block of text
        return text[:end] + newline.join(lines) + newline + text[end:]
    stop = _line_end(text, end)
    return text[:stop] + newline + newline.join(lines) + text[stop:]


def _replace(text: str, start: int, end: int, lines: list[str], newline: str) -> str:
    """Lines in place of those from ``start`` to the line in which a node ends."""
    first = _line_start(text, start)
    if text[first:start].strip(" "):
        raise CardError(
            f"the card's front matter has something before {KEY} on its line",
            "write it one key a line",
        )
    if end and text[end - 1] in "\r\n":
        return text[:first] + newline.join(lines) + newline + text[end:]
    return text[:first] + newline.join(lines) + text[_line_end(text, end) :]


def _removed(text: str, key: Node, value: Node) -> str:
    """The text without the lines of a key and its value."""
    kept = _replace(text, key.start, value.last(), [], "")
    at = _line_start(text, key.start)
    before, after = kept[:at], kept[at:]
    if after:
        return before + after.removeprefix("\r").removeprefix("\n")
    return before.removesuffix("\n").removesuffix("\r")


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _line_end(text: str, at: int) -> int:
    ends = [stop for mark in "\r\n" if (stop := text.find(mark, at)) >= 0]
    return min(ends, default=len(text))


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
            if models or not value.children:
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


def _own(text: str) -> tuple[Any, ...] | None:
    root = parse(text)
    value = root.get(KEY) if root else None
    return value.shape() if value else None
