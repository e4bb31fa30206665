"""When two names mean the same class: folding of case and punctuation, and synonyms."""

import json
import re
import shlex
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self


def fold(name: str) -> str:
    """``name`` without case, punctuation and spaces: ``Sci/Tech`` and ``sci_tech`` are equal.

    A name without letters and digits (``👍``, ``-``) keeps its signs.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in plain if sign.isalnum()) or plain.strip()


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
    _folded: Mapping[str, int]

    @classmethod
    def of(cls, labels: Sequence[str], synonyms: Mapping[str, Sequence[str]] = {}) -> Self:
        """Names of ``labels``. A folded name that two labels share finds neither of them."""
        exact = {label: number for number, label in enumerate(labels)}
        own = _unshared([(fold(label), number) for label, number in exact.items()])
        taken = {fold(label) for label in labels}
        other = _unshared(
            [
                (fold(name), exact[label])
                for label, alternatives in synonyms.items()
                for name in alternatives
                if label in exact and fold(name) not in taken
            ]
        )
        return cls(exact, other | own)

    def find(self, name: str) -> int | None:
        """The id of the label that ``name`` is, or None: exact first, then folded."""
        found = self._exact.get(name)
        return self._folded.get(fold(name)) if found is None else found


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
