"""The front matter of a model card: our key and our result spliced in, every other byte kept.

Nothing is loaded and dumped again: the tree tells where in the text our own parts lie or belong,
and afterwards the tree of the new text must be that of the old one but for those parts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from energylabel.errors import CardError
from energylabel.publishing.on_card.front_keys import (
    INDEX,
    KEY,
    MAX_CHARACTERS,
    others,
    own_values,
    source_of,
)
from energylabel.publishing.yaml_tree import Node, parse

__all__ = ["Card", "Result", "own_values", "splice_yaml", "split_card"]

_LEFT: Final = f"{INDEX} is not a plain list of models with results, so it is left as it is"
# What js-yaml, which the Hub reads cards with, takes for a number, and PyYAML writes bare: 1e5.
_NUMBER: Final = re.compile(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?|[-+]?0[box][0-9a-fA-F_]+"
)
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
    if len(text) > MAX_CHARACTERS:
        raise CardError(
            f"the card's front matter has {len(text):,} characters (at most {MAX_CHARACTERS:,})",
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


def _set_key(text: str, lines: list[str] | None, newline: str) -> str:
    root = parse(text)
    if root is None:
        return text if lines is None else _append(text, lines, newline)
    if root.kind == "mapping" and root.flow and not root.children:
        # The Hub's library writes {} where it knows nothing.
        alone = not text[_line_start(text, root.start) : root.start].strip(" ")
        if lines is None or not alone:
            return text
        return text[: _line_start(text, root.start)] + newline.join(lines) + text[root.end :]
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
    if index.kind == "sequence" and index.flow and not index.children:
        own = [{"name": result.model, "results": [dict(result.entry)]}]
        return _filled(text, index, _indented(_dump(own), root.column), newline), None
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
    if results is None or results.kind != "sequence" or model.flow:
        return text, _LEFT
    if results.flow and not results.children:
        # The Trainer writes [] where nothing was evaluated.
        lines = _indented(_dump([dict(result.entry)]), model.column)
        return _filled(text, results, lines, newline), None
    if results.flow or not results.children:
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


def _dump(value: Any) -> list[str]:
    import yaml

    def written(dumper: Any, given: str) -> Any:
        style = "'" if _NUMBER.fullmatch(given) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", given, style=style)

    dumper: Any = type("Dumper", (yaml.SafeDumper,), {})
    dumper.add_representer(str, written)
    text: str = yaml.dump(
        value,
        Dumper=dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=1_000_000,
    )
    return text.rstrip("\n").split("\n")


def _shape_of(values: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    """What our key must say afterwards."""
    return None if values is None else _own("\n".join(_dump({KEY: dict(values)})))


def _indented(lines: list[str], column: int) -> list[str]:
    return [" " * column + line for line in lines]


def _append(text: str, lines: list[str], newline: str) -> str:
    return text + (newline if text else "") + newline.join(lines)


def _filled(text: str, empty: Node, lines: list[str], newline: str) -> str:
    """Lines in place of ``[]``, below the line of its key."""
    stop = _line_end(text, empty.end)
    kept = (text[: empty.start].rstrip(" ") + text[empty.end : stop]).rstrip(" \t")
    return kept + newline + newline.join(lines) + text[stop:]


def _insert(text: str, end: int, lines: list[str], newline: str) -> str:
    """Lines after the line in which a node ends."""
    if end == len(text):  # also where blank lines at the end belong to a block of text
        return text + newline + newline.join(lines)
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


def _own(text: str) -> tuple[Any, ...] | None:
    root = parse(text)
    value = root.get(KEY) if root else None
    return value.shape() if value else None
