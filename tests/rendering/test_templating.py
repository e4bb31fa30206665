import re
from html import unescape

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energylabel.errors import OutputError
from energylabel.rendering._drawing import templating
from energylabel.rendering._drawing.templating import (
    break_words,
    environment,
    escape_attribute,
    escape_markdown,
    escape_xml,
    plain,
)


def test_xml_escapes_and_drops_what_xml_forbids():
    assert escape_xml("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;"
    assert escape_xml("a\x00\x1b[31m\u202eb\ufffec\ud800d\n\te") == "a[31mbcd e"


def test_long_words_may_break_and_signs_stay_whole():
    for short in (
        "of the whole machine, neighbours included",
        "sst2-test-v1",
        "text-classification",
    ):
        assert break_words(short) == short
    assert break_words("a" * 45) == "<wbr>".join(["a" * 20, "a" * 20, "a" * 5])
    assert break_words("W" * 15) == "<wbr>".join(["W" * 11, "W" * 4])
    assert break_words(escape_markdown("some_long_name_without_breaks")) == (
        "some\\_long\\_name\\_<wbr>without\\_breaks"
    )
    assert break_words("a" * 19 + "e\u0301" * 3) == "a" * 19 + "e\u0301<wbr>" + "e\u0301" * 2


@given(st.text())
def test_breaks_add_nothing_else(text):
    escaped = escape_markdown(text)
    assert break_words(escaped).replace("<wbr>", "") == escaped


def test_markdown_escapes_structure():
    assert escape_markdown("a|b [c](d) *e* _f_ `g` \\ <h>\n-->") == (
        "a\\|b \\[c\\](d) \\*e\\* \\_f\\_ \\`g\\` \\\\ &lt;h&gt; --&gt;"
    )
    assert escape_markdown("${{ x }}") == "&#36;&#123;&#123; x &#125;&#125;"
    assert escape_markdown("::error::") == "&#58;&#58;error&#58;&#58;"
    assert "://" not in escape_markdown("https://example.org")
    assert "www." not in escape_markdown("see WWW.example.org".lower())


def test_attribute_survives_markdown_around_it():
    assert escape_attribute('"><b>') == "&quot;&gt;&lt;b&gt;"
    assert not set("\\`*_[]|~${}") & set(escape_attribute("\\`*_[]|~${}"))


@given(st.text())
def test_escapes_lose_nothing_but_controls(text):
    assert unescape(escape_xml(text)) == plain(text)
    assert unescape(escape_attribute(text)) == plain(text)
    unquoted = re.sub(r"\\([\\`*_\[\]|~])", r"\1", escape_markdown(text))
    assert unescape(unquoted) == plain(text)
    assert "\n" not in escape_markdown(text)


def test_templates_are_strict():
    for language in ("text", "svg", "markdown"):
        made = environment(language)
        with pytest.raises(jinja2.UndefinedError):
            made.from_string("{{ missing }}").render()
        with pytest.raises(ValueError, match="absent"):
            made.from_string("{{ value }}").render(value=None)


def test_numbers_are_short_and_text_is_escaped_once():
    made = environment("svg")
    assert made.from_string("{{ a }} {{ b }} {{ c }}").render(a=1.0, b=-0.001, c=2.345) == (
        "1 0 2.35"
    )
    source = "{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}{{ m(text) }}"
    assert made.from_string(source).render(text="<&") == "<i>&lt;&amp;</i>"


def test_a_missing_folder_is_one_clear_error(monkeypatch, tmp_path):
    monkeypatch.setattr(
        templating,
        "__file__",
        str(tmp_path / "energylabel" / "rendering" / "_drawing" / "templating.py"),
    )
    with pytest.raises(OutputError, match="no templates"):
        templating.templates_folder()
    inside = tmp_path / "energylabel" / "templates"
    inside.mkdir(parents=True)
    (inside / "label.svg.j2").write_text("")
    assert templating.templates_folder() == inside
