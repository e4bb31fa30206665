"""Labels → the files of a page: one HTML file with everything in it, and the tables beside it.

Nothing that a stranger wrote becomes markup: texts travel as data, which the page's own script
puts into text nodes, or pass through the XML escaper. A Content-Security-Policy lets nothing run
but that script, by its digest, and nothing be fetched at all.
"""

import base64
import gzip
import hashlib
import json
import re
import time
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from energylabel import __version__, formatting
from energylabel.comparing import dominated
from energylabel.errors import OutputError
from energylabel.paging.listed import ListedLabel
from energylabel.paging.tables import COLUMNS, to_json, to_parquet
from energylabel.records import LETTERS, Range
from energylabel.rendering import render, template_text
from energylabel.standard import load_scale

PAGE, JSON, PARQUET = "index.html", "labels.json", "labels.parquet"

_SCRIPTS = ("1-figures.js", "2-rows.js", "3-table.js", "4-picture.js", "5-views.js", "6-main.js")

_EXACT = {
    "energy_index",
    "energy_index_low",
    "energy_index_high",
    "accuracy",
    "wh_per_1000",
    "wh_per_1000_high",
    "latency_p95_s",
}
"""Figures that are ranked, or held against a class's bound or a reader's limit.

To round them would make ties, or put one on the other side.
"""

_DIGITS = 5
"""Of other figures in the page's own data; the page shows four at most."""

_REVISION = 12
"""Digits of a commit in the page's own data; ``labels.json`` has them all."""

_DOMINATORS = 16
"""Of one label, in the page's own data: enough for filters to leave one; all, of most labels."""

_MINUTE = 60

_COMMON = "~"
"""Stands for a label's model name within its addresses."""


def files_of_page(
    labels: Sequence[ListedLabel], *, left_out: int = 0, built_at: float | None = None
) -> dict[str, bytes]:
    """The page and the tables, by file name; ``labels.parquet`` only where pyarrow is installed.

    Args:
        labels: In any order.
        left_out: How many labels could not be read.
        built_at: Unix time that the page names, in whole seconds; None: now.

    Raises:
        OutputError: The program's templates are incomplete.
    """
    ordered = sorted(labels, key=_order)
    about = {
        "built_by": f"energylabel {__version__}",
        "built_at": int(time.time() if built_at is None else built_at),
        "left_out": left_out,
    }
    parquet = to_parquet(ordered)
    page = _page(ordered, about, parquet=parquet is not None)
    files = {PAGE: page.encode(), JSON: to_json(ordered, about)}
    return files if parquet is None else files | {PARQUET: parquet}


def _order(label: ListedLabel) -> tuple[Any, ...]:
    """Labels that may be held against each other stand together, the most frugal first."""
    known = label.energy_index is not None
    figure = label.energy_index if known else 0.0
    return (label.workload, label.hardware, label.provenance, not known, figure, label.id)


def _page(labels: Sequence[ListedLabel], about: dict[str, Any], *, parquet: bool) -> str:
    style = _inline("page/page.css")
    script = (
        '"use strict";(()=>{\n' + "".join(_inline(f"page/{name}") for name in _SCRIPTS) + "})();"
    )
    return render(
        "page/index.html.j2",
        "svg",
        {
            "policy": _policy(script, style),
            "style": style,
            "script": script,
            "data": _packed(labels, about),
            "groups": _plain_rows(labels),
            "count": len(labels),
            "day": formatting.date(about["built_at"]),
            "moment": str(about["built_at"]),
            **about,
            "parquet": parquet,
            "unchecked": sum(not each.checked for each in labels),
        },
    )


def _inline(name: str) -> str:
    text = template_text(name)
    if re.search(r"</(script|style)|<!--", text, re.IGNORECASE):
        raise OutputError(f"{name} cannot stand in a page", "install energylabel again")
    return text


def _policy(script: str, style: str) -> str:
    """Nothing but the script and the style with these very bytes."""
    scripts, styles = (
        "'sha256-" + base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() + "'"
        for each in (script, style)
    )
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles};"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def _packed(labels: Sequence[ListedLabel], about: dict[str, Any]) -> str:
    """All labels by column, as gzipped JSON in base64: digits and letters alone."""
    columns = {name: [_short(each, name) for each in labels] for name in COLUMNS}
    scales = {}
    for standard in {each.standard for each in labels}:
        scale = load_scale(standard)
        scales[standard] = {"letters": LETTERS, "energy": scale.energy, "error": scale.error}
    whole = {**about, "columns": columns, "scales": scales, "dominators": _dominators(labels)}
    text = json.dumps(whole, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 6, mtime=0)).decode()


def _dominators(labels: Sequence[ListedLabel]) -> list[list[int] | None]:
    """Of each label the rows that dominate it; −1 at the end where there are more of them."""
    found = dominated(
        [each.contender for each in labels],
        most=_DOMINATORS,
        kinds=[f"{each.family} {each.setup} {each.asked}" for each in labels],
    )
    return [None if each is None else [*each.by, *([] if each.all else [-1])] for each in found]


def _short(label: ListedLabel, name: str) -> Any:
    value = getattr(label, name)
    if isinstance(value, float) and name not in _EXACT:
        return _rounded(value, name) if name != "issued_at" else _to_the_minute(value)
    if name == "revision":
        return value[:_REVISION]
    if name == "evidence" and value is not None:
        return value.replace(_COMMON, "%7E").replace(label.name, _COMMON)
    if name == "history":
        return [asdict(each) | {"id": each.id[:12]} for each in value]
    return value


def _rounded(value: float, name: str) -> float:
    """Ends of intervals outward, as wherever they are printed."""
    ways = {"low": formatting.DOWN, "high": formatting.UP}
    way = ways.get(name.rpartition("_")[2])
    if way is None:
        return float(f"{value:.{_DIGITS}g}")
    return float(formatting.significant(value, _DIGITS, way).replace(",", ""))


def _to_the_minute(moment: float) -> int:
    return int(moment // _MINUTE * _MINUTE)


def _plain_rows(labels: Sequence[ListedLabel]) -> list[tuple[str, list[dict[str, str]]]]:
    """The table without JavaScript: what is of one workload and hardware, under a heading."""
    together = groupby(labels, key=lambda each: f"{each.called} on {each.hardware}")
    return [(heading, [plain_row(each) for each in group]) for heading, group in together]


def plain_row(label: ListedLabel) -> dict[str, str]:
    """What a table without JavaScript prints of a label, as text."""
    quick = "quick look, not for comparison" if label.protocol == "quick" else ""
    about, wh = "≈ " if label.provenance == "estimated" else "", _watt_hours(label)
    return {
        "name": " · ".join(filter(None, (label.name, label.asked, label.setup, quick))),
        "energy": about + (label.energy_class or "?"),
        "accuracy": f"{label.accuracy_class or '–'} {formatting.percentage(label.accuracy)} %",
        "wh": about + wh if wh else "–",
        "provenance": label.provenance,
    }


def _watt_hours(label: ListedLabel) -> str:
    if label.wh_per_1000 is not None:
        return formatting.energy(label.wh_per_1000)
    if label.wh_per_1000_low is None or label.wh_per_1000_high is None:
        return ""
    return formatting.energy_span(Range(low=label.wh_per_1000_low, high=label.wh_per_1000_high))
