"""The block as readers see it: GitHub Flavoured Markdown in Chromium, on a telephone and wide.

The rules of the styles are those of GitHub that bear on width: tables are as wide as their words
need, at most as the page, and scroll inside; long words of running text may break, those of a
table's cells do not count as breakable where its width is found.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from support.browser import chromium
from support.evidence import make_hardware, make_workload
from support.labels import gallery
from support.parcels import FILES, rated, store

from energylabel.publishing.front_matter import split_card
from energylabel.publishing.model_card import splice
from energylabel.publishing.proposing import parcel
from energylabel.rendering import card_block

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chromium")]
STYLE = """
body { margin: 0; padding: 16px; font: 16px/1.5 Arial, sans-serif; WRAP }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%;
  overflow: auto; }
th, td { padding: 6px 13px; border: 1px solid #d0d7de; }
code { padding: .2em .4em; font: 85% monospace; white-space: break-spaces; }
ul { padding-left: 2em; }
img { max-width: 100%; }
"""
WRAPS = ("word-wrap: break-word;", "")
"""GitHub's own rule, and without it: nothing is known of the Hub's."""
TOO_WIDE = """() => [...document.querySelectorAll("body, body *")]
  .filter((each) => each.clientWidth && each.scrollWidth > each.clientWidth + 1)
  .filter((each) => getComputedStyle(each).display !== "inline")
  .map((each) => `${each.tagName} ${each.scrollWidth} > ${each.clientWidth}`)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


def long_names(folder: Path) -> str:
    """A card with two labels whose names have hardly a place to break."""
    names = {
        "acme/"
        + "a_very_long_model_name_without_a_break" * 2: "Processor_of_a_maker_with_long_names",
    }
    ((name, machine),) = names.items()
    hardware = make_hardware(cpu_model=machine)
    card = b""
    for number, workload in enumerate(("ag-news-v1", "a" * 40 + "-v1")):
        evidence = rated(name, "0123456789" * 4, FILES, hardware=hardware)
        evidence = evidence.model_copy(update={"workload": make_workload(name=workload)})
        card = splice(card, parcel(store(folder / str(number), evidence))).card
    return split_card(card.decode()).body


@pytest.mark.parametrize("wrap", WRAPS, ids=["as GitHub has it", "no long word breaks"])
@pytest.mark.parametrize("width", [700, 380])
def test_nothing_of_a_card_scrolls_sideways(
    browser: Any, tmp_path: Path, width: int, wrap: str
) -> None:
    texts = {"long-names": long_names(tmp_path)}
    texts |= {name: card_block(label, "") for name, label in gallery().items()}
    page = browser.new_page(viewport={"width": width, "height": 900})
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    for name, text in texts.items():
        style = STYLE.replace("WRAP", wrap)
        page.set_content(f"<style>{style}</style>{markdown.render(text)}")
        for opened in (False, True):
            page.evaluate(
                "(on) => document.querySelectorAll('details').forEach((d) => { d.open = on })",
                opened,
            )
            assert page.evaluate(TOO_WIDE) == [], (name, opened)
    page.close()
