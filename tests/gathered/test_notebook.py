"""What a notebook shows: the label's own picture, and nothing of strangers that is markup."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from support.browser import chromium
from support.label_parts import make_subject
from support.labels import crowded, gallery, make_label, metered

import energylabel
from energylabel.gathered import Labels, comparison_html, label_html
from energylabel.publishing import Stored
from energylabel.records import Comparison, Label
from energylabel.records.setup import Setup
from energylabel.rendering import files_of, printed

LABELS = Path(__file__).parents[2] / "labels"
SST2 = (
    "local/minilm-l6-sst2/*/sst2-test-v1/cpu-amd-epyc-2",
    "*/tfidf-linear/*/sst2-test-v1/cpu-amd*",
)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


ALLOWED = {"div", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "p", "img"}


def harmless(html: str) -> Tags:
    tags = Tags(html)
    for tag, attributes in tags.found:
        assert tag in ALLOWED
        assert not [name for name in attributes if name not in {"style", "scope", "src", "alt"}]
        assert attributes.get("src", "data:image/svg+xml;base64,").startswith("data:image/svg+xml;")
    return tags


def of(*labels: Label, left_out: tuple[str, ...] = ()) -> Labels:
    stored = [Stored(label, Setup(device="cpu"), None, checked=True) for label in labels]
    return Labels(stored, left_out)


@pytest.mark.parametrize("name", gallery())
def test_a_label_is_its_picture_described(name: str):
    label = gallery()[name]
    ((_, _), (_, image)) = harmless(label_html(label)).found
    drawn = base64.b64decode(image["src"].partition(",")[2])
    assert drawn == files_of(label)["label.svg"]
    assert image["alt"] == printed(label)["description"]


def test_hostile_names_are_text():
    label = make_label(subject=make_subject(name=HOSTILE, family=HOSTILE))
    some = of(label, crowded(), left_out=(f"/x/{HOSTILE}: bad",))
    shown = harmless(some._repr_html_())
    assert shown.text.count("<script>alert(1)</script>") == 2
    found = (
        energylabel.load_labels(next(LABELS.glob(SST2[0]))),
        energylabel.load_labels(next(LABELS.glob(SST2[1]))),
    )
    both = Labels([*found[0]._stored, *found[1]._stored]).compare()
    first, second = both.labels
    hostile = both.model_copy(
        update={"labels": (first.model_copy(update={"name": HOSTILE}), second)}
    )
    shown = harmless(comparison_html(hostile))
    assert "<script>alert(1)</script>" in shown.text
    assert [tag for tag, _ in shown.found].count("tr") == 3


def test_many_are_shown_in_part():
    labels = [make_label(subject=make_subject(name=f"org/{n}")) for n in range(60)]
    shown = harmless(of(*labels, left_out=("a: b",) * 7)._repr_html_())
    assert [tag for tag, _ in shown.found].count("tr") == 51
    assert "60 labels, of which the first 50 are shown" in shown.text
    assert "7 could not be used" in shown.text
    assert "and 2 more" in shown.text
    empty = harmless(of()._repr_html_())
    assert "0 labels." in empty.text


def test_records_show_themselves_once_the_front_door_is_open():
    from energylabel import api

    assert api
    assert "img" in metered()._repr_html_()  # type: ignore[attr-defined]
    assert Comparison._repr_html_ is comparison_html  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.xdist_group("chromium")
def test_nothing_runs_and_nothing_is_fetched_in_chromium(tmp_path: Path):
    label = make_label(subject=make_subject(name=HOSTILE, family=HOSTILE))
    html = label_html(label) + of(label, crowded())._repr_html_()
    page = tmp_path / "notebook.html"
    page.write_text(f"<!doctype html><meta charset=utf-8>{html}", encoding="utf-8")
    said: list[str] = []
    asked: list[str] = []
    with chromium() as browser:
        view = browser.new_page(viewport={"width": 700, "height": 900})
        view.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
        view.on("console", lambda message: said.append(message.text))
        view.on("request", lambda request: asked.append(request.url))
        view.goto(page.as_uri())
        assert view.locator("img").evaluate("(image) => image.naturalWidth") > 100
        assert view.evaluate("document.documentElement.scrollWidth") <= 700
    assert said == []
    assert [url for url in asked if not re.match("file:|data:", url)] == []
