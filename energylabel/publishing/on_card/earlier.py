"""The block of a version that knew one label alone → its mention.

Such a block has no list: what it says of its label is read from its table, and from our key of the
front matter where that is of the same label. Nothing is guessed; a table that lacks what a line on
the card needs gives no mention.
"""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

from energylabel.records import Mention

_ROW: Final = re.compile(r"\|\s*(.*?)\s*(?<!\\)\|\s*(.*?)\s*\|")
_ESCAPED: Final = re.compile(r"\\([\\`*_\[\]|~])")
_PLACE: Final = re.compile(r"(energylabel/[^/\s()]+/[^/\s()]+)/evidence\.json")
_CLASS: Final = re.compile(r"\*\*(?:≈ )?([A-G?])\*\*(?: \((?:borderline|between) ([^)]+)\))?")
_RAN: Final = re.compile(r" on ((?:cpu|cuda) · [^,|]+?)(, not native)?$")
_RATED: Final = re.compile(r"(\d{1,2}) (\w{3}) (\d{4}),.* by (\S+) with ")
_REVISION: Final = re.compile(r"(commit|digest) ([0-9a-f]{12})")
_MONTHS: Final = "JanFebMarAprMayJunJulAugSepOctNovDec"
_LONGEST: Final = 5_000
"""Characters of a row; ours have some hundred, but for the reasons why there is no class."""


def mention_in(lines: Sequence[str], front: Mapping[str, Any] | None) -> Mention | None:
    """The label that a block of earlier versions shows; None where it cannot be told.

    Args:
        lines: The block.
        front: Our key of the front matter.
    """
    rows: dict[str, str] = {}
    for line in lines:
        found = _ROW.fullmatch(line.strip()) if len(line) < _LONGEST else None
        if found:
            rows.setdefault(found[1], found[2])
    try:
        return _mention(rows, front)
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _mention(rows: Mapping[str, str], front: Mapping[str, Any] | None) -> Mention:
    heading = next((row for row in rows if row.startswith(("Inference ", "Quick look"))), "")
    energy, rated = rows["Energy class (A–G)"], _need(_RATED.match(rows["Rated"]))
    place = unquote(_need(_PLACE.search(rows["Evidence"]))[1])
    kind, revision = _need(_REVISION.match(rows["Model"])).groups()
    letter, ran = _need(_CLASS.match(energy)), _need(_RAN.search(energy))
    right = _CLASS.match(rows["Accuracy class (A–G)"])
    identity = rows["Label id"].strip("`")
    figures = dict(front or {})
    if figures.get("id") != identity:
        figures = {
            "energy_class": letter[1],
            "accuracy_class": right[1] if right and right[1] != "?" else None,
            "accuracy": round(float(rows["Accuracy"].partition(" %")[0]) / 100, 4),
            "workload": _words(rows["Workload"]),
            "hardware": place.rpartition("/")[2].partition("--")[0],
            "provenance": rows["Where the energy comes from"].partition(" ")[0].rstrip(":"),
            "standard": rated[4],
            "id": identity,
        }
    quick = heading.startswith("Quick")
    figures["protocol"] = "quick" if quick else None
    on_hub = kind == "commit"
    return Mention.from_dict(
        {
            "model": _words(rows[heading]),
            "on_hub": on_hub,
            "revision": revision,
            "place": place,
            "issued_at": _day(rated[1], rated[2], rated[3]),
            "machine": re.sub(r", \d+ threads?\b.*", "", _words(rows["Hardware"])),
            "manner": _words(ran[1]) + (ran[2] or ""),
            "energy_open": letter[2] or "",
            "accuracy_open": (right[2] or "") if right else "",
            "in_front": on_hub and not quick,
            "figures": {key: value for key, value in figures.items() if value is not None},
        }
    )


def _need(found: re.Match[str] | None) -> re.Match[str]:
    if found is None:
        raise ValueError("the row is not as ours were")
    return found


def _words(text: str) -> str:
    return html.unescape(_ESCAPED.sub(r"\1", text))


def _day(day: str, month: str, year: str) -> float:
    number = _MONTHS.index(month) // 3 + 1
    return datetime(int(year), number, int(day), tzinfo=UTC).timestamp()
