"""Names and labels that want to be more than text, through everything that prints them."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from support.evidence import (
    make_answers,
    make_evidence,
    make_hardware,
    make_settings,
    make_subject,
    make_workload,
)

from energylabel.cli import summary
from energylabel.cli.output import annotation, clean
from energylabel.judging.judgement import judge
from energylabel.pipeline import Rated
from energylabel.publishing.base import Parcel, Wishes
from energylabel.publishing.front_matter import split_card
from energylabel.publishing.model_card import splice
from energylabel.records.label import Label
from energylabel.rendering import FORMATS
from energylabel.rendering._drawing.templating import plain

pytestmark = pytest.mark.slow

ATTACKS = [
    "<script>alert(1)</script>",
    "](javascript:alert(1))",
    "![x](http://evil)",
    "|",
    "`",
    "\n",
    "\r",
    "-->",
    "<!-- energylabel:end -->",
    "<!-- energylabel:begin sha256=0000000000000000 -->",
    "${{ x }}",
    "{{ x }}",
    "{% raw %}",
    "::error::x",
    "##[add-mask]x",
    "%0A",
    "\u202e",
    "\u2066",
    "\x1b[31m",
    "\x00",
    "\x9b2J",
    "\ud800",
    "\ufffe",
    "</text><script/>",
    "</title>",
    '" onerror="x',
    "' x='",
    "&lt;",
    "&#60;",
    "\n---\n",
    "\nenergy_label: A\n",
    ": ",
    " #",
    "!!python/object:os.system",
    "*a",
    "&a",
    "no",
    "1e3",
    "https://evil.example",
    "www.evil.example",
    "<img src=x>",
    "$$x$$",
    "~~~",
    "```",
    "\u2028",
    "模型",
    "\U0001f600",
    "A" * 300,
    "\\",
    "[[x]]",
    "<https://evil>",
    "@everyone",
    "\t",
]
TEXTS = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=8), min_size=1, max_size=5).map(
    "".join
)


class Page(HTMLParser):
    """Tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def usable(text: str) -> str:
    """What a record takes: no lone surrogates; a workload's or model's name is not empty."""
    return text.encode("utf-8", "replace").decode() or "x"


def hostile(name: str, word: str) -> tuple[Label, Parcel]:
    name, word = usable(name), usable(word)
    answers = make_answers()
    evidence = make_evidence(
        subject=make_subject(name=f"org/{name}", source="folder", labels=(word, name + "2")),
        workload=make_workload(title=word, labels=(word, name + "2", "c", "d")),
        hardware=make_hardware(cpu_model=word),
        settings=make_settings(label_map=(0, 1)),
        answers=answers.model_copy(update={"predicted": tuple(p % 2 for p in answers.predicted)}),
    )
    label = judge(evidence)
    files = {"evidence.json": evidence.canonical()}
    place = "energylabel/ag-news-v1/cpu"
    return label, Parcel(label, evidence, files, place, None, Wishes(front_matter=True))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=TEXTS, word=TEXTS)
def test_a_card_shows_words_and_nothing_else(name: str, word: str) -> None:
    _, parcel = hostile(name, word)
    card = splice(b"# Title\n\nTheirs.\n", parcel).card
    assert splice(card, parcel).card == card
    parts = split_card(card.decode())
    told = yaml.safe_load(parts.yaml)
    assert told.keys() == {"energy_label"}
    assert told["energy_label"]["id"] == parcel.label.id
    page = Page(MarkdownIt("commonmark", {"html": True}).enable("table").render(parts.body))
    found = {tag for tag, _ in page.tags}
    assert found <= {
        "h1",
        "p",
        "img",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "strong",
        "code",
        "h2",
        "details",
        "summary",
        "wbr",
        "a",
    }
    links = [attributes for tag, attributes in page.tags if tag == "a"]
    assert links == [{"href": "energylabel/ag-news-v1/cpu/confusion.svg"}]
    badge, picture = [attributes for tag, attributes in page.tags if tag == "img"]
    assert badge.keys() == {"src", "height", "alt"}
    assert badge["src"] == "energylabel/ag-news-v1/cpu/badge.svg"
    assert picture.keys() == {"src", "width", "alt"}
    assert picture["src"] == "energylabel/ag-news-v1/cpu/label.png"
    # The first row of the table names the model: two cells, whatever the name is made of.
    rows = [line for line in parts.body.splitlines() if line.startswith("|")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 3 for row in rows)
    # White space at the ends and in runs is the reader's, not the card's.
    assert squeezed(plain(usable(name))) in squeezed(page.words)


def squeezed(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=TEXTS, word=TEXTS)
def test_pictures_are_pictures(name: str, word: str) -> None:
    label, _ = hostile(name, word)
    for renderer in ("svg", "badge", "confusion"):
        root = ET.fromstring(FORMATS.get(renderer).render(label).content)  # noqa: S314
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not tags & {"script", "image", "a", "foreignObject", "style", "iframe", "animate"}
        for element in root.iter():
            for attribute, value in element.attrib.items():
                assert not attribute.lower().startswith("on")
                assert "href" not in attribute or value.startswith("#")


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=TEXTS, word=TEXTS)
def test_terminals_and_runners_see_text(name: str, word: str) -> None:
    label, _ = hostile(name, word)
    rated = Rated(label, Path("labels/x"))
    for line in summary.human(rated).split("\n"):
        assert line.isprintable()
    table = summary.table([(usable(name), rated, word)], markdown=False)
    assert len(table.split("\n")) == 2
    assert all(line.isprintable() for line in table.split("\n"))
    rows = summary.table([(usable(name), rated, word)], markdown=True).split("\n")
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [7, 7, 7]
    for line in summary.github(rated).split("\n"):
        assert re.match(r"::(notice|warning|error) title=[^,:\n\r]*::", line)
    assert "\n" not in annotation("error", name, word)
    assert clean(word).isprintable()


def test_what_a_workload_is_called_becomes_a_folder(tmp_path: Path) -> None:
    from energylabel import storing

    evidence = make_evidence()
    for name in ("../../x", "a/b", "..", "x" * 300, "模型-v1"):
        made = evidence.model_copy(
            update={"workload": evidence.workload.model_copy(update={"name": name})}
        )
        place = storing.published(made)
        assert place.count("/") == 2
        assert ".." not in place.split("/")
        assert (tmp_path / place).resolve().is_relative_to(tmp_path)
