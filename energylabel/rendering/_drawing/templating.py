"""Templates: where they lie, one strict environment per output language, an escaper for each.

Whatever a template prints passes through the escaper of its language, unless it was made by a
template itself. Undefined names and None are errors: absent is said in words, not as "None".
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from energylabel.errors import OutputError

if TYPE_CHECKING:
    from jinja2 import Environment

Language = Literal["text", "svg", "markdown"]

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONGEST_WORD = 20
"""Signs without a break; two columns of them have room on a telephone (380 pixels)."""
_WIDE = frozenset("mw%&@")
_MARKS = {"_", "\\_", ".", "/", ":", "@", "+", "&#58;"}
_SIGN = re.compile(r"&#?\w+;|\\.|<[^>]*>|.", re.DOTALL)
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_MARKDOWN = {c: f"\\{c}" for c in "\\`*_[]|~"} | {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "$": "&#36;",
    "{": "&#123;",
    "}": "&#125;",
}


def plain(text: str) -> str:
    """One line without control characters, bidirectional controls, surrogates or non-characters.

    White space, line breaks too, becomes a single space.
    """
    line = re.sub(r"\s+", " ", text)
    if line.isprintable():  # none of what is left out below is, and here time goes
        return line
    return "".join(c for c in line if c not in _BIDI and not _forbidden(c))


def _forbidden(character: str) -> bool:
    """Control characters, lone surrogates, and what XML 1.0 leaves out."""
    if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
        return True
    return ord(character) & 0xFFFE == 0xFFFE


def escape_xml(text: str) -> str:
    """For XML and HTML, in text and in quoted attributes."""
    return plain(text).translate(_XML)


def escape_markdown(text: str) -> str:
    """For running text and table cells of GitHub's and the Hub's Markdown.

    Nothing in it makes a link, code, emphasis, mathematics, a cell, a comment's end, an
    expression of a workflow (``${{``) or one of its commands (``::``).
    """
    escaped = "".join(_MARKDOWN.get(c, c) for c in plain(text))
    escaped = escaped.replace("::", "&#58;&#58;").replace("://", "&#58;//")
    return re.sub(r"(?i)\bwww\.", lambda m: m.group()[:-1] + "&#46;", escaped)


def break_words(text: str) -> str:
    """Escaped Markdown in which a long word may be broken, so that no table is as wide as a name.

    A blank and a hyphen are breaks for every reader. What has neither for ``_LONGEST_WORD`` usual
    letters gets a ``<wbr>``, after a mark where it has one. An escaped sign is not broken.
    """
    made: list[str] = []
    run, mark = 0.0, None
    for sign in _SIGN.findall(text):
        made.append(sign)
        if sign in " -":
            run, mark = 0.0, None
            continue
        run += 1.7 if sign.isupper() or sign in _WIDE else 1.0
        if sign in _MARKS:
            mark = len(made), run
        if run <= _LONGEST_WORD:
            continue
        at, before = mark or (len(made) - 1, run - 1)
        while at < len(made) and unicodedata.category(made[at][0])[0] == "M":
            at, before = at + 1, run  # signs that stand on the one before them
        made.insert(at, "<wbr>")
        run, mark = run - before, None
    return "".join(made[:-1] if made[-1:] == ["<wbr>"] else made)


def escape_attribute(text: str) -> str:
    """For a quoted HTML attribute inside Markdown, such as the ``alt`` of a picture."""
    escaped = escape_xml(text)
    for character in "\\`*_[]|~${}":
        escaped = escaped.replace(character, f"&#{ord(character)};")
    return escaped.replace("::", "&#58;&#58;")


_ESCAPERS: dict[Language, Callable[[str], str]] = {
    "text": plain,
    "svg": escape_xml,
    "markdown": lambda text: break_words(escape_markdown(text)),
}


def templates_folder() -> Path:
    """The folder of the templates: inside an installed package, else beside the package.

    Raises:
        OutputError: It is in neither place.
    """
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "label.svg.j2").is_file():
            return folder
    raise OutputError(
        f"no templates in {package.name} nor beside it",
        "install energylabel again: it is incomplete",
    )


@cache
def environment(language: Language) -> "Environment":
    """The environment of one output language. It reads files of the templates folder alone."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    escape = _ESCAPERS[language]

    def finalize(value: Any) -> Markup:
        if isinstance(value, Markup):
            return value
        if value is None:
            raise ValueError("a template prints a value that is absent")
        return Markup(escape(_number(value) if isinstance(value, float) else str(value)))  # noqa: S704

    made = Environment(
        loader=FileSystemLoader(templates_folder(), encoding="utf-8"),
        undefined=StrictUndefined,
        autoescape=True,
        extensions=["jinja2.ext.do"],
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
        auto_reload=False,
    )
    made.filters["attribute"] = lambda text: Markup(escape_attribute(text))  # noqa: S704
    return made


def _number(value: float) -> str:
    """A coordinate: two decimals at most, no exponent, no negative zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def render(template: str, language: Language, values: dict[str, Any]) -> str:
    """Fill a template. Same values, same text."""
    return environment(language).get_template(template).render(values)


def template_text(name: str) -> str:
    """A file of the templates folder as it is: what a page runs, and what gives it its looks."""
    return (templates_folder() / name).read_text(encoding="utf-8")
