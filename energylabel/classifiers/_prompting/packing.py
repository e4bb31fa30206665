"""Labels' tokens → trees in one row, so that one pass over a prompt's cache scores many labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """Tokens that are read behind a prompt, each once however many labels it is in.

    ``depths`` count from the prompt's end; ``sees[a][b]`` is whether node ``a`` sees node ``b``.
    ``terms`` are (label, node, token): the token's log-probability after that node belongs to the
    label. A label's first token comes after the prompt, and its last one is not read.
    """

    tokens: tuple[int, ...]
    depths: tuple[int, ...]
    sees: tuple[tuple[bool, ...], ...]
    terms: tuple[tuple[int, int, int], ...]


def packs(
    labels: Sequence[Tokens], most: int, chosen: Sequence[int] | None = None
) -> tuple[Pack, ...]:
    """Trees of up to ``most`` nodes each, or of the one label that has more.

    Args:
        labels: Tokens of each label.
        most: Nodes of a tree, at least 1.
        chosen: Ids of the labels to take; None: all.
    """
    ids = range(len(labels)) if chosen is None else chosen
    # Sorting by tokens puts labels with a common beginning side by side.
    waiting = sorted((label for label in ids if len(labels[label]) > 1), key=labels.__getitem__)
    made: list[Pack] = []
    group: list[int] = []
    nodes: set[Tokens] = set()
    for label in waiting:
        own = {labels[label][:end] for end in range(1, len(labels[label]))}
        if group and len(nodes | own) > most:
            made.append(_pack(labels, group))
            group, nodes = [], set()
        group.append(label)
        nodes |= own
    if group:
        made.append(_pack(labels, group))
    return tuple(made)


def _pack(labels: Sequence[Tokens], group: Sequence[int]) -> Pack:
    """One tree; a node is named by the tokens on the way to it."""
    places: dict[Tokens, int] = {}
    terms = []
    for label in group:
        tokens = labels[label]
        for end in range(1, len(tokens)):
            node = places.setdefault(tokens[:end], len(places))
            terms.append((label, node, tokens[end]))
    return Pack(
        tokens=tuple(path[-1] for path in places),
        depths=tuple(len(path) - 1 for path in places),
        sees=tuple(tuple(a[: len(b)] == b for b in places) for a in places),
        terms=tuple(terms),
    )
