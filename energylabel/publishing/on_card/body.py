"""The Markdown of a model card: our block between its two markers, everything else untouched.

The block stands between two HTML comments, each alone on its line. The first carries a digest of
what we wrote between them, so that an edit by hand is seen and never overwritten.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from energylabel.errors import CardError

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_BEGIN: Final = re.compile(r" {0,3}<!-- energylabel:begin sha256=([0-9a-f]{16}) -->[ \t]*")
_END: Final = re.compile(r" {0,3}<!-- energylabel:end -->[ \t]*")
_OURS: Final = re.compile(r" {0,3}<!--[ \t]*energylabel:(begin|end)\b")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_VERBATIM: Final = re.compile(
    r"\s*<(?:(?:pre|script|style|textarea)[\s>]|\?|![A-Z\[])", re.IGNORECASE
)
_MIDDLE: Final = 20
"""Lines after a fence that is not closed from which it stands in the middle of a card; a shorter
one is code at its end, which whoever wrote it will want to close."""
_WHERE: Final = "move text of your own outside the markers, delete the block, and run again"


@dataclass(frozen=True, slots=True)
class _Marker:
    """A marker's line, whether it stands at the top level, and the digest of the first one."""

    line: int
    kind: str
    top: bool
    digest: str | None


def splice_body(body: str, block: str, newline: str) -> str:
    """The body with our block in it: in the place of the earlier one, else at the end.

    Args:
        body: The card after its front matter.
        block: Markdown of the label.
        newline: The card's line ending.

    Raises:
        CardError: The block was edited, is there twice, or is not closed; or the end of the card
            lies inside code that is not closed.
    """
    lines: list[str] = _LINE.findall(body)
    found = _find(lines)
    content = block.strip("\n")
    made = [
        f"<!-- energylabel:begin sha256={_digest(content.split(chr(10)))} -->",
        "",
        *content.split("\n"),
        "",
        "<!-- energylabel:end -->",
    ]
    text = newline.join(made)
    if found is not None:
        first, last = found
        ending = lines[last][len(lines[last].rstrip("\r\n")) :]
        before, after = "".join(lines[:first]), "".join(lines[last + 1 :])
        whole, start = before + text + ending + after, first
    else:
        gap = "" if not body else newline if body.endswith(("\n", "\r")) else 2 * newline
        whole, start = f"{body}{gap}{text}{newline}", len(_LINE.findall(body + gap))
    fence = swallowed(body) if found is None else None
    if fence is not None:
        top = fence - 1
        above, rest = "".join(lines[:top]), "".join(lines[top:])
        gap = "" if not above or not lines[top - 1].strip() else newline
        whole, start = f"{above}{gap}{text}{2 * newline}{rest}", top + bool(gap)
    if _find(_LINE.findall(whole)) != (start, start + len(made) - 1):
        raise CardError(
            "the card ends inside code that is not closed, where a label would not be shown",
            "close the code block (``` or </pre>) and run again",
        )
    return whole


def swallowed(body: str) -> int | None:
    """The line (from 1) of a fence in the middle of a card that is never closed; None without.

    All that follows it is shown as code, to the end of the card; a label before it is seen.
    """
    lines: list[str] = _LINE.findall(body)
    fence = next((t for t in reversed(_parser().parse(body)) if t.type == "fence"), None)
    if fence is None or fence.level or fence.map is None or fence.map[1] < len(lines):
        return None
    last = lines[-1].strip()
    closed = set(last) == set(fence.markup) and len(last) >= len(fence.markup)
    return None if closed or fence.map[1] - fence.map[0] < _MIDDLE else fence.map[0] + 1


def cut_body(body: str) -> str:
    """The body without our block and the empty line before it, where there is one.

    Raises:
        CardError: The block was edited, is there twice, or is not closed.
    """
    lines: list[str] = _LINE.findall(body)
    found = _find(lines)
    if found is None:
        return body
    first, last = found
    before, after = lines[:first], lines[last + 1 :]
    bounded = not after or not after[0].strip()
    if before and before[-1] in ("\n", "\r\n") and bounded:
        before.pop()
    return "".join(before + after)


def block_in(body: str) -> list[str] | None:
    """The lines of our block without its markers and line endings; None where there is none.

    Raises:
        CardError: The block was edited, is there twice, or is not closed.
    """
    lines: list[str] = _LINE.findall(body)
    found = _find(lines)
    if found is None:
        return None
    return [line.rstrip("\r\n") for line in lines[found[0] + 1 : found[1]]]


def _find(lines: list[str]) -> tuple[int, int] | None:
    """First and last line of our block, or None where there is none."""
    markers = _markers(lines)
    if not markers:
        return None
    kinds = [marker.kind for marker in markers]
    if kinds.count("begin") > 1:
        raise CardError("the card has more than one energylabel block", "delete all but one")
    if kinds != ["begin", "end"]:
        missing = "end" if kinds == ["begin"] else "begin"
        raise CardError(
            f"the card's energylabel block has no marker of its {missing}",
            "delete what is left of the block and run again",
        )
    first, last = markers
    if not (first.top and last.top):
        raise CardError(
            "the card's energylabel block stands in a list or a quotation",
            "move the block out of it, or delete it, and run again",
        )
    if first.digest is None:
        raise CardError("the first marker of the energylabel block was edited", _WHERE)
    inside = [line.rstrip("\r\n") for line in lines[first.line + 1 : last.line]]
    if first.digest not in {_digest(inside), _digest_of_lines(inside)}:
        raise CardError("the card's energylabel block was edited by hand", _WHERE)
    return first.line, last.line


def _markers(lines: list[str]) -> list[_Marker]:
    """Markers that a reader of Markdown takes for comments: not those in code, which it shows."""
    if not any("energylabel:" in line for line in lines):
        return []
    found = []
    for token in _parser().parse("".join(lines)):
        if token.type != "html_block" or token.map is None or _VERBATIM.match(token.content):
            continue
        for number in range(*token.map):
            line = lines[number].rstrip("\r\n")
            marker = _OURS.match(line) if token.level == 0 else _OURS.match(line.lstrip(" \t>-*+"))
            if marker is None:
                continue
            whole = (_BEGIN if marker[1] == "begin" else _END).fullmatch(line)
            digest = whole[1] if whole and marker[1] == "begin" else None
            found.append(_Marker(number, marker[1], token.level == 0, digest))
    return found


def _parser() -> "MarkdownIt":
    """CommonMark with tables, blocks alone."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.core.ruler.disable(["inline"])
    return parser


def _digest(lines: list[str]) -> str:
    """Over the words of the lines.

    Editors change line endings and blanks at the ends of lines, formatters pad tables and put empty
    lines between blocks; none of that is an edit by hand.
    """
    kept = (_unpadded(line.strip()) for line in lines)
    return _short("\n".join(line for line in kept if line))


def _unpadded(line: str) -> str:
    """A row of a table without what pads its cells; any other line as it is."""
    if not line.startswith("|"):
        return line
    cells = (cell.strip() for cell in re.split(r"(?<!\\)\|", line))
    return "|".join("---" if re.fullmatch(r":?-+:?", cell) else cell for cell in cells)


def _digest_of_lines(lines: list[str]) -> str:
    """As earlier versions of this program took it: over the lines but for blanks at their ends."""
    return _short("\n".join(line.rstrip() for line in lines).strip("\n"))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
