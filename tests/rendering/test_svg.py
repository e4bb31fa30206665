import io
import itertools
import re
import struct
import zlib

import pytest
from support import labels
from support.svg import SVG, drawn_text, extents, parse, text_boxes, view_box

from energylabel.records import Range
from energylabel.records.label import Label
from energylabel.rendering import badge, png, svg

GALLERY = labels.gallery()
every_label = pytest.mark.parametrize("label", GALLERY.values(), ids=GALLERY.keys())
every_picture = pytest.mark.parametrize(
    "renderer", [svg.PLUGIN, badge.PLUGIN], ids=["svg", "badge"]
)


def draw(label: Label) -> str:
    return drawn_text(parse(svg.PLUGIN.render(label).content))


@every_label
@every_picture
def test_it_is_a_harmless_well_formed_picture(renderer, label):
    content = renderer.render(label).content
    root = parse(content)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {
        "svg", "title", "desc", "defs", "pattern", "g", "path", "rect", "circle", "use",
    }  # fmt: skip
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            if name.endswith("href"):
                assert value[0] == "#"
                assert value[1:] in ids
            assert "url(" not in value or value == "url(#hatch)"
    assert len(content) < 120_000
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"].split() == ["title", "desc"]
    assert root[0].tag == f"{SVG}title"
    assert root[1].tag == f"{SVG}desc"


@every_label
@every_picture
def test_nothing_leaves_the_picture(renderer, label):
    root = parse(renderer.render(label).content)
    left, top, right, bottom = view_box(root)
    for name, (x0, y0, x1, y1) in extents(root):
        assert left <= x0 <= x1 <= right, name
        assert top <= y0 <= y1 <= bottom, name


@every_label
@every_picture
def test_no_two_lines_of_text_overlap(renderer, label):
    boxes = text_boxes(parse(renderer.render(label).content))
    assert len(boxes) > 3
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        wide = min(a[2], b[2]) - max(a[0], b[0])
        high = min(a[3], b[3]) - max(a[1], b[1])
        assert wide <= 0.5 or high <= 0.5, (one, other)


@every_label
def test_the_same_label_gives_the_same_bytes(label):
    again = Label.from_json(label.model_dump_json())
    assert svg.PLUGIN.render(label) == svg.PLUGIN.render(again)
    assert badge.PLUGIN.render(label) == badge.PLUGIN.render(again)


def test_the_words_say_what_the_picture_shows():
    root = parse(svg.PLUGIN.render(labels.make_label()).content)
    assert root[0].text == ("Estimated energy class C, accuracy class F: acme/minilm-l6-agnews")
    words = root[1].text
    assert words is not None
    for part in (
        "energy index 13.7",
        "11.0–17.1",
        "about 0.0081–0.061 watt-hours",
        "90.1 %",
        "7,600",
    ):
        assert part in words
    text = draw(labels.make_label())
    for part in [
        "≈C",
        "cpu·float32",
        "≈0.0081–0.061",
        "at2–15Wperbusycore",
        "90.1%",
        "estimated",
        "fromruntime",
        "BERT-base*=100",
        "BERT-base*onthismachine:",
        "*anuntrainednetworkofitsshape",
        "7c419e02b8d5",
        "self-declared",
        "21Nov2026",
        "standardv1",
        "≤4.4",
        "≤17.7",
        "≤141",
        "16ms",
        "27ms",
        "107/s",
        "551MB",
        "53.1",
        "55.8",
        "AMDEPYC9R14",
        "7,600texts",
        "ag-news-v1",
        "errorindex176(164–189)",
        "BERT-base94.4%=100",
        "majority25%",
    ]:
        assert part in text, part


def test_an_estimate_looks_different_from_a_measurement():
    estimated = svg.PLUGIN.render(labels.make_label()).content
    metered = svg.PLUGIN.render(labels.metered()).content
    assert b'fill="url(#hatch)"' in estimated
    assert b'fill="url(#hatch)"' not in metered
    assert "≈" in draw(labels.make_label())
    assert "≈" not in draw(labels.metered())
    assert "hardwarecounters" in draw(labels.metered())
    part = draw(labels.part_metered())
    assert "0.031" in part
    assert "≈" not in part  # what is printed was counted
    assert "GPUonly,counted" in part


