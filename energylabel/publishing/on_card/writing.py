"""The labels of a block → its Markdown, and back.

The first label stands there at length, the others have a line each, and a comment at the end keeps
what the lines are made of. The card alone is enough to put another label among them: what it says
at length of the first is kept as it stands.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from energylabel import formatting
from energylabel.publishing.on_card import mentions
from energylabel.publishing.on_card.earlier import mention_in
from energylabel.publishing.on_card.merging import Merged
from energylabel.records import Mention
from energylabel.rendering import render

_OTHERS: Final = "<!-- energylabel:others -->"
_SHOWN: Final = 4
"""Other labels that are shown at once; where there are more, the rest can be opened."""
_ADDRESS: Final = re.compile(r"[A-Za-z0-9:/._~%@+-]+")


@dataclass(frozen=True, slots=True)
class Present:
    """What a block holds: its labels, the first of which ``words`` show at length.

    ``unread``: it shows a label that this version cannot tell.
    """

    labels: tuple[Mention, ...] = ()
    words: str = ""
    unread: bool = False


def read(lines: Sequence[str] | None, front: Mapping[str, Any] | None) -> Present:
    """What a block holds.

    Args:
        lines: The block without its markers; None where there is none.
        front: Our key of the front matter, for blocks of versions that kept no list.

    Raises:
        CardError: Its list of labels is none that this version knows.
    """
    if lines is None:
        return Present()
    kept = [line.strip() for line in lines]
    if mentions.BEGIN not in kept:
        found = mention_in(lines, front)
        if found is None:
            return Present(unread=any(kept))
        return Present((found,), "\n".join(lines).strip("\n"))
    at = kept.index(mentions.BEGIN)
    end = kept.index(mentions.END, at) if mentions.END in kept[at:] else len(kept)
    labels = mentions.parse([line for line in kept[at + 1 : end] if line])
    before = kept.index(_OTHERS) if _OTHERS in kept[:at] else at
    return Present(tuple(labels), "\n".join(lines[:before]).strip("\n"))


def write(merged: Merged, at_length: Mapping[str, str], root: str | None) -> str:
    """The block without its markers.

    Args:
        merged: The labels.
        at_length: By id what is said at length of those labels where that is known.
        root: Address of the model's repository; None: addresses are relative to the card.
    """
    first, *others = merged.mentions
    words = at_length.get(first.id) or _fill("card_short.md.j2", merged, [first], root)
    parts = [words.strip("\n"), ""]
    if others:
        parts += [_OTHERS, "", _fill("card_others.md.j2", merged, others, root).strip("\n"), ""]
    return "\n".join((*parts, *mentions.comment(merged.mentions)))


def _fill(template: str, merged: Merged, shown: Sequence[Mention], root: str | None) -> str:
    lines = [_line(each, merged, root) for each in shown]
    values = {"lines": lines, "shown": _SHOWN if len(lines) > _SHOWN + 1 else len(lines)}
    return render(template, "markdown", values)


def _line(mention: Mention, merged: Merged, root: str | None) -> dict[str, Any]:
    """What the line of a label prints."""
    figures, first, title = mention.figures, merged.mentions[0], mention.workload_title
    folder = merged.folder(mention)
    amount, about = "", "≈ " if figures.provenance == "estimated" else ""
    if figures.wh_per_1000 is not None:
        amount = formatting.energy(figures.wh_per_1000)
    elif figures.wh_per_1000_range is not None:
        low, high = figures.wh_per_1000_range
        amount = _range(low, high)
    apart = [mention.manner] if mention.manner != first.manner else []
    if mention.loaded != first.loaded and mention.revision != first.revision:
        apart.append(f"{'commit' if mention.on_hub else 'digest'} {mention.revision}")
    return {
        "model": mention.model,
        "workload": f"{title} ({figures.workload})" if title else figures.workload,
        "machine": mention.machine,
        "manner": mention.manner,
        "class": about * (figures.energy_class != "?") + figures.energy_class,
        "open": mention.energy_open,
        "amount": about + amount if amount else "",
        "index": "" if figures.energy_index is None else about + f"{figures.energy_index:,}",
        "accuracy_class": figures.accuracy_class or "",
        "accuracy_open": mention.accuracy_open,
        "accuracy": formatting.percentage(figures.accuracy),
        "provenance": figures.provenance,
        "apart": ", ".join(apart),
        "quick": mention.quick,
        "day": formatting.date(mention.issued_at),
        "pictures": _address(folder, root, "resolve"),
        "evidence": _address(folder, root, "blob") + "evidence.json",
    }


def _range(low: float, high: float) -> str:
    """Watt-hours that are rounded already: not a digit more or less."""
    power, unit = formatting.energy_unit(high)
    ends = [f"{formatting.exact(end, -power).normalize():,f}" for end in (low, high)]
    return f"{ends[0] if ends[0] == ends[1] else '–'.join(ends)} {unit}"


def _address(folder: str, root: str | None, view: str) -> str:
    """Of a folder, with a slash at its end; relative where the repository's is no plain one."""
    path = quote(f"{folder}/")
    whole = f"{root}/{view}/main/{path}"
    return whole if root is not None and _ADDRESS.fullmatch(whole) else path
