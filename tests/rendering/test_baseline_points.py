"""The measured baselines on label, card and summary."""

from itertools import pairwise
from pathlib import Path

import pytest
from support.baselines import beside, make_baseline, make_majority
from support.evidence import make_answers, make_subject, make_windows, quick_evidence
from support.svg import drawn_text, parse

from energylabel.cli.summary import human
from energylabel.judging.judgement import judge
from energylabel.pipeline import Rated
from energylabel.records.label import Label
from energylabel.rendering import markdown, svg
from energylabel.rendering._drawing.plot import plot
from energylabel.rendering._render import render_all

ROOM, HEIGHT = 192.0, 118.0
MODELS = {
    "usual": {},
    "near": {"windows": make_windows(0.00035), "answers": make_answers(1770)},
    "far": {"windows": make_windows(80.0, min_window_s=1.0), "answers": make_answers(1900)},
    "cheaper": {"windows": make_windows(0.00002), "answers": make_answers(1300)},
}


def rated(name: str, **more: object) -> Label:
    return judge(beside(**MODELS[name] | more))


def card(label: Label) -> str:
    return markdown.PLUGIN.render(label).content.decode()


@pytest.mark.parametrize("name", MODELS)
def test_both_baselines_have_a_mark(name: str):
    drawn = plot(rated(name), ROOM, HEIGHT)
    linear, majority = (mark for mark in drawn.marks if mark.kind == "baseline")
    assert linear.text == "TF-IDF + linear"
    assert not linear.edge
    assert 0 < linear.x < ROOM
    assert (majority.edge, majority.x, majority.text) == (True, 0.0, "")
    assert majority.y == pytest.approx(drawn.majority_y, abs=0.5)


@pytest.mark.parametrize("name", MODELS)
def test_the_axis_of_many_decades_has_even_ticks_and_names_that_do_not_touch(name: str):
    drawn = plot(rated(name), ROOM, HEIGHT)
    ticks = drawn.x_ticks
    assert len(ticks) >= 3
    steps = [b.at - a.at for a, b in pairwise(ticks)]
    assert max(steps) == pytest.approx(min(steps))
    values = [float(tick.text.replace(",", "")) for tick in ticks]
    assert {1.0, 100.0} <= set(values)
    boxes = [(m.text_x, m.text_y) for m in drawn.marks if m.text]
    assert all(
        abs(a[1] - b[1]) >= 11 or abs(a[0] - b[0]) >= 50
        for n, a in enumerate(boxes)
        for b in boxes[:n]
    )


def test_places_on_the_axis_are_those_of_the_figures():
    label = rated("usual")
    drawn = plot(label, ROOM, HEIGHT)
    at = {tick.text: tick.at for tick in drawn.x_ticks}
    decade = at["100"] - at["10"]
    linear = next(mark for mark in drawn.marks if mark.text == "TF-IDF + linear")
    (index,) = (b.energy_index for b in label.baselines if b.name == "TF-IDF + linear")
    assert index == pytest.approx(0.025, rel=0.05)
    # 0.025 lies 3.602 decades below 100
    assert at["100"] - linear.x == pytest.approx(3.602 * decade, rel=0.01)


def test_the_card_has_a_line_for_each():
    text = card(rated("usual")).replace("\\", "")
    assert "| TF-IDF + linear, measured beside it | 88.0 % of the same texts" in text
    assert "majority, measured beside it | 25.0 % of the same texts" in text
    assert "energy index ≈ 0.0250 (" in text
    assert "energy index below 0.001; ≈ 0.053–0.40 µWh per 1,000 texts" in text
    assert "≈ 11–84 µWh per 1,000 texts" in text
    assert "Remark" not in text


def test_rows_of_the_user_s_own_are_named():
    plain = make_baseline()
    fitting = plain.fitting.model_copy(update={"own_rows": True})
    label = judge(beside(baselines=(plain.model_copy(update={"fitting": fitting}),)))
    assert "; fitted on 10,000 rows of the user's own |" in card(label).replace("\\", "")


def test_a_dominated_model_is_told_so_on_card_and_label():
    label = judge(beside(answers=make_answers(1600)))
    said = "TF-IDF + linear is more accurate, for about 1/560 of the energy"
    assert said in card(label).replace("\\", "")
    words = drawn_text(parse(svg.PLUGIN.render(label).content))
    assert said.replace(" ", "") in words.replace(" ", "")
    alike = judge(beside(answers=make_answers(1760)))
    assert "is as accurate, for about" in card(alike).replace("\\", "")


def test_a_dominated_quick_look_is_told_so_too(tmp_path: Path):
    beside_it = (make_majority(), make_baseline())
    label = judge(quick_evidence(baselines=beside_it, answers=make_answers(1600)))
    said = "TF-IDF + linear is more accurate, for about 1/560 of the energy, in this quick look"
    assert label.quick_look
    assert said in card(label).replace("\\", "")
    words = drawn_text(parse(svg.PLUGIN.render(label).content))
    assert said.replace(" ", "") in "".join(words.split())
    told = human(Rated(label, tmp_path))
    assert "tfidf-linear is more accurate (88.0 % against 80.0 %), for about 1/560" in told
    assert "(a quick look)" in told


def test_an_invalid_measurement_prints_no_ratio():
    label = judge(beside(windows=make_windows(cv=0.4), answers=make_answers(1600)))
    assert label.withheld
    text = card(label)
    assert "88.0 % of the same texts" in text
    assert "0.0250" not in text
    assert "Remark" not in text


def test_the_summary_has_a_line_for_each(tmp_path: Path):
    lines = [
        line for line in human(Rated(rated("usual"), tmp_path)).splitlines() if "beside" in line
    ]
    assert lines == [
        "  beside    majority  25.0 % · index below 0.001 · ≈ 0.053–0.40 µWh per 1,000 texts",
        "  beside    TF-IDF + linear  88.0 % · index ≈ 0.0250 · ≈ 11–84 µWh per 1,000 texts",
    ]


def test_tfidf_linear_itself_stands_beside_the_majority_alone():
    subject = make_subject(
        source="embedded",
        name="energylabel/tfidf-linear",
        revision="ab" * 32,
        family="tfidf-linear",
        dtype="float64",
        files=(),
    )
    label = judge(
        beside(subject=subject, baselines=(make_majority(),), windows=make_windows(0.00025))
    )
    assert label.conditions.native
    assert label.grades.energy.letter == "A"
    assert [point.name for point in label.baselines] == ["majority", "BERT-base"]
    assert "digest abababababab" in card(label)


def test_the_same_label_gives_the_same_bytes():
    label = judge(beside(baselines=(make_majority(), make_baseline(right=1000))))
    assert Label.from_json(label.canonical()) == label
    one, other = render_all(label), render_all(label)
    assert [artifact.content for artifact in one] == [artifact.content for artifact in other]