def test_the_badge_of_an_estimate_looks_like_one():
    estimated = badge.PLUGIN.render(labels.make_label()).content
    assert b'fill="url(#hatch)"' in estimated
    assert "energy≈C,estimated·accuracyF" in drawn_text(parse(estimated))
    for label, words in (
        (labels.metered(), "energyD·accuracyD"),
        (labels.part_metered(), "energyG,part-metered·accuracyF"),
    ):
        content = badge.PLUGIN.render(label).content
        assert b"hatch" not in content
        assert words in drawn_text(parse(content)).splitlines()
        assert "≈" not in drawn_text(parse(content))
    assert "energy?(B–E),estimated" in drawn_text(
        parse(badge.PLUGIN.render(labels.no_letter()).content)
    )


LONGEST = [
    Range(low=1.2e-5, high=9e-5),  # ≈ 12–90 µWh
    Range(low=1.2e-4, high=9.9e-4),  # ≈ 120–1,000 µWh, the most signs that a unit leaves
    Range(low=0.0011, high=0.023),
    Range(low=1.2e-8, high=2.1e-7),
    Range(low=1234.0, high=98765.0),
    Range(low=1.2e6, high=2.3e7),
]


@pytest.mark.parametrize("span", LONGEST, ids=str)
def test_watt_hours_keep_their_distance_from_the_pill(span):
    energy = labels.make_energy(modelled=labels.make_modelled(span.low, wh_per_1000=span))
    boxes = text_boxes(
        parse(
            svg.PLUGIN.render(labels.make_label(metrics=labels.make_metrics(energy=energy))).content
        )
    )
    (pill,) = [box for text, box in boxes if text == "estimated"]
    beside = [box for _, box in boxes if box[2] < pill[0] and box[1] < pill[3] and pill[1] < box[3]]
    assert len(beside) == 2, "the number and its unit"
    assert max(box[2] for box in beside) <= 322 - 24, "the pill begins at 322"


def test_borderline_letters_are_named():
    text = draw(labels.borderline())
    assert "borderlineD–E" in text
    assert "borderlineE–F" in text


def test_without_a_letter_there_is_a_question_mark_and_the_reason():
    label = labels.no_letter()
    lines = draw(label).splitlines()
    assert "?" in lines
    assert "≈C" not in lines
    assert "betweenBandE" in lines
    assert any(line.startswith("Noenergyletter:the95%interval") for line in lines)
    title = parse(svg.PLUGIN.render(label).content)[0].text
    assert title is not None
    assert title.startswith("No energy class (between B and E), accuracy class F")


def test_an_invalid_measurement_shows_no_index():
    text = draw(labels.withheld())
    assert "noletter" in text.splitlines()
    assert "between" not in text
    assert "index13.7" not in text
    assert "Noenergyletter:thereferencedriftedby9%" in text
    root = parse(svg.PLUGIN.render(labels.withheld()).content)
    assert "no valid energy index" in (root[1].text or "")


def test_a_quick_look_is_stamped():
    text = draw(labels.quick_look())
    assert "QUICKLOOK·notforcomparison" in text
    assert "QUICKLOOK" in text.splitlines()
    assert "QUICK" not in draw(labels.make_label())
    assert "quicklook" in drawn_text(parse(badge.PLUGIN.render(labels.quick_look()).content))


def test_no_published_accuracy_is_said():
    text = draw(labels.unpublished())
    assert "nopublishedBERT-baseaccuracy" in text
    assert "errorindex" not in text


def test_conditions_that_weaken_a_figure_are_said():
    text = draw(labels.many_classes())
    for part in ("notnative", "reads87.7%ofthetext:itiscutat64tokens", "attempt2", "3.2–24mgCO₂e"):
        assert part in text
    assert "CO₂e" not in draw(labels.make_label())


def test_the_full_name_is_in_the_description_when_the_picture_shortens_it():
    label = GALLERY["huge-name"]
    root = parse(svg.PLUGIN.render(label).content)
    assert label.subject.name in (root[1].text or "")
    assert "…" in drawn_text(root)


