import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import labels
from support.label_parts import LABEL_ID

from energylabel.rendering._drawing import layout as _layout
from energylabel.rendering._drawing import outlines as _outlines
from energylabel.rendering._drawing import text as _text
from energylabel.rendering._drawing.plot import plot
from energylabel.standard.scales import load_scale

BOUNDS = load_scale("text-classification-v1").energy
WORDS = st.text(st.characters(codec="utf-8"), max_size=120)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(4.4, 1.0), (8.8, 2.0), (141, 6.0), (12.480, 2.5), (1e-9, 0.0), (1e9, 7.0)],
)
def test_position_on_the_scale(value, expected):
    # equality takes the better letter: a bound is the end of its own row; 12.48 = sqrt(8.8 × 17.7)
    assert _layout.position(value, BOUNDS) == pytest.approx(expected, abs=0.001)


def test_pointer_row():
    assert _layout.energy_scale(labels.make_label()).row == 2
    assert _layout.energy_scale(labels.no_letter()).row == 2.5  # between B and E
    assert _layout.energy_scale(labels.withheld()).row == 3  # in the middle of the scale
    span = _layout.energy_scale(labels.extreme(4200, 1.0, "G")).span
    assert span is not None
    assert span.open_bottom
    assert not span.open_top


@settings(max_examples=60, deadline=None)
@given(WORDS, st.sampled_from([1, 2, 3]))
def test_wrapped_text_fits(text, lines):
    wrapped = _text.wrap(text, 19, "bold", 200, lines)
    assert 1 <= len(wrapped) <= lines
    for line in wrapped:
        assert _text.width(line, 19, "bold") <= 200


def test_no_number_is_torn_where_there_are_spaces():
    remark = "No energy letter: drift over the run: reference -2.1%, index +16.0% (+3.4% to +30.1%)"
    for room in range(150, 414, 6):
        lines = _text.wrap(remark, 13.5, "regular", room, 9)
        assert " ".join(lines) == remark


@settings(max_examples=60, deadline=None)
@given(WORDS)
def test_text_that_fits_is_whole(text):
    shown = _text.shorten(text, 10, "regular", 1e9)
    assert shown == _text.clean(text)
    short = _text.shorten(text, 10, "regular", 40)
    assert _text.width(short, 10) <= 40 or short == "…"


def test_shortening_keeps_both_ends():
    short = _text.shorten("beginning-of-a-long-name-and-its-end", 14, "bold", 150)
    assert short.startswith("begin")
    assert short.endswith("end")
    assert "…" in short


def test_names():
    assert _layout.set_name("acme/minilm", 432) == _layout.Name("acme", ("minilm",), 27)
    assert _layout.set_name("tiny", 432).owner == ""
    long = _layout.set_name("acme/" + "multilingual-sentiment-" * 4, 432)
    assert len(long.lines) > 1
    assert "".join(long.lines) == "multilingual-sentiment-" * 4


def test_composed_and_decomposed_names_look_the_same():
    setter = _text.Typesetter()
    assert setter.line("cafe\u0301", 10) == setter.line("caf\u00e9", 10)


def test_outlines():
    assert _outlines.glyph(" ", "bold").path == ""
    assert _outlines.glyph("A", "bold") != _outlines.glyph("A", "regular")
    box = _outlines.glyph("\U0001f600", "bold")
    assert box.key == "u1f600"
    assert box.path
    for control in "\x00\x1b\u202e\u200b\ud800":
        assert _outlines.glyph(control, "regular").key.startswith("u")
    assert _outlines.glyph("ﾂ", "regular").key.startswith(("f", "u"))


def test_qr_target():
    own = f"urn:sha256:{LABEL_ID}"
    assert _layout.qr_target(labels.make_label()) == own
    assert _layout.qr_target(labels.metered()).startswith("https://huggingface.co/acme/")
    for url in (
        "http://example.org/x",
        "https://example.org/" + "x" * 300,
        "javascript:alert(1)",
        "https://example.org/a b",
        "https://example.org/)",
        "https://user@example.org/",
    ):
        assert _layout.qr_target(labels.make_label(evidence_url=url)) == own


def test_qr_code_is_what_segno_makes():
    import segno

    matrix = segno.make("urn:sha256:" + "ab" * 32, error="m", boost_error=False, micro=False).matrix
    code = _layout.qr("urn:sha256:" + "ab" * 32)
    assert code.modules == len(matrix) == 37
    drawn = set()
    for run in code.path.split("M")[1:]:
        x, rest = run.split(" ", 1)
        y, rest = rest.split("h", 1)
        length = int(rest.split("v")[0])
        drawn |= {(int(x) + i, int(y)) for i in range(length)}
    expected = {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    assert drawn == expected


@pytest.mark.parametrize("name", labels.gallery())
def test_plot_stays_inside_and_is_ordered(name):
    label = labels.gallery()[name]
    drawn = plot(label, 192, 118)
    assert all(0 <= mark.x <= 192 and 0 <= mark.y <= 118 for mark in drawn.marks)
    assert 0 <= drawn.majority_y <= 118
    assert len(drawn.x_ticks) >= 2
    assert 3 <= len(drawn.y_ticks) <= 6
    assert sum(band.length for band in drawn.bands) == pytest.approx(192)
    positions = [tick.at for tick in drawn.x_ticks]
    assert positions == sorted(positions)
    assert drawn.marks[0].kind == "model"
    assert drawn.marks[0].text.startswith("this model")
    # The reference is no point: nobody knows the accuracy of a network that was never trained.
    assert not any("BERT" in mark.text for mark in drawn.marks)
    assert 0 <= drawn.reference.at <= 192
    assert (drawn.published is not None) == (label.workload.reference_accuracy is not None)
    assert drawn.published is None or 0 <= drawn.published.at <= 118
    assert "majority" not in [mark.text for mark in drawn.marks]


def test_plot_is_logarithmic():
    drawn = plot(labels.extreme(1.0, 1.0, "A"), 192, 118)
    marks = {m.kind: m.x for m in drawn.marks} | {"reference": drawn.reference.at}
    ticks = {t.text: t.at for t in plot(labels.extreme(1.0, 1.0, "A"), 192, 118).x_ticks}
    assert ticks["10"] - ticks["1"] == pytest.approx(ticks["100"] - ticks["10"])
    assert marks["model"] == pytest.approx(ticks["1"])
    assert marks["reference"] == pytest.approx(ticks["100"])
