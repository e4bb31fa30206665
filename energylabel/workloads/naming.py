"""Which label a name stands for: by its spelling, by what it is folded to, and by synonyms."""

import json
import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from energylabel.workloads.folding import fold, spelled


def generic_ids(labels: Sequence[str]) -> tuple[int, ...] | None:
    """The class numbers of ``LABEL_0``, ``LABEL_1``, … or ``0``, ``1``, …, by label id.

    None when any name says more than a number, or the numbers are not 0 to n-1.
    """
    found = [re.fullmatch(r"(?:label)?([0-9]{1,6})", fold(label), re.ASCII) for label in labels]
    numbers = tuple(int(match[1]) for match in found if match is not None)
    return numbers if sorted(numbers) == list(range(len(labels))) else None


@dataclass(frozen=True, slots=True)
class Names:
    """Finds the label id that a name stands for."""

    _exact: Mapping[str, int]
    _spelled: Mapping[str, int]
    _folded: Mapping[str, int]

    @classmethod
    def of(cls, labels: Sequence[str], synonyms: Mapping[str, Sequence[str]] = {}) -> Self:
        """Names of ``labels``. A spelling or folded name that two labels share finds neither."""
        exact = {label: number for number, label in enumerate(labels)}
        return cls(exact, _found_by(spelled, exact, synonyms), _found_by(fold, exact, synonyms))

    def find(self, name: str) -> int | None:
        """The id of the label that ``name`` is, or None: exact, then as spelled, then folded."""
        found = self._exact.get(name)
        if found is None:
            found = self._spelled.get(spelled(name))
        return self._folded.get(fold(name)) if found is None else found


def _found_by(
    form: Callable[[str], str], labels: Mapping[str, int], synonyms: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Label ids by a form of the labels' names and, where no label has that form, of synonyms."""
    own = [(form(label), number) for label, number in labels.items()]
    taken = {name for name, _ in own}
    others = [
        (form(name), labels[label])
        for label, alternatives in synonyms.items()
        for name in alternatives
        if label in labels and form(name) not in taken
    ]
    return _unshared(others) | _unshared(own)


def _unshared(pairs: Sequence[tuple[str, int]]) -> dict[str, int]:
    owners: dict[str, set[int]] = {}
    for name, number in pairs:
        owners.setdefault(name, set()).add(number)
    return {name: numbers.pop() for name, numbers in owners.items() if len(numbers) == 1}


def label_map_option(names: Mapping[str, str]) -> str:
    """``--label-map …`` as it is typed in a shell, for model label names to workload labels."""
    if any(sign in name for pair in names.items() for name in pair for sign in ",="):
        written = json.dumps(dict(names), ensure_ascii=False)
    else:
        written = ",".join(f"{model}={label}" for model, label in names.items())
    return f"--label-map {shlex.quote(written)}"
