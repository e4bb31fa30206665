"""What a language model wrote → a label, by a grammar of three lines.

    answer = [mark] label [anything]       on the first line that is not blank
    mark   = the words before an answer in the prompt, such as "Category:"
    label  = one of the labels' words, by its words run together: "Sci/Tech", "sci tech", "SciTech"

Case, punctuation and spaces are folded as everywhere (:mod:`energylabel.workloads.folding`), words
end where letters and digits end, with the ``+`` and ``#`` that belong to them (``C++``), and of
several labels that begin the answer the longest counts. ``World.``, ``**world**``, ``- World``,
``Category: World`` and ``World (politics)`` are the label World; ``Worldwide``, ``It is World`` and
an empty answer are no valid answer. A label without letters and digits (``👍``) must be the whole
line.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from energylabel.workloads import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

_LISTED = re.compile(r"[-+#]+(?=\s|[^\W\d])")
"""The sign of a list or a heading before an answer, which may also be part of a label's name."""
_OPEN_END = re.compile(r"([^\W_]|[+#]|[0-9]\.)\Z")
"""The end of a word that may still go on."""
_BROKEN = "\ufffd"


class Grammar:
    """Reads answers.

    Args:
        names: For each label what it is called: its words in the prompt, its name.
        mark: What stands before an answer in the prompt.
    """

    def __init__(self, names: Sequence[Sequence[str]], mark: str) -> None:
        pairs = {(_run(pieces(name)), label) for label, own in enumerate(names) for name in own}
        owners = Counter(name for name, _ in pairs)
        self._labels = {name: label for name, label in pairs if owners[name] == 1}
        self._mark = _run(pieces(mark))

    def read(self, text: str) -> int | None:
        """The label that an answer begins with, None for no valid answer."""
        line = _first_line(text)
        if not any(map(str.isalnum, line)):
            return self._labels.get(_run(pieces(line)))
        found = (self._begins(pieces(start)) for start in _starts(line))
        return next((label for label in found if label is not None), None)

    def settled(self, text: str) -> bool:
        """Whether nothing that may still follow changes what :meth:`read` says."""
        line = _first_line(text)
        if not line or text.endswith(_BROKEN):  # it ends within a character
            return False
        if "\n" in text.lstrip():
            return True
        if not any(map(str.isalnum, line)):
            return False
        open_end = _OPEN_END.search(text) is not None or unicodedata.category(text[-1])[0] == "M"
        for start in _starts(line.rstrip("-")):
            words = pieces(start)
            ended = words[:-1] if open_end else words
            now, so_far = _run(self._unmarked(ended)), _run(self._unmarked(words))
            if any(name.startswith(so_far) and name != now for name in self._labels):
                return False
            if self._begins(ended) is not None:
                return True
        return False

    def _begins(self, words: Sequence[str]) -> int | None:
        for start in (words, self._unmarked(words)):
            for count in range(len(start), 0, -1):
                name = _run(start[:count])
                if name in self._labels and any(map(str.isalnum, name)):
                    return self._labels[name]
        return None

    def _unmarked(self, words: Sequence[str]) -> Sequence[str]:
        """The words after the mark, if they begin with it."""
        for count in range(1, len(words) + 1):
            if _run(words[:count]) == self._mark:
                return words[count:]
        return words


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _starts(line: str) -> tuple[str, ...]:
    """A line, and without the sign of a list or heading where it has one."""
    bare = _LISTED.sub("", line, count=1) if _LISTED.match(line) else line
    return (line,) if bare == line else (line, bare)


def _run(words: Sequence[str]) -> str:
    return "".join(words).strip()
