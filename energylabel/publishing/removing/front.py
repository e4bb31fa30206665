"""What is ours in the YAML of a card, taken out again; every other byte kept."""

import re
from collections.abc import Callable
from typing import Final

from energylabel.errors import CardError
from energylabel.publishing.on_card.front_keys import INDEX, KEY, others, source_of
from energylabel.publishing.yaml_tree import Node, parse

_ROUNDS: Final = 200
"""Results that are taken out of one card; a block has twenty labels."""
_HARM: Final = "the card's front matter is written so that nothing can be taken out without harm"


def take_out(text: str, *, key: bool, ours: Callable[[str], bool]) -> tuple[str, bool]:
    """The YAML without our key and our results.

    A model of the index that has no other result, and nothing but its name, goes with them: it
    says nothing. So does an index without models.

    Args:
        text: YAML without its fences and without the last line ending.
        key: Whether our key goes.
        ours: Whether the address of a result's source is that of our evidence.

    Returns:
        The new text, and whether a result of ours had to stay where somebody rewrote it.

    Raises:
        CardError: The YAML is not valid, or written so that the cut would harm it.
    """
    made = text
    try:
        if key:
            root = parse(made)
            pairs = [each for each in root.pairs() if each[0].value == KEY] if root else []
            if root is not None and root.flow and pairs:
                raise CardError(_HARM, "write it one key a line")
            for first, value in pairs[:1]:
                made = _cut(made, _begin(made, first, r""), value.last())
        stays = False
        for _ in range(_ROUNDS):
            shorter = _without_one(made, ours)
            if shorter is None:
                break
            if shorter == made:
                stays = True
                break
            made = shorter
        if others(text, ours, key=key) != others(made, ours, key=key):
            raise CardError(_HARM, "take energy_label and our results out by hand")
    except RecursionError as error:
        raise CardError("the card's front matter is nested too deeply", "simplify it") from error
    return made, stays


def _without_one(text: str, ours: Callable[[str], bool]) -> str | None:
    """Without one result of ours; the same text where it cannot be cut; None where none is left."""
    root = parse(text)
    for key, index in root.pairs() if root else []:
        if key.value != INDEX:
            continue
        for model in index.children:
            results = model.get("results")
            items = results.children if results else []
            item = next((each for each in items if ours(source_of(each))), None)
            if item is None or results is None:
                continue
            if root is None or root.flow or index.flow or model.flow or results.flow:
                return text
            if len(items) > 1:
                return _cut(text, _begin(text, item, r"-[ \t]+"), item.last())
            if len(model.pairs()) > 2 or model.get("name") is None:
                named = next(each for each, _ in model.pairs() if each.value == "results")
                return _emptied(text, named, results.last())
            if len(index.children) > 1:
                return _cut(text, _begin(text, model, r"-[ \t]+"), model.last())
            return _cut(text, _begin(text, key, r""), index.last())
    return None


def _begin(text: str, node: Node, dash: str) -> int:
    """Where the line of a node begins, which nothing but ``dash`` stands before."""
    first = max(text.rfind("\n", 0, node.start), text.rfind("\r", 0, node.start)) + 1
    if not re.fullmatch(rf"[ ]*{dash}", text[first : node.start]):
        raise CardError(_HARM, "write it one key a line")
    return first


def _cut(text: str, first: int, end: int) -> str:
    """Without the lines from ``first`` to that in which a node ends."""
    if not (end and text[end - 1] in "\r\n"):
        end = _after_line(text, end)
    kept, rest = text[:first], text[end:]
    if rest:
        return kept + rest
    return kept.removesuffix("\n").removesuffix("\r")


def _emptied(text: str, key: Node, end: int) -> str:
    stop = end if end and text[end - 1] in "\r\n" else _after_line(text, end)
    line = text[key.start :].partition("\n")[0]
    ending = "\r\n" if line.endswith("\r") else "\n"
    return text[: key.end] + ": []" + (ending if text[stop - 1] in "\r\n" else "") + text[stop:]


def _after_line(text: str, at: int) -> int:
    found = re.compile(r"\r\n|\n|\r").search(text, at)
    return found.end() if found else len(text)
