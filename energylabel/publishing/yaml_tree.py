"""YAML as a tree that knows where in the text each of its nodes lies.

Made from the parser's events, not by a loader: nothing is constructed, an alias stays an alias,
and a scalar stays the text that it is (``no``, ``1.10``).
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from energylabel.errors import CardError, one_line

_TABS = re.compile(r"(?<=[\"'\]}:])[ ]*\t[ \t]*(?=[^ \t]|\Z)")
"""Tabs after a quoted scalar, a flow collection or a colon; never those that indent a line."""

Kind = Literal["scalar", "mapping", "sequence", "alias"]


@dataclass(slots=True)
class Node:
    """A node. ``start`` and ``end`` are offsets in the text, ``column`` that of its start.

    Children of a mapping are keys and values in turn.
    """

    kind: Kind
    start: int
    end: int
    column: int
    value: str = ""
    flow: bool = False
    details: tuple[Any, ...] = ()
    children: list["Node"] = field(default_factory=list)

    def pairs(self) -> list[tuple["Node", "Node"]]:
        """Keys and values of a mapping, in order."""
        if self.kind != "mapping":
            return []
        return list(zip(self.children[::2], self.children[1::2], strict=True))

    def get(self, key: str) -> "Node | None":
        """The first value under a key."""
        return next((v for k, v in self.pairs() if k.kind == "scalar" and k.value == key), None)

    def last(self) -> int:
        """Where the text of the node ends (the parser lets a block end where the next begins)."""
        node = self
        while node.children and not node.flow:
            node = node.children[-1]
        return node.end

    def shape(self) -> tuple[Any, ...]:
        """What the node says, without where it stands."""
        return (
            self.kind,
            self.value,
            self.details,
            tuple(child.shape() for child in self.children),
        )


def parse(text: str) -> Node | None:
    """The tree of a YAML document; None of an empty one.

    Raises:
        CardError: It is not valid YAML.
    """
    import yaml

    try:
        try:
            return _build(text)
        except yaml.scanner.ScannerError:
            # The Hub's reader takes tabs between tokens, this one does not. With blanks in their
            # place all offsets stay; what the tabs of texts become is the same before and after.
            if not _TABS.search(text):
                raise
            return _build(_TABS.sub(lambda found: " " * len(found[0]), text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = "" if mark is None else f", line {mark.line + 2}"
        raise CardError(
            f"the card's front matter is not valid YAML{line}: {error.problem or error.context}",
            "mend it; the Hub would refuse it too",
        ) from error
    except yaml.YAMLError as error:
        raise CardError(
            f"the card's front matter is not valid YAML: {one_line(error)}",
            "mend it; the Hub would refuse it too",
        ) from error


def _build(text: str) -> Node | None:
    import yaml

    root: Node | None = None
    stack: list[Node] = []
    anchors: set[str] = set()
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionEndEvent):
            done = stack.pop()
            if done.flow:
                done.end = event.end_mark.index
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        node = _node(event)
        if node.kind == "alias" and node.value not in anchors:
            raise CardError(
                f"the card's front matter refers to *{node.value[:40]}, which it never defines",
                "mend it; the Hub would refuse it too",
            )
        if node.kind != "alias" and event.anchor:
            anchors.add(event.anchor)
        if stack:
            stack[-1].children.append(node)
        elif root is None:
            root = node
        else:
            raise CardError(
                "the card's front matter holds more than one YAML document", "keep one of them"
            )
        if node.kind in ("mapping", "sequence"):
            stack.append(node)
    return None if root is None or _is_nothing(root) else root


def _node(event: Any) -> Node:
    import yaml

    start, end, column = event.start_mark.index, event.end_mark.index, event.start_mark.column
    if isinstance(event, yaml.AliasEvent):
        return Node("alias", start, end, column, event.anchor)
    details = (event.anchor, event.tag)
    if isinstance(event, yaml.ScalarEvent):
        # Quoting changes the meaning: no is a boolean, "no" a string.
        return Node(
            "scalar",
            start,
            end,
            column,
            event.value,
            details=(*details, event.style, event.implicit),
        )
    kind: Kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence"
    return Node(kind, start, end, column, flow=bool(event.flow_style), details=details)


def _is_nothing(root: Node) -> bool:
    return root.kind == "scalar" and root.start == root.end
