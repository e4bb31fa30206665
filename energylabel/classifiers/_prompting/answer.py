"""What a language model wrote → a label, by a grammar of three lines.

    answer = [mark] label [anything]       on the first line that is not blank
    mark   = the words before an answer in the prompt, such as "Category:"
    label  = one of the labels' words, by its words run together: "Sci/Tech", "sci tech", "SciTech"

Case, punctuation and spaces are folded as everywhere (:func:`energylabel.workloads.naming.fold`),
words end where letters and digits end, and of several labels that begin the answer the longest
counts. ``World.``, ``**world**``, ``Category: World`` and ``World (politics)`` are the label
World; ``Worldwide``, ``It is World`` and an empty answer are no valid answer. A label without
letters and digits (``👍``) must be the whole line.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

from energylabel.workloads import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+")
_BROKEN = "\ufffd"


class Grammar:
    """Reads answers.

    Args:
        names: For each label what it is called: its words in the prompt, its name.
        mark: What stands before an answer in the prompt.
    """

    def __init__(self, names: Sequence[Sequence[str]], mark: str) -> None:
        pairs = {(fold(name), label) for label, own in enumerate(names) for name in own}
        owners = Counter(name for name, _ in pairs)
        self._labels = {name: label for name, label in pairs if owners[name] == 1}
        self._mark = fold(mark)

    def read(self, text: str) -> int | None:
        """The label that an answer begins with, None for no valid answer."""
        line = _first_line(text)
        words = _words(line)
        found = self._begins(words)
        if found is not None:
            return found
        return None if words else self._labels.get(fold(line))

    def settled(self, text: str) -> bool:
        """Whether nothing that may still follow changes what :meth:`read` says."""
        line = _first_line(text)
        if not line or text.endswith(_BROKEN):  # it ends within a character
            return False
        if "\n" in text.lstrip():
            return True
        words = _words(line)
        ended = words[:-1] if text[-1].isalnum() else words  # the last word may be incomplete
        if self._begins(ended) is None:
            return False
        now, so_far = "".join(self._unmarked(ended)), "".join(self._unmarked(words))
        return not any(name.startswith(so_far) and name != now for name in self._labels)

    def _begins(self, words: Sequence[str]) -> int | None:
        for start in (words, self._unmarked(words)):
            joined = list(accumulate(start))
            for name in reversed(joined):
                if name in self._labels:
                    return self._labels[name]
        return None

    def _unmarked(self, words: Sequence[str]) -> Sequence[str]:
        """The words after the mark, if they begin with it."""
        for count, name in enumerate(accumulate(words), 1):
            if name == self._mark:
                return words[count:]
        return words


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _words(line: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", line).casefold())
