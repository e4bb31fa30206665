import json
import re
from html.parser import HTMLParser

import pytest
from support import labels
from support.evidence import WITHOUT_FILES

from energylabel.records.label import Label
from energylabel.rendering import FORMATS, json_label, markdown, png
from energylabel.rendering._render import render_all

GALLERY = labels.gallery()
every_label = pytest.mark.parametrize("label", GALLERY.values(), ids=GALLERY.keys())


class Tags(HTMLParser):
    """Collects every tag and its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data):
        raise AssertionError(data)


def card(label):
    return markdown.PLUGIN.render(label).content.decode()


def test_every_format_is_made():
    artifacts = render_all(labels.make_label())
    assert sorted(a.name for a in artifacts) == [
        "badge.svg", "card.md", "label.json", "label.png", "label.svg",
    ]  # fmt: skip
    built_in = set(FORMATS.found)
    assert built_in >= {"svg", "png", "badge", "markdown", "json"}


def test_png_bytes_repeat():
    label = labels.make_label()
    assert png.PLUGIN.render(label) == png.PLUGIN.render(label)


@every_label
def test_json_is_the_record(label):
    content = json_label.PLUGIN.render(label).content
    assert Label.from_json(content) == label
    assert content.endswith(b"}\n")
    assert content.isascii()
    keys = list(json.loads(content))
    assert keys == sorted(keys)


@every_label
def test_card_has_a_sentence_two_pictures_and_one_table_that_can_be_opened(label):
    text = card(label)
    tags = [(tag, attributes) for tag, attributes in Tags(text).found if tag != "wbr"]
    assert [tag for tag, _ in tags] == ["img", "img", "details", "summary", "code", "code"]
    small, attributes = tags[0][1], tags[1][1]
    assert set(small) == {"src", "height", "alt"}
    assert set(attributes) == {"src", "width", "alt"}
    assert (small["src"], attributes["src"]) == ("badge.svg", "label.png")
    assert label.subject.name.split("\n")[0][:40].replace("\\", "") in attributes["alt"].replace(
        "\\", ""
    )
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) > 15
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 3, row
    assert text.startswith("## Energy and accuracy")
    shown, _, hidden = text.partition("<details>\n<summary>All figures")
    assert "|" not in shown.replace("\\|", "")
    assert "class" in shown.split("\n\n")[2]
    assert hidden.endswith("\n\n</details>\n")
    assert f"<code>{label.id}</code>" in text.replace("<wbr>", "")
    assert "<code>energylabel verify evidence.json</code>" in text


@every_label
def test_card_carries_nothing_that_runs(label):
    text = card(label)
    for forbidden in ("<script", "-->", "${{", "::error::", "\u202e", "\x1b", "\x00"):
        assert forbidden not in text
    links = re.findall(r"(?<!\\)\]\(([^)]*)\)", text)
    assert len(links) <= 1
    assert all(link.startswith("https://huggingface.co/") for link in links)


def test_card_says_what_an_estimate_is_and_what_a_measurement_is():
    estimated, metered = card(labels.make_label()), card(labels.metered())
    assert "| Energy class (A–G) | **≈ C** on cpu · float32 |" in estimated
    assert "estimated from run time, not metered" in estimated
    assert (
        "≈ 0.0081–0.061 Wh, its share of cpu, without idle cores, PSU and cooling; the range"
        in estimated
    )
    assert "processor time of the rating alone gives at 2–15 W per busy core" in estimated
    assert "| Beside it, by codecarbon | 0.031 Wh, from the load of the whole machine" in estimated
    assert "a thermal design power of 8 W, a guess for an unknown processor" in estimated
    assert (
        "| BERT-base's shape per 1,000 texts | ≈ 0.059–0.45 Wh on the same machine, untrained |"
        in estimated
    )
    assert "**D** on cpu" in metered
    assert "metered by hardware counters" in metered
    assert "≈" not in metered
    assert "codecarbon" not in metered
    assert "[evidence.json](https://huggingface.co/acme/" in metered


def test_card_names_what_is_missing():
    assert "**?** (between B and E)" in card(labels.no_letter())
    assert "no meter gave joules" in card(labels.withheld())
    assert "none: no published BERT-base accuracy" in card(labels.unpublished())
    assert "Quick look: not for comparison" in card(labels.quick_look())
    assert "reads 87.7 % of the text, cut at 64 tokens" in card(labels.many_classes())


def test_error_letter_withheld_because_of_the_interval():
    label = labels.no_letter()
    index = label.grades.accuracy.index
    grade = labels.make_grade(None, index, touches=("D", "E", "F"), reasons=("too wide",))
    changed = label.model_copy(
        update={"grades": label.grades.model_copy(update={"accuracy": grade})}
    )
    assert "**?** (between D and F), error index 176" in card(changed)
    render_all(changed)


@pytest.mark.slow
def test_the_language_stands_beside_the_tokens_where_it_is_known():
    label = labels.make_label()
    for language, words in (("pt-BR", "| Tokens per text (pt-BR) | 53.1"), (None, "text | 53.1")):
        own = label.workload.model_copy(update={"language": language})
        spoken = label.model_copy(update={"workload": own})
        assert words in card(spoken)
        drawn = {a.name: a.content for a in render_all(spoken)}["label.svg"]
        plain = {a.name: a.content for a in render_all(label)}["label.svg"]
        assert drawn != plain


def test_a_model_without_a_tokenizer_reads_words():
    label = labels.make_label()
    subject = label.subject.model_copy(update=WITHOUT_FILES)
    fitted = label.model_copy(update={"subject": subject})
    assert "| Words per text (en) | 53.1 (untrained BERT-base: 55.8 tokens)" in card(fitted)