def test_what_no_font_has_is_drawn_as_a_box():
    content = svg.PLUGIN.render(GALLERY["emoji"]).content.decode()
    assert 'id="u1f600"' in content
    assert 'href="#u1f600"' in content
    hostile = svg.PLUGIN.render(GALLERY["hostile"]).content.decode()
    assert 'href="#u202e"' in hostile
    assert 'href="#u1b"' in hostile
    assert "\u202e" not in hostile
    assert "\x1b" not in hostile


def test_cjk_has_outlines_of_its_own():
    content = svg.PLUGIN.render(GALLERY["cjk"]).content.decode()
    for character in "東京日本ニ한국简":
        assert f'id="f{ord(character):x}"' in content


def pixels(content: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and unfiltered rows of an 8-bit RGBA PNG."""
    stream = io.BytesIO(content[8:])
    data = b""
    width = height = 0
    while header := stream.read(8):
        length, kind = struct.unpack(">I4s", header)
        body = stream.read(length)
        stream.read(4)
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert (depth, colour) == (8, 6)
        elif kind == b"IDAT":
            data += body
    raw, rows, above = zlib.decompress(data), [], bytes(4 * width)
    stride = 4 * width + 1
    for start in range(0, len(raw), stride):
        kind_of_filter, row = raw[start], bytearray(raw[start + 1 : start + stride])
        for i, value in enumerate(row):
            left = row[i - 4] if i >= 4 else 0
            corner = above[i - 4] if i >= 4 else 0
            if kind_of_filter == 1:
                row[i] = (value + left) & 255
            elif kind_of_filter == 2:
                row[i] = (value + above[i]) & 255
            elif kind_of_filter == 3:
                row[i] = (value + (left + above[i]) // 2) & 255
            elif kind_of_filter == 4:
                guess = left + above[i] - corner
                near = min((abs(guess - n), k, n) for k, n in enumerate((left, above[i], corner)))
                row[i] = (value + near[2]) & 255
        above = bytes(row)
        rows.append(above)
    return width, height, rows


@pytest.mark.slow
def test_the_png_is_twice_the_size_opaque_and_full_of_ink():
    label = labels.make_label()
    root = parse(svg.PLUGIN.render(label).content)
    width, height, rows = pixels(png.PLUGIN.render(label).content)
    assert (width, height) == (960, 2 * round(view_box(root)[3]))
    assert all(rows[height // 2][3::4][2:-2]), "the card is opaque from edge to edge"
    for x0, y0, x1, y1, least in (
        (48, 210, 500, 300, 2000),  # the name
        (48, 350, 120, 900, 1500),  # letters of the arrows
        (48, 1000, 560, 1130, 5000),  # watt-hours
        (48, 1800, 600, 2060, 3000),  # small print
    ):
        dark = sum(
            1
            for row in rows[y0:y1]
            for x in range(x0, x1)
            if row[4 * x] + row[4 * x + 1] + row[4 * x + 2] < 3 * 110
        )
        assert dark > least, (x0, y0, dark)


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_pair_of_text_and_ground_has_enough_contrast():
    from energylabel.rendering._drawing.templating import templates_folder

    source = (templates_folder() / "_svg.j2").read_text(encoding="utf-8")
    named = dict(re.findall(r'set (\w+) = "(#\w{6})"', source))
    classes = dict(re.findall(r'"([A-G])": "(#\w{6})"', source.partition("pale =")[0]))
    pale = dict(re.findall(r'"([A-G])": "(#\w{6})"', source.partition("pale =")[2]))
    assert len(classes) == len(pale) == 7
    pairs = [(named["ink"], colour) for colour in classes.values()]
    pairs += [(named["soft"], colour) for colour in (*pale.values(), named["paper"])]
    pairs += [(named["ink"], named["paper"]), (named["ink"], named["warn"])]
    pairs += [(named["paper"], named["brand"]), (named["brand_soft"], named["brand"])]
    pairs += [(named["ink"], "#E3E7E9"), ("#A3260B", named["paper"])]
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    for text, ground in pairs:
        assert contrast(text, ground) >= 4.5, (text, ground, contrast(text, ground))
