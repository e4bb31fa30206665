"""Figures of the page in Chromium: rounded as the program does, seen on their side of limits."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.browser import Shown, chromium
from support.labels import make_label
from support.own_title import NAME, TITLE, of_own_data

from energylabel import formatting
from energylabel.paging import files_of_page
from energylabel.paging.listed import listed
from energylabel.publishing import Stored
from energylabel.records import Estimate, Range
from energylabel.records.setup import Setup
from energylabel.standard import load_scale

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chromium")]
TEMPLATES = Path(__file__).parents[2] / "templates"
BOUNDS = load_scale("text-classification-v1").energy


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


def figures(count: int) -> list[dict[str, Any]]:
    """Rows of figures of all sizes, many of which are as good as round, and limits beside them."""
    dice = np.random.default_rng(7)
    rows = []
    for _ in range(count):
        middle, wide = 10 ** dice.uniform(-10, 4), dice.uniform(1, 8)
        digits = int(dice.integers(2, 18))
        value, low, high = (
            float(f"{v:.{digits}g}") for v in (middle, middle / wide, middle * wide)
        )
        bound = float(dice.choice(BOUNDS))
        index = [bound, math.nextafter(bound, 999), bound * 1.0004, value][int(dice.integers(4))]
        share = float(dice.choice([dice.random(), round(dice.random(), 3), 0.9999, 1.0, 0.0]))
        rows.append(
            {
                "low": low,
                "high": high,
                "value": value,
                "index": index,
                "ends": [min(index, index / wide), max(index, index * wide)],
                "share": share,
                "limit": float(f"{value:.{int(dice.integers(1, 5))}g}"),
                "least": float(f"{100 * share:.{int(dice.integers(1, 5))}g}"),
                "bytes": int(1e6 * value) + 1,
            }
        )
    return rows


def test_the_page_rounds_as_the_program_does(browser: Any):
    """One rule in two languages: ranges outward, and limits seen on the side where they are."""
    rows = figures(1500)
    script = (TEMPLATES / "page" / "1-figures.js").read_text("utf-8")
    page = browser.new_page()
    told = page.evaluate(
        f"""([rows, energy]) => {{ {script}
        scales = {{s: {{energy}}}};
        return rows.map((each) => {{
          const none = {{p95: null, acc: null, mem: null, wh: null}};
          Object.assign(limits, none);
          const row = {{standard: "s", provenance: "metered", wh_per_1000: null,
            wh_per_1000_low: each.low, wh_per_1000_high: each.high, energy_index: each.index,
            energy_index_low: each.ends[0], energy_index_high: each.ends[1],
            accuracy: each.share, latency_p95_s: each.value, peak_memory_bytes: each.bytes}};
          const one = {{...row, wh_per_1000: each.value}};
          const plainly = [wattHours(row), index(row), indexInterval(row), percentage(each.share),
            percentage(each.share, DOWN), percentage(each.share, UP), duration(each.value)];
          Object.assign(limits, {{wh: each.limit, acc: each.least, p95: shifted(each.limit, 3),
            mem: each.limit}});
          return [...plainly, wattHours(row), wattHours(one), accuracyOf(row), p95Of(row),
            memoryOf(row)];
        }}); }}""",
        [rows, list(BOUNDS)],
    )
    page.close()
    for each, found in zip(rows, told, strict=True):
        span = Range(low=each["low"], high=each["high"])
        ends = Estimate(value=each["index"], low=each["ends"][0], high=each["ends"][1], count=6)
        limit, share = each["limit"], each["share"]
        least = float(formatting.exact(each["least"], -2))
        assert found == [
            f"≈ {formatting.energy_span(span)}",
            formatting.index(each["index"], BOUNDS),
            formatting.index_interval(ends, BOUNDS),
            formatting.percentage(share),
            formatting.percentage(share, 1, formatting.DOWN),
            formatting.percentage(share, 1, formatting.UP),
            formatting.duration(each["value"]),
            f"≈ {formatting.energy_span(span, (limit,))}",
            formatting.energy(each["value"], limits=(limit,)),
            formatting.percentage(share, limits=(least,)),
            formatting.duration(each["value"], limits=(limit,)),
            formatting.size(each["bytes"], limits=(float(formatting.exact(limit, 6)),)),
        ], each


def test_what_a_limit_leaves_out_is_seen_to_be_beyond_it(browser: Any, tmp_path: Path):
    known = listed(Stored(make_label(), Setup(device="cpu"), None, checked=True))
    labels = [
        replace(
            known,
            id="1" * 64,
            name="a/model",
            wh_per_1000=None,
            wh_per_1000_low=0.00419,
            wh_per_1000_high=0.0314,
        ),
        replace(known, id="2" * 64, name="b/model", accuracy=0.89999, latency_p95_s=0.0100004),
    ]
    site = tmp_path / "index.html"
    site.write_bytes(files_of_page(labels)[site.name])

    def cells(view: str) -> dict[str, list[str]]:
        rows = Shown(browser, site, view).page.locator("#labels tbody tr").all()
        return {
            row.locator("button.name").inner_text(): [
                row.locator("td").nth(at).inner_text().split("\n")[0] for at in (4, 5, 6)
            ]
            for row in rows
        }

    assert cells("")["a/model"][0] == "≈ 0.0041–0.032 Wh"
    assert "a/model" not in cells("#wh=0.03")
    assert cells("#wh=0.0314")["a/model"][0] == "≈ 0.0041–0.0314 Wh"
    assert "b/model" not in cells("#acc=90")
    assert "89.999 %" in cells("#acc=89.999")["b/model"][1]
    assert "b/model" not in cells("#p95=10")
    assert cells("#p95=10.0004")["b/model"][2] == "10.0004 ms"


def test_data_of_ones_own_are_called_by_their_title(browser: Any, tmp_path: Path):
    entry = listed(Stored(of_own_data(), Setup(device="cpu"), None, checked=True))
    site = tmp_path / "index.html"
    site.write_bytes(files_of_page([entry])[site.name])
    shown = Shown(browser, site)
    cell = shown.page.locator("#labels tbody td").nth(1).inner_text()
    assert cell.split("\n")[:2] == [TITLE, NAME]
    shown.page.locator("#labels tbody button.name").click()
    assert f"{TITLE} ({NAME})" in shown.page.inner_text("#view")
    assert shown.said == []
