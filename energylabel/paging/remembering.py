"""Which labels were seen to follow from their evidence, so that this is computed once.

A line for each pair of records, by digest, in the folder where journals lie. What is remembered
holds for this program alone: other code may judge otherwise.
"""

import contextlib
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import energylabel
from energylabel import storing

FILE = "checked-labels.txt"
_MOST = 200_000
"""Lines, 13 MB; with more the file begins anew."""

_JUDGES = ("judging", "reckoning", "records", "standard")
"""The rooms whose code decides what follows from evidence."""


def seen(pair: str) -> bool:
    """Whether these two records were checked by this very program.

    Args:
        pair: Digest of evidence and label together.
    """
    return _line(pair) in _lines(_path())


def remember(pairs: Iterable[str]) -> None:
    """Keep that these were checked; where nothing can be written, it will be computed again."""
    path = _path()
    known = _lines(path)
    new = [line for pair in pairs if (line := _line(pair)) not in known]
    if not new:
        return
    fresh = len(known) + len(new) > _MOST
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w" if fresh else "a", encoding="ascii") as file:
            file.writelines(f"{line}\n" for line in new)
    _lines.cache_clear()


def _path() -> Path:
    return storing.state_folder() / FILE


@cache
def _lines(path: Path) -> frozenset[str]:
    try:
        return frozenset(path.read_text(encoding="ascii", errors="replace").splitlines())
    except OSError:
        return frozenset()


def _line(pair: str) -> str:
    return hashlib.sha256(f"{_program()} {pair}".encode()).hexdigest()


@cache
def _program() -> str:
    """Digest of everything that decides: the version alone does not move with each change."""
    root = Path(energylabel.__file__).parent
    digest = hashlib.sha256(energylabel.__version__.encode())
    for room in _JUDGES:
        for path in sorted((root / room).rglob("*")):
            if path.suffix in {".py", ".toml"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()
