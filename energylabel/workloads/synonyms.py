"""Names of labels that are known to mean the same: those of the package's own workloads, and more.

What is more are the answers to a question of yes or no.
"""

import functools
from collections.abc import Sequence

from energylabel.workloads.definitions import load, names
from energylabel.workloads.folding import fold
from energylabel.workloads.ordering import number_of

_ANSWERS = (("true", "yes"), ("false", "no"))
"""As data of two classes have them; Python's own spelling included, since case does not count."""


def well_known(labels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Further names of labels of one's own data: ``pos`` is ``positive``, ``👍`` too.

    They are the labels and synonyms of the workloads that come with the package (groups that share
    a name are one), and yes and no. Numbers are in none: what a number means, data and model have
    to say. Of two labels in one group neither gets its names.

    Args:
        labels: Those that are to be found by other names.
    """
    found = {label: _group(fold(label)) for label in labels}
    groups = [group for group in found.values() if group]
    return {
        label: tuple(sorted(group - {fold(label)}))
        for label, group in found.items()
        if group and groups.count(group) == 1
    }


def same_meaning(labels: Sequence[str]) -> list[tuple[str, ...]]:
    """Labels of one set that are known to mean the same: ``NEG`` and ``negative``.

    Args:
        labels: Those of one's own data, each spelled in one way.
    """
    groups: dict[frozenset[str], list[str]] = {}
    for label in labels:
        groups.setdefault(_group(fold(label)), []).append(label)
    return [tuple(found) for group, found in groups.items() if group and len(found) > 1]


def _group(folded: str) -> frozenset[str]:
    return next((group for group in _groups() if folded in group), frozenset())


@functools.cache
def _groups() -> tuple[frozenset[str], ...]:
    """Folded names that mean the same, in groups without a common name."""
    groups: list[set[str]] = [set(answers) for answers in _ANSWERS]
    for definition in map(load, names()):
        for label, others in definition.synonyms.items():
            group = {fold(name) for name in (label, *others) if number_of(name) is None}
            apart = [each for each in groups if each.isdisjoint(group)]
            groups = [*apart, group.union(*(each for each in groups if each not in apart))]
    return tuple(map(frozenset, groups))
