"""Lists of models in text files."""

from pathlib import Path

from energylabel.errors import UsageError

_MAX_LINES = 100_000


def models_in(path: Path) -> tuple[str, ...]:
    """The models that a text file names, one a line; what follows a ``#`` is a remark.

    Raises:
        UsageError: It cannot be read, is no text, or names none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror or error}", "make the file readable"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no text in UTF-8", "write one model a line") from error
    if len(lines) > _MAX_LINES:
        raise UsageError(f"{path} has more than {_MAX_LINES:,} lines", "write one model a line")
    found = [name for line in lines if (name := line.partition("#")[0].strip())]
    if not found:
        raise UsageError(f"{path} names no model", "write one model a line: org/name")
    return tuple(found)
